import { DuckDBInstance } from "@duckdb/node-api";

/** What one look at the tree found. */
export interface Finding {
  /** What must be so. */
  readonly what: string;
  /** What was looked at, with counts. */
  readonly found: string;
  /** What is not so; empty when all is well. */
  readonly problems: readonly string[];
}

/** Asks DuckDB: a reader of Parquet that knows nothing of this library. */
export interface SecondReader {
  /** Rows of a query, each value as text, null as null. */
  rows(sql: string): Promise<Record<string, string | null>[]>;
  close(): void;
}

export async function secondReader(): Promise<SecondReader> {
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
  return {
    async rows(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader
        .getRowObjectsJS()
        .map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
          ),
        );
    },
    close: () => connection.closeSync(),
  };
}

/** A text as SQL has it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

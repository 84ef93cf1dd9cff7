/**
 * DuckDB as an engine of `bronze.on`.
 *
 * @packageDocumentation
 */
import { assertIs, assertOptions, type Kind, type OptionTable, required, text } from "../options.js";
import { withText } from "../printed.js";
import { compiler, duckdbDialect, type Engine, type ExecutingEngine, fileAddress } from "../sql/index.js";

/** A `DuckDBInstance` of `@duckdb/node-api`, as far as it is used. */
interface DuckDBLike {
  connect(): Promise<DuckDBConnectionLike>;
}

/** One of its connections. */
interface DuckDBConnectionLike {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<{
    readonly columnCount: number;
    fetchChunk(): Promise<{ readonly rowCount: number; getColumnValues(column: number): unknown[] } | null>;
  }>;
  closeSync(): void;
}

/**
 * How DuckDB sees the store.
 *
 * @category Engines
 */
export interface DuckDBOptions {
  /** The store's root as DuckDB reads it: its folder, or `s3://bucket/prefix`. */
  readonly root: string;
}

const OPTIONS: OptionTable<DuckDBOptions> = { root: required(text) };
const AN_INSTANCE: Kind = {
  is: "a DuckDBInstance of @duckdb/node-api",
  accepts: (value) =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, "connect") === "function",
};

/**
 * DuckDB as an engine: `bronze.on(duckdb(instance, { root: "data" }))`. Each question has a connection of its own, so several may
 * be under way. DuckDB keeps microseconds: of instants in nanoseconds it is only asked those that are whole microseconds.
 *
 * @param instance of `@duckdb/node-api`, which is yours to install, to configure and to close
 * @throws BronzeError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * import { DuckDBInstance } from "@duckdb/node-api";
 * import { duckdb } from "bronzestore/duckdb";
 *
 * const engine = duckdb(await DuckDBInstance.create(":memory:"), { root: "data" });
 * const lines = await bronze.on(engine).asOf("2026-01-15T23:45:00Z").read("odds_raw", { date: "2026-01-15" });
 * ```
 * @category Engines
 */
export function duckdb(instance: DuckDBLike, options: DuckDBOptions): Engine {
  assertOptions(options, OPTIONS, "duckdb");
  assertIs(instance, AN_INSTANCE, "The instance of duckdb");
  const { root } = options;
  const engine: ExecutingEngine = {
    name: "duckdb",
    compiler,
    dialect: duckdbDialect,
    address: (path) => fileAddress(root, path),
    writing: (query, target) => `COPY (${query}) TO ${duckdbDialect.text(target)} (FORMAT parquet)`,
    async *query({ setup, query, teardown }) {
      const connection = await instance.connect();
      try {
        for (const statement of setup) await connection.run(statement);
        const result = await connection.stream(query);
        let any = false;
        for (
          let chunk = await result.fetchChunk();
          chunk && chunk.rowCount > 0;
          chunk = await result.fetchChunk()
        ) {
          any = true;
          yield Array.from({ length: result.columnCount }, (_, i) => chunk!.getColumnValues(i).map(plain));
        }
        // So that an answer without rows has its columns.
        if (!any) yield Array.from({ length: result.columnCount }, (): unknown[] => []);
        for (const statement of teardown) await connection.run(statement);
      } finally {
        // Takes temporary tables and variables with it.
        connection.closeSync();
      }
    },
  };
  return withText(engine, () => `DuckDB over ${root}`);
}

/** DuckDB's values for what JavaScript has no type for. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("items" in value) return (value.items as unknown[]).map(plain);
  if ("bytes" in value) return value.bytes;
  return String(value); // decimals
}

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** One a test file, made when it is first asked. */
let connection: Promise<DuckDBConnection> | undefined;

/** Rows of one SQL query, by DuckDB. Cast in the query what JavaScript has no exact type for. */
export async function query<Row = Record<string, unknown>>(sql: string): Promise<Row[]> {
  connection ??= DuckDBInstance.create(":memory:", { threads: "2" }).then((instance) => instance.connect());
  const reader = await (await connection).runAndReadAll(sql);
  return reader.getRowObjectsJS() as Row[];
}

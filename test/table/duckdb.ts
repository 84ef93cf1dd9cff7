import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type Cell, cellReader, type ParquetFile } from "../../src/table/index.js";

/** DuckDB as the second reader and writer, in a folder of its own. */
export interface SecondReader {
  /** Rows of a query, column by column. */
  columns(sql: string): Promise<unknown[][]>;
  /** The bytes DuckDB writes for `COPY (query) TO ... (FORMAT parquet, options)`. */
  write(query: string, options?: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Puts bytes where DuckDB can read them; returns the path as an SQL string. */
  put(bytes: Uint8Array): string;
  close(): void;
}

export async function secondReader(): Promise<SecondReader> {
  const folder = mkdtempSync(join(tmpdir(), "bronzestore-table-"));
  const connection: DuckDBConnection = await (
    await DuckDBInstance.create(":memory:", { threads: "2" })
  ).connect();
  await connection.run("SET TimeZone = 'UTC'");
  let files = 0;
  return {
    columns: async (sql) => (await connection.runAndReadAll(sql)).getColumns(),
    async write(query, options) {
      const path = join(folder, `${files++}.parquet`);
      await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet${options ? `, ${options}` : ""})`);
      return readBytes(path);
    },
    put(bytes) {
      const path = join(folder, `${files++}.parquet`);
      writeFileSync(path, bytes);
      return `'${path}'`;
    },
    close() {
      connection.closeSync();
      rmSync(folder, { recursive: true });
    },
  };
}

export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(path));
}

/**
 * Compares every cell of a file with what DuckDB reads from it (`from` is an SQL source: a path, or the query the
 * file was written from). Returns how many cells were compared; throws at the first difference.
 */
export async function compareWithDuckdb(
  duckdb: SecondReader,
  file: ParquetFile,
  from: string,
): Promise<number> {
  const described = await duckdb.columns(`DESCRIBE SELECT * FROM ${from}`);
  const names = described[0] as string[];
  const types = described[1] as string[];
  if (names.join() !== [...file.columns.keys()].join()) throw new Error(`columns differ: ${names.join()}`);
  const list = names.map((name, i) => `${asText(`"${name.replaceAll('"', '""')}"`, types[i]!)} AS c${i}`);
  const theirs = await duckdb.columns(`SELECT ${list.join(", ")} FROM ${from}`);
  let cells = 0;
  names.forEach((name, i) => {
    const column = file.column(name);
    const cell = cellReader(column);
    const expected = theirs[i] ?? [];
    if (expected.length !== column.length) throw new Error(`${name}: ${column.length} rows`);
    for (let row = 0; row < column.length; row++) {
      const ours = ourText(cell(row), types[i]!);
      if (!Object.is(ours, expected[row])) {
        throw new Error(`${name} (${types[i]}) row ${row}: ${String(ours)}, DuckDB ${String(expected[row])}`);
      }
      cells++;
    }
  });
  return cells;
}

/** One form both sides can be brought to: floats as they are, everything else as text. */
function asText(column: string, type: string): string {
  if (type === "FLOAT" || type === "DOUBLE") return column;
  // As bytes: the client would drop a byte order mark.
  if (type === "VARCHAR") return `hex(encode(${column}))`;
  if (type === "BLOB") return `hex(${column})`;
  if (type === "TIMESTAMP WITH TIME ZONE") return `epoch_us(${column})::VARCHAR`;
  if (type === "TIMESTAMP_NS") return `epoch_ns(${column})::VARCHAR`;
  if (type.startsWith("TIMESTAMP") && !type.endsWith("]")) return `epoch_us(${column})::VARCHAR`;
  if (type.startsWith("DECIMAL")) return `${column}::VARCHAR`;
  if (type.startsWith("TIME")) return `epoch_ns(${column})::VARCHAR`;
  if (type.endsWith("]") || type.startsWith("STRUCT") || type.startsWith("MAP")) {
    return `to_json(${column})::VARCHAR`;
  }
  return `${column}::VARCHAR`;
}

function ourText(cell: Cell, type: string): unknown {
  if (cell === null || type === "FLOAT" || type === "DOUBLE") return cell;
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString("hex").toUpperCase();
  if (type === "VARCHAR")
    return Buffer.from(cell as string)
      .toString("hex")
      .toUpperCase();
  // DuckDB cuts instants to the microsecond, towards zero.
  if (type === "TIMESTAMP WITH TIME ZONE") return String((cell as bigint) / 1000n);
  if (type.startsWith("TIMESTAMP") && typeof cell === "string") {
    return String(type === "TIMESTAMP_NS" ? wallNs(cell) : wallNs(cell) / 1000n);
  }
  if (type.startsWith("DECIMAL") && Array.isArray(cell)) {
    return `[${cell.map((item) => item ?? "NULL").join(", ")}]`;
  }
  if (type.startsWith("TIME") && typeof cell === "string") return String(timeNs(cell));
  return typeof cell === "object" ? json(cell) : String(cell);
}

function json(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${json(item)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}

function wallNs(text: string): bigint {
  const [seconds, fraction = ""] = text.split(".");
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

function timeNs(text: string): bigint {
  const [clock, fraction = ""] = text.split(".");
  const [h, m, s] = clock!.split(":").map(Number);
  return BigInt(h! * 3600 + m! * 60 + s!) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

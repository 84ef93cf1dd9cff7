import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";

export type Row = Record<string, unknown>;

/** Writes where the readers look, as `df.to_parquet(path)` did: the file is emptied, then filled piece by piece. */
export function writeInPlace(path: string, rows: readonly Row[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const names = Object.keys(rows[0] ?? {});
  const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name] ?? null) }));
  parquetWriteFile({ filename: path, columnData });
}

/** The rows of a file, by a reader that knows nothing of this library. */
export async function readRows(path: string): Promise<Row[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
}

/** The rows of a file, none where there is no file. */
export async function rowsIfAny(path: string): Promise<Row[]> {
  try {
    return await readRows(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Paths below a root of the files that end in `suffix`, sorted; hidden names are not data. */
export function filesBelow(root: string, suffix: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(suffix) && !path.split("/").some((part) => part.startsWith(".")))
    .sort();
}

/** A JSON file's content, whatever it is. */
export function readJson(root: string, path: string): Row {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

import type { Storage } from "../../storage/index.js";
import { cellReader, type JsonCell, jsonCell, openParquet } from "../../table/index.js";

/** All rows of some files, as JSON has them. */
interface RowsOfFiles {
  /** Columns of any file, in the order they are met. */
  readonly names: readonly string[];
  readonly rows: readonly Readonly<Record<string, JsonCell>>[];
}

/**
 * The rows of files that no definition and no time selects from, one file after the other.
 *
 * @throws BronzeError `CORRUPT_FILE`, `UNSUPPORTED_TYPE`; of the storage
 */
export async function rowsAsTheyLie(
  storage: Pick<Storage, "read">,
  paths: readonly string[],
): Promise<RowsOfFiles> {
  const names = new Set<string>();
  const rows: Record<string, JsonCell>[] = [];
  for (const path of paths) {
    const file = openParquet(await storage.read(path), path);
    const columns = [...file.columns].map(([name, type]) => {
      names.add(name);
      return { name, type, cell: cellReader(file.column(name), "bigint") };
    });
    for (let row = 0; row < file.rowCount; row++)
      rows.push(Object.fromEntries(columns.map(({ name, type, cell }) => [name, jsonCell(cell(row), type)])));
  }
  return { names: [...names], rows };
}

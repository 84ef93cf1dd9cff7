import { BronzeError } from "../../errors.js";
import { MAX_IN_FLIGHT, mapConcurrently, type Storage } from "../../storage/index.js";
import {
  type Cell,
  type ColumnType,
  cellReader,
  cellText,
  convertColumn,
  type ParquetFile,
  unifyColumns,
} from "../../table/index.js";
import { readOutput } from "../build/read-output.js";
import type { Manifest } from "../manifest/manifest.js";
import { findManifest, isFrozen, type SlateRange, slateFolders } from "../manifest/revisions.js";
import { type SlateRules, slateOfFolder } from "../manifest/slate.js";

/** A frozen slate with its rows still in columns. */
export interface SlateFeatures {
  readonly manifest: Manifest;
  readonly file: ParquetFile;
}

/**
 * The newest revision of every frozen slate of a range, its data checked against its manifest.
 * @throws BronzeError `SLATE_NOT_FROZEN` when there is none, `CORRUPT_FILE`, and as reading manifests
 */
export async function frozenSlates(
  storage: Storage,
  rules: SlateRules,
  snapshot: string,
  range: Required<SlateRange>,
): Promise<SlateFeatures[]> {
  const folders: string[] = [];
  for await (const folder of slateFolders(storage, rules, range)) folders.push(folder);
  const read = await mapConcurrently(folders, MAX_IN_FLIGHT, async (folder) => {
    if (!(await isFrozen(storage, rules, slateOfFolder(rules, folder)!, snapshot))) return undefined;
    const { manifest } = await findManifest(storage, rules, slateOfFolder(rules, folder)!, snapshot);
    return { manifest, file: await readOutput(storage, manifest.output) };
  });
  const slates = read.filter((slate) => slate !== undefined);
  if (slates.length > 0) return slates;
  throw new BronzeError(
    "SLATE_NOT_FROZEN",
    `No ${snapshot} is frozen from ${range.from} to ${range.to}; freeze the slates first.`,
    { snapshot, ...range },
  );
}

/** The columns of all slates together; a column that a slate lacks is null there. @throws BronzeError `TYPE_CLASH` */
export function unifySlates(slates: readonly SlateFeatures[]): Map<string, ColumnType> {
  return unifyColumns(slates.map(({ file }) => file));
}

/** The rows of a slate in the unified types, with the slate's own keys. */
export function rowsOfSlate(
  { manifest, file }: SlateFeatures,
  types: ReadonlyMap<string, ColumnType>,
): Record<string, Cell>[] {
  const rows = rowsOfFile(file, types);
  for (const [name, value] of Object.entries(manifest.slate)) {
    for (const [at, row] of rows.entries()) {
      const own = row[name] ?? value;
      if (String(own) !== String(value)) {
        throw new BronzeError(
          "INVALID_ROWS",
          `Row ${at} of ${file.path} has ${name} ${cellText(own)}, but is frozen as ${name} ${value}.`,
          { file: file.path, row: at, column: name },
        );
      }
      row[name] = value;
    }
  }
  return rows;
}

/** All rows of a file, with the given column types; a column it lacks is null. */
export function rowsOfFile(
  file: ParquetFile,
  types: ReadonlyMap<string, ColumnType>,
): Record<string, Cell>[] {
  const readers = [...types].map(([name, type]) => {
    if (!file.columns.has(name)) return [name, () => null] as const;
    return [name, cellReader(convertColumn(file.column(name), type, { path: file.path, name }))] as const;
  });
  return Array.from({ length: file.rowCount }, (_, at) =>
    Object.fromEntries(readers.map(([name, cell]) => [name, cell(at)])),
  );
}

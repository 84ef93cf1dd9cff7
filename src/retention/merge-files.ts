import {
  assertKept,
  loadFrame,
  PARTS_KEY,
  type PartFacts,
  ROWS_AHEAD_KEY,
  retryPlace,
  withoutRetries,
  writePartFacts,
} from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import type { Storage } from "../storage/index.js";
import { encodeParquet, keyText } from "../table/index.js";
import { exactly } from "../time/index.js";
import { rowReader, Timeline } from "../travel/index.js";
import type { SurveyedFile } from "./survey-day.js";

/** The rows of several files in one. */
interface MergedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
}

/**
 * All rows of some files as one Parquet file, in the order of history: each file is a range of its rows, and the footer
 * names it. That order is the last tie-break of selection, so every tie among these rows has the same result as before,
 * whatever rule made it a tie. Equal files give equal bytes.
 *
 * @param files in partition order
 * @throws BronzeError `UNSUPPORTED_TYPE` for a column that cannot be written, `TYPE_CLASH`, ...
 */
export async function mergeFiles(
  storage: Storage,
  dataset: AnyDataset,
  folder: string,
  files: readonly SurveyedFile[],
): Promise<MergedFile> {
  const { frame } = await loadFrame(storage, dataset, files);
  assertKept(frame.omitted);
  const reader = rowReader(frame);
  // Only what the files themselves hold: keys in folder names stay there.
  const held = new Set(files.flatMap(({ footer }) => [...(footer?.columns ?? [])]));
  const timeline = new Timeline(frame);
  const rows = Uint32Array.from({ length: timeline.rowCount }, (_, row) => row);
  const columns = reader.names
    .filter((name) => held.has(name))
    .map((name) => ({ name, column: reader.column(name, rows) }));
  const { rowsAhead } = timeline.at(exactly(0n)).provenance;
  const keyValues = new Map([
    [ROWS_AHEAD_KEY, String(rowsAhead)],
    [PARTS_KEY, writePartFacts(files.flatMap((file) => partsOf(file, folder)))],
  ]);
  return { bytes: encodeParquet(columns, keyValues, dataset.key), rows: rows.length };
}

/** The parts of a file to merge: those it was made from, or the file itself. */
function partsOf(file: SurveyedFile, folder: string): readonly PartFacts[] {
  const own = file.isCompacted ? file.footer?.parts : undefined;
  if (own) return own;
  const { path, sha256, sizeBytes, footer } = file;
  return [
    {
      path: path.slice(folder.length + 1),
      sha256,
      size_bytes: sizeBytes,
      rows: footer!.rows,
      columns: [...footer!.columns],
    },
  ];
}

/** Footer entries that describe how a file is encoded, or summarize its rows, but not their meaning. */
const ENCODING_KEYS = new Set([
  "bronzestore.crc32",
  "bronzestore.keys",
  "bronzestore.whole_us",
  "pandas",
  "ARROW:schema",
  ROWS_AHEAD_KEY,
  PARTS_KEY,
]);

/** Why no file of a dataset can be merged with another, or `undefined`. */
export function neverMerged(dataset: AnyDataset): string | undefined {
  const { partitionIs } = dataset;
  switch (partitionIs) {
    case "changes":
      return undefined;
    case "snapshot":
      return "each file of this dataset is one snapshot, and two in one file would be one";
    default:
      return partitionIs satisfies never;
  }
}

/** Why one file cannot be part of a merged one, or `undefined`. */
export function cannotMerge(dataset: AnyDataset, { footer, template }: SurveyedFile): string | undefined {
  if (!footer) return "it cannot be read, so nobody knows what it holds";
  const lost = [...footer.keyValues.keys()].find((key) => !ENCODING_KEYS.has(key));
  if (lost !== undefined)
    return `its footer says "${lost}", which a merged file cannot say for some of its rows`;
  for (const [column, token] of template.columns) {
    const differs = token === "run" || token === "hour";
    if (differs && dataset.columns.has(column) && !footer.columns.has(column))
      return `its rows have their ${column} from the name of their folder, which a merged file would lose`;
  }
  return undefined;
}

/**
 * The partitions in which a retry repeated rows: a reader drops the repeats by file, and could not do so in one file.
 * Returns the paths of their files.
 */
export async function filesWithRetries(
  storage: Storage,
  dataset: AnyDataset,
  files: readonly SurveyedFile[],
): Promise<Set<string>> {
  const folders = new Map<string, SurveyedFile[]>();
  for (const file of files) {
    const { place } = retryPlace(dataset, file.path);
    folders.set(place, [...(folders.get(place) ?? []), file]);
  }
  const found = new Set<string>();
  for (const own of folders.values()) {
    if (own.length < 2) continue;
    const { frame } = await loadFrame(storage, dataset, own);
    const rows = own.reduce((sum, { footer }) => sum + footer!.rows, 0);
    if (withoutRetries(frame).length < rows) for (const { path } of own) found.add(path);
  }
  return found;
}

/**
 * A row whose tie would have another result, because the merged file has another position among the remaining files; in
 * words, or `undefined`. Rows tie only if they agree in `ingested_ts`, whatever the rule for `as_of_ts`.
 *
 * @param files all files of one kind of partition, in partition order
 * @param merged paths of the files to merge
 * @param staysBefore how many of the others come before the merged file
 */
export async function changedTie(
  storage: Storage,
  dataset: AnyDataset,
  files: readonly SurveyedFile[],
  merged: ReadonlySet<string>,
  staysBefore: number,
): Promise<string | undefined> {
  if (files.length === merged.size) return undefined;
  const { frame } = await loadFrame(storage, dataset, files);
  const reader = rowReader(frame);
  const { ingested } = dataset.timestamps;
  const names = [...dataset.key, ...(reader.names.includes(ingested) ? [ingested] : [])];

  // Per key and capture: the first and last of the remaining files that hold it, numbered from 0.
  const staying = new Map<string, { first: number; last: number }>();
  const stayingBefore: number[] = [];
  let count = 0;
  for (const { path } of files) stayingBefore.push(merged.has(path) ? count : count++);
  const total = files.reduce((sum, { footer }) => sum + (footer?.rows ?? 0), 0);
  const text = (row: number) => keyText(names.map((name) => reader.cell(name, row)));
  for (let row = 0; row < total; row++) {
    const part = reader.partOf(row);
    if (merged.has(files[part]!.path)) continue;
    const own = stayingBefore[part]!;
    const known = staying.get(text(row));
    staying.set(text(row), { first: known?.first ?? own, last: own });
  }
  for (let row = 0; row < total; row++) {
    const part = reader.partOf(row);
    if (!merged.has(files[part]!.path)) continue;
    const rivals = staying.get(text(row));
    if (!rivals) continue;
    const from = Math.min(staysBefore, stayingBefore[part]!);
    const to = Math.max(staysBefore, stayingBefore[part]!);
    // The row's position moves past the remaining files from `from` to `to`.
    if (rivals.last >= from && rivals.first < to)
      return `a row of ${files[part]!.path} would change places with a row of the same key and ${ingested} in a file that stays`;
  }
  return undefined;
}

import { assertKept, loadFrame, ROWS_AHEAD_KEY } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import { type Cell, encodeParquet } from "../../table/index.js";
import { rowReader, Timeline } from "../../travel/index.js";
import type { SurveyedFile } from "./survey-day.js";

/** The rows of several files in one. */
export interface MergedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
}

/**
 * All rows of some files as one Parquet file: sorted by key and, within a key, in the order history had them. That
 * order is the last tie-break of selection, so every tie among these rows falls as before, whatever rule made it a tie.
 * Equal files give equal bytes.
 *
 * @param files in partition order
 * @throws BronzeError `UNSUPPORTED_TYPE` for a column that cannot be written, `TYPE_CLASH`, ...
 */
export async function mergeFiles(
  storage: Storage,
  dataset: AnyDataset,
  files: readonly SurveyedFile[],
): Promise<MergedFile> {
  const { frame } = await loadFrame(storage, dataset, files);
  assertKept(frame.omitted);
  const reader = rowReader(frame);
  // Only what the files themselves hold: the folders' keys stay in the folders' names.
  const held = new Set(files.flatMap(({ footer }) => [...(footer?.columns ?? [])]));
  const timeline = new Timeline(frame);
  const rows = inKeyOrder(
    timeline.rowCount,
    dataset.key.map((name) => (row) => reader.cell(name, row)),
  );
  const columns = reader.names
    .filter((name) => held.has(name))
    .map((name) => ({ name, column: reader.column(name, rows) }));
  const { rowsAhead } = timeline.at(0n).provenance;
  return {
    bytes: encodeParquet(columns, new Map([[ROWS_AHEAD_KEY, String(rowsAhead)]]), dataset.key),
    rows: rows.length,
  };
}

function inKeyOrder(count: number, columns: readonly ((row: number) => Cell)[]): Uint32Array {
  const cells = columns.map((cell) => Array.from({ length: count }, (_, row) => cell(row)));
  return Uint32Array.from({ length: count }, (_, row) => row).sort((a, b) => {
    for (const column of cells) {
      const order = compare(column[a]!, column[b]!);
      if (order !== 0) return order;
    }
    return a - b;
  });
}

/** Any total order will do: it only has to bring equal keys together. */
function compare(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (typeof a === typeof b && a < b) return -1;
  if (typeof a === typeof b && a > b) return 1;
  const [left, right] = [String(a), String(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

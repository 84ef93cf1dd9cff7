import {
  assertKept,
  loadFrame,
  PARTS_KEY,
  type PartFacts,
  ROWS_AHEAD_KEY,
  writePartFacts,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import { encodeParquet } from "../../table/index.js";
import { exactly } from "../../time/index.js";
import { rowReader, Timeline } from "../../travel/index.js";
import type { SurveyedFile } from "./survey-day.js";

/** The rows of several files in one. */
export interface MergedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
}

/**
 * All rows of some files as one Parquet file, in the order history had them: each file is a range of its rows, and the
 * footer names it. That order is the last tie-break of selection, so every tie among these rows falls as before,
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
  // Only what the files themselves hold: the folders' keys stay in the folders' names.
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

/** The parts of a file that is merged: those it was made of itself, or it. */
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

import type { AnyDataset } from "../dataset/index.js";
import { joinPath, type Storage } from "../storage/index.js";
import { cellReader, encodeParquet, openParquet, type ParquetFile } from "../table/index.js";
import { sameCell } from "../travel/index.js";
import { columnsOfRows } from "./encode-rows.js";
import { existingParts } from "./existing-parts.js";
import type { RowGroup } from "./partition-rows.js";
import { writeSnapshotMetadata } from "./snapshot-metadata.js";
import type { WrittenFile } from "./written-file.js";

/** The bytes of a file, and the same bytes opened again. */
export interface EncodedGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: ParquetFile;
}

/** Encodes the rows of one file. @throws BronzeError `INVALID_ROWS` */
export function encodeGroup(dataset: AnyDataset, { rows, snapshot, folder }: RowGroup): EncodedGroup {
  const metadata = snapshot && writeSnapshotMetadata(snapshot);
  const bytes = encodeParquet(columnsOfRows(dataset, rows), metadata, dataset.key);
  return { bytes, file: openParquet(bytes, joinPath(folder, dataset.file)) };
}

/** What publishing came to, and the file that holds the rows now. */
export interface Published {
  readonly written: WrittenFile;
  readonly file: ParquetFile;
}

/**
 * Puts a file into its partition without ever overwriting: the first free name of `odds.parquet`,
 * `odds.part-000002.parquet`, ... unless the same rows are already there, in a file of their own or a compacted one.
 *
 * A retry stamps another `ingested_ts` on the same rows, which is no difference where that time decides nothing. Where
 * it does, equal rows after different ones are news (a status that went back), so only the newest file can be the retry.
 */
export async function publishGroup(
  storage: Storage,
  dataset: AnyDataset,
  { date, folder, rows }: RowGroup,
  { bytes, file }: EncodedGroup,
  stamped: ReadonlySet<string>,
): Promise<Published> {
  const onlyNewest = ingestedDecides(dataset, rows);
  // Names that were taken, whether or not they can be listed and read.
  const taken = new Set<string>();
  for (let number = 1; ; ) {
    const existing = await existingParts(storage, folder);
    for (const path of existing.taken) taken.add(path);
    for (const [i, { path, open }] of existing.parts.entries()) {
      const ignored = onlyNewest && i < existing.parts.length - 1 ? NOTHING : stamped;
      const same = await open();
      if (same && sameRows(same, file, ignored)) {
        const written = {
          path,
          date,
          rows: rows.length,
          sizeBytes: same.sizeBytes,
          status: "unchanged" as const,
        };
        return { written, file: same };
      }
    }
    while (taken.has(joinPath(folder, partName(dataset.file, number)))) number++;
    const path = joinPath(folder, partName(dataset.file, number));
    // The publish is the commit point; losing it to another writer means looking at what that one wrote.
    if (await storage.publish(path, bytes)) {
      return {
        written: { path, date, rows: rows.length, sizeBytes: bytes.byteLength, status: "written" },
        file,
      };
    }
    taken.add(path);
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** Whether the capture time of some row selects it, places it, or dates its snapshot. */
function ingestedDecides(dataset: AnyDataset, rows: RowGroup["rows"]): boolean {
  const { timestamps, dateFrom, history, partitionIs, snapshotTime } = dataset;
  const { ingested, asOf } = timestamps;
  if (dateFrom === ingested || (history.kind === "hourly" && history.column === ingested)) return true;
  if (partitionIs === "snapshot" && (snapshotTime ?? ingested) === ingested) return true;
  if (timestamps.unreliable || timestamps.maxLeadNs !== undefined) return true;
  const { earliestNs } = timestamps;
  return rows.some((row) => {
    const time = row[asOf];
    return typeof time !== "bigint" || (earliestNs !== undefined && time < earliestNs);
  });
}

/** Names that sort in the order they were given out: `odds.parquet`, then `odds.part-000002.parquet`, ... */
function partName(file: string, number: number): string {
  return number === 1 ? file : file.replace(/\.parquet$/, `.part-${String(number).padStart(6, "0")}.parquet`);
}

/** Whether two files hold the same rows in the same order, apart from columns to ignore. */
function sameRows(a: ParquetFile, b: ParquetFile, ignored: ReadonlySet<string>): boolean {
  if (a.rowCount !== b.rowCount || !sameMetadata(a, b)) return false;
  const names = new Set([...a.columns.keys(), ...b.columns.keys()]);
  for (const name of names) {
    if (ignored.has(name)) continue;
    if (!a.columns.has(name) || !b.columns.has(name)) return false;
    const [left, right] = [cellReader(a.column(name)), cellReader(b.column(name))];
    for (let row = 0; row < a.rowCount; row++) if (!sameCell(left(row), right(row))) return false;
  }
  return true;
}

/** What a snapshot declares is part of what it says; when it was captured is a stamp. */
function sameMetadata(a: ParquetFile, b: ParquetFile): boolean {
  return ["bronzestore.snapshot_ts", "bronzestore.covers"].every(
    (key) => a.keyValues.get(key) === b.keyValues.get(key),
  );
}

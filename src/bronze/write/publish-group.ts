import { type AnyDataset, partName } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import { encodeParquet, openParquet, type ParquetFile } from "../../table/index.js";
import { writeSnapshotMetadata } from "../read/snapshot-metadata.js";
import { columnsOfRows } from "./encode-rows.js";
import { existingParts, unlessDamaged } from "./existing-parts.js";
import { dateOfUnit, type RowGroup } from "./partition-rows.js";
import { areSameRows, rowsOfFile } from "./same-rows.js";
import type { StampedRows } from "./validate-rows.js";

/**
 * One file of a write.
 *
 * @category Bronze
 */
export interface WrittenFile {
  readonly path: string;
  /** Its domain date; null where its path stands for several days, or says none. */
  readonly date: string | null;
  readonly rows: number;
  readonly sizeBytes: number;
  /** `unchanged`: the same rows already existed. */
  readonly status: "written" | "unchanged";
}

/** The bytes of a file, and the same bytes opened again. */
interface EncodedGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: ParquetFile;
}

/** Encodes the rows of one file. @throws BronzeError `INVALID_ROWS` */
export function encodeGroup(dataset: AnyDataset, { rows, snapshot, path }: RowGroup): EncodedGroup {
  const metadata = snapshot && writeSnapshotMetadata(snapshot);
  const bytes = encodeParquet(columnsOfRows(dataset, rows), metadata, dataset.key);
  return { bytes, file: openParquet(bytes, path) };
}

/** The outcome of publishing, and the file that holds the rows now. */
interface Published {
  readonly written: WrittenFile;
  readonly file: ParquetFile;
}

/**
 * Puts a file into its partition without ever overwriting: the first free name of `odds.parquet`,
 * `odds.part-000002.parquet`, ... unless the same rows are already there, in a file of their own or a compacted one.
 *
 * A retry stamps another `ingested_ts` on the same rows, which does not count as a difference where that time decides
 * nothing. Where it does, equal rows after different ones are news (a status that changed back), so only the newest
 * file can be the retry.
 */
export async function publishGroup(
  storage: Storage,
  dataset: AnyDataset,
  group: RowGroup,
  { bytes, file }: EncodedGroup,
  stamped: StampedRows,
): Promise<Published> {
  const { rows, unit } = group;
  const date = dateOfUnit(unit);
  const onlyNewest = ingestedDecides(dataset, rows);
  const own = rowsOfFile(dataset, file);
  const isStamp = (column: string, row: number) =>
    (column === dataset.timestamps.ingested && stamped.times.has(rows[row]!)) ||
    (column === "run_id" && stamped.runs.has(rows[row]!));
  // Names already in use, whether or not they can be listed and read.
  const taken = new Set<string>();
  for (let number = 1; ; ) {
    const existing = await existingParts(storage, dataset, group);
    for (const path of existing.taken) taken.add(path);
    for (const [i, { path, open }] of existing.parts.entries()) {
      const mayBeRetry = !onlyNewest || i === existing.parts.length - 1;
      const same = await unlessDamaged(async () => {
        const there = await open();
        const isSame =
          there && areSameRows(dataset, rowsOfFile(dataset, there), own, mayBeRetry ? isStamp : isNone);
        return isSame ? there : undefined;
      });
      if (!same) continue;
      const { sizeBytes } = same;
      return { written: { path, date, rows: rows.length, sizeBytes, status: "unchanged" }, file: same };
    }
    while (taken.has(partName(group.path, number))) number++;
    const path = partName(group.path, number);
    // The publish is the commit point; if another writer was first, its file is checked.
    if (await storage.publish(path, bytes)) {
      const sizeBytes = bytes.byteLength;
      return {
        written: { path, date, rows: rows.length, sizeBytes, status: "written" },
        file: { ...file, path },
      };
    }
    taken.add(path);
  }
}

const isNone = () => false;

/** Whether the capture time of some row selects it, decides its folder, or dates its snapshot. */
function ingestedDecides(dataset: AnyDataset, rows: RowGroup["rows"]): boolean {
  const { timestamps, dateFrom, hour, partitionIs, snapshotTime } = dataset;
  const { ingested, asOf } = timestamps;
  if (dateFrom === ingested || hour === ingested) return true;
  if (partitionIs === "snapshot" && (snapshotTime ?? ingested) === ingested) return true;
  if (asOf === null || timestamps.unreliable || timestamps.maxLeadNs !== undefined) return true;
  const { earliestNs } = timestamps;
  return rows.some((row) => {
    const time = row[asOf];
    return typeof time !== "bigint" || (earliestNs !== undefined && time < earliestNs);
  });
}

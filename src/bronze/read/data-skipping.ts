import { type AnyDataset, timeColumns } from "../../dataset/index.js";
import { type ColumnType, type ParquetFile, recordedKeyDigest, sameType } from "../../table/index.js";
import { type FrameColumn, type PartBounds, timeBounds } from "../../travel/index.js";
import { instantRange } from "./frame-columns.js";
import { readSnapshotMetadata } from "./snapshot-metadata.js";

/**
 * Key in a compacted file's footer: how many of its rows are ahead of their capture. The file spans hours, so its
 * statistics alone cannot rule that out, as they can for one run.
 */
export const ROWS_AHEAD_KEY = "bronzestore.rows_ahead";

/**
 * Whether a file, by its footer alone, can neither add a row to an answer at `cutoffNs` or before, nor end one, nor
 * change the counts of provenance. If the footer leaves this open the result is false, and the file is decoded.
 */
export function holdsNothingUntil(parquet: ParquetFile, dataset: AnyDataset, cutoffNs: bigint): boolean {
  const { timestamps: rules } = dataset;
  // An untrusted column needs a check of each row.
  if (rules.unreliable || rules.maxLeadNs !== undefined) return false;
  // When a state held that lies in several files, all of them say together.
  if (dataset.state === "folder") return false;
  const bounds = timeBounds(rules, (name) => instantRange(parquet, dataset, name));
  if (!bounds?.isTrusted) return false;
  // Rows that are ahead of their capture are counted, so they must be read.
  if (!bounds.noneAhead && !(parquet.checked && parquet.keyValues.get(ROWS_AHEAD_KEY) === "0")) return false;
  const { partitionIs } = dataset;
  switch (partitionIs) {
    case "changes":
      return bounds.minNs > cutoffNs;
    case "snapshot": {
      const stateNs = earliestStateIn(parquet, dataset, bounds.firstCaptureNs);
      return stateNs !== undefined && stateNs > cutoffNs && bounds.minNs > cutoffNs;
    }
    default:
      return partitionIs satisfies never;
  }
}

/** The earliest possible time of a snapshot. */
function earliestStateIn(parquet: ParquetFile, dataset: AnyDataset, captureNs: bigint): bigint | undefined {
  const declared = readSnapshotMetadata(dataset, parquet.path, parquet.keyValues);
  if (declared?.timeNs !== undefined) return declared.timeNs;
  if (dataset.snapshotTime === undefined) return declared?.ingestedNs ?? captureNs;
  const own = instantRange(parquet, dataset, dataset.snapshotTime);
  return own !== undefined && own.nullCount === 0 ? own.minNs : undefined;
}

/**
 * What a file's footer proves about its times and keys, so that a question it cannot answer need not decode it.
 *
 * `undefined` where the footer leaves this open, and where decoding could fail (a file without an intact checksum, a
 * column that has to be converted): such a file is decoded, and its damage is reported.
 */
export function partBounds(
  parquet: ParquetFile,
  dataset: AnyDataset,
  columns: ReadonlyMap<string, FrameColumn>,
): PartBounds | undefined {
  const { timestamps: rules, key, snapshotTime } = dataset;
  if (!parquet.checked || parquet.rowCount === 0) return undefined;
  // Under another policy some rows cannot be selected.
  if (rules.fallback !== "row" || dataset.state === "folder") return undefined;
  const needed = [...key, ...timeColumns(dataset), ...(snapshotTime === undefined ? [] : [snapshotTime])];
  if (!needed.every((name) => readsAsItIs(parquet.columns.get(name), columns.get(name)?.type)))
    return undefined;
  const bounds = timeBounds(rules, (name) => instantRange(parquet, dataset, name));
  if (!bounds) return undefined;
  const own = snapshotTime === undefined ? undefined : instantRange(parquet, dataset, snapshotTime);
  return {
    minNs: bounds.minNs,
    maxNs: bounds.maxNs,
    capturedNs: bounds.lastCaptureNs,
    snapshotNs: own?.maxNs,
    noneAhead: bounds.noneAhead,
    keyDigest: recordedKeyDigest(parquet.keyValues, key),
  };
}

function readsAsItIs(found: ColumnType | undefined, wanted: ColumnType | undefined): boolean {
  if (!found || !wanted) return false;
  if (found.kind === "timestamp" && wanted.kind === "timestamp") return found.utc && wanted.utc;
  return sameType(found, wanted);
}

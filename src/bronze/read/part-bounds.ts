import { type AnyDataset, timeColumns } from "../../dataset/index.js";
import { type ColumnType, type ParquetFile, recordedKeyDigest, sameType } from "../../table/index.js";
import type { FrameColumn, PartBounds } from "../../travel/index.js";

/**
 * What a file's footer proves of its times and keys, so that a question it cannot answer need not decode it.
 *
 * `undefined` where the footer leaves a doubt, and where decoding could fail (a file without an intact checksum, a
 * column that has to be converted): such a file is decoded, and what is wrong with it is said.
 */
export function partBounds(
  parquet: ParquetFile,
  dataset: AnyDataset,
  columns: ReadonlyMap<string, FrameColumn>,
): PartBounds | undefined {
  const { timestamps: rules, key, snapshotTime } = dataset;
  if (!parquet.checked || parquet.rowCount === 0) return undefined;
  // Under another policy some rows cannot be selected, or any row's time can turn the rule for all.
  if (rules.fallback !== "row") return undefined;
  for (const name of [
    ...key,
    ...timeColumns(dataset),
    ...(snapshotTime === undefined ? [] : [snapshotTime]),
  ]) {
    if (!readsAsItIs(parquet.columns.get(name), columns.get(name)?.type)) return undefined;
  }
  const ingested = parquet.timestampRange(rules.ingested);
  const asOf = rules.asOf === null ? ingested : parquet.timestampRange(rules.asOf);
  if (!asOf || !ingested || ingested.nullCount > 0) return undefined;
  const isTrusted =
    !rules.unreliable &&
    rules.maxLeadNs === undefined &&
    asOf.nullCount === 0 &&
    (rules.earliestNs === undefined || asOf.minNs >= rules.earliestNs);
  // A row whose semantic time is not believed falls back to its capture, so both bound what it may be.
  const low = isTrusted || ingested.minNs > asOf.minNs ? asOf.minNs : ingested.minNs;
  const high = isTrusted || ingested.maxNs < asOf.maxNs ? asOf.maxNs : ingested.maxNs;
  const own = snapshotTime === undefined ? undefined : parquet.timestampRange(snapshotTime);
  return {
    minNs: low,
    maxNs: high,
    capturedNs: ingested.maxNs,
    snapshotNs: own?.maxNs,
    noneAhead: asOf.maxNs <= ingested.minNs + (rules.maxLeadNs ?? 0n),
    keyDigest: recordedKeyDigest(parquet.keyValues, key),
  };
}

function readsAsItIs(found: ColumnType | undefined, wanted: ColumnType | undefined): boolean {
  if (!found || !wanted) return false;
  if (found.kind === "timestamp" && wanted.kind === "timestamp") return found.utc && wanted.utc;
  return sameType(found, wanted);
}

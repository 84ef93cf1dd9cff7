import type { AnyDataset } from "../../dataset/index.js";
import type { ParquetFile } from "../../table/index.js";
import { readSnapshotMetadata } from "./snapshot-metadata.js";

/**
 * Key in a compacted file's footer: how many of its rows run ahead of their capture. The file spans hours, so its
 * statistics alone cannot rule that out as they can for one run.
 */
export const ROWS_AHEAD_KEY = "bronzestore.rows_ahead";

/**
 * Whether a file, by its footer alone, can neither add a row to an answer at `cutoffNs` or before, nor end one, nor
 * change what provenance counts. Where the footer leaves a doubt the answer is no, and the file is decoded.
 */
export function holdsNothingUntil(parquet: ParquetFile, dataset: AnyDataset, cutoffNs: bigint): boolean {
  const firstNs = firstInstantIn(parquet, dataset);
  return firstNs !== undefined && firstNs > cutoffNs;
}

/** Before this instant a file matters to no answer; `undefined` where its footer leaves a doubt. */
function firstInstantIn(parquet: ParquetFile, dataset: AnyDataset): bigint | undefined {
  const { timestamps: rules } = dataset;
  // Under `dataset`, any row's time can turn the rule for all; a distrusted column needs a look at each row.
  if (rules.fallback === "dataset" || rules.unreliable || rules.maxLeadNs !== undefined) return undefined;
  const ingested = parquet.timestampRange(rules.ingested);
  const asOf = rules.asOf === null ? ingested : parquet.timestampRange(rules.asOf);
  if (!asOf || !ingested || asOf.nullCount > 0 || ingested.nullCount > 0) return undefined;
  if (rules.earliestNs !== undefined && asOf.minNs < rules.earliestNs) return undefined;
  // Rows that run ahead of their capture are counted, so they must be seen.
  const noneAhead =
    asOf.maxNs <= ingested.minNs || (parquet.checked && parquet.keyValues.get(ROWS_AHEAD_KEY) === "0");
  if (!noneAhead) return undefined;
  if (dataset.partitionIs === "changes") return asOf.minNs;
  const ownNs = snapshotTimeOf(parquet, dataset, ingested.minNs);
  if (ownNs === undefined) return undefined;
  return ownNs < asOf.minNs ? ownNs : asOf.minNs;
}

/** The earliest that a snapshot's own time can be. */
function snapshotTimeOf(parquet: ParquetFile, dataset: AnyDataset, ingestedNs: bigint): bigint | undefined {
  const declared = readSnapshotMetadata(dataset, parquet.path, parquet.keyValues);
  if (declared?.timeNs !== undefined) return declared.timeNs;
  if (dataset.snapshotTime === undefined) return declared?.ingestedNs ?? ingestedNs;
  const own = parquet.timestampRange(dataset.snapshotTime);
  return own !== undefined && own.nullCount === 0 ? own.minNs : undefined;
}

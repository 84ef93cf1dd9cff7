import { COMPACTED_NAME } from "../table/index.js";

/**
 * The names a dataset's files get in a partition, after the first, which is the dataset's own: a later part of the same
 * partition, and what compaction makes of several parts.
 */

/** Names that sort in the order they were given out: `odds.parquet`, then `odds.part-000002.parquet`, ... */
export function partName(file: string, number: number): string {
  return number === 1 ? file : file.replace(/\.parquet$/, `.part-${String(number).padStart(6, "0")}.parquet`);
}

/** `odds.compacted-0123456789abcdef.parquet`: equal content has an equal name. */
export function compactedName(file: string, sha256: string): string {
  return file.replace(/(\.parquet)?$/, `.compacted-${sha256.slice(0, 16)}.parquet`);
}

/** Whether a file is data only where `_retention.json` names it. */
export function isCompactedName(name: string): boolean {
  return COMPACTED_NAME.test(name);
}

/** Whether a name is one that parts get, the first aside. */
export function isPartName(name: string): boolean {
  return /\.part-\d{6,}\.parquet$/.test(name);
}

import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { COMPACTED_NAME } from "../table/index.js";
import { epochDay, formatInstant } from "../time/index.js";

/**
 * An instant as `YYYYMMDDTHHMMSSZ`, the fraction of the second cut off.
 *
 * @throws BronzeError `INVALID_INSTANT`: no bigint, or outside int64 nanoseconds
 * @example
 * ```ts
 * formatRunTs(1768509900000000000n); // "20260115T204500Z"
 * ```
 * @category Time
 */
export function formatRunTs(ns: bigint): string {
  return `${formatInstant(ns).slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/**
 * Reads `YYYYMMDDTHHMMSSZ` as epoch nanoseconds.
 *
 * @throws BronzeError `INVALID_INSTANT` for another form; `INVALID_DATE` for a day that does not exist
 * @example
 * ```ts
 * parseRunTs("20260115T204500Z"); // 1768509900000000000n
 * ```
 * @category Time
 */
export function parseRunTs(text: string): bigint {
  const match = typeof text === "string" && /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) {
    throw new BronzeError("INVALID_INSTANT", `Run time ${shown(text)} is not of the form YYYYMMDDTHHMMSSZ.`, {
      value: text,
    });
  }
  const [, year, month, dayOfMonth, hour, minute, second] = match;
  const days = epochDay(`${year}-${month}-${dayOfMonth}`, "run_ts");
  return BigInt(days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1_000_000_000n;
}

/**
 * The names of a dataset's files in a partition, after the first, which has the dataset's own name: later parts of the
 * same partition, and the result of compacting several parts.
 */

/** Names that sort in the order they were used: `odds.parquet`, then `odds.part-000002.parquet`, ... */
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

import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { COMPACTED_NAME } from "../table/index.js";
import { epochDay, formatInstant } from "../time/index.js";
import type { Dataset } from "./dataset.js";

/** A history partition below a `date=` folder. */
export type HistoryPartition =
  | { readonly kind: "hour"; readonly hour: number }
  | { readonly kind: "run"; readonly runTs: string };

/** `bronze/<dataset>`, the folder of a dataset. */
export function datasetFolder({ layer, name }: Dataset): string {
  return `${layer}/${name}`;
}

/** `bronze/<dataset>/season=YYYY/date=YYYY-MM-DD`, the folder of one domain date. */
export function dateFolder(dataset: Dataset, date: string): string {
  return `${datasetFolder(dataset)}/season=${dataset.season(date)}/date=${date}`;
}

/** `hour=HH` or `run_ts=YYYYMMDDTHHMMSSZ`. */
export function partitionName(partition: HistoryPartition): string {
  switch (partition.kind) {
    case "hour":
      return `hour=${String(partition.hour).padStart(2, "0")}`;
    case "run":
      return `run_ts=${partition.runTs}`;
    default:
      return partition satisfies never;
  }
}

/** Reads a folder name; `undefined` for any folder that is not a history partition. */
export function parsePartitionName(name: string): HistoryPartition | undefined {
  const hour = /^hour=(\d{1,2})$/.exec(name);
  if (hour && Number(hour[1]) < 24) return { kind: "hour", hour: Number(hour[1]) };
  const run = /^run_ts=(\d{8}T\d{6}Z)$/.exec(name);
  return run ? { kind: "run", runTs: run[1]! } : undefined;
}

/** The order of partitions in a day: hours, then runs, each by time. */
export function comparePartitions(a: HistoryPartition, b: HistoryPartition): number {
  if (a.kind === "hour") return b.kind === "hour" ? a.hour - b.hour : -1;
  if (b.kind === "hour") return 1;
  return a.runTs < b.runTs ? -1 : a.runTs > b.runTs ? 1 : 0;
}

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

/** Whether a name is that of a part other than the first. */
export function isPartName(name: string): boolean {
  return /\.part-\d{6,}\.parquet$/.test(name);
}

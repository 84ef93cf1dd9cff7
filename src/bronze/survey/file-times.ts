import { type AnyDataset, datingColumn, type FallbackPolicy, timeColumns } from "../../dataset/index.js";
import type { ParquetFile } from "../../table/index.js";
import { type Frame, type RowTimes, repeatedKeys, rowTimes } from "../../travel/index.js";
import { ROWS_AHEAD_KEY } from "../read/data-skipping.js";
import type { DayFile } from "../read/day-file.js";
import { instantRange } from "../read/frame-columns.js";
import { frameOf } from "../read/load-frame.js";
import type { OpenedFile } from "../read/open-parts.js";
import { partOfDates } from "../read/rows-of-days.js";
import { isOneDay } from "../read/unit-folders.js";

/** What a survey knows of the times of one file's rows. Epoch nanoseconds, both ends inclusive, null where no row has one. */
export interface FileTimes {
  readonly rows: number;
  readonly firstEffectiveNs: bigint | null;
  readonly lastEffectiveNs: bigint | null;
  readonly firstCapturedNs: bigint | null;
  readonly lastCapturedNs: bigint | null;
  readonly byFallback: number;
  readonly notSelectable: number;
  readonly ahead: number;
  readonly captureUnknown: number;
  /** The rows whose capture is known, by the stretch between two boundaries it lies in, in time. */
  readonly captures: readonly Captures[];
  /** The greatest of what is the earlier of a row's effective time and its capture. */
  readonly newestNs: bigint | null;
}

/** Rows that were captured between the same two boundaries. */
export interface Captures {
  readonly firstNs: bigint;
  readonly rows: number;
}

/**
 * A file's times by its footer alone; `undefined` where the footer leaves a doubt about any of them. Only of files with an
 * intact checksum the statistics are believed.
 *
 * @param boundaries ascending: the file is decoded where one lies among its captures
 */
export function statedTimes(
  parquet: ParquetFile,
  dataset: AnyDataset,
  boundaries: readonly bigint[],
): FileTimes | undefined {
  const { timestamps: rules } = dataset;
  const rows = parquet.rowCount;
  if (rows === 0) return NO_ROWS;
  if (!parquet.checked || rules.unreliable) return undefined;
  const ingested = instantRange(parquet, dataset, rules.ingested);
  if (!ingested || ingested.nullCount > 0) return undefined;
  const start = stretchOf(boundaries, ingested.minNs);
  if (start !== stretchOf(boundaries, ingested.maxNs)) return undefined;
  const captured = {
    rows,
    firstCapturedNs: ingested.minNs,
    lastCapturedNs: ingested.maxNs,
    notSelectable: 0,
    captureUnknown: 0,
    captures: [{ firstNs: ingested.minNs, rows }],
  };
  if (rules.asOf === null) {
    return {
      ...captured,
      firstEffectiveNs: ingested.minNs,
      lastEffectiveNs: ingested.maxNs,
      byFallback: rows,
      ahead: 0,
      newestNs: ingested.maxNs,
    };
  }
  const asOf = instantRange(parquet, dataset, rules.asOf);
  if (!asOf || asOf.nullCount > 0) return undefined;
  if (rules.earliestNs !== undefined && asOf.minNs < rules.earliestNs) return undefined;
  const isBehind = asOf.maxNs <= ingested.minNs;
  const noneAhead =
    asOf.maxNs <= ingested.minNs + (rules.maxLeadNs ?? 0n) ||
    (rules.maxLeadNs === undefined && parquet.keyValues.get(ROWS_AHEAD_KEY) === "0");
  if (!noneAhead) return undefined;
  // Within a lead that is allowed, which of the two is the earlier is another question for each row.
  if (!isBehind && rules.maxLeadNs !== undefined) return undefined;
  return {
    ...captured,
    firstEffectiveNs: asOf.minNs,
    lastEffectiveNs: asOf.maxNs,
    byFallback: 0,
    ahead: 0,
    newestNs: asOf.maxNs,
  };
}

const NO_ROWS: FileTimes = {
  rows: 0,
  firstEffectiveNs: null,
  lastEffectiveNs: null,
  firstCapturedNs: null,
  lastCapturedNs: null,
  byFallback: 0,
  notSelectable: 0,
  ahead: 0,
  captureUnknown: 0,
  captures: [],
  newestNs: null,
};

/** The two time columns of a file, decoded. */
export interface DecodedTimes {
  /** Whether any row has a usable `as_of_ts`, on which the `dataset` fallback hangs. */
  readonly anyUsable: boolean;
  /** @param fallback what to do with rows that have none, where the dataset's own policy asks about other files */
  times(fallback: FallbackPolicy): FileTimes;
  /** As `newestNs` of `FileTimes`, over the rows captured by an instant; each row falls back by itself. */
  newestUntil(untilNs: bigint): bigint | null;
}

/**
 * Decodes the time columns of a file, and what dates its rows, where only those of a date are wanted.
 *
 * @param date of a file of several days: whose rows to look at; default: all
 * @throws BronzeError `CORRUPT_FILE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `UNSUPPORTED_TYPE`, `MISSING_COLUMN`
 */
export function decodeTimes(
  dataset: AnyDataset,
  file: DayFile,
  parquet: ParquetFile,
  boundaries: readonly bigint[],
  date?: string,
): DecodedTimes {
  const frame = frameOfDate(dataset, timeColumns(dataset), [], { file, parquet }, date);
  return {
    anyUsable: rowTimes(frame).anyUsable,
    times: (fallback) => timesOf(rowTimes(frame, fallback), boundaries),
    newestUntil(untilNs) {
      const { fallback } = dataset.timestamps;
      const times = rowTimes(frame, fallback === "dataset" ? "row" : fallback);
      const newest = new Bounds();
      for (let row = 0; row < times.rows; row++) {
        const capturedNs = times.capturedNs(row);
        if (capturedNs !== null && capturedNs <= untilNs)
          newest.add(earlier(times.effectiveNs(row), capturedNs));
      }
      return newest.last;
    },
  };
}

function earlier(a: bigint | null, b: bigint): bigint | null {
  return a === null || a < b ? a : b;
}

function timesOf(times: RowTimes, boundaries: readonly bigint[]): FileTimes {
  const [effective, captured, newest] = [new Bounds(), new Bounds(), new Bounds()];
  const captures = new Map<number, { firstNs: bigint; rows: number }>();
  let [byFallback, ahead, captureUnknown] = [0, 0, 0];
  for (let row = 0; row < times.rows; row++) {
    const capturedNs = times.capturedNs(row);
    const effectiveNs = times.effectiveNs(row);
    effective.add(effectiveNs);
    if (times.isByFallback(row)) byFallback++;
    if (times.isAhead(row)) ahead++;
    if (capturedNs === null) {
      captureUnknown++;
      continue;
    }
    captured.add(capturedNs);
    newest.add(earlier(effectiveNs, capturedNs));
    const stretch = stretchOf(boundaries, capturedNs);
    const own = captures.get(stretch);
    if (!own) captures.set(stretch, { firstNs: capturedNs, rows: 1 });
    else {
      own.rows++;
      if (capturedNs < own.firstNs) own.firstNs = capturedNs;
    }
  }
  return {
    rows: times.rows,
    firstEffectiveNs: effective.first,
    lastEffectiveNs: effective.last,
    firstCapturedNs: captured.first,
    lastCapturedNs: captured.last,
    byFallback,
    notSelectable: times.notSelectable,
    ahead,
    captureUnknown,
    captures: [...captures].sort(([a], [b]) => a - b).map(([, own]) => own),
    newestNs: newest.last,
  };
}

/** The first and the last of some instants. */
export class Bounds {
  first: bigint | null = null;
  last: bigint | null = null;

  add(ns: bigint | null): void {
    if (ns === null) return;
    if (this.first === null || ns < this.first) this.first = ns;
    if (this.last === null || ns > this.last) this.last = ns;
  }
}

/**
 * How many keys stand more than once in a file; decodes its key columns.
 * @throws BronzeError as `decodeTimes`, and `MISSING_KEY_COLUMN`
 */
export function repeatedKeysOf(
  dataset: AnyDataset,
  file: DayFile,
  parquet: ParquetFile,
  date: string,
): number {
  return repeatedKeys(frameOfDate(dataset, dataset.key, dataset.key, { file, parquet }, date));
}

/** Some columns of a file, as a frame of the rows of a date. */
function frameOfDate(
  dataset: AnyDataset,
  names: readonly string[],
  key: readonly string[],
  opened: OpenedFile,
  date: string | undefined,
): Frame {
  if (date === undefined || isOneDay(opened.file.days))
    return frameOf(withColumns(dataset, names, key), [opened]);
  const dating = datingColumn(dataset);
  const all = dating === undefined ? names : [...names, dating];
  const frame = frameOf(withColumns(dataset, all, key), [opened]);
  const wanted = new Set([date]);
  return { ...frame, parts: frame.parts.map((part) => partOfDates(dataset, opened.file, part, wanted)) };
}

/** The dataset as if it had declared no other columns: what is wrong with them stops no survey. */
function withColumns(dataset: AnyDataset, names: readonly string[], key: readonly string[]): AnyDataset {
  const columns = new Map([...dataset.columns].filter(([name]) => names.includes(name)));
  return { ...dataset, columns, key };
}

/** How many boundaries lie at or before an instant. */
function stretchOf(boundaries: readonly bigint[], ns: bigint): number {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boundaries[middle]! <= ns) low = middle + 1;
    else high = middle;
  }
  return low;
}

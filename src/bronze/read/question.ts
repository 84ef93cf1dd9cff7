import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { columnNames, flag, given, type OptionTable, oneOf, whole } from "../../options.js";
import { addDays, assertDate, type DurationLike, dateRange } from "../../time/index.js";
import type { DayOptions } from "./day-files.js";

/**
 * Which domain dates a question reads.
 *
 * @category Bronze
 */
export type DaySpan = (
  | { readonly date: string }
  | { readonly dates: readonly string[] }
  | { readonly from: string; readonly to: string }
) & {
  /**
   * How many days before each date to read too: a report published after midnight lies in the next day's folder,
   * and the one before a game may lie in the previous day's. Default: 0.
   */
  readonly lookbackDays?: number;
};

/**
 * No days, for a dataset whose paths say none: each question reads all of its files.
 *
 * @category Bronze
 */
export interface NoSpan {
  readonly date?: undefined;
  readonly dates?: undefined;
  readonly from?: undefined;
  readonly to?: undefined;
  readonly lookbackDays?: undefined;
}

/**
 * Which days a question about a dataset reads: needed where its paths say dates. Of a dataset that the types do not know, as
 * in a store of any list of datasets, the question may say none.
 *
 * @category Bronze
 */
export type SpanOf<D> = [D] extends [never]
  ? DaySpan | NoSpan
  : [D] extends [{ readonly isDated: true }]
    ? DaySpan
    : DaySpan | NoSpan;

/**
 * How to read the files of some days.
 *
 * @category Bronze
 */
export interface ReadOptions<Column extends string = never> extends DayOptions {
  /**
   * The columns that rows shall have, in this order. Which rows there are does not depend on it; what is wrong with other
   * columns of the files (clashing types, types that cannot be read) stops nothing. Default: all.
   */
  readonly columns?: readonly Column[];
  /** What to do with a file that is not readable Parquet: refuse the question, or go on and report it. Default: `throw`. */
  readonly onCorrupt?: "throw" | "skip";
  /**
   * Whether to answer from what is left where a question needs a part of history that retention pruned; `filesPruned` of the
   * provenance then names what is missing from its counts. Default: false, which is refused with `PRUNED`.
   */
  readonly acceptPruned?: boolean;
}

/**
 * The rows of an answer with the columns asked for.
 *
 * @category Bronze
 */
export type RowWithColumns<Row, Column extends string> = [Column] extends [never]
  ? Row
  : Pick<Row, Column & keyof Row>;

/**
 * Of some columns, those asked for.
 *
 * @category Bronze
 */
export type OfColumns<Names extends string, Column extends string> = [Column] extends [never]
  ? Names
  : Names & Column;

export const READ_OPTIONS: OptionTable<ReadOptions> = {
  columns: columnNames,
  prefer: oneOf("history", "latest"),
  includeRuns: flag,
  onCorrupt: oneOf("throw", "skip"),
  acceptPruned: flag,
};

export const SPAN_OPTIONS: OptionTable<DaySpan> = {
  date: given,
  dates: { is: "a list of dates", accepts: Array.isArray },
  from: given,
  to: given,
  lookbackDays: whole(0),
};

/**
 * What a timeline is made of.
 *
 * @category Bronze
 */
export type TimelineOptions<Column extends string = never, D = unknown> = SpanOf<D> & ReadOptions<Column>;

export const TIMELINE_OPTIONS: OptionTable<DaySpan & ReadOptions> = { ...SPAN_OPTIONS, ...READ_OPTIONS };

/**
 * What to read through a view.
 *
 * @category Bronze
 */
export type ViewReadOptions<Column extends string = never, D = unknown> = SpanOf<D> &
  ReadOptions<Column> & {
    /** Keep only rows whose effective time is at most this long before the cutoff. */
    readonly maxAge?: DurationLike;
  };

export const VIEW_READ_OPTIONS: OptionTable<DaySpan & Omit<ViewReadOptions, keyof NoSpan>> = {
  ...TIMELINE_OPTIONS,
  maxAge: given,
};

/**
 * The dates of a question, ascending, each once; none where the paths of the dataset say no dates and none was asked for.
 * @throws BronzeError `INVALID_DATE`, `INVALID_ARGUMENT`
 */
export function datesAsked(dataset: AnyDataset, span: DaySpan | NoSpan): string[] {
  if (dataset.isDated) return datesOf(span as DaySpan);
  if (typeof span !== "object" || span === null) throw noSpan();
  const isAsked = ["date", "dates", "from", "to", "lookbackDays"].some(
    (name) => (span as Record<string, unknown>)[name] !== undefined,
  );
  if (!isAsked || isEmptyList(span)) return [];
  if (dataset.dateFrom === undefined) throw noDates(dataset.name);
  return datesOf(span as DaySpan);
}

/** A manifest's record of a question without days. */
function isEmptyList(span: DaySpan | NoSpan): boolean {
  return "dates" in span && Array.isArray(span.dates) && span.dates.length === 0;
}

/** Where rows have no day, no question can be about one. */
export function noDates(name: string): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    `Rows of "${name}" have no day: its definition has no date. Ask without days, or say date: { from } in the definition.`,
    { dataset: name },
  );
}

/**
 * The dates of a span, ascending, each once.
 * @throws BronzeError `INVALID_DATE`, `INVALID_ARGUMENT`
 */
export function datesOf(span: DaySpan): string[] {
  if (typeof span !== "object" || span === null) throw noSpan();
  const { lookbackDays = 0 } = span;
  const dates = new Set<string>();
  for (const date of namedDates(span)) {
    assertDate(date);
    for (let back = lookbackDays; back >= 0; back--) dates.add(addDays(date, -back));
  }
  return [...dates].sort();
}

function namedDates(span: DaySpan): readonly string[] {
  const { date, dates, from, to } = span as Partial<Record<"date" | "from" | "to", string>> & {
    readonly dates?: readonly string[];
  };
  const isRange = from !== undefined || to !== undefined;
  if ([date !== undefined, dates !== undefined, isRange].filter(Boolean).length !== 1) throw noSpan();
  if (date !== undefined) return [date];
  return dates ?? dateRange(from as string, to as string);
}

function noSpan(): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    "Say which days to read: { date }, { dates } or { from, to }, one of the three.",
  );
}

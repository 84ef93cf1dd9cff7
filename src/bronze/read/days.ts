import { BronzeError } from "../../errors.js";
import { addDays, assertDate, dateRange } from "../../time/index.js";

/** Which domain dates a question reads. */
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

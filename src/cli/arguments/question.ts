import type { BoundsFlags, ColumnsFlags, DaysFlags, FromToFlags, ReadingFlags } from "./flags.js";
import { instantText, isoDuration } from "./instants.js";
import { usage } from "./usage.js";

/** The columns that `--columns a,b` names. */
export function columnsOf({ columns }: ColumnsFlags): string[] | undefined {
  return columns?.split(",").map((name) => name.trim());
}

/** `--known-by` and `--max-age` as the library takes them; `cutoff` is the question's own. */
export function boundsOf(
  flags: BoundsFlags,
  cutoff: string | undefined,
  nowNs: bigint,
): { readonly knownBy?: string; readonly maxAge?: string } {
  const { knownBy, maxAge } = flags;
  if (knownBy === "cutoff" && cutoff === undefined)
    throw usage("--known-by cutoff needs a cutoff here: give an instant.");
  return {
    ...(knownBy !== undefined && {
      knownBy: knownBy === "cutoff" ? "cutoff" : instantText(knownBy, "--known-by", nowNs),
    }),
    ...(maxAge !== undefined && { maxAge: isoDuration(maxAge) }),
  };
}

/** The days of a question: one that is named, and those before it. */
export function spanOf(
  date: string,
  { lookback }: DaysFlags,
): { readonly date: string; readonly lookbackDays: number } {
  return { date, lookbackDays: lookback ?? 0 };
}

/** `--from` and `--to`, where they are given. */
export function rangeOf({ from, to }: FromToFlags): { readonly from?: string; readonly to?: string } {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** How files are read, as the library takes it. */
export function readingOf({ onCorrupt, acceptPruned }: ReadingFlags): ReadingFlags {
  return {
    ...(onCorrupt !== undefined && { onCorrupt }),
    ...(acceptPruned !== undefined && { acceptPruned }),
  };
}

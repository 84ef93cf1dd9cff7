import { flagOf } from "./flags.js";
import { isoDuration } from "./instants.js";
import { usage } from "./usage.js";

/** Which days a plan may touch. */
export const WINDOW = {
  olderThan: flagOf("days that ended at least so long ago: 30d, P30D", "DURATION"),
  before: flagOf("days before this one, YYYY-MM-DD", "DATE"),
} as const;

export interface WindowFlags {
  readonly olderThan?: string;
  readonly before?: string;
}

type Window = { readonly olderThan: string } | { readonly before: string };

/** @throws BronzeError `INVALID_ARGUMENT` unless one of the two is given */
export function windowOf({ olderThan, before }: WindowFlags): Window {
  if ((olderThan === undefined) === (before === undefined))
    throw usage("Say which days: --older-than DURATION or --before DATE, one of the two.");
  return before === undefined ? { olderThan: isoDuration(olderThan!) } : { before };
}

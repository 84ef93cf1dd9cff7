import { BronzeError } from "../errors.js";
import { anObject, assertOptions, given, iterable, type OptionTable, required } from "../options.js";
import { type DurationLike, type InstantLike, toDurationNs, toEpochNs } from "../time/index.js";
import type { Pointer } from "./pointer-file.js";

/**
 * What decides whether a run has anything to do.
 *
 * @category Runs
 */
export interface StopEarlyOptions {
  /** What the inputs say now; see `digestInputs`. */
  readonly digest: string;
  /** The pointer of the last run that did its work. */
  readonly since: Pointer | undefined;
  /** Instants the last run before which must do its work: locks and tips. */
  readonly deadlines: Iterable<InstantLike>;
  /** How long until the next run, by the timer. */
  readonly every: DurationLike;
  /** How much later than that the next run may be. Default: `every` again, as if one timer were missed. */
  readonly slack?: DurationLike;
}

const OPTIONS: OptionTable<StopEarlyOptions> = {
  digest: given,
  since: anObject,
  deadlines: required(iterable),
  every: required(given),
  slack: given,
};

/**
 * Why a run goes on, or that it need not.
 *
 * @category Runs
 */
export type StopEarlyReason = "no earlier run" | "inputs changed" | "deadline near" | "inputs unchanged";

/**
 * Whether a run at a cutoff may stop: the inputs are the same as in the last run, and no lock or tip is due before the
 * next run can be relied on, or was since the last one.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION`
 */
export function whyStopEarly(cutoff: bigint, options: StopEarlyOptions): StopEarlyReason {
  assertOptions(options, OPTIONS, "stopIfUnchanged");
  const everyNs = toDurationNs(options.every, "every");
  const slackNs = options.slack === undefined ? everyNs : toDurationNs(options.slack, "slack");
  if (typeof options.digest !== "string" || options.digest === "")
    throw new BronzeError("INVALID_ARGUMENT", "stopIfUnchanged needs the digest of the inputs.");
  const deadlines = [...options.deadlines].map((deadline) => toEpochNs(deadline, "deadline"));
  const { since, digest } = options;
  if (since?.inputs_digest === undefined || since.run_as_of_ts > cutoff) return "no earlier run";
  if (since.inputs_digest !== digest) return "inputs changed";
  const isNear = (deadline: bigint) =>
    deadline > since.run_as_of_ts && deadline <= cutoff + everyNs + slackNs;
  return deadlines.some(isNear) ? "deadline near" : "inputs unchanged";
}

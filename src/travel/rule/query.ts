import { BronzeError } from "../../errors.js";
import { assertOptions, given, type OptionTable } from "../../options.js";
import {
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
  toEpochNs,
} from "../../time/index.js";
import { type SplitInstant, splitInstant } from "./split-instants.js";

/**
 * A bound on capture: an instant, or `cutoff` for the question's own cutoff.
 *
 * @category Answers
 */
export type KnownBy = InstantLike | "cutoff";

/**
 * Bounds of a question besides its cutoff.
 *
 * @category Answers
 */
export interface AsOfOptions {
  /**
   * Keep only rows with `ingested_ts` at or before this, or `"cutoff"`: what the live pipeline could have seen. Default:
   * no bound, so what was captured later with an earlier `as_of_ts` is in the answer.
   */
  readonly knownBy?: KnownBy;
  /** Keep only rows whose effective time is at most this long before the cutoff. Default: no bound. */
  readonly maxAge?: DurationLike;
}

/** The options of a question. */
export const AS_OF_OPTIONS: OptionTable<AsOfOptions> = { knownBy: given, maxAge: given };

/** A question in epoch nanoseconds; no bound is `null` or absent. */
export interface QueryInstants {
  readonly cutoffNs: bigint;
  readonly knownByNs?: bigint | null | undefined;
  readonly maxAgeNs?: bigint | null | undefined;
}

/** A question with its instants split, as selection compares them. */
export interface Question {
  readonly cutoff: SplitInstant;
  /** Keep only rows captured at or before this. */
  readonly knownBy: SplitInstant | undefined;
  /** Keep only rows whose effective time is at or after this. */
  readonly oldest: SplitInstant | undefined;
}

/** A question in both forms. */
export interface Query {
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | null;
  readonly maxAgeNs: bigint | null;
  readonly question: Question;
}

/**
 * Reads a question.
 * @throws BronzeError `INVALID_INSTANT`, `INVALID_DURATION`; `INVALID_ARGUMENT` after the horizon of what was read
 */
export function queryOf(cutoff: InstantLike, options: AsOfOptions, horizonNs: bigint | undefined): Query {
  assertOptions(options, AS_OF_OPTIONS, "asOf on a timeline");
  const { maxAge } = options;
  const cutoffNs = toEpochNs(cutoff, "cutoff");
  const instants = {
    cutoffNs,
    knownByNs: knownByNs(options.knownBy, cutoffNs) ?? null,
    maxAgeNs: maxAge === undefined ? null : toDurationNs(maxAge, "maxAge"),
  };
  assertWithinHorizon(cutoffNs, horizonNs);
  return { ...instants, question: questionOf(instants) };
}

/** Splits the instants of a question. */
export function questionOf({ cutoffNs, knownByNs, maxAgeNs }: QueryInstants): Question {
  return {
    cutoff: splitInstant(cutoffNs),
    knownBy: knownByNs == null ? undefined : splitInstant(knownByNs),
    oldest: maxAgeNs == null ? undefined : splitInstant(cutoffNs - maxAgeNs),
  };
}

/**
 * A bound on capture as epoch nanoseconds; `undefined` where there is none.
 * @throws BronzeError `INVALID_INSTANT`
 */
export function knownByNs(knownBy: KnownBy | undefined, cutoffNs: bigint): bigint | undefined {
  if (knownBy === undefined) return undefined;
  return knownBy === "cutoff" ? cutoffNs : toEpochNs(knownBy, "knownBy");
}

/** Refuses a cutoff after the horizon of what was read. @throws BronzeError `INVALID_ARGUMENT` */
export function assertWithinHorizon(cutoffNs: bigint, horizonNs: bigint | undefined): void {
  if (horizonNs === undefined || cutoffNs <= horizonNs) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `This timeline was read for cutoffs up to ${formatInstant(horizonNs)} and cannot answer ${formatInstant(cutoffNs)}.`,
  );
}

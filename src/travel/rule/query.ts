import { BronzeError } from "../../errors.js";
import { assertOptions, given, type OptionTable } from "../../options.js";
import {
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
  toEpochNs,
} from "../../time/index.js";
import { type KnownBy, knownByNs } from "./known-by.js";
import type { Question } from "./select.js";
import { splitInstant } from "./split-instants.js";

/** Bounds of a question besides its cutoff. */
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

/** A question as it was asked, and with its instants split. */
export interface Asked {
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | null;
  readonly maxAgeNs: bigint | null;
  readonly question: Question;
}

/**
 * Reads a question.
 * @throws BronzeError `INVALID_INSTANT`, `INVALID_DURATION`; `INVALID_ARGUMENT` past what was read
 */
export function ask(cutoff: InstantLike, options: AsOfOptions, horizonNs: bigint | undefined): Asked {
  assertOptions(options, AS_OF_OPTIONS, "asOf on a timeline");
  const { maxAge } = options;
  const cutoffNs = toEpochNs(cutoff, "cutoff");
  const knownBy = knownByNs(options.knownBy, cutoffNs);
  const maxAgeNs = maxAge === undefined ? null : toDurationNs(maxAge, "maxAge");
  assertWithinHorizon(cutoffNs, horizonNs);
  return {
    cutoffNs,
    knownByNs: knownBy ?? null,
    maxAgeNs,
    question: {
      cutoff: splitInstant(cutoffNs),
      knownBy: knownBy === undefined ? undefined : splitInstant(knownBy),
      oldest: maxAgeNs === null ? undefined : splitInstant(cutoffNs - maxAgeNs),
    },
  };
}

/** Refuses a cutoff past what was read. @throws BronzeError `INVALID_ARGUMENT` */
export function assertWithinHorizon(cutoffNs: bigint, horizonNs: bigint | undefined): void {
  if (horizonNs === undefined || cutoffNs <= horizonNs) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `This timeline was read for cutoffs up to ${formatInstant(horizonNs)} and cannot answer ${formatInstant(cutoffNs)}.`,
  );
}

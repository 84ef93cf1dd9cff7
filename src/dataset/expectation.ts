import { given, type OptionTable, required, text, whole } from "../options.js";
import {
  addDays,
  calendar,
  type DurationLike,
  instantOfWallTime,
  toDurationNs,
  wallTimeSeconds,
} from "../time/index.js";

/**
 * How often a feed is captured, for `coverage` to say what is missing, thin or late. Nothing else reads it.
 *
 * @category Datasets
 */
export interface ExpectOptions {
  /** Time from one capture to the next, such as `"PT15M"`: one second to 24 hours. */
  readonly every: DurationLike;
  /** When the day's first capture is due, `HH:MM` on the wall clock of the dataset's zone. Default: the day's start. */
  readonly from?: string;
  /**
   * The latest time at which one is due, `HH:MM`; before `from` it is the next day's. Default: the day's end, which is
   * itself the next day.
   */
  readonly to?: string;
  /** Rows that the captures of one slot bring at least, together; fewer are thin. Default: no such bound. */
  readonly minRows?: number;
  /** How long after its slot a capture is on time, at most `every`. Default: `every`, so that none is late. */
  readonly grace?: DurationLike;
}

/**
 * How old the newest row of a feed may be, in dbt's words. At least one of the two.
 *
 * @category Datasets
 */
export interface FreshnessAges {
  /** Past this age the status is `warn`. */
  readonly warnAfter?: DurationLike;
  /** Past this age the status is `error`; not shorter than `warnAfter`. */
  readonly errorAfter?: DurationLike;
}

export const EXPECT_OPTIONS: OptionTable<ExpectOptions> = {
  every: required(given),
  from: text,
  to: text,
  minRows: whole(1),
  grace: given,
};

export const FRESHNESS_LIMITS: OptionTable<FreshnessAges> = { warnAfter: given, errorAfter: given };

/**
 * When captures are due. Durations in nanoseconds, times of day in seconds after midnight.
 *
 * @category Datasets
 */
export interface Expectation {
  readonly everyNs: bigint;
  readonly fromSeconds: number;
  /** `undefined`: up to the day's end, which is not one of them. */
  readonly toSeconds: number | undefined;
  readonly minRows: number;
  readonly graceNs: bigint;
}

/**
 * Ages in nanoseconds.
 *
 * @category Datasets
 */
export interface FreshnessLimits {
  readonly warnAfterNs: bigint | undefined;
  readonly errorAfterNs: bigint | undefined;
}

/** One capture that is due, and the stretch in which it may come. Epoch nanoseconds. */
export interface Slot {
  readonly atNs: bigint;
  /** Exclusive: the next slot, also the next day's first. */
  readonly endNs: bigint;
}

const SECOND_NS = 1_000_000_000n;
const DAY_NS = 86_400n * SECOND_NS;

/**
 * Reads what `defineDataset` was given.
 * @param refuse makes the error of what contradicts itself
 * @throws BronzeError `INVALID_DURATION`, and what `refuse` makes
 */
export function expectationOf(
  { every, from = "00:00", to, minRows = 1, grace }: ExpectOptions,
  refuse: (what: string) => Error,
): Expectation {
  const everyNs = toDurationNs(every, "expect.every");
  if (everyNs < SECOND_NS || everyNs > DAY_NS)
    throw refuse("expect.every must be from one second (PT1S) to 24 hours (P1D)");
  const graceNs = grace === undefined ? everyNs : toDurationNs(grace, "expect.grace");
  if (graceNs > everyNs)
    throw refuse(
      "expect.grace is longer than expect.every, but a capture that late belongs to the next slot; make it shorter",
    );
  const secondsOf = (name: "from" | "to", value: string): number => {
    const seconds = wallTimeSeconds(value);
    if (seconds !== undefined) return seconds;
    throw refuse(`expect.${name} is "${value}"; write a time of day such as "10:00" (00:00 to 23:59)`);
  };
  return {
    everyNs,
    fromSeconds: secondsOf("from", from),
    toSeconds: to === undefined ? undefined : secondsOf("to", to),
    minRows,
    graceNs,
  };
}

/** As `expectationOf`. */
export function freshnessLimitsOf(
  { warnAfter, errorAfter }: FreshnessAges,
  refuse: (what: string) => Error,
): FreshnessLimits {
  const warnAfterNs = warnAfter === undefined ? undefined : toDurationNs(warnAfter, "freshness.warnAfter");
  const errorAfterNs =
    errorAfter === undefined ? undefined : toDurationNs(errorAfter, "freshness.errorAfter");
  if (warnAfterNs === undefined && errorAfterNs === undefined)
    throw refuse('freshness says no age; give warnAfter or errorAfter, such as { warnAfter: "PT30M" }');
  if (warnAfterNs !== undefined && errorAfterNs !== undefined && errorAfterNs < warnAfterNs)
    throw refuse("freshness.errorAfter is shorter than freshness.warnAfter, which would then never be said");
  return { warnAfterNs, errorAfterNs };
}

/**
 * The captures that are due for a domain date, in time. Slots lie `every` apart in true time from the first on, so a day
 * on which clocks change has as many more or fewer as its hours.
 */
export function expectedSlots(expectation: Expectation, timeZone: string, date: string): Slot[] {
  const zone = calendar(timeZone);
  const { everyNs, fromSeconds, toSeconds } = expectation;
  const endOfDay = zone.endOfDay(date);
  if (zone.startOfDay(date) === endOfDay) return []; // a day that the zone left out
  const next = addDays(date, 1);
  const firstOf = (day: string) =>
    fromSeconds === 0 ? zone.startOfDay(day) : instantOfWallTime(zone, day, fromSeconds);
  const lastNs =
    toSeconds === undefined
      ? endOfDay - 1n
      : instantOfWallTime(zone, toSeconds < fromSeconds ? next : date, toSeconds);
  const nextFirst = firstOf(next);
  const slots: Slot[] = [];
  for (let atNs = firstOf(date); atNs <= lastNs && atNs < nextFirst; atNs += everyNs) {
    const endNs = atNs + everyNs;
    slots.push({ atNs, endNs: endNs < nextFirst ? endNs : nextFirst });
  }
  return slots;
}

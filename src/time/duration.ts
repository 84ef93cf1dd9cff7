import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

/**
 * An exact span of time: an ISO 8601 duration such as `"PT6H"`, or its parts as a plain object or `Temporal.Duration`.
 *
 * A day is exactly 24 hours and a week 7 such days, whatever daylight saving time does. Years and months have no
 * fixed length and are refused.
 *
 * @category Time
 */
export type DurationLike = string | DurationParts;

/**
 * The parts of a duration: integers, none negative. `Temporal.Duration` has this shape.
 *
 * @category Time
 */
export interface DurationParts {
  /** Must be zero: a year has no fixed length. */
  readonly years?: number;
  /** Must be zero: a month has no fixed length. */
  readonly months?: number;
  /** Of exactly 7 days. */
  readonly weeks?: number;
  /** Of exactly 24 hours. */
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
  readonly microseconds?: number;
  readonly nanoseconds?: number;
}

/**
 * Reads a duration as nanoseconds, exactly. Zero is a duration; a negative one is not.
 *
 * @param value the duration
 * @param what how an error names it, for example `"maxAge"`
 * @returns nanoseconds, zero or more
 * @throws BronzeError `INVALID_DURATION`: unreadable, negative, with years or months, or too large for int64
 *
 * @example
 * ```ts
 * toDurationNs("PT1H30M");    // 5_400_000_000_000n
 * toDurationNs("PT0.5S");     // 500_000_000n
 * toDurationNs({ days: 1 });  // 86_400_000_000_000n
 * toDurationNs("P1M");        // throws: a month has no fixed length
 * ```
 */
export function toDurationNs(value: DurationLike, what = "duration"): bigint {
  const ns = typeof value === "string" ? fromText(value, what) : fromParts(value, what);
  if (ns > MAX_INT64) throw invalid(value, what, "is longer than int64 nanoseconds can hold (292 years)");
  return ns;
}

/** Nanoseconds as a duration's text, exactly: `toDurationNs` gives them back. */
export function durationText(ns: bigint): string {
  const fraction = String(ns % NS_PER_UNIT.seconds).padStart(9, "0");
  return `PT${ns / NS_PER_UNIT.seconds}.${fraction}S`;
}

const MAX_INT64 = 2n ** 63n - 1n;
const NS_PER_UNIT = {
  weeks: 604_800_000_000_000n,
  days: 86_400_000_000_000n,
  hours: 3_600_000_000_000n,
  minutes: 60_000_000_000n,
  seconds: 1_000_000_000n,
  milliseconds: 1_000_000n,
  microseconds: 1_000n,
  nanoseconds: 1n,
} as const;
const UNITS = Object.keys(NS_PER_UNIT) as (keyof typeof NS_PER_UNIT)[];

const NUMBER = String.raw`(\d{1,20}(?:[.,]\d{1,9})?)`;
const ISO_DURATION = new RegExp(
  String.raw`^\+?P(?:(\d{1,20})Y)?(?:(\d{1,20})M)?(?:(\d{1,20})W)?(?:(\d{1,20})D)?(?:T(?=\d)(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`,
  "i",
);

function fromText(text: string, what: string): bigint {
  if (/^-P/i.test(text)) throw invalid(text, what, "is negative; a duration counts forward");
  const match = ISO_DURATION.exec(text);
  const [years, months, ...parts] = match?.slice(1) ?? [];
  if (match === null || [years, months, ...parts].every((part) => part === undefined)) {
    throw invalid(
      text,
      what,
      'is not an ISO 8601 duration; write for example "PT6H", "PT1H30M", "P1D" or "PT0.5S"',
    );
  }
  refuseVagueUnit(text, what, years !== undefined, months !== undefined);
  const given = parts.filter((part) => part !== undefined);
  if (given.slice(0, -1).some((part) => /[.,]/.test(part))) {
    throw invalid(text, what, "has a fraction before its last part; only the last may have one");
  }
  return parts.reduce((sum, part, i) => sum + (part ? scaled(part, NS_PER_UNIT[UNITS[i]!]) : 0n), 0n);
}

/** Exact: hours, minutes and seconds are whole multiples of 10^9 ns, so 9 fraction digits leave no remainder. */
function scaled(decimal: string, unitNs: bigint): bigint {
  const [whole = "0", fraction = ""] = decimal.split(/[.,]/);
  return BigInt(whole) * unitNs + (BigInt(fraction.padEnd(9, "0")) * unitNs) / 1_000_000_000n;
}

function fromParts(value: DurationParts, what: string): bigint {
  if (typeof value !== "object" || value === null) {
    throw invalid(value, what, 'is not a duration; write for example "PT6H" or { hours: 6 }');
  }
  refuseUnknownParts(value, what);
  refuseVagueUnit(value, what, (value.years ?? 0) !== 0, (value.months ?? 0) !== 0);
  let sum = 0n;
  for (const unit of UNITS) {
    const part = value[unit];
    if (part === undefined) continue;
    if (!Number.isSafeInteger(part)) {
      throw invalid(value, what, `has ${unit} that are not an integer: ${shown(part)}; use a smaller unit`);
    }
    if (part < 0)
      throw invalid(value, what, `is negative (${unit}: ${shown(part)}); a duration counts forward`);
    sum += BigInt(part) * NS_PER_UNIT[unit];
  }
  return sum;
}

/** `{ hour: 6 }` must not read as a duration of zero. */
function refuseUnknownParts(value: DurationParts, what: string): void {
  const known: readonly string[] = ["years", "months", ...UNITS];
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === Object.prototype || prototype === null;
  const unknown = plain ? Object.keys(value).filter((key) => !known.includes(key)) : [];
  if (unknown.length > 0 || !known.some((key) => value[key as keyof DurationParts] !== undefined)) {
    const found = unknown.length > 0 ? `has an unknown part (${unknown.join(", ")})` : "has no parts";
    throw invalid(value, what, `${found}; the parts are ${UNITS.join(", ")}`);
  }
}

function refuseVagueUnit(value: DurationLike, what: string, years: boolean, months: boolean): void {
  if (!years && !months) return;
  const unit = years ? "a year" : "a month (minutes come after T, as in PT6M)";
  throw invalid(value, what, `has no exact length, since ${unit} has none; write it in days or hours`);
}

function invalid(value: unknown, what: string, problem: string): BronzeError {
  return new BronzeError("INVALID_DURATION", `The ${what} ${shown(value)} ${problem}`, { value });
}

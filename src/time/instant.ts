import { types } from "node:util";
import type { Temporal } from "@js-temporal/polyfill";
import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { dateFromEpochDay, daysFromCivil, daysInMonth, digitsAt } from "./date.js";
import { temporal } from "./temporal.js";

/**
 * What is accepted where an instant is asked for:
 *
 * - an ISO 8601 string **with** `Z` or an offset,
 * - a `Date`,
 * - a `Temporal.Instant` or `Temporal.ZonedDateTime`, of any polyfill or native (read by `epochNanoseconds`),
 * - a `bigint`: nanoseconds since 1970-01-01T00:00:00Z, from 1971 on.
 *
 * A number is refused: nobody can tell seconds from milliseconds. So is a bigint before 1971, which is far more often
 * seconds, milli- or microseconds of today; an instant so early goes in as a `Temporal.Instant` or text.
 *
 * @category Time
 */
export type InstantLike = string | Date | bigint | { readonly epochNanoseconds: bigint };

/**
 * Read an instant as nanoseconds since the Unix epoch: exact, UTC, within int64.
 *
 * @param value the instant
 * @param what how an error names it, for example `"cutoff"`
 * @returns nanoseconds since 1970-01-01T00:00:00Z
 * @throws BronzeError `INVALID_INSTANT`: unreadable, without a zone, a bigint before 1971, or outside int64 nanoseconds
 *
 * @example
 * ```ts
 * toEpochNs("2026-01-15T18:45:00-05:00");            // 1768520700000000000n
 * toEpochNs(new Date(0));                            // 0n
 * toEpochNs(Temporal.Now.zonedDateTimeISO());        // now
 * toEpochNs("2026-01-15T18:45:00");                  // throws: it has no time zone
 * toEpochNs(BigInt(Date.now()));                     // throws: milliseconds, by the look of them
 * ```
 * @category Time
 */
export function toEpochNs(value: InstantLike, what = "instant"): bigint {
  if (typeof value === "string") return parse(value, what);
  if (typeof value === "bigint") {
    const ns = inInt64(value, value, what);
    return ns < FIRST_BIGINT ? refuseEarly(value, what) : ns;
  }
  if (types.isDate(value)) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) refuse(value, "(an invalid Date)", what, "holds no time; check how it was made");
    return inInt64(BigInt(ms) * NS_PER_MS, value, what);
  }
  if (typeof value === "object" && value !== null && typeof value.epochNanoseconds === "bigint") {
    return inInt64(value.epochNanoseconds, value, what);
  }
  return refuseType(value, what);
}

/**
 * Nanoseconds known to be nanoseconds, because they come from `toEpochNs` or from a file, as an instant to pass on:
 * before 1971 too.
 * @internal
 */
export function exactly(ns: bigint): InstantLike;
export function exactly(ns: bigint | undefined): InstantLike | undefined;
export function exactly(ns: bigint | undefined): InstantLike | undefined {
  return ns === undefined ? undefined : { epochNanoseconds: ns };
}

/**
 * Read an ISO 8601 / RFC 3339 instant: `YYYY-MM-DD`, `T` or a space, `HH:MM[:SS[.fraction]]`, then `Z`, `±HH:MM`,
 * `±HHMM` or `±HH`. The fraction has 1 to 9 digits. A year beyond four digits is written `±YYYYYY`. Annotations such
 * as `[America/New_York]` may follow the offset and are ignored, as `Temporal.Instant.from` does.
 *
 * @returns nanoseconds since 1970-01-01T00:00:00Z
 * @throws BronzeError `INVALID_INSTANT`: unreadable, without a zone, a leap second, or outside int64 nanoseconds
 *
 * @example
 * ```ts
 * parseInstant("2026-01-15T23:45:00.000000001Z"); // 1768520700000000001n
 * ```
 * @category Time
 */
export function parseInstant(text: string): bigint {
  if (typeof text !== "string") refuseType(text, "instant");
  return parse(text, "instant");
}

/**
 * Write an instant as ISO 8601 in UTC, as `Temporal.Instant.prototype.toString` does: whole seconds always, then as
 * many fraction digits as it takes and no more.
 *
 * @param ns nanoseconds since 1970-01-01T00:00:00Z
 * @throws BronzeError `INVALID_INSTANT`: outside int64 nanoseconds
 *
 * @example
 * ```ts
 * formatInstant(0n);             // "1970-01-01T00:00:00Z"
 * formatInstant(1_500_000_000n); // "1970-01-01T00:00:01.5Z"
 * ```
 * @category Time
 */
export function formatInstant(ns: bigint): string {
  if (typeof ns !== "bigint") refuseType(ns, "instant");
  const seconds = epochSeconds(inInt64(ns, ns, "instant"));
  const day = Math.floor(seconds / SECONDS_PER_DAY);
  const secondOfDay = seconds - day * SECONDS_PER_DAY;
  const hour = Math.floor(secondOfDay / 3600);
  const minute = Math.floor(secondOfDay / 60) % 60;
  const nanos = Number(ns - BigInt(seconds) * NS_PER_SECOND);
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${dateFromEpochDay(day)}T${two(hour)}:${two(minute)}:${two(secondOfDay % 60)}${fraction}Z`;
}

/**
 * An instant as a `Temporal.Instant` of `@js-temporal/polyfill` (loaded at the first call).
 *
 * @param ns nanoseconds since 1970-01-01T00:00:00Z
 * @throws BronzeError `INVALID_INSTANT`: outside int64 nanoseconds
 *
 * @example
 * ```ts
 * toTemporalInstant(0n).toZonedDateTimeISO("America/New_York").hour; // 19
 * ```
 * @category Time
 */
export function toTemporalInstant(ns: bigint): Temporal.Instant {
  if (typeof ns !== "bigint") refuseType(ns, "instant");
  const { Instant } = temporal();
  return new Instant(inInt64(ns, ns, "instant"));
}

/** Whole seconds since the epoch, rounded down: exact as a number, unlike nanoseconds. */
export function epochSeconds(ns: bigint): number {
  const seconds = ns / NS_PER_SECOND;
  // BigInt division rounds toward zero.
  return ns < 0n && seconds * NS_PER_SECOND !== ns ? Number(seconds) - 1 : Number(seconds);
}

export const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;
const SECONDS_PER_DAY = 86_400;
/** 1971: as seconds, milli- or microseconds, a present-day date is a bigint below this. */
const FIRST_BIGINT = 365n * 86_400n * NS_PER_SECOND;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
/** Any whole number of seconds strictly within this, plus any fraction, fits int64 nanoseconds. */
const SAFE_SECONDS = 9_223_372_036;

const [PLUS, HYPHEN, DOT, COLON, BRACKET] = [43, 45, 46, 58, 91];
const ANNOTATIONS = /^(?:\[!?[A-Za-z0-9._+\-:~/=]+\])+$/;
const SHAPE = "YYYY-MM-DDTHH:MM[:SS[.fraction]] followed by Z or an offset, such as";

/**
 * Reads by position instead of by regular expression: timestamps stored as text come by the million.
 * `at` is always the next unread character; `digitsAt` returns NaN for anything but digits, and NaN fails every test.
 */
function parse(text: string, what: string): bigint {
  const first = text.charCodeAt(0);
  const signed = first === PLUS || first === HYPHEN;
  const year = (first === HYPHEN ? -1 : 1) * digitsAt(text, signed ? 1 : 0, signed ? 6 : 4);
  let at = signed ? 7 : 4;
  const month = digitsAt(text, at + 1, 2);
  const day = digitsAt(text, at + 4, 2);
  const hyphens = text.charCodeAt(at) === HYPHEN && text.charCodeAt(at + 3) === HYPHEN;
  if (!hyphens || Number.isNaN(year + month + day)) refuseShape(text, what);
  if (Object.is(year, -0)) refuseText(text, what, 'has the year -000000; write "0000"');
  if (!(month >= 1 && month <= 12)) refuseText(text, what, "has no such month (01 to 12)");
  if (!(day >= 1 && day <= daysInMonth(year, month))) {
    const days = `${text.slice(0, at + 3)} has ${daysInMonth(year, month)} days`;
    refuseText(text, what, `names a day that does not exist: ${days}`);
  }
  at += 6;

  if (at === text.length) refuseNaive(text, what, `${text}T00:00:00Z`);
  const separator = text[at];
  if (separator !== "T" && separator !== " " && separator !== "t") refuseShape(text, what);
  const hour = digitsAt(text, at + 1, 2);
  const minute = digitsAt(text, at + 4, 2);
  if (text.charCodeAt(at + 3) !== COLON || Number.isNaN(hour + minute)) refuseShape(text, what);
  at += 6;
  let second = 0;
  let nanos = 0;
  if (text.charCodeAt(at) === COLON) {
    second = digitsAt(text, at + 1, 2);
    if (Number.isNaN(second)) refuseShape(text, what);
    at += 3;
    if (text.charCodeAt(at) === DOT) {
      const start = ++at;
      while (isDigit(text, at)) at++;
      const count = at - start;
      if (count === 0) refuseShape(text, what);
      if (count > 9) refuseText(text, what, "has more than 9 fraction digits; nanoseconds end at 9");
      nanos = digitsAt(text, start, count) * 10 ** (9 - count);
    }
  }
  refuseWrongTime(text, what, hour, minute, second);

  const sign = text.charCodeAt(at);
  let offsetSeconds = 0;
  if (sign === PLUS || sign === HYPHEN) {
    const offsetHour = digitsAt(text, at + 1, 2);
    at += 3;
    let offsetMinute = 0;
    if (text.charCodeAt(at) === COLON || isDigit(text, at)) {
      if (text.charCodeAt(at) === COLON) at++;
      offsetMinute = digitsAt(text, at, 2);
      at += 2;
    }
    if (!(offsetHour <= 23 && offsetMinute <= 59)) {
      refuseText(text, what, "has an unreadable offset; write it as +HH:MM or -HH:MM");
    }
    offsetSeconds = (sign === HYPHEN ? -1 : 1) * (offsetHour * 3600 + offsetMinute * 60);
  } else if (text[at] === "Z" || text[at] === "z") {
    at++;
  } else {
    if (at === text.length) refuseNaive(text, what, `${text}Z`);
    if (sign === BRACKET) refuseBareZone(text, what);
    refuseShape(text, what);
  }
  if (at < text.length && !ANNOTATIONS.test(text.slice(at))) refuseShape(text, what);

  const days = daysFromCivil(year, month, day);
  const seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offsetSeconds;
  const ns = BigInt(seconds) * NS_PER_SECOND + BigInt(nanos);
  return seconds > -SAFE_SECONDS && seconds < SAFE_SECONDS ? ns : inInt64(ns, text, what);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** `given` is what `ns` was read from; it is formatted only when there is an error to report. */
function inInt64(ns: bigint, given: InstantLike, what: string): bigint {
  if (ns >= MIN_INT64 && ns <= MAX_INT64) return ns;
  const problem =
    "lies outside int64 nanoseconds (1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z)";
  if (typeof given === "string") return refuseText(given, what, problem);
  return refuse(given, types.isDate(given) ? given.toISOString() : shown(ns), what, problem);
}

/** What a bigint that is small for nanoseconds would mean in other units; the ranges do not overlap. */
function refuseEarly(value: bigint, what: string): never {
  const unit = (
    [
      ["seconds", NS_PER_SECOND],
      ["milliseconds", NS_PER_MS],
      ["microseconds", 1000n],
    ] as const
  ).find(([, ns]) => value * ns >= FIRST_BIGINT && value * ns <= MAX_INT64);
  const looks = unit ? `, by the look of it ${unit[0]} (${formatInstant(value * unit[1])})` : "";
  const remedy = unit ? `multiply it by ${unit[1]}n` : "see what made it";
  refuse(
    value,
    shown(value),
    what,
    `is before 1971 as nanoseconds, which is what a bigint is taken for${looks}; ${remedy}, or pass an instant so early as a Temporal.Instant or text`,
  );
}

function refuseWrongTime(text: string, what: string, hour: number, minute: number, second: number): void {
  if (hour <= 23 && minute <= 59 && second <= 59) return;
  const problem =
    hour > 23
      ? "has an hour after 23; midnight is 00:00 of the next day"
      : minute > 59
        ? "has a minute after 59"
        : second === 60
          ? "is a leap second, which Unix time cannot hold (Temporal would quietly read it as :59); write :59 or the next :00"
          : "has a second after 59";
  refuseText(text, what, problem);
}

function refuseNaive(text: string, what: string, remedy: string): never {
  refuseText(
    text,
    what,
    `has no time zone; write "${remedy}" or add an offset (naive times are how leaks start)`,
  );
}

function refuseBareZone(text: string, what: string): never {
  refuseText(
    text,
    what,
    "has a zone name but no offset, and the hour that autumn repeats would be a guess; put the offset before the bracket, as Temporal.ZonedDateTime does",
  );
}

function refuseShape(text: string, what: string): never {
  refuseText(text, what, `is not ${SHAPE} "2026-01-15T23:45:00Z"`);
}

function refuseText(text: string, what: string, problem: string): never {
  refuse(text, shown(text), what, problem);
}

function refuseType(value: unknown, what: string): never {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag.startsWith("Temporal.Plain")) {
    refuse(value, `(a ${tag})`, what, "has no time zone; call toZonedDateTime(zone) on it first");
  }
  const problem =
    typeof value === "number"
      ? "is a number, and its unit cannot be known; pass new Date(ms), or a bigint of nanoseconds"
      : "is not an instant; pass a Temporal.Instant, a Date, a bigint of nanoseconds or an ISO string with Z or an offset";
  refuse(value, typeof value === "object" && value !== null ? `(${tag})` : shown(value), what, problem);
}

function refuse(value: unknown, shown: string, what: string, problem: string): never {
  // A column name keeps its spelling; a word is capitalized at the start of the sentence.
  const name = /^[a-z ]+$/.test(what) ? what.charAt(0).toUpperCase() + what.slice(1) : what;
  throw new BronzeError("INVALID_INSTANT", `${name} ${shown} ${problem}`, { value });
}

/**
 * The present for a store: the caller's clock, with each result checked (a clock in milliseconds would stamp rows with
 * 1970), or the system's.
 *
 * @returns epoch nanoseconds; throws BronzeError `INVALID_INSTANT`
 */
export function clockOf(given: (() => bigint) | undefined): () => bigint {
  return given === undefined
    ? () => BigInt(Date.now()) * 1_000_000n
    : () => toEpochNs(given(), "the time of the clock");
}

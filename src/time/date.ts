import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

/**
 * Refuses anything but a calendar date `YYYY-MM-DD` that exists (years 0000 to 9999).
 *
 * @param date what should be a date; no zone is involved
 * @param what how the error names it, for example `"game_date"`
 * @throws BronzeError `INVALID_DATE`
 *
 * @example
 * ```ts
 * assertDate("2026-01-15");
 * assertDate("2026-02-29"); // throws: February 2026 has 28 days
 * ```
 */
export function assertDate(date: unknown, what = "date"): asserts date is string {
  epochDay(date as string, what);
}

/** Whether a text is a calendar date `YYYY-MM-DD` that exists. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const [, year, month, day] = match.map(Number) as [number, number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/**
 * Days from 1970-01-01 to `date`: a date as an integer, for arithmetic and typed arrays.
 *
 * @param date `YYYY-MM-DD`
 * @param what how an error names it
 * @throws BronzeError `INVALID_DATE`
 *
 * @example
 * ```ts
 * epochDay("1970-01-02"); // 1
 * ```
 */
export function epochDay(date: string, what = "date"): number {
  if (typeof date !== "string") {
    throw invalidDate(date, `The ${what} is not a string but ${date === null ? "null" : typeof date}`);
  }
  const year = digitsAt(date, 0, 4);
  const month = digitsAt(date, 5, 2);
  const day = digitsAt(date, 8, 2);
  const hyphens = date.charCodeAt(4) === HYPHEN && date.charCodeAt(7) === HYPHEN;
  if (date.length !== 10 || !hyphens || Number.isNaN(year + month + day)) {
    throw invalidDate(date, `The ${what} ${shown(date)} is not written YYYY-MM-DD`);
  }
  if (month < 1 || month > 12) throw invalidDate(date, `The ${what} "${date}" has no such month (01 to 12)`);
  if (day < 1 || day > daysInMonth(year, month)) {
    const month_ = date.slice(0, 7);
    throw invalidDate(
      date,
      `The ${what} "${date}" does not exist: ${month_} has ${daysInMonth(year, month)} days`,
    );
  }
  return daysFromCivil(year, month, day);
}

/**
 * The date `days` days after 1970-01-01; the inverse of {@link epochDay}.
 *
 * @param days an integer, negative before 1970
 * @throws BronzeError `INVALID_ARGUMENT` not an integer; `INVALID_DATE` outside the years 0000 to 9999
 *
 * @example
 * ```ts
 * dateFromEpochDay(20468); // "2026-01-15"
 * ```
 */
export function dateFromEpochDay(days: number): string {
  if (!Number.isInteger(days)) throw notWhole("epoch day", days);
  if (days < FIRST_EPOCH_DAY || days > LAST_EPOCH_DAY) {
    throw invalidDate(days, `Epoch day ${days} lies outside the years 0000 to 9999`);
  }
  const { year, month, day } = civilFromDays(days);
  return `${String(year).padStart(4, "0")}-${month < 10 ? "0" : ""}${month}-${day < 10 ? "0" : ""}${day}`;
}

/**
 * The date `days` calendar days later (earlier, when negative). Daylight saving time plays no part in it.
 *
 * @throws BronzeError `INVALID_DATE` or `INVALID_ARGUMENT`
 *
 * @example
 * ```ts
 * addDays("2026-03-01", -1); // "2026-02-28"
 * ```
 */
export function addDays(date: string, days: number): string {
  if (!Number.isInteger(days)) throw notWhole("number of days", days);
  return dateFromEpochDay(epochDay(date) + days);
}

/**
 * Every date from `from` to `to`, both included, in order.
 *
 * @throws BronzeError `INVALID_DATE`; `INVALID_ARGUMENT` when `from` is after `to`
 *
 * @example
 * ```ts
 * dateRange("2026-02-27", "2026-03-01"); // ["2026-02-27", "2026-02-28", "2026-03-01"]
 * ```
 */
export function dateRange(from: string, to: string): string[] {
  const first = epochDay(from, "from date");
  const last = epochDay(to, "to date");
  assertDateRange(from, to);
  return Array.from({ length: last - first + 1 }, (_, i) => dateFromEpochDay(first + i));
}

/**
 * Refuses a range of dates that runs backwards, which would be empty. Either end may be open.
 *
 * @throws BronzeError `INVALID_DATE`; `INVALID_ARGUMENT` when `from` is after `to`
 */
export function assertDateRange(from: string | undefined, to: string | undefined): void {
  if (from !== undefined) assertDate(from, "from date");
  if (to !== undefined) assertDate(to, "to date");
  if (from === undefined || to === undefined || from <= to) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The date range runs backwards: from "${from}" is after to "${to}"; swap the two`,
    { from, to },
  );
}

const HYPHEN = 45;
const FIRST_EPOCH_DAY = -719_528; // 0000-01-01
const LAST_EPOCH_DAY = 2_932_896; // 9999-12-31

function invalidDate(date: unknown, message: string): BronzeError {
  return new BronzeError("INVALID_DATE", `${message}; write a date such as "2026-01-15"`, { date });
}

function notWhole(what: string, value: unknown): BronzeError {
  return new BronzeError("INVALID_ARGUMENT", `The ${what} must be an integer, not ${shown(value)}`, {
    value,
  });
}

/*
 * Gregorian dates as integers, after Howard Hinnant's "chrono-compatible low-level date algorithms".
 * Years are counted from March here, so that the leap day is the last day of a year and months follow one formula.
 */

const DAYS_PER_400_YEARS = 146_097;
const DAYS_FROM_0000_03_01_TO_1970 = 719_468;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** A proleptic Gregorian date in numbers; `month` and `day` start at 1. */
interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01 of a date that exists; any integer year. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_400_YEARS + dayOfEra - DAYS_FROM_0000_03_01_TO_1970;
}

/** The date `days` days after 1970-01-01 (before it, when negative). */
function civilFromDays(days: number): CivilDate {
  const z = days + DAYS_FROM_0000_03_01_TO_1970;
  const era = Math.floor(z / DAYS_PER_400_YEARS);
  const dayOfEra = z - era * DAYS_PER_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** 28 to 31; `month` must be 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** The number that `count` ASCII digits at `at` spell, or NaN where one of them is not a digit. */
export function digitsAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

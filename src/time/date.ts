import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { civilFromDays, daysFromCivil, daysInMonth, digitsAt } from "./civil.js";

/**
 * Refuse anything but a calendar date `YYYY-MM-DD` that exists (years 0000 to 9999).
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
 * The date that lies `days` days after 1970-01-01; the inverse of {@link epochDay}.
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
 * Calendar days from `from` to `to`; negative when `to` is earlier.
 *
 * @throws BronzeError `INVALID_DATE`
 *
 * @example
 * ```ts
 * daysBetween("2025-12-31", "2026-01-01"); // 1
 * ```
 */
export function daysBetween(from: string, to: string): number {
  return epochDay(to) - epochDay(from);
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
 * Refuse a range of dates that runs backwards, in which there would be nothing. Either end may be open.
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

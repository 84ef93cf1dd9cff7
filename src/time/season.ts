import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { assertDate } from "./date.js";

/**
 * From a domain date (`YYYY-MM-DD`) to the season it belongs to, named by the year the season starts in.
 *
 * @category Time
 */
export type SeasonRule = (date: string) => number;

/**
 * Seasons that start in a given month: from that month on a date belongs to its own year's season, before it to the
 * season of the year before.
 *
 * @param month 1 (January) to 12
 * @returns a rule that throws BronzeError `INVALID_DATE` for what is not a date
 * @throws BronzeError `INVALID_ARGUMENT`: no such month
 *
 * @example
 * ```ts
 * const season = seasonStartingIn(8);
 * season("2025-10-21"); // 2025
 * season("2026-01-15"); // 2025
 * ```
 * @category Time
 */
export function seasonStartingIn(month: number): SeasonRule {
  if (!Number.isInteger(month) || month < 1 || month > 12) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `A season starts in a month from 1 to 12, not ${shown(month)}`,
      {
        month,
      },
    );
  }
  return (date) => {
    assertDate(date);
    const year = Number(date.slice(0, 4));
    return Number(date.slice(5, 7)) >= month ? year : year - 1;
  };
}

/**
 * A rule of the caller's, with each result checked: `season=NaN` would be a folder like any other.
 * @throws BronzeError `INVALID_ARGUMENT` from the rule, for anything but a year
 * @internal
 */
export function checkedSeason(rule: SeasonRule): SeasonRule {
  return (date) => {
    const season = rule(date);
    if (Number.isSafeInteger(season) && season >= 0) return season;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `The season rule gives ${shown(season)} for ${date}; it must give the year the season starts in.`,
      { date, season },
    );
  };
}

/**
 * The NBA's seasons, which start in August here: 2025 is the season 2025-26.
 *
 * @throws BronzeError `INVALID_DATE` for what is not a date
 * @example
 * ```ts
 * nbaSeason("2026-06-15"); // 2025
 * ```
 * @category Time
 */
export const nbaSeason: SeasonRule = /* @__PURE__ */ seasonStartingIn(8);

/**
 * The season is the calendar year of the date.
 *
 * @throws BronzeError `INVALID_DATE` for what is not a date
 * @example
 * ```ts
 * calendarYear("2026-06-15"); // 2026
 * ```
 * @category Time
 */
export const calendarYear: SeasonRule = /* @__PURE__ */ seasonStartingIn(1);

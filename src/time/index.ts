/** Exact instants (nanoseconds since the epoch) and the domain calendar (zone, date, hour, season). */
export { type Calendar, calendar } from "./calendar.js";
export {
  addDays,
  assertDate,
  assertDateRange,
  dateFromEpochDay,
  dateRange,
  epochDay,
  isDate,
} from "./date.js";
export { type DurationLike, type DurationParts, durationText, toDurationNs } from "./duration.js";
export {
  clockOf,
  exactly,
  formatInstant,
  type InstantLike,
  parseInstant,
  toEpochNs,
  toTemporalInstant,
} from "./instant.js";
export { calendarYear, checkedSeason, nbaSeason, type SeasonRule, seasonStartingIn } from "./season.js";
export { temporal } from "./temporal.js";
export { instantOfWallTime, wallTimeSeconds } from "./wall-time.js";

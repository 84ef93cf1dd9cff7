import { BronzeError } from "../errors.js";
import { assertIs, type Kind } from "../options.js";
import { shown } from "../shown.js";
import { dateFromEpochDay, epochDay } from "./date.js";
import { epochSeconds, NS_PER_SECOND } from "./instant.js";
import { temporal } from "./temporal.js";

/**
 * Domain dates and wall-clock hours of one time zone. Instants are nanoseconds since 1970-01-01T00:00:00Z.
 *
 * Every answer is the one `Temporal` gives. Where clocks are set back across midnight (St. John's until 2011, at
 * 00:01), a few instants after the first midnight are read as the day before again: `date` follows the wall clock.
 *
 * @category Time
 */
export interface Calendar {
  /** The zone as it was asked for: an IANA name, `UTC`, or a fixed offset such as `+05:30`. */
  readonly timeZone: string;
  /**
   * The day the wall clock shows, `YYYY-MM-DD`.
   *
   * @throws BronzeError `INVALID_ARGUMENT`: no bigint
   */
  date(ns: bigint): string;
  /**
   * The hour the wall clock shows, 0 to 23. The hour that autumn repeats comes twice, the one spring skips never.
   *
   * @throws BronzeError `INVALID_ARGUMENT`: no bigint
   */
  hour(ns: bigint): number;
  /**
   * The first instant of a day, which need not be midnight: some zones skip it in spring.
   *
   * @throws BronzeError `INVALID_DATE`: not a date, or outside 1677-09-22 to 2262-04-10, where int64 nanoseconds end
   */
  startOfDay(date: string): bigint;
  /**
   * The first instant that is no longer in the day: the next day's start.
   *
   * @throws BronzeError `INVALID_DATE`: not a date, or outside 1677-09-22 to 2262-04-10, where int64 nanoseconds
   * end
   */
  endOfDay(date: string): bigint;
  /**
   * Hours from start to end: 24, but 23 or 25 (or 23.5) where clocks change, and 0 for a day a zone left out.
   *
   * @throws BronzeError `INVALID_DATE`: not a date, or outside 1677-09-22 to 2262-04-10, where int64 nanoseconds
   * end
   */
  hoursInDay(date: string): number;
  /**
   * What the zone adds to UTC at an instant, in nanoseconds.
   *
   * @throws BronzeError `INVALID_ARGUMENT`: no bigint
   */
  offsetNs(ns: bigint): bigint;
}

/**
 * The calendar of a time zone; the same object for the same name.
 *
 * A zone's clock changes are looked up once per 52 weeks of history that instants touch, then remembered: 100,000
 * instants take milliseconds.
 *
 * @param timeZone an IANA name such as `America/New_York`, `UTC`, or a fixed offset such as `+05:30`
 * @throws BronzeError `INVALID_TIME_ZONE`: a zone this runtime does not know
 *
 * @example
 * ```ts
 * const eastern = calendar("America/New_York");
 * eastern.date(toEpochNs("2026-01-16T03:00:00Z"));       // "2026-01-15"
 * eastern.hour(toEpochNs("2026-01-16T03:00:00Z"));       // 22
 * formatInstant(eastern.startOfDay("2026-01-15"));       // "2026-01-15T05:00:00Z"
 * eastern.hoursInDay("2026-11-01");                      // 25
 * ```
 * @category Time
 */
export function calendar(timeZone: string): Calendar {
  if (typeof timeZone !== "string") throw unknownZone(timeZone, undefined);
  let known = calendars.get(timeZone);
  if (known === undefined) {
    known = createCalendar(timeZone);
    calendars.set(timeZone, known);
  }
  return known;
}

const EPOCH_NS: Kind = { is: "a bigint of epoch nanoseconds", accepts: (value) => typeof value === "bigint" };
const calendars = new Map<string, Calendar>();

const SECONDS_PER_DAY = 86_400;
/** A zone's history is looked up in pieces of 52 weeks. */
const PIECE_SECONDS = 364 * SECONDS_PER_DAY;
/** Both ends of any day in this range fit int64 nanoseconds in every zone. */
const FIRST_DAY = -106_751; // 1677-09-22
const LAST_DAY = 106_750; // 2262-04-10
const MAX_SECONDS = 9_223_372_037;

/** A period with one offset. Everything in whole seconds; `end` is exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

function createCalendar(timeZone: string): Calendar {
  const spanAt = spanLookup(timeZone);
  const dates = new Map<number, string>();

  function localSeconds(ns: bigint): number {
    assertIs(ns, EPOCH_NS, "The instant asked of a calendar");
    const seconds = epochSeconds(ns);
    return seconds + spanAt(seconds).offset;
  }

  function dayStartSeconds(day: number): number {
    const midnight = day * SECONDS_PER_DAY;
    // An earlier day in UTC is earlier on the wall clock too. From there on: the first instant whose wall clock shows
    // midnight or later. Where midnight is skipped, that is the moment of the change.
    let span = spanAt(midnight - SECONDS_PER_DAY);
    for (;;) {
      const start = Math.max(midnight - span.offset, span.start);
      if (start < span.end) return start;
      span = spanAt(span.end);
    }
  }

  const start = (date: string) => dayStartSeconds(dayWithinRange(date));
  const end = (date: string) => dayStartSeconds(dayWithinRange(date) + 1);

  return {
    timeZone,
    date(ns) {
      const day = Math.floor(localSeconds(ns) / SECONDS_PER_DAY);
      let date = dates.get(day);
      if (date === undefined) {
        date = dateFromEpochDay(day);
        dates.set(day, date);
      }
      return date;
    },
    hour(ns) {
      const local = localSeconds(ns);
      return Math.floor((local - Math.floor(local / SECONDS_PER_DAY) * SECONDS_PER_DAY) / 3600);
    },
    startOfDay: (date) => BigInt(start(date)) * NS_PER_SECOND,
    endOfDay: (date) => BigInt(end(date)) * NS_PER_SECOND,
    hoursInDay: (date) => (end(date) - start(date)) / 3600,
    offsetNs(ns) {
      assertIs(ns, EPOCH_NS, "The instant asked of a calendar");
      return BigInt(spanAt(epochSeconds(ns)).offset) * NS_PER_SECOND;
    },
  };
}

/** The span that holds a second: the last one again, or one of the few in its piece of history. */
function spanLookup(timeZone: string): (seconds: number) => Span {
  const fixed = fixedOffsetSeconds(timeZone);
  if (fixed !== undefined) {
    const always: Span = { start: -Infinity, end: Infinity, offset: fixed };
    return () => always;
  }
  refuseUnknownZone(timeZone);
  const pieces = new Map<number, readonly Span[]>();
  let last: Span = { start: 0, end: 0, offset: 0 };
  return (seconds) => {
    if (seconds >= last.start && seconds < last.end) return last;
    const index = Math.floor(seconds / PIECE_SECONDS);
    let piece = pieces.get(index);
    if (piece === undefined) {
      refuseOutside(seconds);
      piece = spansBetween(timeZone, index * PIECE_SECONDS, (index + 1) * PIECE_SECONDS);
      pieces.set(index, piece);
    }
    let i = 0;
    while (seconds >= piece[i]!.end) i++;
    last = piece[i]!;
    return last;
  };
}

/** Gets the clock changes in a period from Temporal. IANA zones change on whole seconds. */
function spansBetween(timeZone: string, start: number, end: number): Span[] {
  const { ZonedDateTime } = temporal();
  const spans: Span[] = [];
  for (let from = start; from < end; ) {
    let here: InstanceType<typeof ZonedDateTime>;
    try {
      here = new ZonedDateTime(BigInt(from) * NS_PER_SECOND, timeZone);
    } catch (cause) {
      throw unknownZone(timeZone, cause); // a name that Intl knows and Temporal does not, such as "ACT"
    }
    const next = here.getTimeZoneTransition("next");
    const until = next === null ? end : Math.min(end, next.epochMilliseconds / 1000);
    spans.push({ start: from, end: until, offset: here.offsetNanoseconds / 1e9 });
    from = until;
  }
  return spans;
}

/** `UTC` and fixed offsets need no table, and `+05:30` is not a zone to every runtime's Intl. */
function fixedOffsetSeconds(timeZone: string): number | undefined {
  if (timeZone === "UTC" || timeZone === "Etc/UTC") return 0;
  const match = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$/.exec(timeZone);
  if (match === null) return undefined;
  const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60;
  return match[1] === "-" ? -seconds : seconds;
}

/** Intl knows the zones, and loading Temporal costs more. */
function refuseUnknownZone(timeZone: string): void {
  // The default zone is known; the first call to Intl costs a short script 10 ms.
  if (timeZone === "America/New_York") return;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw unknownZone(timeZone, cause);
  }
}

function unknownZone(timeZone: unknown, cause: unknown): BronzeError {
  return new BronzeError(
    "INVALID_TIME_ZONE",
    `Time zone ${shown(timeZone)} is not known to this runtime; use an IANA name such as "America/New_York", "UTC", or an offset such as "+05:30"`,
    { timeZone },
    { cause },
  );
}

function dayWithinRange(date: string): number {
  const day = epochDay(date);
  if (day < FIRST_DAY || day > LAST_DAY) {
    throw new BronzeError(
      "INVALID_DATE",
      `The date "${date}" lies outside 1677-09-22 to 2262-04-10, the days whose instants fit int64 nanoseconds`,
      { date },
    );
  }
  return day;
}

function refuseOutside(seconds: number): void {
  if (Math.abs(seconds) <= MAX_SECONDS + 2 * SECONDS_PER_DAY) return;
  throw new BronzeError(
    "INVALID_INSTANT",
    `An instant ${seconds} seconds from 1970 lies outside int64 nanoseconds (the years 1677 to 2262)`,
    { seconds },
  );
}

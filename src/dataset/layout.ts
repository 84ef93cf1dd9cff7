import { addDays, isDate, type SeasonRule } from "../time/index.js";
import { matchPath, type PathTemplate, type PathValues, plainName, type Segment } from "./path-template.js";
import { DATE_TOKENS, isColumnToken } from "./path-token.js";

/** Where the files of a dataset lie below its folder, and what their paths say of them. */
export interface Layout {
  /** Files that match any of these are history; the first is the one that is written. */
  readonly history: readonly PathTemplate[];
  /** A file that matches this is a latest view, and never history. */
  readonly latest: PathTemplate | undefined;
  /** From a date to its season; `undefined` where no path says one. */
  readonly season: SeasonRule | undefined;
  /** The tokens of a date that any template has. */
  readonly dateTokens: ReadonlySet<string>;
  /** The templates by the folders in which all their date tokens are fixed. */
  readonly units: readonly UnitPattern[];
}

/** Templates whose files lie below the same folders. */
export interface UnitPattern {
  /** The levels of those folders. */
  readonly segments: readonly Segment[];
  readonly templates: readonly PathTemplate[];
  /** Whether the folder fixes all date tokens; otherwise the names of the files have some, or there are none. */
  readonly fixesDates: boolean;
}

/** A layout of these templates. */
export function makeLayout(
  history: readonly PathTemplate[],
  latest: PathTemplate | undefined,
  season: SeasonRule | undefined,
): Layout {
  const templates = latest ? [...history, latest] : history;
  const units = new Map<
    string,
    { segments: readonly Segment[]; templates: PathTemplate[]; fixesDates: boolean }
  >();
  for (const template of templates) {
    const { segments, text } = template;
    const depth = unitLevels(template);
    const fixesDates = unitDepth(template) > 0 && unitDepth(template) < segments.length;
    const folder = `${text.split("/").slice(0, depth).join("/")} ${fixesDates}`;
    const own = units.get(folder);
    if (own) own.templates.push(template);
    else units.set(folder, { segments: segments.slice(0, depth), templates: [template], fixesDates });
  }
  const dateTokens = new Set(
    templates.flatMap(({ tokens }) => tokens.filter((token) => DATE_TOKENS.has(token))),
  );
  return { history, latest, season, dateTokens, units: [...units.values()] };
}

/** Days a path stands for, both inclusive, `YYYY-MM-DD`. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** A data file's place in a layout. */
export interface Place {
  readonly template: PathTemplate;
  readonly values: PathValues;
  /** The days it stands for; `undefined` where its path says none. */
  readonly days: DayRange | undefined;
  readonly isLatest: boolean;
  /** How many of the path's names are the folder of its unit. */
  readonly unitLevels: number;
}

/**
 * Where a path lies in a layout; `undefined` where it is none of its files.
 *
 * @param path below the dataset's folder
 */
export function placeOf(layout: Layout, path: string): Place | undefined {
  if (layout.latest && plainName(path) === path) {
    const place = placeIn(layout, layout.latest, path, true);
    if (place) return place;
  }
  for (const template of layout.history) {
    const place = placeIn(layout, template, path, false);
    if (place) return place;
  }
  return undefined;
}

function placeIn(
  { season, units }: Layout,
  template: PathTemplate,
  path: string,
  isLatest: boolean,
): Place | undefined {
  const match = matchPath(template, path);
  if (!match) return undefined;
  const { values, ends } = match;
  const days = daysOf(values, season);
  if (days === null) return undefined;
  const { segments } = units.find(({ templates }) => templates.includes(template))!;
  return { template, values, days, isLatest, unitLevels: ends[segments.length - 1] ?? 0 };
}

/**
 * The days that a path's tokens allow; `undefined` where it has no token of a date, null where they contradict each other.
 */
export function daysOf(values: PathValues, season: SeasonRule | undefined): DayRange | undefined | null {
  const text = (name: string) => values.get(name) ?? undefined;
  const date = text("date");
  const year = text("year");
  const month = text("month");
  const day = text("day");
  const seasonOf = text("season");
  if ((date ?? year ?? month ?? day ?? seasonOf) === undefined) return undefined;
  if (date !== undefined) {
    if (!agrees(date, { year, month, day })) return null;
    const isOfSeason = seasonOf === undefined || season === undefined || season(date) === Number(seasonOf);
    return isOfSeason ? { from: date, to: date } : null;
  }
  const years = year === undefined ? yearsOf(seasonOf) : [year];
  const candidates = years.flatMap((own) => rangeOf(own, month, day));
  if (seasonOf === undefined || season === undefined) return candidates[0] ?? null;
  return withinSeason(candidates, Number(seasonOf), season);
}

function agrees(date: string, { year, month, day }: Record<string, string | undefined>): boolean {
  const [ownYear, ownMonth, ownDay] = date.split("-");
  return (year ?? ownYear) === ownYear && (month ?? ownMonth) === ownMonth && (day ?? ownDay) === ownDay;
}

/** A season lies in the year that names it and the next; no rule names one by a year further away. */
function yearsOf(season: string | undefined): string[] {
  if (season === undefined) return [];
  return [Number(season) - 1, Number(season), Number(season) + 1].map((year) =>
    String(year).padStart(4, "0"),
  );
}

function rangeOf(year: string, month: string | undefined, day: string | undefined): DayRange[] {
  const from = `${year}-${month ?? "01"}-${day ?? "01"}`;
  if (!isDate(from)) return [];
  if (day !== undefined && month !== undefined) return [{ from, to: from }];
  if (month === undefined) return [{ from, to: `${year}-12-31` }];
  return [{ from, to: addDays(`${nextMonth(year, month)}-01`, -1) }];
}

function nextMonth(year: string, month: string): string {
  return month === "12"
    ? `${String(Number(year) + 1).padStart(4, "0")}-01`
    : `${year}-${String(Number(month) + 1).padStart(2, "0")}`;
}

/** The days of some ranges that belong to a season, from the first to the last; a season is one stretch of days. */
function withinSeason(ranges: readonly DayRange[], wanted: number, season: SeasonRule): DayRange | null {
  let first: string | undefined;
  let last: string | undefined;
  for (const { from, to } of ranges) {
    for (let date = from; date <= to; date = addDays(date, 1)) {
      if (season(date) !== wanted) continue;
      first ??= date;
      last = date;
    }
  }
  return first === undefined ? null : { from: first, to: last! };
}

/** The values that a date gives a template's tokens. */
export function valuesOfDate(date: string, season: SeasonRule | undefined): PathValues {
  const [year, month, day] = date.split("-") as [string, string, string];
  const values = new Map([
    ["date", date],
    ["year", year],
    ["month", month],
    ["day", day],
  ]);
  if (season) values.set("season", String(season(date)).padStart(4, "0"));
  return values;
}

/** How many levels of a template, from the first, fix all its date tokens; 0 where it has none. */
function unitDepth({ segments }: PathTemplate): number {
  const known = new Set<string>();
  let depth = 0;
  for (const [i, { tokens }] of segments.entries()) {
    const dates = tokens.filter((token) => DATE_TOKENS.has(token) && !known.has(token));
    for (const token of dates) known.add(token);
    if (dates.length > 0) depth = i + 1;
  }
  return depth;
}

/** How many levels of a template are the folder of its files' unit. */
function unitLevels(template: PathTemplate): number {
  return Math.min(unitDepth(template), template.segments.length - 1);
}

/** The order of files: by date, hour, run, other values left to right, then by path; hours come before runs. */
export function comparePlaces(
  a: Place & { readonly path: string },
  b: Place & { readonly path: string },
): number {
  return (
    compareText(a.days?.from, b.days?.from) ||
    compareText(a.days?.to, b.days?.to) ||
    compareHours(a.values.get("hour"), b.values.get("hour")) ||
    compareText(a.values.get("run"), b.values.get("run")) ||
    compareColumns(a, b) ||
    compareText(a.path, b.path)
  );
}

/** What has no hour comes after what has one: runs after hours. */
function compareHours(a: string | null | undefined, b: string | null | undefined): number {
  return a !== undefined && b !== undefined
    ? compareText(a, b)
    : Number(a === undefined) - Number(b === undefined);
}

function compareColumns(a: Place, b: Place): number {
  const [own, other] = [a, b].map(({ template, values }) =>
    template.tokens.filter(isColumnToken).map((token) => values.get(token)),
  ) as [(string | null | undefined)[], (string | null | undefined)[]];
  for (let i = 0; i < Math.max(own.length, other.length); i++) {
    const order = compareText(own[i], other[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** By UTF-8 bytes; what is not there, and null, first. */
function compareText(a: string | null | undefined, b: string | null | undefined): number {
  if (a === b || (a ?? null) === (b ?? null)) return 0;
  if (a === undefined || a === null) return -1;
  if (b === undefined || b === null) return 1;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [own, other] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (own !== other) return byUtf8(own) - byUtf8(other);
  }
  return a.length - b.length;
}

/** Surrogates, of which two make a character past U+FFFF, come after all others. */
function byUtf8(code: number): number {
  return code >= 0xd800 && code <= 0xdfff ? code + 0x10000 : code;
}

import {
  type AnyDataset,
  DATE_TOKENS,
  type DayRange,
  daysOf,
  matchName,
  NO_VALUES,
  namesOf,
  type PathValues,
  type Segment,
  type UnitPattern,
  valuesOfDate,
} from "../../dataset/index.js";
import { isDataName, joinPath, mapReads, type Reading } from "../../storage/index.js";
import { contradicts, filesBelow, type UnitFolder, type UnitWay } from "./unit-files.js";

/**
 * Days whose files lie together: one day usually, a month where the layout's paths say no more, and all there is where
 * they say no date.
 */
export interface Unit {
  /** `undefined`: all there is. */
  readonly days: DayRange | undefined;
  /** The values of the layout's date tokens. */
  readonly dates: PathValues;
}

/** The unit of a date. */
export function unitOf({ layout }: AnyDataset, date: string): Unit {
  const { dateTokens, season } = layout;
  const all = valuesOfDate(date, dateTokens.has("season") ? season : undefined);
  const dates = new Map([...all].filter(([token]) => dateTokens.has(token)));
  return { dates, days: daysOf(dates, season) ?? undefined };
}

/** The unit of all there is, where the paths say no dates. */
export const EVERYTHING: Unit = { days: undefined, dates: NO_VALUES };

/** The units of some dates, each once, in their order; without a date in the paths the one of everything. */
export function unitsOf(dataset: AnyDataset, dates: readonly string[]): Unit[] {
  if (!dataset.isDated) return [EVERYTHING];
  const units = new Map<string, Unit>();
  for (const date of dates) {
    const unit = unitOf(dataset, date);
    const id = unitId(unit);
    if (!units.has(id)) units.set(id, unit);
  }
  return [...units.values()];
}

/** Equal for equal units of a dataset. */
export function unitId({ dates }: Unit): string {
  return [...dates]
    .map(([token, value]) => `${token}=${value}`)
    .sort()
    .join(" ");
}

/** Whether a unit is one day. */
export function isOneDay(days: DayRange | undefined): days is DayRange {
  return days !== undefined && days.from === days.to;
}

/**
 * The folders of some dates, as far as they can be there: names that the dates fix are taken for granted, in every form a
 * value is written in; the rest is listed level by level.
 *
 * @param dates values of date tokens; a name that says another is passed over
 */
export async function unitFolders(
  storage: Reading,
  { folder, layout }: AnyDataset,
  dates: PathValues,
): Promise<UnitFolder[]> {
  const found = await mapReads(storage, layout.units, async (storage, pattern) => {
    let level: Walked[] = [{ path: folder, values: NO_VALUES }];
    for (const [i, segment] of pattern.segments.entries()) {
      level = await nextLevel(storage, level, segment, dates);
      if (i < pattern.segments.length - 1) level = await withoutUnusedForms(storage, level);
    }
    return level.map((one) => ({ ...one, pattern }));
  });
  const folders = new Map<string, UnitWay[]>();
  for (const { path, ...way } of found.flat()) folders.set(path, [...(folders.get(path) ?? []), way]);
  return [...folders].map(([path, ways]) => ({ path, ways }));
}

/**
 * Where a name may be written in several ways, what lies below each is looked at; of those that are hardly ever used, one look
 * tells that there is nothing. Worth it only where a look costs what a listing of all that is below does.
 *
 * @param level as `nextLevel` made it: of each folder first the name in the form that is the default
 */
async function withoutUnusedForms(storage: Reading, level: readonly Walked[]): Promise<Walked[]> {
  const { listTree } = storage;
  if (!listTree) return [...level];
  const seen = new Set<string>();
  const isThere = await mapReads(storage, level, async (storage, { path, values }) => {
    const id = JSON.stringify([path.slice(0, path.lastIndexOf("/")), ...values]);
    const isDefault = !seen.has(id);
    seen.add(id);
    return isDefault || (await storage.listTree!(path, 1)).length > 0;
  });
  return level.filter((_, i) => isThere[i]);
}

interface Walked {
  readonly path: string;
  readonly values: PathValues;
}

async function nextLevel(
  storage: Reading,
  level: readonly Walked[],
  segment: Segment,
  dates: PathValues,
): Promise<Walked[]> {
  if (segment.isDeep) {
    const below = await mapReads(storage, level, (storage, one) => withFoldersBelow(storage, one));
    // Behind a second ** a folder is reached in several ways.
    return [...new Map(below.flat().map((one) => [walkedId(one), one])).values()];
  }
  const below = await mapReads(storage, level, async (storage, { path, values }) => {
    const names = namesOf(segment, new Map([...values, ...dates])) ?? (await foldersIn(storage, path));
    return names.flatMap((name): Walked[] => {
      const own = matchName(segment, name, values);
      return own && !contradicts(own, dates) ? [{ path: joinPath(path, name), values: own }] : [];
    });
  });
  return below.flat();
}

function walkedId({ path, values }: Walked): string {
  return JSON.stringify([path, ...values]);
}

async function foldersIn(storage: Reading, path: string): Promise<string[]> {
  const entries = await storage.list(path);
  return entries.filter(({ name, kind }) => kind === "folder" && isDataName(name)).map(({ name }) => name);
}

async function withFoldersBelow(storage: Reading, one: Walked): Promise<Walked[]> {
  const below = (await foldersIn(storage, one.path)).map((name) => ({
    ...one,
    path: joinPath(one.path, name),
  }));
  const deeper = await mapReads(storage, below, (storage, child) => withFoldersBelow(storage, child));
  return [one, ...deeper.flat()];
}

/**
 * The units that have a folder, by their first day; those that no day of a range can be in are not opened.
 *
 * @param range both ends included, `YYYY-MM-DD`
 * @throws BronzeError `NOT_A_FILE`
 */
export async function foundUnits(
  storage: Reading,
  dataset: AnyDataset,
  { from = "", to = "9999-12-31" }: { readonly from?: string; readonly to?: string },
): Promise<Unit[]> {
  if (!dataset.isDated) return unitsOf(dataset, []);
  const { layout, folder } = dataset;
  const found = await mapReads(storage, layout.units, async (storage, pattern) => {
    const range = (values: PathValues) => rangeOf(dataset, pattern, values);
    const mayHold = ({ values }: Walked): boolean => {
      const days = range(values);
      return days === undefined || (days !== null && days.from <= to && days.to >= from);
    };
    let level: Walked[] = [{ path: folder, values: NO_VALUES }];
    for (const segment of pattern.segments)
      level = (await nextLevel(storage, level, segment, NO_VALUES)).filter(mayHold);
    const dated = pattern.fixesDates
      ? level
      : await filesInNames(
          storage,
          dataset,
          level.map(({ path, values }): UnitFolder => ({ path, ways: [{ pattern, values }] })),
        );
    return dated.filter(mayHold).flatMap(({ values }): Unit[] => {
      const days = range(values);
      if (!days) return [];
      if (isOneDay(days)) return [unitOf(dataset, days.from)];
      return [{ dates: new Map([...values].filter(([token]) => DATE_TOKENS.has(token))), days }];
    });
  });
  const units = new Map(found.flat().map((unit) => [unitId(unit), unit]));
  return [...units.values()].sort((a, b) => compareDays(a.days!, b.days!));
}

/**
 * The days that a path allows as far as it is known. A season is left aside where other tokens say the day: one that
 * contradicts them is for the listing of that day to find.
 */
function rangeOf(
  { layout }: AnyDataset,
  { templates }: UnitPattern,
  values: PathValues,
): DayRange | undefined | null {
  const isFiner = templates.some(({ tokens }) =>
    tokens.some((token) => token === "date" || token === "year"),
  );
  const known = isFiner ? new Map([...values].filter(([token]) => token !== "season")) : values;
  const saysYear = ["date", "year", "season"].some((token) => known.has(token));
  return saysYear ? daysOf(known, layout.season) : undefined;
}

async function filesInNames(
  storage: Reading,
  dataset: AnyDataset,
  folders: readonly UnitFolder[],
): Promise<Walked[]> {
  const found = await mapReads(storage, folders, (storage, folder) =>
    filesBelow(storage, dataset, folder, NO_VALUES, { includeRuns: true }),
  );
  return found.flatMap(({ files }) => files);
}

function compareDays(a: DayRange, b: DayRange): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  return a.to < b.to ? -1 : a.to > b.to ? 1 : 0;
}

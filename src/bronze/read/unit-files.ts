import {
  type AnyDataset,
  DATE_TOKENS,
  type DayRange,
  daysOf,
  type Layout,
  matchName,
  mayHold,
  type PathTemplate,
  type PathValues,
  type Place,
  placeOf,
  plainName,
  type Segment,
  type UnitPattern,
  unitLevels,
} from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { isDataName, joinPath, mapReads, type Reading, type StorageEntry } from "../../storage/index.js";

/** A folder in which files of some days lie. */
export interface UnitFolder {
  readonly path: string;
  /** Each way in which templates have it. */
  readonly ways: readonly UnitWay[];
}

/** How a folder is one of a unit. */
export interface UnitWay {
  readonly pattern: UnitPattern;
  /** What the folder's path gives the tokens. */
  readonly values: PathValues;
}

/** A data file by its name. */
export interface FoundFile extends Place {
  readonly path: string;
  /** Relative to the unit's folder. */
  readonly name: string;
}

/**
 * A name that was passed over.
 *
 * @category Bronze
 */
export interface IgnoredFile {
  readonly path: string;
  readonly reason: string;
}

/** What lies below a unit's folder. */
interface FoundFiles {
  /** Level by level in the order of names. */
  readonly files: readonly FoundFile[];
  /** Data-like names that are not part of the layout, and why. */
  readonly ignored: readonly IgnoredFile[];
  /** Folders of runs that were not opened, and files of runs that were not taken, relative to the unit's folder. */
  readonly leftOut: readonly string[];
}

/** How to walk. */
interface WalkOptions {
  /** Whether what a path says is of a run is opened. */
  readonly includeRuns: boolean;
  /** What the unit's folder holds, if it was listed already. */
  readonly entries?: readonly StorageEntry[];
}

/**
 * The files of a layout below a unit's folder, by their names alone; only folders that a template can reach are opened.
 *
 * @param dates values of date tokens; a file that says another date is another unit's
 * @throws BronzeError `NOT_A_FILE` for a folder named like a data file, or a file named like a partition
 */
export async function filesBelow(
  storage: Reading,
  dataset: AnyDataset,
  { path, ways: all }: UnitFolder,
  dates: PathValues,
  { includeRuns, entries }: WalkOptions,
): Promise<FoundFiles> {
  const { season } = dataset.layout;
  const ways = all.filter(({ pattern, values }) => !pattern.fixesDates || daysOf(values, season) !== null);
  if (ways.length === 0) return { files: [], ignored: [], leftOut: [] };
  const walk = { dataset, root: path, ways, dates, includeRuns, only: onlyWay(dataset, ways, includeRuns) };
  const branches = ways.flatMap(({ pattern, values }) =>
    pattern.templates.map((template): Branch => ({ template, depth: pattern.segments.length, values })),
  );
  return walkFolder(storage, walk, "", branches, entries);
}

interface Walk extends Pick<WalkOptions, "includeRuns"> {
  readonly dataset: AnyDataset;
  readonly root: string;
  readonly ways: readonly UnitWay[];
  readonly dates: PathValues;
  /** Where there is one way to each file: the days of all of them. */
  readonly only: { readonly days: DayRange | undefined } | undefined;
}

/**
 * Whether the way down to a file says where it lies: no other unit of the layout, no `**`, nothing that was left out and
 * no date below the folder could claim it. Its whole path says the same, at the cost of matching it for each file.
 */
function onlyWay({ layout }: AnyDataset, ways: readonly UnitWay[], includeRuns: boolean): Walk["only"] {
  const [way, ...more] = ways;
  if (!way || more.length > 0 || layout.units.length > 1 || !includeRuns) return undefined;
  const { fixesDates, templates } = way.pattern;
  if (!fixesDates && layout.dateTokens.size > 0) return undefined;
  if (templates.some(({ segments }) => segments.some(({ isDeep }) => isDeep))) return undefined;
  return { days: daysOf(way.values, layout.season) ?? undefined };
}

/** One way to read a path: how many levels of a template are matched, and what they gave. */
interface Branch {
  readonly template: PathTemplate;
  readonly depth: number;
  readonly values: PathValues;
}

async function walkFolder(
  storage: Reading,
  walk: Walk,
  folder: string,
  branches: readonly Branch[],
  listed?: readonly StorageEntry[],
): Promise<FoundFiles> {
  const here = branches.flatMap(spread);
  const entries = listed ?? (await storage.list(folder === "" ? walk.root : joinPath(walk.root, folder)));
  const found: Partial<FoundFiles>[] = [];
  const below: { readonly name: string; readonly at: number; readonly into: readonly Branch[] }[] = [];
  for (const entry of entries) {
    if (!isDataName(entry.name)) continue;
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const { into, ...own } =
      entry.kind === "folder" ? folderIn(walk, name, entry, here) : fileIn(walk, name, entry, here);
    if (into) below.push({ name, at: found.length, into });
    found.push(own);
  }
  if (below.length > 0) {
    const deeper = await mapReads(storage, below, (storage, { name, into }) =>
      walkFolder(storage, walk, name, into),
    );
    for (const [i, { at }] of below.entries()) found[at] = deeper[i]!;
  }
  const all = { files: [] as FoundFile[], ignored: [] as IgnoredFile[], leftOut: [] as string[] };
  for (const { files, ignored, leftOut } of found) {
    if (files) for (const file of files) all.files.push(file);
    if (ignored) for (const file of ignored) all.ignored.push(file);
    if (leftOut) for (const name of leftOut) all.leftOut.push(name);
  }
  return all;
}

/** What a name is, or in which ways to read what is below it. */
type Found = Partial<FoundFiles> & { readonly into?: readonly Branch[] };

/** At `**`, what comes after it may begin at once. */
function spread(branch: Branch): Branch[] {
  return segmentOf(branch).isDeep ? [branch, ...spread({ ...branch, depth: branch.depth + 1 })] : [branch];
}

function segmentOf({ template, depth }: Branch): Segment {
  return template.segments[depth]!;
}

function isLast({ template, depth }: Branch): boolean {
  return depth === template.segments.length - 1;
}

function folderIn(walk: Walk, name: string, entry: StorageEntry, here: readonly Branch[]): Found {
  const into: Branch[] = [];
  let isOfOther = false;
  for (const branch of here) {
    const segment = segmentOf(branch);
    if (segment.isDeep) into.push(branch);
    else if (!isLast(branch)) {
      const values = matchName(segment, entry.name, branch.values);
      if (values && contradicts(values, walk.dates)) isOfOther = true;
      else if (values) into.push({ ...branch, depth: branch.depth + 1, values });
    }
  }
  if (into.length === 0) {
    if (isOfOther) return {};
    const path = joinPath(walk.root, name);
    if (
      here.some(
        (branch) => isLast(branch) && matchName(segmentOf(branch), plainName(entry.name), branch.values),
      )
    )
      throw misplaced(path, "a folder", "a Parquet file");
    if (isFolderOf(walk.dataset, path)) return {};
    return { ignored: [{ path, reason: `${layoutText(walk)} has no such folder` }] };
  }
  const wanted = walk.includeRuns ? into : into.filter(({ values }) => !values.has("run"));
  if (wanted.length === 0) {
    const path = joinPath(walk.root, name);
    return { ignored: [{ path, reason: "includeRuns is false" }], leftOut: [name] };
  }
  return { into: wanted };
}

function fileIn(walk: Walk, name: string, entry: StorageEntry, here: readonly Branch[]): Found {
  const path = joinPath(walk.root, name);
  if (!entry.name.endsWith(".parquet")) {
    if (here.some((branch) => isPartitionName(segmentOf(branch), entry.name, branch)))
      throw misplaced(path, "a file", "a partition folder");
    return {};
  }
  const known = walk.only && placeByWay(walk.dataset.layout, walk.only, entry.name, here);
  if (known) return { files: [{ ...known, path, name }] };
  const { layout, folder } = walk.dataset;
  const below = path.slice(folder.length + 1);
  const place = placeOf(layout, below);
  if (!place) return { ignored: [{ path, reason: `${layoutText(walk)} has no such file` }] };
  const isOfUnit =
    below.split("/", place.unitLevels).join("/") === walk.root.slice(folder.length + 1) &&
    walk.ways.some((way) => isBy(way, place));
  // Another unit's file, or one that its own folder is listed with.
  if (!isOfUnit || contradicts(place.values, walk.dates)) return {};
  if (!walk.includeRuns && place.values.has("run"))
    return { ignored: [{ path, reason: "includeRuns is false" }], leftOut: [name] };
  return { files: [{ ...place, path, name }] };
}

/** What `placeOf` says of a file to which there is one way. */
function placeByWay(
  { latest, history }: Layout,
  { days }: NonNullable<Walk["only"]>,
  name: string,
  here: readonly Branch[],
): Place | undefined {
  const plain = plainName(name);
  const placeIn = (template: PathTemplate): Place | undefined => {
    const branch = here.find((one) => one.template === template && isLast(one));
    const values = branch && matchName(segmentOf(branch), plain, branch.values);
    return (
      values && { template, values, days, isLatest: template === latest, unitLevels: unitLevels(template) }
    );
  };
  const first = latest && plain === name ? placeIn(latest) : undefined;
  if (first) return first;
  for (const template of history) {
    const place = placeIn(template);
    if (place) return place;
  }
  return undefined;
}

/** Whether a name is that of a Hive-style folder: with `key=` before its value, it can hardly mean anything else. */
function isPartitionName(segment: Segment, name: string, { values }: Branch): boolean {
  const [first] = segment.pieces;
  const isKeyed = first?.kind === "text" && first.text.endsWith("=");
  return isKeyed && matchName(segment, name, values) !== undefined;
}

function isBy({ pattern, values }: UnitWay, place: Place): boolean {
  const isConsistent = () => [...values].every(([token, value]) => place.values.get(token) === value);
  return pattern.templates.includes(place.template) && isConsistent();
}

/** Whether some template has files below a folder, be they another unit's. */
function isFolderOf({ layout, folder }: AnyDataset, path: string): boolean {
  const below = path.slice(folder.length + 1);
  return layout.units.some(({ templates }) => templates.some((template) => mayHold(template, below)));
}

function layoutText({ dataset: { layout } }: Walk): string {
  const templates = layout.units.flatMap((unit) => unit.templates);
  return templates.length === 1 ? templates[0]!.text : `the layout (${templates[0]!.text}, ...)`;
}

/** Whether a path says another date than is wanted. */
export function contradicts(values: PathValues, dates: PathValues): boolean {
  for (const [token, value] of values) {
    if (!DATE_TOKENS.has(token)) continue;
    const wanted = dates.get(token);
    if (wanted !== undefined && wanted !== value) return true;
  }
  return false;
}

function misplaced(path: string, found: string, wanted: string): BronzeError {
  return new BronzeError(
    "NOT_A_FILE",
    `${path} is ${found} where ${wanted} belongs. Move it away, or rename it.`,
    { path },
  );
}

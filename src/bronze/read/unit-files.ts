import {
  type AnyDataset,
  DATE_TOKENS,
  type DayRange,
  daysOf,
  matchName,
  mayHold,
  type PathTemplate,
  type PathValues,
  type Place,
  placeOf,
  plainName,
  type Segment,
  type UnitPattern,
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
  /** The folder of its unit. */
  readonly folder: string;
  /** Relative to that folder. */
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
export interface FoundFiles {
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
  const entries = listed ?? (await storage.list(folder === "" ? walk.root : joinPath(walk.root, folder)));
  // Compaction leaves hundreds of them.
  if (entries.length === 0) return NOTHING_FOUND;
  const here = branches.some((branch) => segmentOf(branch).isDeep) ? branches.flatMap(spread) : branches;
  const found: Found = { files: [], ignored: [], leftOut: [] };
  const below: { readonly name: string; readonly into: readonly Branch[] }[] = [];
  for (const entry of entries) {
    if (!isDataName(entry.name)) continue;
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.kind === "file") takeFile(walk, name, entry.name, here, found);
    else {
      const into = waysInto(walk, name, entry.name, here, found);
      if (into.length > 0) below.push({ name, into });
    }
  }
  if (below.length === 0) return found;
  const deeper = await mapReads(storage, below, (storage, { name, into }) =>
    walkFolder(storage, walk, name, into),
  );
  for (const { files, ignored, leftOut } of deeper) {
    for (const file of files) found.files.push(file);
    for (const file of ignored) found.ignored.push(file);
    for (const name of leftOut) found.leftOut.push(name);
  }
  return found;
}

const NOTHING_FOUND: FoundFiles = { files: [], ignored: [], leftOut: [] };

/** What was found so far: a day can have many thousand names, so it is added to. */
interface Found extends FoundFiles {
  readonly files: FoundFile[];
  readonly ignored: IgnoredFile[];
  readonly leftOut: string[];
}

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

/** In which ways to read what is in a folder; none where it is not opened. */
function waysInto(
  walk: Walk,
  name: string,
  ownName: string,
  here: readonly Branch[],
  found: Found,
): readonly Branch[] {
  const into: Branch[] = [];
  let isOfOther = false;
  for (const branch of here) {
    const segment = segmentOf(branch);
    if (segment.isDeep) into.push(branch);
    else if (!isLast(branch)) {
      const values = matchName(segment, ownName, branch.values);
      if (values && contradicts(values, walk.dates)) isOfOther = true;
      else if (values) into.push({ template: branch.template, depth: branch.depth + 1, values });
    }
  }
  if (into.length === 0) {
    if (isOfOther) return [];
    const path = joinPath(walk.root, name);
    const isFile = (branch: Branch) =>
      isLast(branch) && matchName(segmentOf(branch), plainName(ownName), branch.values);
    if (here.some(isFile)) throw misplaced(path, "a folder", "a Parquet file");
    if (!isFolderOf(walk.dataset, path))
      found.ignored.push({ path, reason: `${layoutText(walk)} has no such folder` });
    return [];
  }
  const wanted = walk.includeRuns ? into : into.filter(({ values }) => !values.has("run"));
  if (wanted.length === 0) leaveOut(walk, name, found);
  // Opened for another template's sake: what is there of runs stays unknown.
  else if (wanted.length < into.length) found.leftOut.push(name);
  return wanted;
}

function leaveOut({ root }: Walk, name: string, found: Found): void {
  found.ignored.push({ path: joinPath(root, name), reason: "includeRuns is false" });
  found.leftOut.push(name);
}

function takeFile(walk: Walk, name: string, ownName: string, here: readonly Branch[], found: Found): void {
  const path = joinPath(walk.root, name);
  if (!ownName.endsWith(".parquet")) {
    if (here.some((branch) => isPartitionName(segmentOf(branch), ownName, branch)))
      throw misplaced(path, "a file", "a partition folder");
    return;
  }
  const known = walk.only && fileByWay(walk, walk.only, { path, name, ownName }, here);
  if (known) {
    found.files.push(known);
    return;
  }
  const { layout, folder } = walk.dataset;
  const below = path.slice(folder.length + 1);
  const place = placeOf(layout, below);
  if (!place) {
    found.ignored.push({ path, reason: `${layoutText(walk)} has no such file` });
    return;
  }
  const isOfUnit =
    below.split("/", place.unitLevels).join("/") === walk.root.slice(folder.length + 1) &&
    walk.ways.some((way) => isBy(way, place));
  // Another unit's file, or one that its own folder is listed with.
  if (!isOfUnit || contradicts(place.values, walk.dates)) return;
  if (!walk.includeRuns && place.values.has("run")) leaveOut(walk, name, found);
  else found.files.push({ ...place, path, folder: walk.root, name });
}

/** A file to which there is one way, as `placeOf` would say. */
function fileByWay(
  { dataset: { layout }, root, ways }: Walk,
  { days }: NonNullable<Walk["only"]>,
  { path, name, ownName }: { readonly path: string; readonly name: string; readonly ownName: string },
  here: readonly Branch[],
): FoundFile | undefined {
  const unitLevels = ways[0]!.pattern.segments.length;
  const plain = plainName(ownName);
  const ofTemplate = (template: PathTemplate): FoundFile | undefined => {
    const branch = here.find((one) => one.template === template && isLast(one));
    const values = branch && matchName(segmentOf(branch), plain, branch.values);
    if (!values) return undefined;
    return {
      template,
      values,
      days,
      isLatest: template === layout.latest,
      unitLevels,
      path,
      folder: root,
      name,
    };
  };
  const latest = layout.latest && plain === ownName ? ofTemplate(layout.latest) : undefined;
  if (latest) return latest;
  for (const template of layout.history) {
    const file = ofTemplate(template);
    if (file) return file;
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

import type { AnyDataset, Slot } from "../../dataset/index.js";
import { comparePlaces, plainName } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { flag, type OptionTable } from "../../options.js";
import { withText } from "../../printed.js";
import { mapReads, type Reading } from "../../storage/index.js";
import { instantText, openParquet, sharedChunks } from "../../table/index.js";
import type { DayFile } from "../read/day-file.js";
import { listUnit, readListed } from "../read/day-files.js";
import { type OpenedFile, openParts } from "../read/open-parts.js";
import { type DaySpan, datesOf, noDates, SPAN_OPTIONS } from "../read/question.js";
import { isOneDay, unitsOf } from "../read/unit-folders.js";
import { whyNothing } from "../read/unreachable.js";
import type { Coverage, CoverageCounts, CoverageDay, UnreadableFile } from "./coverage-result.js";
import { coverageText } from "./coverage-text.js";
import {
  Bounds,
  type DecodedTimes,
  decodeTimes,
  type FileTimes,
  repeatedKeysOf,
  statedTimes,
} from "./file-times.js";
import { compareSlots, foldersOfSlots, lateAfterNs, type SlotCoverage, slotsOf } from "./slots.js";

/**
 * Which days to survey, and how closely.
 *
 * @category Survey
 */
export type CoverageOptions = DaySpan & {
  /** Count keys that stand more than once in a file too, for which the key columns are decoded. Default: false. */
  readonly repeatedKeys?: boolean;
};

export const COVERAGE_OPTIONS: OptionTable<CoverageOptions> = { ...SPAN_OPTIONS, repeatedKeys: flag };

interface Survey {
  readonly repeatedKeys: boolean;
  readonly nowNs: bigint;
  readonly open: typeof openParquet;
}

/**
 * Surveys days.
 * @throws BronzeError as `datesOf` and `listUnit`
 */
export async function coverageOf(
  storage: Reading,
  dataset: AnyDataset,
  span: CoverageOptions,
  { nowNs, open = openParquet }: Pick<Survey, "nowNs"> & Partial<Pick<Survey, "open">>,
): Promise<Coverage> {
  const dates = datesOf(span);
  if (dataset.dateFrom === undefined) throw noDates(dataset.name);
  const { repeatedKeys = false } = span;
  const foldersOf = new Map(dates.map((date) => [date, foldersOfSlots(dataset, date)]));
  const edges = new Map<string, bigint[]>();
  const addEdges = (folder: string, more: readonly bigint[]) =>
    edges.set(folder, [...(edges.get(folder) ?? []), ...more]);
  const slots = new Map(dates.map((date) => [date, slotsOf(dataset, date)]));
  for (const date of dates) {
    addEdges(date, [lateAfterNs(dataset, date)]);
    for (const folder of foldersOf.get(date)!) addEdges(folder, edgesOf(slots.get(date)!));
  }
  const surveys = await mapReads(storage, [...edges], async (storage, [date, boundaries]) => {
    const survey = { repeatedKeys: repeatedKeys && slots.has(date), nowNs, open };
    return await readListed(() => surveyDay(storage, dataset, date, boundaries, survey));
  });
  const found = new Map(surveys.map((day) => [day.date, day]));
  const files = surveys.flatMap((day) => day.files);
  if (surveys.every(({ source }) => source === "none")) await whyNothing(storage, dataset);
  const coverage: Coverage = {
    dataset: dataset.name,
    timeZone: dataset.timeZone,
    days: dates.map((date) => {
      const captures = foldersOf.get(date)!.flatMap((folder) => capturesIn(found.get(folder)!));
      const compared = compareSlots(dataset, slots.get(date)!, captures, nowNs);
      return dayOf(dataset, found.get(date)!, compared, repeatedKeys);
    }),
    filesRead: files.length,
    filesDecoded: files.filter(({ isDecoded }) => isDecoded).length,
  };
  return withText(coverage, coverageText);
}

/** Where slots begin and end. */
function edgesOf(slots: readonly Slot[]): bigint[] {
  return slots.flatMap(({ atNs, endNs }) => [atNs, endNs]);
}

/** A day's folder, surveyed. */
interface SurveyedDay extends Pick<CoverageDay, "date" | "source" | "pruned" | "ignored" | "unreadable"> {
  readonly files: readonly SurveyedFile[];
}

interface SurveyedFile {
  readonly file: DayFile;
  readonly sizeBytes: number;
  readonly times: FileTimes;
  readonly isDecoded: boolean;
  readonly repeatedKeys: number | null;
}

async function surveyDay(
  storage: Reading,
  dataset: AnyDataset,
  date: string,
  boundaries: readonly bigint[],
  survey: Survey,
): Promise<SurveyedDay> {
  const [unit] = unitsOf(dataset, [date]);
  const { source, files, pruned, ignored } = await listUnit(storage, dataset, unit!);
  const ascending = [...new Set(boundaries)].sort((a, b) => (a < b ? -1 : 1));
  const known = sharedChunks();
  const found = await mapReads(storage, files, async (storage, file) => {
    const bytes = await storage.read(file.path);
    return lookAtParts(dataset, file, bytes, ascending, { ...survey, known, date });
  });
  const looks = found.flat();
  const anyUsable = looks.some((look) => "times" in look && look.anyUsable);
  return {
    date,
    source,
    pruned: pruned.length > 0,
    ignored,
    files: looks
      .flatMap((look) => ("times" in look ? look.finish(anyUsable) : []))
      .filter(isOfDay)
      .sort((a, b) => comparePlaces(a.file, b.file)),
    unreadable: looks.flatMap((look) => ("times" in look ? [] : look)),
  };
}

interface DaySurvey extends Survey {
  readonly known: ReturnType<typeof sharedChunks>;
  readonly date: string;
}

/** A file that could be surveyed; under the `dataset` fallback what its rows go by hangs on the day's other files. */
interface Look {
  readonly times: true;
  readonly anyUsable: boolean;
  finish(anyUsable: boolean): SurveyedFile;
}

function lookAtParts(
  dataset: AnyDataset,
  file: DayFile,
  bytes: Uint8Array<ArrayBuffer>,
  boundaries: readonly bigint[],
  survey: DaySurvey,
): readonly (Look | UnreadableFile)[] {
  const { open, known } = survey;
  const parts = unlessUnreadable(file.path, () => openParts(dataset, file, open(bytes, file.path, known)));
  return "code" in parts ? [parts] : parts.map((part) => lookAt(dataset, part, boundaries, survey));
}

function lookAt(
  dataset: AnyDataset,
  { file, parquet }: OpenedFile,
  boundaries: readonly bigint[],
  { repeatedKeys, date }: DaySurvey,
): Look | UnreadableFile {
  return unlessUnreadable(file.path, () => {
    // A file of several days is decoded: its footer does not say which rows are of which.
    const stated = isOneDay(file.days) ? statedTimes(parquet, dataset, boundaries) : undefined;
    const common = {
      file,
      sizeBytes: parquet.sizeBytes,
      repeatedKeys: repeatedKeys ? repeatedKeysOf(dataset, file, parquet, date) : null,
    };
    if (stated) {
      const anyUsable = stated.rows > 0 && dataset.timestamps.asOf !== null;
      return settled({ ...common, times: stated, isDecoded: false }, anyUsable);
    }
    const decoded = decodeTimes(dataset, file, parquet, boundaries, date);
    const { fallback } = dataset.timestamps;
    return fallback === "dataset"
      ? decidedTogether(common, decoded)
      : settled({ ...common, times: decoded.times(fallback), isDecoded: true }, decoded.anyUsable);
  });
}

function unlessUnreadable<T>(path: string, look: () => T): T | UnreadableFile {
  try {
    return look();
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { path, code: error.code, message: error.message };
  }
}

/** Nothing of the file itself is held any more. */
function settled(file: SurveyedFile, anyUsable: boolean): Look {
  return { times: true, anyUsable, finish: () => file };
}

/** Under `dataset`, rows fall back only where no row at all has a usable `as_of_ts`. */
function decidedTogether(common: Omit<SurveyedFile, "times" | "isDecoded">, decoded: DecodedTimes): Look {
  return {
    times: true,
    anyUsable: decoded.anyUsable,
    finish: (anyUsable) => ({
      ...common,
      times: decoded.times(anyUsable ? "never" : "row"),
      isDecoded: true,
    }),
  };
}

/** A file of several days is of those it has rows of. */
function isOfDay({ file, times }: SurveyedFile): boolean {
  return isOneDay(file.days) || times.rows > 0;
}

function capturesIn({ files }: SurveyedDay) {
  return files.flatMap(({ times }) => times.captures);
}

function dayOf(
  dataset: AnyDataset,
  day: SurveyedDay,
  slots: SlotCoverage | null,
  withKeys: boolean,
): CoverageDay {
  const { date, source, pruned, ignored, unreadable, files } = day;
  const lateNs = lateAfterNs(dataset, date);
  const byPartition = new Map<string, SurveyedFile[]>();
  for (const one of files) {
    const name = partitionOf(one.file);
    const own = byPartition.get(name);
    if (own) own.push(one);
    else byPartition.set(name, [one]);
  }
  return {
    date,
    source,
    ...countsOf(files, lateNs, withKeys),
    lateAfter: instantText(lateNs),
    partitions: [...byPartition].map(([partition, own]) => ({
      partition,
      ...countsOf(own, lateNs, withKeys),
    })),
    slots,
    pruned,
    unreadable,
    ignored,
  };
}

/** The folder of a file below its day's, `hour=13`; where it lies in the day's own, the file. */
function partitionOf({ path, folder, isLatest }: DayFile): string {
  if (isLatest) return "latest";
  const below = path.slice(folder.length + 1);
  const end = below.lastIndexOf("/");
  return end < 0 ? plainName(below) : below.slice(0, end);
}

function countsOf(files: readonly SurveyedFile[], lateNs: bigint, withKeys: boolean): CoverageCounts {
  const sum = (of: (file: SurveyedFile) => number) => files.reduce((total, file) => total + of(file), 0);
  const effective = new Bounds();
  const captured = new Bounds();
  for (const { times } of files) {
    effective.add(times.firstEffectiveNs);
    effective.add(times.lastEffectiveNs);
    captured.add(times.firstCapturedNs);
    captured.add(times.lastCapturedNs);
  }
  const lateRows = ({ times }: SurveyedFile) =>
    times.captures.reduce((rows, own) => rows + (own.firstNs >= lateNs ? own.rows : 0), 0);
  return {
    files: files.length,
    rows: sum(({ times }) => times.rows),
    bytes: sum(({ sizeBytes }) => sizeBytes),
    firstEffective: textOf(effective.first),
    lastEffective: textOf(effective.last),
    firstCaptured: textOf(captured.first),
    lastCaptured: textOf(captured.last),
    rowsByFallback: sum(({ times }) => times.byFallback),
    rowsNotSelectable: sum(({ times }) => times.notSelectable),
    rowsAhead: sum(({ times }) => times.ahead),
    rowsCapturedLate: sum(lateRows),
    rowsCaptureUnknown: sum(({ times }) => times.captureUnknown),
    repeatedKeys: withKeys ? sum(({ repeatedKeys }) => repeatedKeys ?? 0) : null,
  };
}

function textOf(ns: bigint | null): string | null {
  return ns === null ? null : instantText(ns);
}

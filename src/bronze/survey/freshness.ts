import type { AnyDataset, DayRange } from "../../dataset/index.js";
import { given, type OptionTable, texts, whole } from "../../options.js";
import { withText } from "../../printed.js";
import { mapReads, type Reading } from "../../storage/index.js";
import { instantText, openParquet, sharedChunks, textTable } from "../../table/index.js";
import { addDays, calendar, formatInstant, type InstantLike } from "../../time/index.js";
import type { DayFile } from "../read/day-file.js";
import { listUnit, readListed } from "../read/day-files.js";
import { instantRange } from "../read/frame-columns.js";
import { type OpenedFile, openParts } from "../read/open-parts.js";
import { foundUnits, type Unit } from "../read/unit-folders.js";
import { whyNothing } from "../read/unreachable.js";
import { Bounds, decodeTimes, statedTimes } from "./file-times.js";

/**
 * When to ask, and about what.
 *
 * @category Survey
 */
export interface FreshnessOptions<Name extends string = string> {
  /** The instant to ask at: rows captured later are not there. Default: now, by the store's clock. */
  readonly at?: InstantLike;
  /** Names of datasets. Default: all of the store. */
  readonly datasets?: readonly Name[];
  /**
   * Where nothing proves that older days hold nothing newer: how many days to read before the day of the newest capture
   * that was found. Default: 2.
   */
  readonly lookbackDays?: number;
}

export const FRESHNESS_OPTIONS: OptionTable<FreshnessOptions> = {
  at: given,
  datasets: texts,
  lookbackDays: whole(0),
};

/**
 * How fresh one dataset was. Instants are ISO-8601 UTC text.
 *
 * @category Survey
 */
export interface DatasetFreshness {
  readonly dataset: string;
  /** Of the dataset's limits; null where it has none. Without any row it is the worst of its limits. */
  readonly status: "pass" | "warn" | "error" | null;
  /**
   * The greatest of what is the earlier of a row's effective time and its capture: neither a late backfill nor a forecast
   * makes it newer. Null where no row with both was captured by `at`.
   */
  readonly newest: string | null;
  /** From `newest` to `at`, in seconds; null where there is none. */
  readonly ageSeconds: number | null;
  /** The oldest date that was read; null where none was, and where the paths say no dates. */
  readonly readFrom: string | null;
  /**
   * Whether no older day can hold a newer row, by the column that dates its rows, or as all were read. Else `newest` may
   * be too old, never too new: the older days were taken on trust.
   */
  readonly proven: boolean;
  readonly filesRead: number;
  /** Those of which the time columns were decoded, for their footers left a doubt. */
  readonly filesDecoded: number;
}

/**
 * What `freshness` found. Plain data that JSON takes; `console.log` and `String(...)` show a table.
 *
 * @category Survey
 */
export interface Freshness {
  /** The instant it was asked at. */
  readonly at: string;
  /** In the order they were asked for. */
  readonly datasets: readonly DatasetFreshness[];
}

/** @throws BronzeError as `foundUnits`, `listUnit` and `decodeTimes` */
export async function freshnessOf(
  storage: Reading,
  datasets: readonly AnyDataset[],
  atNs: bigint,
  { lookbackDays = 2, open = openParquet }: { lookbackDays?: number | undefined; open?: typeof openParquet },
): Promise<Freshness> {
  const found = await mapReads(storage, datasets, (storage, dataset) =>
    freshnessOfOne(storage, dataset, atNs, lookbackDays, open),
  );
  return withText({ at: formatInstant(atNs), datasets: found }, freshnessText);
}

async function freshnessOfOne(
  storage: Reading,
  dataset: AnyDataset,
  atNs: bigint,
  lookbackDays: number,
  open: typeof openParquet,
): Promise<DatasetFreshness> {
  const units = (await foundUnits(storage, dataset, {})).reverse();
  const zone = calendar(dataset.timeZone);
  let newestNs: bigint | null = null;
  let readFrom: string | null = null;
  let proven = true;
  let [filesRead, filesDecoded] = [0, 0];
  for (const unit of units) {
    const bound = unit.days && boundOf(dataset, unit.days);
    if (bound?.emptyUntilNs !== undefined && bound.emptyUntilNs > atNs) continue;
    if (newestNs !== null) {
      if (bound && bound.lastNs <= newestNs) continue;
      if (!bound && unit.days && unit.days.to < addDays(zone.date(newestNs), -lookbackDays)) {
        proven = false;
        continue;
      }
    }
    const day = await readListed(() =>
      newestOfUnit(storage, dataset, unit, { atNs, afterNs: newestNs, open }),
    );
    if (day.filesRead === 0) continue;
    newestNs = day.newestNs;
    readFrom = unit.days?.from ?? null;
    filesRead += day.filesRead;
    filesDecoded += day.filesDecoded;
  }
  if (filesRead === 0) await whyNothing(storage, dataset);
  return {
    dataset: dataset.name,
    status: statusOf(dataset, newestNs === null ? null : atNs - newestNs),
    newest: newestNs === null ? null : instantText(newestNs),
    ageSeconds: newestNs === null ? null : Number(atNs - newestNs) / 1e9,
    readFrom,
    proven,
    filesRead,
    filesDecoded,
  };
}

/** What a folder's date says of the rows in it. Epoch nanoseconds. */
interface DateBound {
  /** No row is newer than this. */
  readonly lastNs: bigint;
  /** No row was captured before this. */
  readonly emptyUntilNs: bigint | undefined;
}

/**
 * What the date of a folder proves, where the column that dates the rows is one of their two times, and rows of other
 * days are refused: a row's earlier time is then at most the column's. `undefined` where it proves nothing: a game's date
 * says nothing of when its rows were captured.
 */
function boundOf(dataset: AnyDataset, { from, to }: DayRange): DateBound | undefined {
  const { dateFrom, misfiled, timeZone, timestamps: rules } = dataset;
  if (misfiled === "read") return undefined;
  const zone = calendar(timeZone);
  const lastNs = zone.endOfDay(to) - 1n;
  if (dateFrom === undefined) return undefined;
  if (dateFrom === rules.ingested) return { lastNs, emptyUntilNs: zone.startOfDay(from) };
  if (dateFrom !== rules.asOf || rules.unreliable) return undefined;
  if (dataset.columns.get(dateFrom)?.nullable !== false) return undefined;
  // A semantic time too early to be believed falls back to the capture, which may be any.
  if (rules.earliestNs !== undefined && zone.startOfDay(from) < rules.earliestNs) return undefined;
  return { lastNs, emptyUntilNs: undefined };
}

interface DayQuestion {
  readonly atNs: bigint;
  /** What was found already: only what is newer counts. */
  readonly afterNs: bigint | null;
  readonly open: typeof openParquet;
}

async function newestOfUnit(
  storage: Reading,
  dataset: AnyDataset,
  unit: Unit,
  { atNs, afterNs, open }: DayQuestion,
): Promise<{ newestNs: bigint | null; filesRead: number; filesDecoded: number }> {
  const { files } = await listUnit(storage, dataset, unit);
  const known = sharedChunks();
  const openFile = async (storage: Reading, file: DayFile) =>
    openParts(dataset, file, open(await storage.read(file.path), file.path, known));
  const found = await mapReads(storage, files, async (storage, file) =>
    (await openFile(storage, file)).map((part, i) => lookAt(dataset, part, { file, part: i }, atNs)),
  );
  const looks = found.flat();
  const newest = new Bounds();
  newest.add(afterNs);
  for (const { newestNs } of looks) newest.add(newestNs);
  // Those of which the footer only says how new they can be, the newest first: it may spare the others.
  const doubts = looks.flatMap(({ doubt }) => doubt ?? []).sort((a, b) => (a.mostNs > b.mostNs ? -1 : 1));
  let filesDecoded = looks.filter(({ isDecoded }) => isDecoded).length;
  for (const { file, part, mostNs } of doubts) {
    if (newest.last !== null && mostNs <= newest.last) break;
    const again = (await openFile(storage, file))[part]!;
    newest.add(decodeTimes(dataset, again.file, again.parquet, []).newestUntil(atNs));
    filesDecoded++;
  }
  return { newestNs: newest.last, filesRead: looks.length, filesDecoded };
}

interface FileLook {
  readonly newestNs: bigint | null;
  readonly isDecoded: boolean;
  /** No row is newer than this, and only decoding shows whether one is as new. */
  readonly doubt?: PartOfFile & { readonly mostNs: bigint };
}

/** Where a part is: which of a listed file. */
interface PartOfFile {
  readonly file: DayFile;
  readonly part: number;
}

function lookAt(
  dataset: AnyDataset,
  { file, parquet }: OpenedFile,
  place: PartOfFile,
  atNs: bigint,
): FileLook {
  const stated = statedTimes(parquet, dataset, [atNs + 1n]);
  if (stated) {
    const isThere = stated.firstCapturedNs !== null && stated.firstCapturedNs <= atNs;
    return { newestNs: isThere ? stated.newestNs : null, isDecoded: false };
  }
  const captured = parquet.checked ? instantRange(parquet, dataset, dataset.timestamps.ingested) : undefined;
  if (!captured)
    return { newestNs: decodeTimes(dataset, file, parquet, []).newestUntil(atNs), isDecoded: true };
  if (captured.minNs > atNs) return { newestNs: null, isDecoded: false };
  const mostNs = captured.maxNs < atNs ? captured.maxNs : atNs;
  return { newestNs: null, isDecoded: false, doubt: { ...place, mostNs } };
}

function statusOf({ freshness }: AnyDataset, ageNs: bigint | null): DatasetFreshness["status"] {
  if (!freshness) return null;
  const { warnAfterNs, errorAfterNs } = freshness;
  const isPast = (limit: bigint | undefined) => limit !== undefined && (ageNs === null || ageNs > limit);
  return isPast(errorAfterNs) ? "error" : isPast(warnAfterNs) ? "warn" : "pass";
}

function freshnessText({ at, datasets }: Freshness): string {
  const rows = datasets.map(({ dataset, status, newest, ageSeconds, readFrom, proven }) => [
    dataset,
    status ?? "-",
    newest ?? "never",
    ageSeconds === null ? "-" : ageText(ageSeconds),
    readFrom === null ? "nothing to read" : proven ? "" : `days before ${readFrom} were not read`,
  ]);
  const head = ["dataset", "status", "newest", "age", "note"];
  return [`Freshness at ${at}`, ...textTable([head, ...rows], (i) => head[i] === "age")].join("\n");
}

function ageText(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${whole % 60}s` : `${whole}s`;
}

import { type AnyDataset, formatPath, isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import {
  joinPath,
  locksOf,
  MAX_IN_FLIGHT,
  mapConcurrently,
  readIfThere,
  type Storage,
  writeBack,
} from "../../storage/index.js";
import { type ColumnType, encodeParquet, type ParquetFile } from "../../table/index.js";
import { formatInstant, parseInstant } from "../../time/index.js";
import { type Frame, heldType, type Latest, latestRows, type ScopeTimes } from "../../travel/index.js";
import { type DayFile, dayFileOf } from "../read/day-file.js";
import { listUnit, readListed } from "../read/day-files.js";
import { assertKept } from "../read/frame-columns.js";
import { frameOf } from "../read/load-frame.js";
import { openFile, underOwnNames } from "../read/open-file.js";
import { inPartitionOrder, type OpenedFile, openDayFile } from "../read/open-parts.js";
import { assertOwnDays } from "../read/own-day.js";
import type { Unit } from "../read/unit-folders.js";
import { columnsOfRows } from "./encode-rows.js";
import { dateOfUnit } from "./partition-rows.js";
import type { WrittenFile } from "./publish-group.js";

/** Footer key for how new each scope of a latest view is. */
const SCOPES_KEY = "bronzestore.scope_times";
/** Footer key for the history files that a latest view was made from. */
const MADE_OF_KEY = "bronzestore.made_of";

/** Each attempt needs another writer that made the view meanwhile, without the lock. */
const MAX_ATTEMPTS = 4;

/** A file of a write: where its rows are, and whether they existed before. */
export interface FreshFile {
  readonly parquet: ParquetFile;
  readonly status: WrittenFile["status"];
}

/**
 * Updates the flat latest view of a day and replaces it atomically, under one lock, so that two writers cannot undo
 * each other. `undefined` where there must be no view: its day's history was pruned, so the view would be incomplete.
 *
 * The view is a function of the day's history, whatever happened to earlier views. It names the files it was made from,
 * and is made from all of them again unless only files of this write are missing, and all of those are later.
 */
export async function updateLatestView(
  storage: Storage,
  dataset: AnyDataset,
  unit: Unit,
  fresh: readonly FreshFile[],
): Promise<WrittenFile | undefined> {
  const path = joinPath(dataset.folder, formatPath(dataset.layout.latest!, unit.dates)!);
  const [folder, name] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
  const date = dateOfUnit(unit);
  const lock = await locksOf(storage, "a latest view").lock(joinPath(folder, `.${name}.lock`));
  try {
    for (let attempt = 1; ; attempt++) {
      const before = await readIfThere(storage, path);
      const view = before && viewIn(dataset, before, path);
      const made = await readListed(() => makeView(storage, dataset, { path, unit, view, fresh }));
      if (made === "up to date") {
        const { rowCount, sizeBytes } = view as ParquetFile;
        return { path, date, rows: rowCount, sizeBytes, status: "unchanged" };
      }
      if (!made) return undefined;
      const { frame, latest, madeOf } = made;
      const keyValues = scopeEntries(latest.scopeTimes).set(MADE_OF_KEY, JSON.stringify(madeOf));
      const bytes = encodeParquet(columnsOfRows(dataset, latest.rows, extraTypes(frame)), keyValues);
      if (attempt === MAX_ATTEMPTS) await writeBack(storage, path, before, bytes);
      // The lock was lost, and another writer made the view: from its view, and all that is there by now, this one is made.
      else if (!(await storage.swap(path, before, bytes))) continue;
      return { path, date, rows: latest.rows.length, sizeBytes: bytes.byteLength, status: "written" };
    }
  } finally {
    await lock.release();
  }
}

/** What a view says it was made from. */
interface MadeOf {
  /** Hex SHA-256 of the paths of the history files, sorted, each followed by a newline. */
  readonly history: string;
  /**
   * False where there was more: the view of another writer, rows of a dataset without history, history that is now
   * pruned. Such a view cannot be made again, so its content is kept, and the history is added to it.
   */
  readonly alone: boolean;
}

interface Made {
  readonly frame: Frame;
  readonly latest: Latest;
  readonly madeOf: MadeOf;
}

interface ViewUpdate {
  readonly path: string;
  readonly unit: Unit;
  readonly view: ParquetFile | "damaged" | undefined;
  readonly fresh: readonly FreshFile[];
}

async function makeView(
  storage: Storage,
  dataset: AnyDataset,
  { path, unit, view, fresh: written }: ViewUpdate,
): Promise<Made | "up to date" | undefined> {
  // One that existed before may have been written under other names.
  const fresh = written.map((one) => ({ ...one, parquet: underOwnNames(dataset, one.parquet) }));
  const day = await listUnit(storage, dataset, unit);
  const history = await partsOf(storage, dataset, day.source === "history" ? day.files : []);
  const place = dayFileOf(dataset, path)!;
  // Where no history is kept, the rows of a write are in no other place.
  const outside =
    dataset.layout.history.length === 0 ? fresh.map(({ parquet }) => ({ file: place, parquet })) : [];
  const known = view === "damaged" || view === undefined ? undefined : view;
  const before = known && madeOfEntry(known);
  const isPruned = day.pruned.length > 0;
  if (view === "damaged" && (isPruned || history.length === 0)) throw damaged(dataset, path);
  if (!known && isPruned) return undefined;

  const all = digestOf(history);
  if (before?.history === all && outside.length === 0) return "up to date";
  const alone = outside.length === 0 && !isPruned && (!known || before?.alone === true);
  const opened = new Map(fresh.map(({ parquet }) => [parquet.path, parquet]));
  const make = async (parts: readonly HistoryPart[], fromView: boolean): Promise<Made> => {
    const ofHistory = await mapConcurrently(parts, MAX_IN_FLIGHT, async ({ file, held }) => {
      if (held) return held;
      const parquet = opened.get(file.path) ?? openFile(dataset, await storage.read(file.path), file.path);
      return { file, parquet };
    });
    const ofView: OpenedFile[] = fromView && known ? [{ file: place, parquet: known }] : [];
    const sources = [...ofView, ...ofHistory];
    const frame = frameOf(dataset, [...sources, ...outside]);
    assertOwnDays(dataset, frame, sources);
    const isFromView = fromView && known !== undefined;
    // History keeps what a view omits; what only the view has would be lost.
    if (isFromView) assertKept(frame.omitted?.filter(({ column }) => known.refused.has(column)));
    const latest = latestRows(frame, isFromView, isFromView ? scopeTimesOf(known) : new Map());
    return { frame, latest, madeOf: { history: all, alone } };
  };
  const missing = missingFiles(history, before, fresh);
  if (missing) {
    const made = await make(missing, true);
    if (!alone || made.latest.extendsView) return made;
  }
  return make(history, !alone);
}

/** A part of history: a file, or what is open already of a compacted one. */
interface HistoryPart {
  readonly file: DayFile;
  readonly held?: OpenedFile;
}

/** The parts of files in partition order. A view goes by them, so that it makes no difference to it where they lie. */
async function partsOf(
  storage: Storage,
  dataset: AnyDataset,
  files: readonly DayFile[],
): Promise<readonly HistoryPart[]> {
  const parts = await mapConcurrently(files, MAX_IN_FLIGHT, async (file): Promise<HistoryPart[]> => {
    if (!isCompactedName(file.path)) return [{ file }];
    const opened = openDayFile(dataset, file, await storage.read(file.path));
    return opened.map((held) => ({ file: held.file, held }));
  });
  return inPartitionOrder(parts.flat());
}

/** The history files a view lacks, if all are files of this write; `undefined` where others may be among them. */
function missingFiles(
  history: readonly HistoryPart[],
  before: MadeOf | undefined,
  fresh: readonly FreshFile[],
): readonly HistoryPart[] | undefined {
  if (!before) return undefined;
  // A file that existed before is in the view, unless a write was killed between the two.
  for (const candidates of [fresh.filter(({ status }) => status === "written"), fresh]) {
    const paths = new Set(candidates.map(({ parquet }) => parquet.path));
    if (digestOf(history.filter(({ file }) => !paths.has(file.path))) === before.history)
      return history.filter(({ file }) => paths.has(file.path));
  }
  return undefined;
}

function digestOf(history: readonly HistoryPart[]): string {
  const paths = history.map(({ file }) => `${file.path}\n`).sort();
  return sha256(new TextEncoder().encode(paths.join("")));
}

function viewIn(dataset: AnyDataset, bytes: Uint8Array<ArrayBuffer>, path: string): ParquetFile | "damaged" {
  try {
    const view = openFile(dataset, bytes, path);
    // Without a checksum, only decoding all of it shows damage.
    if (!view.checked) for (const name of view.columns.keys()) view.column(name);
    return view;
  } catch (error) {
    if (isBronzeError(error, "CORRUPT_FILE")) return "damaged";
    throw error;
  }
}

function damaged({ name }: AnyDataset, path: string): BronzeError {
  return new BronzeError(
    "CORRUPT_FILE",
    `${path} is damaged, and "${name}" has no complete history of the day to make it from again. Restore it, or move it away.`,
    { file: path },
  );
}

function madeOfEntry(view: ParquetFile): MadeOf | undefined {
  const text = view.keyValues.get(MADE_OF_KEY);
  return text === undefined ? undefined : (JSON.parse(text) as MadeOf);
}

/** Columns beyond the schema, as the files hold them. */
function extraTypes({ dataset, columns, parts }: Frame): Map<string, ColumnType> {
  const extras = [...columns].filter(([name]) => !dataset.columns.has(name));
  return new Map(
    extras.map(([name, { type }]) => [
      name,
      heldType(
        type,
        parts.map((part) => part.column(name)),
      ),
    ]),
  );
}

function scopeTimesOf(view: ParquetFile): ScopeTimes {
  const text = view.keyValues.get(SCOPES_KEY);
  const entries: [string, string, string | null][] = text === undefined ? [] : JSON.parse(text);
  return new Map(
    entries.map(([scope, time, ingested]) => [
      scope,
      { time: parseInstant(time), ingested: ingested == null ? null : parseInstant(ingested) },
    ]),
  );
}

function scopeEntries(scopeTimes: ScopeTimes): Map<string, string> {
  if (scopeTimes.size === 0) return new Map();
  const entries = [...scopeTimes].map(([scope, { time, ingested }]) => [
    scope,
    formatInstant(time),
    ingested === null ? null : formatInstant(ingested),
  ]);
  return new Map([[SCOPES_KEY, JSON.stringify(entries)]]);
}

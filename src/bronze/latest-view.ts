import { type AnyDataset, dateFolder } from "../dataset/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { joinPath, type Storage } from "../storage/index.js";
import { type ColumnType, encodeParquet, INSTANT, openParquet, type ParquetFile } from "../table/index.js";
import { formatInstant, parseInstant } from "../time/index.js";
import { type Frame, latestRows, type ScopeTimes } from "../travel/index.js";
import { listDay } from "./day-files.js";
import { columnsOfRows } from "./encode-rows.js";
import { assertKept } from "./frame-columns.js";
import { frameOf } from "./load-frame.js";
import type { WrittenFile } from "./written-file.js";

/** Footer key under which a latest view keeps how new each scope of it is. */
const SCOPES_KEY = "bronzestore.scope_times";

/**
 * Merges freshly written files into the flat latest view of a day and replaces it atomically. The read, the merge and
 * the replacement happen under one lock, so two writers cannot undo each other.
 *
 * No fresh rows and no declared snapshot change nothing: a failed scrape keeps the old coverage.
 */
export async function updateLatestView(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  fresh: readonly ParquetFile[],
): Promise<WrittenFile> {
  const folder = dateFolder(dataset, date);
  const path = joinPath(folder, dataset.file);
  const lock = await storage.lock(joinPath(folder, `.${dataset.file}.lock`));
  try {
    const view = await readView(storage, path);
    const files =
      view === "damaged" ? await historyOf(storage, dataset, date) : view ? [view, ...fresh] : fresh;
    const place = { path, date, partition: undefined };
    const frame = frameOf(
      dataset,
      files.map((parquet) => ({ file: place, parquet })),
    );
    const known = view === "damaged" ? undefined : view;
    // History keeps what a view leaves out; what the view itself holds would be lost.
    if (known) assertKept(frame.omitted?.filter(({ column }) => known.refused.has(column)));
    const { rows, scopeTimes } = latestRows(
      frame,
      known !== undefined,
      known ? scopeTimesOf(known) : new Map(),
    );
    const bytes = encodeParquet(columnsOfRows(dataset, rows, extraTypes(frame)), keyValuesOf(scopeTimes));
    await storage.replace(path, bytes);
    return { path, date, rows: rows.length, sizeBytes: bytes.byteLength, status: "written" };
  } finally {
    await lock.release();
  }
}

async function readView(storage: Storage, path: string): Promise<ParquetFile | "damaged" | undefined> {
  try {
    return openParquet(await storage.read(path), path);
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    if (isBronzeError(error, "CORRUPT_FILE")) return "damaged";
    throw error;
  }
}

/**
 * A damaged view is made anew from the day's history, in which the fresh files are already. Without a history there is
 * nothing to make it from.
 */
async function historyOf(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
): Promise<readonly ParquetFile[]> {
  const { source, files } = await listDay(storage, dataset, date);
  if (source !== "history") {
    const path = joinPath(dateFolder(dataset, date), dataset.file);
    throw new BronzeError(
      "CORRUPT_FILE",
      `${path} is damaged, and "${dataset.name}" keeps no history to make it anew from. Restore it, or move it away.`,
      { file: path },
    );
  }
  const opened: ParquetFile[] = [];
  for (const { path } of files) opened.push(openParquet(await storage.read(path), path));
  return opened;
}

/** Columns beyond the schema; whatever unit their instants had, they are written as nanoseconds. */
function extraTypes({ dataset, columns }: Frame): Map<string, ColumnType> {
  const extras = [...columns].filter(([name]) => !dataset.columns.has(name));
  return new Map(
    extras.map(([name, { type }]) => [name, type.kind === "timestamp" && type.utc ? INSTANT : type]),
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

function keyValuesOf(scopeTimes: ScopeTimes): Map<string, string> {
  if (scopeTimes.size === 0) return new Map();
  const entries = [...scopeTimes].map(([scope, { time, ingested }]) => [
    scope,
    formatInstant(time),
    ingested === null ? null : formatInstant(ingested),
  ]);
  return new Map([[SCOPES_KEY, JSON.stringify(entries)]]);
}

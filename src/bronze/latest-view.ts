import { type AnyDataset, dateFolder } from "../dataset/index.js";
import { isBronzeError } from "../errors.js";
import { joinPath, type Storage } from "../storage/index.js";
import { type ColumnType, encodeParquet, INSTANT, openParquet, type ParquetFile } from "../table/index.js";
import { formatInstant, parseInstant } from "../time/index.js";
import { type Frame, latestRows, type ScopeTimes } from "../travel/index.js";
import { columnsOfRows } from "./encode-rows.js";
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
    const files = view ? [view, ...fresh] : fresh;
    const place = { path, date, partition: undefined };
    const frame = frameOf(
      dataset,
      files.map((parquet) => ({ file: place, parquet })),
    );
    const { rows, scopeTimes } = latestRows(frame, view !== undefined, view ? scopeTimesOf(view) : new Map());
    const bytes = encodeParquet(columnsOfRows(dataset, rows, extraTypes(frame)), keyValuesOf(scopeTimes));
    await storage.replace(path, bytes);
    return { path, date, rows: rows.length, sizeBytes: bytes.byteLength, status: "written" };
  } finally {
    await lock.release();
  }
}

async function readView(storage: Storage, path: string): Promise<ParquetFile | undefined> {
  try {
    return openParquet(await storage.read(path), path);
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
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
  const entries: [string, string][] = text === undefined ? [] : JSON.parse(text);
  return new Map(entries.map(([scope, time]) => [scope, parseInstant(time)]));
}

function keyValuesOf(scopeTimes: ScopeTimes): Map<string, string> {
  if (scopeTimes.size === 0) return new Map();
  return new Map([
    [SCOPES_KEY, JSON.stringify([...scopeTimes].map(([scope, time]) => [scope, formatInstant(time)]))],
  ]);
}

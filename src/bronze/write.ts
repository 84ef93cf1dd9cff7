import type * as z from "zod";
import { type AnyDataset, dateFolder } from "../dataset/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { assertOptions } from "../options.js";
import { isDataName, joinPath, type Storage } from "../storage/index.js";
import {
  type Cell,
  cellReader,
  encodeParquet,
  openParquet,
  type ParquetFile,
  storedCell,
} from "../table/index.js";
import { assertDate, type InstantLike, toEpochNs } from "../time/index.js";
import { sameCell } from "../travel/index.js";
import { assertNotMisfiled } from "./day-files.js";
import { columnsOfRows } from "./encode-rows.js";
import { updateLatestView } from "./latest-view.js";
import { missingRun, partitionRows, type RowGroup } from "./partition-rows.js";
import { writeSnapshotMetadata } from "./snapshot-metadata.js";
import { validateRows } from "./validate-rows.js";
import type { WrittenFile } from "./written-file.js";

/** How to write. */
export interface WriteOptions {
  /** The run that writes: stamps `run_id`, and names the partition of per-run datasets. */
  readonly run?: {
    readonly id: string;
    /** Start of the run; its second is the `run_ts=` partition. */
    readonly startedAt: InstantLike;
  };
  /** For `snapshot` datasets: what the rows cannot say. */
  readonly snapshot?: SnapshotOptions;
}

/** What a snapshot declares of itself. With it, even no rows at all are a state: "this game has no injuries". */
export interface SnapshotOptions {
  /** When the state held. Default: the rows' snapshot column, else now. */
  readonly time?: InstantLike;
  /** Scope values it speaks for, besides those of its rows: `[{ game_id: "0022500561" }]`. */
  readonly covers?: readonly Record<string, Cell>[];
  /** Domain date of an empty snapshot, where neither a lookup nor the time tells it. */
  readonly date?: string;
}

/** What a write did. */
export interface WriteResult {
  /** Rows taken, all of them on disk now. */
  readonly rows: number;
  /** One entry a history file, in the order of the rows. */
  readonly partitions: readonly WrittenFile[];
  /** Latest views that were brought up to date. */
  readonly latest: readonly WrittenFile[];
}

/**
 * Validates, partitions, publishes, then updates the latest views. History is published before the view, so a crash
 * in between leaves a view that is behind, never one that is ahead.
 */
export async function writeRows(
  storage: Storage,
  dataset: AnyDataset,
  rows: readonly unknown[],
  options: WriteOptions & { readonly nowNs: bigint },
): Promise<WriteResult> {
  const { run, snapshot, nowNs } = options;
  assertWriteOptions(dataset, options);
  if (!Array.isArray(rows)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `write takes a list of rows for "${dataset.name}"; put a single row in brackets.`,
    );
  }
  // Said first: a schema with a run_id of its own would call it a missing field.
  if (dataset.history.kind === "perRun" && !run && rows.length > 0) throw missingRun(dataset.name);
  const { rows: valid, stamped } = validateRows(dataset, rows, { ingestedNs: nowNs, runId: run?.id });
  const groups = partitionRows(dataset, valid, {
    nowNs,
    runTsNs: run && toEpochNs(run.startedAt, "run.startedAt"),
    snapshot: snapshot && {
      timeNs: snapshot.time === undefined ? undefined : toEpochNs(snapshot.time, "snapshot.time"),
      covers: (snapshot.covers ?? []).map((values) => coveredScope(dataset, values)),
      date: snapshot.date,
    },
  });
  // All bytes are made before the first is published: a value that cannot be written stops the whole write.
  const files = groups.map((group) => ({ group, parquet: encodeGroup(dataset, group) }));
  for (const date of new Set(groups.map((group) => group.date))) {
    const folder = dateFolder(dataset, date);
    // A new day: were it under another season already, each reader would see one half.
    if ((await storage.list(folder)).length === 0) await assertNotMisfiled(storage, dataset, date, folder);
  }
  const partitions: WrittenFile[] = [];
  const stored = new Map<RowGroup, ParquetFile>();
  if (dataset.history.kind !== "none") {
    for (const { group, parquet } of files) {
      const { written, file } = await publishGroup(storage, dataset, group, parquet, stamped);
      partitions.push(written);
      stored.set(group, file);
    }
  }
  const latest: WrittenFile[] = [];
  if (dataset.latestView) {
    for (const date of new Set(groups.map((group) => group.date))) {
      // Rows that were there already keep the capture they were stored with, or a retry would make them newest.
      const ofDate = files.filter(({ group }) => group.date === date);
      const fresh = ofDate.map(({ group, parquet }) => stored.get(group) ?? parquet.file);
      latest.push(await updateLatestView(storage, dataset, date, fresh));
    }
  }
  return { rows: valid.length, partitions, latest };
}

function assertWriteOptions(dataset: AnyDataset, options: WriteOptions): void {
  const { run, snapshot } = options;
  assertOptions(options, ["run", "snapshot", "nowNs"], "write");
  assertOptions(snapshot, ["time", "covers", "date"], "write's snapshot");
  if (run && (typeof run.id !== "string" || run.startedAt === undefined)) {
    throw new BronzeError("INVALID_ARGUMENT", "write's run needs { id, startedAt }.");
  }
  if (run && !/^[\w.:+-]+$/.test(run.id)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `Run id "${run.id}" must be letters, digits and any of "._:+-".`,
      { runId: run.id },
    );
  }
  if (!snapshot) return;
  if (dataset.partitionIs !== "snapshot") {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `Dataset "${dataset.name}" is made of changes; { snapshot } means nothing to it.`,
    );
  }
  if (snapshot.date !== undefined) assertDate(snapshot.date, "snapshot.date");
  const { scope } = dataset;
  if ((snapshot.covers?.length ?? 0) > 0 && scope.length === 0) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `Dataset "${dataset.name}" has no scope, so every snapshot covers all of it; leave covers out.`,
    );
  }
  for (const values of snapshot.covers ?? []) {
    const missing = scope.find((column) => values[column] === undefined);
    if (missing !== undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `An entry of snapshot.covers lacks "${missing}"; each needs ${scope.join(", ")}.`,
      );
    }
  }
}

/**
 * One entry of `covers` as its cells read back from a file, so that it is equal to the rows it speaks of.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
function coveredScope(dataset: AnyDataset, values: Record<string, unknown>): Record<string, Cell> {
  const cells: Record<string, Cell> = {};
  for (const column of dataset.scope) {
    const parsed = (dataset.schema.shape[column] as z.ZodType).safeParse(values[column]);
    const { type, integers } = dataset.columns.get(column)!;
    const cell = parsed.success ? storedCell(parsed.data, type, integers) : undefined;
    if (cell === undefined) {
      const why = parsed.success ? "does not fit its column" : parsed.error.issues[0]!.message;
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `An entry of snapshot.covers has ${column}: ${String(values[column])}, which ${why}.`,
      );
    }
    cells[column] = cell;
  }
  assertOptions(values, dataset.scope, "An entry of snapshot.covers");
  return cells;
}

/** The bytes of a file, and the same bytes opened again. */
interface EncodedGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: ParquetFile;
}

function encodeGroup(dataset: AnyDataset, { rows, snapshot, folder }: RowGroup): EncodedGroup {
  const bytes = encodeParquet(columnsOfRows(dataset, rows), snapshot && writeSnapshotMetadata(snapshot));
  return { bytes, file: openParquet(bytes, joinPath(folder, dataset.file)) };
}

/** What publishing came to, and the file that holds the rows now. */
interface Published {
  readonly written: WrittenFile;
  readonly file: ParquetFile;
}

/**
 * Puts a file into its partition without ever overwriting: the first free name of `odds.parquet`,
 * `odds.part-000002.parquet`, ... unless a file with the same rows is already there.
 *
 * A retry stamps another `ingested_ts` on the same rows, which is no difference where that time decides nothing. Where
 * it does, equal rows after different ones are news (a status that went back), so only the newest file can be the retry.
 */
async function publishGroup(
  storage: Storage,
  dataset: AnyDataset,
  { date, folder, rows }: RowGroup,
  { bytes, file }: EncodedGroup,
  stamped: ReadonlySet<string>,
): Promise<Published> {
  const onlyNewest = ingestedDecides(dataset, rows);
  // Names that were taken, whether or not they can be listed and read.
  const taken = new Set<string>();
  for (let number = 1; ; ) {
    const names = (await storage.list(folder)).filter(
      ({ name, kind }) => kind === "file" && isDataName(name) && name.endsWith(".parquet"),
    );
    for (const [i, { name }] of names.entries()) {
      const path = joinPath(folder, name);
      taken.add(path);
      const ignored = onlyNewest && i < names.length - 1 ? NOTHING : stamped;
      const same = await sameFile(storage, path, file, ignored);
      if (same) {
        const written = {
          path,
          date,
          rows: rows.length,
          sizeBytes: same.sizeBytes,
          status: "unchanged" as const,
        };
        return { written, file: same };
      }
    }
    while (taken.has(joinPath(folder, partName(dataset.file, number)))) number++;
    const path = joinPath(folder, partName(dataset.file, number));
    // The publish is the commit point; losing it to another writer means looking at what that one wrote.
    if (await storage.publish(path, bytes)) {
      return {
        written: { path, date, rows: rows.length, sizeBytes: bytes.byteLength, status: "written" },
        file,
      };
    }
    taken.add(path);
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** Whether the capture time of some row selects it, places it, or dates its snapshot. */
function ingestedDecides(dataset: AnyDataset, rows: RowGroup["rows"]): boolean {
  const { timestamps, dateFrom, history, partitionIs, snapshotTime } = dataset;
  const { ingested, asOf } = timestamps;
  if (dateFrom === ingested || (history.kind === "hourly" && history.column === ingested)) return true;
  if (partitionIs === "snapshot" && (snapshotTime ?? ingested) === ingested) return true;
  if (timestamps.unreliable || timestamps.maxLeadNs !== undefined) return true;
  const { earliestNs } = timestamps;
  return rows.some((row) => {
    const time = row[asOf];
    return typeof time !== "bigint" || (earliestNs !== undefined && time < earliestNs);
  });
}

/** Names that sort in the order they were given out: `odds.parquet`, then `odds.part-000002.parquet`, ... */
function partName(file: string, number: number): string {
  return number === 1 ? file : file.replace(/\.parquet$/, `.part-${String(number).padStart(6, "0")}.parquet`);
}

/** The file at a path, if it holds the same rows. A damaged or dangling one does not; its reader will report it. */
async function sameFile(
  storage: Storage,
  path: string,
  file: ParquetFile,
  ignored: ReadonlySet<string>,
): Promise<ParquetFile | undefined> {
  try {
    const there = openParquet(await storage.read(path), path);
    return sameRows(there, file, ignored) ? there : undefined;
  } catch (error) {
    if (isBronzeError(error, "CORRUPT_FILE") || isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Whether two files hold the same rows in the same order, apart from columns to ignore. */
function sameRows(a: ParquetFile, b: ParquetFile, ignored: ReadonlySet<string>): boolean {
  if (a.rowCount !== b.rowCount || !sameMetadata(a, b)) return false;
  const names = new Set([...a.columns.keys(), ...b.columns.keys()]);
  for (const name of names) {
    if (ignored.has(name)) continue;
    if (!a.columns.has(name) || !b.columns.has(name)) return false;
    const [left, right] = [cellReader(a.column(name)), cellReader(b.column(name))];
    for (let row = 0; row < a.rowCount; row++) if (!sameCell(left(row), right(row))) return false;
  }
  return true;
}

/** What a snapshot declares is part of what it says; when it was captured is a stamp. */
function sameMetadata(a: ParquetFile, b: ParquetFile): boolean {
  return ["bronzestore.snapshot_ts", "bronzestore.covers"].every(
    (key) => a.keyValues.get(key) === b.keyValues.get(key),
  );
}

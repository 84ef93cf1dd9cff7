import { type AnyDataset, dateFolder } from "../dataset/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { assertOptions } from "../options.js";
import { isDataName, joinPath, type Storage } from "../storage/index.js";
import { type Cell, cellReader, encodeParquet, openParquet, type ParquetFile } from "../table/index.js";
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
      covers: snapshot.covers ?? [],
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
  if (dataset.history.kind !== "none") {
    for (const { group, parquet } of files)
      partitions.push(await publishGroup(storage, dataset, group, parquet, stamped));
  }
  const latest: WrittenFile[] = [];
  if (dataset.latestView) {
    for (const date of new Set(groups.map((group) => group.date))) {
      const fresh = files.filter(({ group }) => group.date === date).map(({ parquet }) => parquet.file);
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

/** The bytes of a file, and the same bytes opened again. */
interface EncodedGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: ParquetFile;
}

function encodeGroup(dataset: AnyDataset, { rows, snapshot, folder }: RowGroup): EncodedGroup {
  const bytes = encodeParquet(columnsOfRows(dataset, rows), snapshot && writeSnapshotMetadata(snapshot));
  return { bytes, file: openParquet(bytes, joinPath(folder, dataset.file)) };
}

/**
 * Puts a file into its partition without ever overwriting: the first free name of `odds.parquet`,
 * `odds.part-000002.parquet`, ... unless a file with the same rows is already there.
 */
async function publishGroup(
  storage: Storage,
  dataset: AnyDataset,
  { date, folder, rows }: RowGroup,
  { bytes, file }: EncodedGroup,
  stamped: ReadonlySet<string>,
): Promise<WrittenFile> {
  const compared = new Set<string>();
  for (let number = 1; ; ) {
    for (const { name, kind } of await storage.list(folder)) {
      const path = joinPath(folder, name);
      if (kind !== "file" || !isDataName(name) || !name.endsWith(".parquet") || compared.has(path)) continue;
      compared.add(path);
      if (holdsSameRows(await storage.read(path), path, file, stamped)) {
        return { path, date, rows: rows.length, sizeBytes: file.sizeBytes, status: "unchanged" };
      }
    }
    while (compared.has(joinPath(folder, partName(dataset.file, number)))) number++;
    const path = joinPath(folder, partName(dataset.file, number));
    // The publish is the commit point; losing it to another writer means looking at what that one wrote.
    if (await storage.publish(path, bytes)) {
      return { path, date, rows: rows.length, sizeBytes: bytes.byteLength, status: "written" };
    }
  }
}

/** Names that sort in the order they were given out: `odds.parquet`, then `odds.part-000002.parquet`, ... */
function partName(file: string, number: number): string {
  return number === 1 ? file : file.replace(/\.parquet$/, `.part-${String(number).padStart(6, "0")}.parquet`);
}

/** A damaged file holds no rows that could be the same; it is left for its reader to report. */
function holdsSameRows(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  file: ParquetFile,
  stamped: ReadonlySet<string>,
): boolean {
  try {
    return sameRows(openParquet(bytes, path), file, stamped);
  } catch (error) {
    if (isBronzeError(error, "CORRUPT_FILE")) return false;
    throw error;
  }
}

/** Whether two files hold the same rows in the same order, apart from what this write stamped on them. */
function sameRows(a: ParquetFile, b: ParquetFile, stamped: ReadonlySet<string>): boolean {
  if (a.rowCount !== b.rowCount || !sameMetadata(a, b)) return false;
  const names = new Set([...a.columns.keys(), ...b.columns.keys()]);
  for (const name of names) {
    if (stamped.has(name)) continue;
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

import { type AnyDataset, givenCell } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { assertOptions, flag, given, group, type OptionTable, required, text } from "../../options.js";
import { counted, shown } from "../../shown.js";
import { locksOf, type Storage } from "../../storage/index.js";
import { type Cell, keyText, type ParquetFile } from "../../table/index.js";
import { assertDate, type InstantLike, toEpochNs } from "../../time/index.js";
import { assertNotMisfiled } from "../read/day-files.js";
import { unitId } from "../read/unit-folders.js";
import { type FreshFile, updateLatestView } from "./latest-view.js";
import { type GivenSnapshot, missingRun, partitionRows, type RowGroup } from "./partition-rows.js";
import type { WrittenFile } from "./publish-group.js";
import { encodeGroup, publishGroup } from "./publish-group.js";
import { type ValidRow, type ValidRows, validateRows } from "./validate-rows.js";
import { assertWritable } from "./written-place.js";

/**
 * How to write.
 *
 * @category Bronze
 */
export interface WriteOptions {
  /** The run that writes: stamps `run_id`, and is the `{run}` of paths. */
  readonly run?: {
    readonly id: string;
    /** Start of the run; its second is the `{run}` of paths, `20260115T171500Z`. */
    readonly startedAt: InstantLike;
  };
  /** For `snapshot` datasets: what the rows cannot say. */
  readonly snapshot?: SnapshotOptions;
}

/**
 * What a snapshot declares of itself. With it, even no rows at all are a state: "this game has no injuries". One write
 * is one state, unless it says `several`.
 *
 * @category Bronze
 */
export interface SnapshotOptions {
  /** When the state held. Default: the rows' snapshot column, else now. */
  readonly time?: InstantLike;
  /** Scope values it speaks for, besides those of its rows: `[{ game_id: "0022500561" }]`. */
  readonly covers?: readonly Record<string, Cell>[];
  /** Domain date of an empty snapshot, where neither a lookup nor the time tells it. */
  readonly date?: string;
  /**
   * Whether the rows are of several reports, each value of the snapshot column one complete state: a file that holds
   * the reports of a day, say. Default: false, and rows that differ in that column are refused. Goes with nothing else.
   */
  readonly several?: boolean;
}

/**
 * What a write did.
 *
 * @category Bronze
 */
export interface WriteResult {
  /** Rows taken, all of them on disk now. */
  readonly rows: number;
  /** Keys that stood more than once among them; of such rows with equal times the later holds. */
  readonly repeatedKeys: number;
  /** One entry a history file, in the order of the rows. */
  readonly partitions: readonly WrittenFile[];
  /** Latest views that were brought up to date. */
  readonly latest: readonly WrittenFile[];
}

/**
 * Validates, partitions, publishes, then updates the latest views. History is published before the view, so a crash
 * in between leaves a view that is too old, never one that is too new.
 */
export async function writeRows(
  storage: Storage,
  dataset: AnyDataset,
  rows: readonly unknown[],
  options: WriteOptions,
  nowNs: bigint,
): Promise<WriteResult> {
  assertWriteOptions(dataset, options);
  const { run } = options;
  if (!Array.isArray(rows)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `write takes a list of rows for "${dataset.name}"; put a single row in brackets.`,
    );
  }
  assertWritable(dataset);
  if (dataset.layout.latest) locksOf(storage, `the latest view of "${dataset.name}"`);
  // Checked first: a schema with a run_id of its own would call it a missing field.
  if (namesRun(dataset) && !run && rows.length > 0) throw missingRun(dataset.name);
  const valid = validateRows(dataset, rows, { ingestedNs: nowNs, runId: run?.id });
  return publishRows(storage, dataset, valid, options, nowNs);
}

/** The files that rows make: by folder and, where they are of several snapshots, by snapshot. */
export function groupsOfRows(
  dataset: AnyDataset,
  rows: readonly ValidRow[],
  { run, snapshot }: WriteOptions,
  nowNs: bigint,
): RowGroup[] {
  return partitionRows(dataset, rows, {
    nowNs,
    runTsNs: run && toEpochNs(run.startedAt, "run.startedAt"),
    several: snapshot?.several ?? false,
    snapshot: snapshot && !snapshot.several ? givenSnapshot(dataset, snapshot) : undefined,
  });
}

/** Publishes rows that were checked, then updates the latest views: the rest of a write. */
export async function publishRows(
  storage: Storage,
  dataset: AnyDataset,
  { rows: valid, stamped }: ValidRows,
  options: WriteOptions,
  nowNs: bigint,
): Promise<WriteResult> {
  const groups = groupsOfRows(dataset, valid, options, nowNs);
  // All bytes are encoded before the first is published: a value that cannot be written stops the whole write.
  const files = groups.map((group) => ({ group, parquet: encodeGroup(dataset, group) }));
  const units = new Map(groups.map(({ unit }) => [unitId(unit), unit]));
  for (const unit of units.values()) {
    // A new day: if it already existed under another season, readers would see one half each.
    await assertNotMisfiled(storage, dataset, unit);
  }
  const partitions: WrittenFile[] = [];
  // Rows that existed already keep their stored capture, or a retry would make them newest.
  const stored = new Map<RowGroup, FreshFile>();
  if (dataset.layout.history.length > 0) {
    for (const { group, parquet } of files) {
      try {
        const { written, file } = await publishGroup(storage, dataset, group, parquet, stamped);
        partitions.push(written);
        stored.set(group, { parquet: file, status: written.status });
      } catch (error) {
        throw halfDone(
          error,
          partitions,
          `but not those of ${counted(files.length - partitions.length, "other file")}`,
        );
      }
    }
  }
  const latest: WrittenFile[] = [];
  if (dataset.layout.latest) {
    for (const [id, unit] of units) {
      const ofUnit = files.filter(({ group }) => unitId(group.unit) === id);
      const fresh = ofUnit.map(({ group, parquet }) => stored.get(group) ?? notStored(parquet.file));
      try {
        const view = await updateLatestView(storage, dataset, unit, fresh);
        if (view) latest.push(view);
      } catch (error) {
        const of = unit.days ? ` of ${unit.days.from}` : "";
        throw halfDone(error, partitions, `and only the latest view${of} was not brought up to date`);
      }
    }
  }
  return { rows: valid.length, repeatedKeys: repeatedKeys(dataset, valid), partitions, latest };
}

/** A write that failed half way reports what was written; otherwise its caller would treat all of it as lost. */
export function halfDone(error: unknown, partitions: readonly WrittenFile[], rest: string): unknown {
  if (!isBronzeError(error) || partitions.length === 0) return error;
  const { code, message, details } = error;
  const where = partitions.length === 1 ? partitions[0]!.path : `${partitions.length} history files`;
  return new BronzeError(
    code,
    `${message.replace(/\.$/, "")}. The rows in ${where} are written all the same, ${rest}; ` +
      "write the same rows again once that is mended: what is there is left alone, the rest is made.",
    { ...details, written: [...new Set([...partitions.map(({ path }) => path), ...writtenIn(details)])] },
    { cause: error },
  );
}

function namesRun({ layout }: AnyDataset): boolean {
  return layout.history[0]?.tokens.includes("run") ?? false;
}

/** Files that a part of the work reported. */
function writtenIn({ written }: BronzeError["details"]): readonly string[] {
  return Array.isArray(written) ? written : [];
}

function notStored(parquet: ParquetFile): FreshFile {
  return { parquet, status: "written" };
}

/** Keys that stand more than once. */
export function repeatedKeys({ key }: AnyDataset, rows: readonly ValidRow[]): number {
  const seen = new Map<string, number>();
  let repeated = 0;
  for (const row of rows) {
    const text = keyText(key.map((name) => (row[name] ?? null) as Cell));
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    if (times === 2) repeated++;
  }
  return repeated;
}

/** The options of a snapshot that a write declares. */
export const SNAPSHOT_OPTIONS: OptionTable<SnapshotOptions> = {
  time: given,
  covers: { is: "a list of scopes", accepts: Array.isArray },
  date: given,
  several: flag,
};
const RUN_OPTIONS: OptionTable<NonNullable<WriteOptions["run"]>> = {
  id: required(text),
  startedAt: required(given),
};
const WRITE_OPTIONS: OptionTable<WriteOptions> = {
  run: group(RUN_OPTIONS),
  snapshot: group(SNAPSHOT_OPTIONS),
};
const COVERED = "An entry of snapshot.covers";

export function assertWriteOptions(dataset: AnyDataset, options: WriteOptions): void {
  assertOptions(options, WRITE_OPTIONS, "write");
  const { run, snapshot } = options;
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
      `Dataset "${dataset.name}" holds changes, so { snapshot } has no meaning for it.`,
    );
  }
  if (snapshot.several !== undefined && snapshot.several !== false) assertSeveral(dataset, snapshot);
  if (snapshot.date !== undefined) assertDate(snapshot.date, "snapshot.date");
  const { scope } = dataset;
  if ((snapshot.covers?.length ?? 0) > 0 && scope.length === 0) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `Dataset "${dataset.name}" has no scope, so every snapshot covers all of it; leave covers out.`,
    );
  }
  for (const values of snapshot.covers ?? []) {
    assertOptions(values, Object.fromEntries(scope.map((column) => [column, given])), COVERED);
    const missing = scope.find((column) => values[column] === undefined);
    if (missing !== undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `${COVERED} lacks "${missing}"; each needs ${scope.join(", ")}.`,
      );
    }
  }
}

function givenSnapshot(dataset: AnyDataset, { time, covers = [], date }: SnapshotOptions): GivenSnapshot {
  return {
    timeNs: time === undefined ? undefined : toEpochNs(time, "snapshot.time"),
    covers: covers.map((values) => coveredScope(dataset, values)),
    date,
  };
}

/** Several reports need a column that distinguishes them, and cannot have the declarations of a single report. */
function assertSeveral({ name, snapshotTime }: AnyDataset, { several, ...declared }: SnapshotOptions): void {
  const problem =
    several !== true
      ? "must be true or false"
      : snapshotTime === undefined
        ? "needs the column that tells reports apart: declare snapshotTime in the dataset"
        : Object.values(declared).some((value) => value !== undefined)
          ? `cannot be combined with ${Object.keys(declared).join(", ")}: write a report that declares more on its own`
          : undefined;
  if (problem === undefined) return;
  throw new BronzeError("INVALID_ARGUMENT", `snapshot.several for "${name}" ${problem}.`, { dataset: name });
}

/**
 * One entry of `covers` as its cells read back from a file, so that it equals the cells of its rows.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
function coveredScope(dataset: AnyDataset, values: Record<string, unknown>): Record<string, Cell> {
  const cells: Record<string, Cell> = {};
  for (const column of dataset.scope) {
    const found = givenCell(dataset.schema, dataset.columns.get(column)!, values[column]);
    if ("why" in found) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `${COVERED} has ${column}: ${shown(values[column])}, which ${found.why}.`,
      );
    }
    cells[column] = found.cell;
  }
  return cells;
}

import {
  type AnyDataset,
  datingColumn,
  daysOfCells,
  formatRunTs,
  type PathValues,
  type UnknownDay,
} from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { type Cell, cellText, keyText, storedCell } from "../../table/index.js";
import { calendar, formatInstant } from "../../time/index.js";
import type { DeclaredSnapshot } from "../../travel/index.js";
import { EVERYTHING, isOneDay, type Unit, unitOf } from "../read/unit-folders.js";
import type { ValidRow } from "./validate-rows.js";
import { columnValues, type WrittenPlace, writtenPlace } from "./written-place.js";

/** The rows of one new file, in the given order. */
export interface RowGroup extends WrittenPlace {
  readonly unit: Unit;
  readonly rows: ValidRow[];
  /** The snapshot to record in the footer; filled while groups are made. */
  snapshot: DeclaredSnapshot | undefined;
}

/** The date of a unit that is one day; null where it is several. */
export function dateOfUnit({ days }: Unit): string | null {
  return isOneDay(days) ? days.from : null;
}

/** A snapshot as the writer declares it. */
export interface GivenSnapshot {
  readonly timeNs: bigint | undefined;
  /** Scope values, each a record of the scope columns. */
  readonly covers: readonly Record<string, Cell>[];
  readonly date: string | undefined;
}

/** What decides where rows are written. */
interface PartitionContext {
  readonly runTsNs: bigint | undefined;
  readonly nowNs: bigint;
  readonly snapshot: GivenSnapshot | undefined;
  /** Whether the rows are of several snapshots, one per value of the snapshot column; otherwise they are of one. */
  readonly several: boolean;
}

/**
 * Sorts rows into files: by domain date, by history partition and, where they are of several snapshots, by snapshot, so
 * that one file is one state.
 *
 * @throws BronzeError `UNKNOWN_LOOKUP`, `MISSING_RUN`, `SNAPSHOT_SPLIT`, `INVALID_ROWS`, `INVALID_ARGUMENT`
 */
export function partitionRows(
  dataset: AnyDataset,
  rows: readonly ValidRow[],
  context: PartitionContext,
): RowGroup[] {
  const groups = new Map<string, RowGroup>();
  const dates = datesOfRows(dataset, rows);
  const zone = calendar(dataset.timeZone);
  const given = context.snapshot;
  const run = context.runTsNs === undefined ? undefined : formatRunTs(context.runTsNs);
  const [written] = dataset.layout.history;
  if (written?.tokens.includes("run") && run === undefined && (rows.length > 0 || given))
    throw missingRun(dataset.name);
  const hourFrom = written?.tokens.includes("hour") ? dataset.hour : undefined;
  const known = new Map<string, WrittenPlace & { readonly unit: Unit }>();

  const groupFor: GroupFor = (date, columns, hourNs, timeNs) => {
    const hour = hourNs === undefined ? undefined : String(zone.hour(hourNs)).padStart(2, "0");
    const at = keyText([date ?? null, hour ?? null, ...columns.values()]);
    let place = known.get(at);
    if (!place) {
      const unit = date === undefined ? EVERYTHING : unitOf(dataset, date);
      place = { ...writtenPlace(dataset, unit, { hour, run, columns }), unit };
      known.set(at, place);
    }
    const id = keyText([place.path, timeNs ?? null]);
    let group = groups.get(id);
    if (!group) {
      const declared = given && { timeNs: given.timeNs, ingestedNs: undefined, covers: [] };
      group = { ...place, rows: [], snapshot: declared };
      groups.set(id, group);
    }
    return group;
  };

  const { snapshotTime, partitionIs } = dataset;
  rows.forEach((row, i) => {
    const hourNs = hourFrom === undefined ? undefined : neededInstant(dataset, row, i, hourFrom);
    const timeNs =
      partitionIs === "snapshot" && snapshotTime ? neededInstant(dataset, row, i, snapshotTime) : undefined;
    groupFor(dates[i], columnValues(dataset, row, i), hourNs, timeNs).rows.push(row);
  });
  if (!context.several) assertOneState(dataset, rows, given);
  if (given) declareCovered(dataset, groups, given, context, groupFor);
  const all = [...groups.values()];
  if (partitionIs === "snapshot") assertWhole(dataset, all);
  return all;
}

/** The group of rows of one place and, of a snapshot, one time. */
type GroupFor = (
  date: string | undefined,
  columns: PathValues,
  hourNs: bigint | undefined,
  timeNs: bigint | undefined,
) => RowGroup;

/** Per-run partitions need a run. */
export function missingRun(dataset: string): BronzeError {
  return new BronzeError(
    "MISSING_RUN",
    `The paths of dataset "${dataset}" name the run; pass { run: { id, startedAt } } to write.`,
    { dataset },
  );
}

function neededInstant(dataset: AnyDataset, row: ValidRow, index: number, column: string): bigint {
  const value = row[column];
  if (typeof value === "bigint") return value;
  throw lacking(dataset, index, column);
}

function lacking(dataset: AnyDataset, index: number, column: string): BronzeError {
  return new BronzeError(
    "INVALID_ROWS",
    `Row ${index} for "${dataset.name}" has no ${column}, which says when it held or where it belongs; nothing was written.`,
    { dataset: dataset.name, problems: [{ row: index, field: column, problem: "is null" }] },
  );
}

/** The domain date of each row; `undefined` where the layout asks for none. */
function datesOfRows(dataset: AnyDataset, rows: readonly ValidRow[]): readonly (string | undefined)[] {
  const column = datingColumn(dataset);
  if (!dataset.isDated || column === undefined) return [];
  const cells = storedCells(dataset, rows, column);
  const without = cells.indexOf(null);
  if (without >= 0) throw lacking(dataset, without, column);
  return daysOfCells(dataset, cells, unwritten(dataset)) as string[];
}

/** The cells that readers of the rows will see: a lookup is asked for the same, whoever asks. */
function storedCells({ columns }: AnyDataset, rows: readonly ValidRow[], name: string): Cell[] {
  const column = columns.get(name);
  const known = new Map<unknown, Cell>();
  return rows.map((row) => {
    const value = row[name] ?? null;
    let cell = known.get(value);
    if (cell === undefined) {
      // What does not fit its column is refused where it is encoded.
      cell = (column && storedCell(value, column.type, column.integers)) ?? (value as Cell);
      known.set(value, cell);
    }
    return cell;
  });
}

function unwritten({ name }: AnyDataset): UnknownDay {
  return {
    so: `rows of "${name}" have no day; nothing was written`,
    or: "or leave those rows out on purpose",
  };
}

/**
 * One write is one state: its rows must not have several times, nor another than was declared. Split into one file per
 * time, each would declare that the rows of the others are gone.
 */
function assertOneState(
  dataset: AnyDataset,
  rows: readonly ValidRow[],
  given: GivenSnapshot | undefined,
): void {
  const { name, snapshotTime } = dataset;
  if (snapshotTime === undefined || rows.length === 0) return;
  const instantOf = (row: number) => rows[row]![snapshotTime] as bigint;
  if (given?.timeNs !== undefined) {
    const other = rows.findIndex((row) => row[snapshotTime] !== given.timeNs);
    if (other < 0) return;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `Row ${other} for "${name}" is of ${snapshotTime} ${formatInstant(instantOf(other))}, ` +
        `the declared snapshot of ${formatInstant(given.timeNs)}. Write one report at a time; nothing was written.`,
      { dataset: name, row: other },
    );
  }
  const other = rows.findIndex((row) => row[snapshotTime] !== rows[0]![snapshotTime]);
  if (other < 0) return;
  throw new BronzeError(
    "SNAPSHOT_SPLIT",
    `One write of "${name}" is one snapshot, but its rows differ in ${snapshotTime}, which dates it: row 0 is of ` +
      `${formatInstant(instantOf(0))}, row ${other} of ${formatInstant(instantOf(other))}. As a snapshot each, every one ` +
      "would say that the keys of the others are gone; nothing was written. If they are several reports, each complete, " +
      "pass { snapshot: { several: true } }. If they are one scrape, date it by a column that is the same in all its " +
      `rows, such as snapshotTime: "${dataset.timestamps.ingested}"` +
      (dataset.hour === snapshotTime ? ", and file its hours by that column too." : "."),
    { dataset: name, column: snapshotTime, row: other },
  );
}

/** Adds each declared scope to the file of its date, making an empty file where there are no rows. */
function declareCovered(
  dataset: AnyDataset,
  groups: ReadonlyMap<string, RowGroup>,
  given: GivenSnapshot,
  context: PartitionContext,
  groupFor: GroupFor,
): void {
  const { scope, snapshotTime } = dataset;
  const [first] = groups.values();
  const rowTime = snapshotTime === undefined ? context.nowNs : first?.rows[0]?.[snapshotTime];
  const timeNs = given.timeNs ?? (rowTime as bigint | undefined);
  const groupOn = (date: string | undefined, columns: PathValues): RowGroup => {
    for (const group of groups.values()) if (isOf(group, date, columns)) return group;
    if (timeNs === undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `An empty snapshot of "${dataset.name}" needs { snapshot: { time } }: no row says when it held.`,
        { dataset: dataset.name },
      );
    }
    const hourNs = dataset.layout.history[0]?.tokens.includes("hour") ? timeNs : undefined;
    const group = groupFor(date, columns, hourNs, snapshotTime === undefined ? undefined : timeNs);
    group.snapshot = { timeNs, ingestedNs: context.nowNs, covers: [] };
    return group;
  };
  if (scope.length === 0) {
    if (groups.size === 0) groupOn(dateOfSnapshot(dataset, given, timeNs, undefined), new Map());
    return;
  }
  for (const [i, values] of given.covers.entries()) {
    const columns = columnValues(dataset, values, i);
    const group = groupOn(dateOfSnapshot(dataset, given, timeNs, values), columns);
    const covers = [...group.snapshot!.covers, scope.map((column) => values[column]!)];
    group.snapshot = { ...group.snapshot!, covers };
  }
}

/** Whether a group is of a date and of these values of the path. */
function isOf({ unit, values }: RowGroup, date: string | undefined, columns: PathValues): boolean {
  const { days } = unit;
  if (date !== undefined && days && (date < days.from || date > days.to)) return false;
  for (const [name, value] of columns) if (values.get(name) !== value) return false;
  return true;
}

function dateOfSnapshot(
  dataset: AnyDataset,
  given: GivenSnapshot,
  timeNs: bigint | undefined,
  scope: Record<string, Cell> | undefined,
): string | undefined {
  if (!dataset.isDated) return undefined;
  if (given.date !== undefined) return given.date;
  const dating = datingColumn(dataset);
  const said = dating === undefined ? undefined : (scope?.[dating] ?? undefined);
  const cell = said ?? (dating === dataset.snapshotTime ? timeNs : undefined);
  const [day] = cell === undefined ? [] : daysOfCells(dataset, [cell], unwritten(dataset));
  if (typeof day === "string") return day;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Nothing says in which day's folder an empty snapshot of "${dataset.name}" belongs; pass { snapshot: { date } }.`,
    { dataset: dataset.name },
  );
}

/** With a state in two files each would declare that the rows of the other are gone. */
function assertWhole(dataset: AnyDataset, groups: readonly RowGroup[]): void {
  const paths = new Map<string, string>();
  for (const { rows, path } of groups) {
    const time = dataset.snapshotTime === undefined ? undefined : rows[0]?.[dataset.snapshotTime];
    // Without a scope the first row represents all.
    for (const row of dataset.scope.length === 0 ? rows.slice(0, 1) : rows) {
      const scope = dataset.scope.map((column) => (row[column] ?? null) as Cell);
      const id = keyText([(time ?? null) as Cell, ...scope]);
      const other = paths.get(id);
      if (other !== undefined && other !== path)
        throw split(dataset, time, scope, folderOf(other), folderOf(path));
      paths.set(id, path);
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function split(
  dataset: AnyDataset,
  time: unknown,
  scope: readonly Cell[],
  one: string,
  other: string,
): BronzeError {
  const columns = dataset.scope.map(
    (name, i) => `${name}=${cellText(scope[i]!, dataset.columns.get(name)?.type)}`,
  );
  const when = typeof time === "bigint" ? ` of ${formatInstant(time)}` : "";
  return new BronzeError(
    "SNAPSHOT_SPLIT",
    `One snapshot${when} of "${dataset.name}" (${columns.join(" ") || "the whole feed"}) falls into ${one} and ${other}; ` +
      "each file would say the other's rows are gone. Write one report at a time, take day and hour from a column that " +
      "is the same in all of its rows, or declare a scope that keeps together.",
    { dataset: dataset.name, folders: [one, other] },
  );
}

import { type AnyDataset, decidingColumns, timeColumns } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import {
  type ColumnType,
  canConvert,
  describeType,
  type ForeignTimes,
  INSTANT,
  type ParquetFile,
  type TimestampRange,
  unifyColumns,
} from "../../table/index.js";
import type { FrameColumn, OmittedColumn } from "../../travel/index.js";
import { isPathColumn } from "./path-columns.js";

/** A file's columns. */
export type FileColumns = Pick<ParquetFile, "path" | "rowCount" | "columns" | "refused">;

/** The columns of several files together. */
interface FrameColumns {
  /** The schema's first. */
  readonly columns: ReadonlyMap<string, FrameColumn>;
  /** Undeclared columns that some file has in a type that this library does not keep; none where columns were asked for. */
  readonly omitted: readonly OmittedColumn[];
}

/**
 * Unifies the columns of some files and checks them against the schema, from footers alone, so that a clash is an error
 * before anything is answered. With `asked`, only those and the columns that decide which rows hold: drift in the others
 * stops nothing.
 *
 * @throws BronzeError `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `UNSUPPORTED_TYPE`
 */
export function frameColumns(
  dataset: AnyDataset,
  files: readonly ParquetFile[],
  asked?: readonly string[],
): FrameColumns {
  const all = declaredTypes(dataset);
  const isNeeded = neededNames(dataset, asked);
  const declared = new Map([...all].filter(([name]) => isNeeded(name)));
  for (const name of dataset.key) for (const file of files) assertKeyColumn(dataset, file, name);
  for (const [name, type] of declared) {
    for (const file of files) assertSpeltSo(dataset, file, name);
    assertReadable(dataset, files, name, type);
  }

  const omitted = omittedColumns(all, files);
  if (asked) assertNoneOmitted(files, omitted, asked);
  const isExtra = (name: string) =>
    isNeeded(name) && !all.has(name) && !omitted.some(({ column }) => column === name);
  const extras = unifyColumns(
    files.map(({ path, columns }) => ({
      path,
      columns: new Map([...columns].filter(([name]) => isExtra(name))),
    })),
    `Rewrite one of the files, read the days apart, or ${LEAVE_OUT}.`,
  );
  const columns = new Map<string, FrameColumn>();
  for (const [name, { type, integers }] of dataset.columns)
    if (declared.has(name)) columns.set(name, { type, integers });
  for (const [name, type] of declared)
    if (!columns.has(name) && files.some((file) => file.columns.has(name)))
      columns.set(name, { type, integers: "bigint" });
  for (const [name, type] of extras) columns.set(name, { type, integers: "bigint" });
  // Only a file that was not needed has it.
  for (const name of asked ?? [])
    if (!columns.has(name)) columns.set(name, { type: all.get(name) ?? NOTHING, integers: "bigint" });
  return { columns, omitted: asked ? [] : omitted };
}

const LEAVE_OUT = "leave the column out: columns says which are wanted";
const NOTHING: ColumnType = { kind: "null" };

/** Whether a column is needed: it was asked for, or decides which rows hold. Without `asked` every column is. */
function neededNames(dataset: AnyDataset, asked: readonly string[] | undefined): (name: string) => boolean {
  if (!asked) return () => true;
  const needed = new Set([...decidingColumns(dataset), ...asked]);
  return (name) => needed.has(name);
}

/** An omitted column that was asked for by name is an error that says why. */
function assertNoneOmitted(
  files: readonly ParquetFile[],
  omitted: readonly OmittedColumn[],
  asked: readonly string[],
): void {
  const first = omitted.find(({ column }) => asked.includes(column));
  if (first) files.find(({ path }) => path === first.file)?.column(first.column);
}

/** The schema's types, and those of the two time columns, which are instants even if the schema does not name them. */
export function declaredTypes(dataset: AnyDataset): Map<string, ColumnType> {
  const types = new Map([...dataset.columns].map(([name, { type }]) => [name, type]));
  for (const name of timeColumns(dataset)) if (!types.has(name)) types.set(name, INSTANT);
  return types;
}

/** Whether the schema declares this column, or it is one of the two times. */
export function isDeclared(dataset: AnyDataset, name: string): boolean {
  return dataset.columns.has(name) || timeColumns(dataset).includes(name);
}

function omittedColumns(
  declared: ReadonlyMap<string, ColumnType>,
  files: readonly FileColumns[],
): OmittedColumn[] {
  const omitted = new Map<string, OmittedColumn>();
  for (const { path, refused } of files) {
    for (const [column, reason] of refused)
      if (!declared.has(column) && !omitted.has(column)) omitted.set(column, { column, reason, file: path });
  }
  return [...omitted.values()];
}

function hasColumn({ columns, refused }: FileColumns, name: string): boolean {
  return columns.has(name) || refused.has(name);
}

function namesOf({ columns, refused }: FileColumns): string[] {
  return [...columns.keys(), ...refused.keys()];
}

function assertKeyColumn(dataset: AnyDataset, file: FileColumns, name: string): void {
  if (hasColumn(file, name) || isPathColumn(dataset, name)) return;
  const miss = nearMiss(dataset, file, name);
  throw new BronzeError(
    "MISSING_KEY_COLUMN",
    `${file.path} has no column "${name}", which is part of the key of "${dataset.name}"; ` +
      `it has ${namesOf(file).join(", ")}. ` +
      (miss === undefined
        ? "Is this file of another dataset?"
        : `Declare it as "${miss}", or say aliases: { ${name}: ["${miss}"] }.`),
    { file: file.path, column: name, dataset: dataset.name, ...(miss !== undefined && { found: miss }) },
  );
}

/** A column with a different letter case would read as null, and a time column as no rows at all. */
function assertSpeltSo(dataset: AnyDataset, file: FileColumns, name: string): void {
  if (hasColumn(file, name) || isPathColumn(dataset, name)) return;
  const miss = nearMiss(dataset, file, name);
  if (miss === undefined) return;
  throw new BronzeError(
    "MISSING_COLUMN",
    `${file.path} has no column "${name}", but "${miss}". Declare it with that name in dataset "${dataset.name}"` +
      `${timeColumns(dataset).includes(name) ? ` (timestamps say which columns are the times)` : ""}, or say aliases: { ${name}: ["${miss}"] }.`,
    { file: file.path, column: name, found: miss, dataset: dataset.name },
  );
}

/** A column that differs from this one only in letter case, and is not known to the dataset otherwise. */
function nearMiss(dataset: AnyDataset, file: FileColumns, name: string): string | undefined {
  const folded = name.toLowerCase();
  return namesOf(file).find((other) => other.toLowerCase() === folded && !isDeclared(dataset, other));
}

/** That the type of a column in some files can be read as the schema's at all; single values may still not fit. */
export function assertReadable(
  dataset: AnyDataset,
  files: readonly ParquetFile[],
  name: string,
  type: ColumnType,
): void {
  for (const file of files) {
    // Throws the reason why it is refused.
    if (file.refused.has(name)) file.column(name);
    const found = file.columns.get(name);
    if (!found) continue;
    if (
      type.kind === "timestamp" &&
      found.kind === "timestamp" &&
      !found.utc &&
      !dataset.timestamps.naiveIsUtc
    ) {
      throw new BronzeError(
        "NAIVE_TIMESTAMP",
        `Column "${name}" of ${file.path} holds times without a zone (${describeType(found)}). ` +
          `If this feed's files are UTC, say timestamps: { naive: "utc" } in dataset "${dataset.name}"; otherwise rewrite the file.`,
        { file: file.path, column: name, dataset: dataset.name },
      );
    }
    const isRead = (own: ColumnType) => canConvert(asMeant(own, type, dataset), type, foreignTimes(dataset));
    if (isRead(found)) continue;
    const other = files.find(({ columns }) => columns.has(name) && isRead(columns.get(name)!));
    const against = other
      ? `but ${describeType(other.columns.get(name)!)} in ${other.path}`
      : `which cannot be read as the ${describeType(type)} of its schema`;
    throw new BronzeError(
      "TYPE_CLASH",
      `Column "${name}" of dataset "${dataset.name}" is ${describeType(found)} in ${file.path}, ${against}. ` +
        adviceFor(found, type) +
        (decidingColumns(dataset).includes(name) ? "" : ` Or ${LEAVE_OUT}.`),
      {
        column: name,
        files: [file.path, ...(other ? [other.path] : [])],
        types: [describeType(found), describeType(type)],
      },
    );
  }
}

function adviceFor(found: ColumnType, declared: ColumnType): string {
  if (found.kind === "decimal")
    return `Declare it decimal(${found.precision}, ${found.scale}), or rewrite the file.`;
  if (found.kind === "timestamp" && declared.kind === "date")
    return 'An instant is a day only in some zone: declare it instant(), or say dates: "utc-midnight" if this feed writes dates so.';
  return "Rewrite the file, or change the schema.";
}

/** How a dataset says that times in its files are meant. */
export function foreignTimes({ timestamps, dates }: AnyDataset): ForeignTimes {
  return { naiveIsUtc: timestamps.naiveIsUtc, utcIsDate: dates === "utc-midnight" };
}

/** The type of a declared column in a file, as the dataset means it: naive times are UTC if it says so. */
export function asMeant(found: ColumnType, declared: ColumnType, { timestamps }: AnyDataset): ColumnType {
  const isUtc = found.kind === "timestamp" && declared.kind === "timestamp" && timestamps.naiveIsUtc;
  return isUtc ? { ...found, utc: true } : found;
}

/**
 * Bounds of a column of instants, without decoding more than it; `undefined` where they are not known, and where the column
 * is none to this dataset: a naive one proves nothing, unless it is said to be UTC.
 */
export function instantRange(
  parquet: ParquetFile,
  { timestamps }: AnyDataset,
  name: string,
): TimestampRange | undefined {
  const type = parquet.columns.get(name);
  const isInstant = type?.kind === "timestamp" && (type.utc || timestamps.naiveIsUtc);
  return isInstant ? parquet.timestampRange(name) : undefined;
}

/** Which of the columns that a question needs the files read for it have. */
export interface Presence {
  /** The first that has a row and may answer; `undefined` if there is none. */
  readonly file: string | undefined;
  /** Declared columns that may not be null, and that no path contains. */
  readonly lacking: readonly string[];
  /** Columns asked for that neither the schema nor a file has. */
  readonly unknown: readonly string[];
  /** All that can be asked for. */
  readonly known: readonly string[];
}

/**
 * The part of what a question needs that no file has.
 *
 * @param answering those of them that can hold an answer
 */
export function presenceOf(
  dataset: AnyDataset,
  files: readonly FileColumns[],
  answering: readonly FileColumns[],
  asked?: readonly string[],
): Presence {
  const isNeeded = neededNames(dataset, asked);
  const lacking: string[] = [];
  for (const [name, { nullable }] of dataset.columns) {
    if (!isNeeded(name) || nullable || isPathColumn(dataset, name)) continue;
    if (!files.some((file) => hasColumn(file, name))) lacking.push(name);
  }
  const known = new Set(dataset.columns.keys());
  // All or most files share one schema.
  if (asked)
    for (const columns of new Set(files.map((file) => file.columns)))
      for (const name of columns.keys()) known.add(name);
  if (asked) for (const { refused } of files) for (const name of refused.keys()) known.add(name);
  return {
    file: answering.find(({ rowCount }) => rowCount > 0)?.path,
    lacking,
    unknown: (asked ?? []).filter((name) => !known.has(name)),
    known: [...known],
  };
}

/**
 * Refuses an answer from files that all lack a column which, by the schema, every row has, for it would be null everywhere;
 * and one with a column that neither the schema nor any of the files has.
 *
 * @param loads what was read for the answer
 * @throws BronzeError `MISSING_COLUMN`, `UNKNOWN_COLUMN`
 */
export function assertNothingLacking(dataset: AnyDataset, loads: readonly Presence[]): void {
  assertNoneUnknown(dataset, loads);
  const read = loads.filter(({ file }) => file !== undefined);
  const [first, ...more] = read;
  const name = first?.lacking.find((one) => more.every(({ lacking }) => lacking.includes(one)));
  if (!first || name === undefined) return;
  throw new BronzeError(
    "MISSING_COLUMN",
    `No file that was read of "${dataset.name}" has the column "${name}", which its schema says every row has; ` +
      `${first.file} was the first. If rows may lack it, declare it nullable; if it has another name there, say so with aliases.`,
    { dataset: dataset.name, column: name, file: first.file },
  );
}

function assertNoneUnknown(dataset: AnyDataset, loads: readonly Presence[]): void {
  const [first, ...more] = loads;
  const name = first?.unknown.find((one) => more.every(({ unknown }) => unknown.includes(one)));
  if (name === undefined) return;
  const known = new Set(loads.flatMap((load) => load.known));
  throw new BronzeError(
    "UNKNOWN_COLUMN",
    `Dataset "${dataset.name}" has no column ${shown(name)}; it has ${[...known].join(", ")}.`,
    { dataset: dataset.name, column: name },
  );
}

/**
 * Refuses to rewrite rows without a column that was only omitted when they were read.
 * @throws BronzeError `UNSUPPORTED_TYPE`
 */
export function assertKept(omitted: readonly OmittedColumn[] = []): void {
  const [first] = omitted;
  if (!first) return;
  throw new BronzeError(
    "UNSUPPORTED_TYPE",
    `Column "${first.column}" of ${first.file} cannot be kept exactly: ${first.reason}. Written anew, the rows would lose it.`,
    { file: first.file, column: first.column },
  );
}

import { isDeepStrictEqual } from "node:util";
import type * as z from "zod";
import { columnsOfSchema, problemLines, type RowProblem } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { isPlain } from "../../json/index.js";
import { readBack } from "../../read-back.js";
import { shown } from "../../shown.js";
import {
  type ColumnType,
  cellReader,
  columnFromCells,
  describeType,
  encodeParquet,
  INSTANT,
  type NamedColumn,
  openParquet,
  type ParquetFile,
} from "../../table/index.js";
import { exactly, type InstantLike, toEpochNs } from "../../time/index.js";
import { strictly, zod } from "../../zod/index.js";

/**
 * Rows a builder returns.
 *
 * @category Gold
 */
export type OutputRow = Readonly<Record<string, unknown>>;

/** A builder's rows as a Parquet file, with the manifest's facts about them. */
interface Output {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: readonly { name: string; type: string; nullable: boolean }[];
}

/**
 * Encodes what a builder returned. With a schema, rows are checked against it and columns have its types. Without one,
 * types follow from the values: number -> DOUBLE, bigint -> INT64, string, boolean, Date and Temporal -> instants; only
 * nulls -> NULL. A bronze row's instants are bigints, so rows that keep any need a schema.
 *
 * @throws BronzeError `INVALID_ROWS` naming rows and fields
 */
export function encodeOutput(rows: readonly OutputRow[], schema: z.core.$ZodObject | undefined): Output {
  assertRows(rows, "The builder must return a list of rows (of a Snapshot, its rows()).");
  const columns = schema ? typedColumns(rows, schema) : inferredColumns(rows);
  if (rows.length > 0 && columns.length === 0) {
    throw new BronzeError(
      "INVALID_ROWS",
      `The builder returned ${rows.length} rows without any column, which no file can hold; return no rows, or give them values.`,
      { problems: [{ row: 0, field: "", problem: "is empty" }] },
    );
  }
  return {
    bytes: encodeTable(columns, "the output"),
    rows: rows.length,
    columns: columns.map(({ name, column, nullable = true }) => ({
      name,
      type: describeType(column.type),
      nullable,
    })),
  };
}

/**
 * A table as a Parquet file, after it was read back.
 * @param at its name in errors
 * @throws BronzeError `INVALID_ROWS`
 */
export function encodeTable(columns: readonly NamedColumn[], at: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = encodeParquet(columns);
  } catch (cause) {
    if (isBronzeError(cause)) throw cause;
    throw new BronzeError(
      "INVALID_ROWS",
      `${at} cannot be written: ${(cause as Error).message}.`,
      {},
      { cause },
    );
  }
  readBack(bytes, at, openParquet, (file) => differenceOf(file, columns), "INVALID_ROWS");
  return bytes;
}

function differenceOf(file: ParquetFile, columns: readonly NamedColumn[]): string | undefined {
  const names = [...file.columns.keys()];
  if (names.length !== columns.length || columns.some(({ name }, i) => names[i] !== name))
    return `its columns are ${names.map((name) => JSON.stringify(name)).join(", ")}`;
  for (const { name, column } of columns) {
    const [meant, read] = [cellReader(column), cellReader(file.column(name))];
    for (let row = 0; row < column.length; row++)
      if (!isDeepStrictEqual(meant(row), read(row))) return `row ${row} has another "${name}"`;
  }
  return undefined;
}

/** Refuses anything but a list of rows. @throws BronzeError `INVALID_ROWS` */
export function assertRows(rows: unknown, problem: string): asserts rows is readonly OutputRow[] {
  if (!Array.isArray(rows)) throw new BronzeError("INVALID_ROWS", problem);
  for (let row = 0; row < rows.length; row++) {
    const given: unknown = rows[row];
    const problem = problemWithRow(given);
    if (problem === undefined) continue;
    throw new BronzeError(
      "INVALID_ROWS",
      `Row ${row} ${problem}; a row is a plain object of values by column.`,
      {
        problems: [{ row, field: "", problem }],
      },
    );
  }
}

/** Only what `Object.keys` shows becomes a cell; anything else in a row would be lost silently. */
function problemWithRow(row: unknown): string | undefined {
  if (typeof row !== "object" || row === null || Array.isArray(row) || !isPlain(row))
    return `is ${shown(row)}`;
  const hidden = Reflect.ownKeys(row).find((name) => typeof name === "symbol" || !isShown(row, name));
  return hidden === undefined ? undefined : `has the member ${String(hidden)}, which is no column`;
}

function isShown(row: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(row, name);
}

function typedColumns(rows: readonly OutputRow[], schema: z.core.$ZodObject): NamedColumn[] {
  const types = columnsOfSchema(schema, "output");
  const instants = [...types.values()]
    .filter(({ type }) => type.kind === "timestamp")
    .map(({ name }) => name);
  const parsed = zod()
    .array(strictly(schema))
    .safeParse(rows.map((row) => asRead(row, instants)));
  if (!parsed.success) {
    throw new BronzeError(
      "INVALID_ROWS",
      `What the builder returned does not fit its schema (rows count from 0):\n${problemLines(problemsOf(parsed.error.issues))}`,
      {
        problems: parsed.error.issues,
      },
    );
  }
  return [...types.values()].map(({ name, type, nullable }) => columnOf(name, type, parsed.data, nullable));
}

function problemsOf(issues: readonly z.core.$ZodIssue[]): RowProblem[] {
  return issues.map(({ path: [row, ...field], message }) => ({
    row: Number(row),
    field: field.join("."),
    problem: message,
  }));
}

/**
 * A row that may hold values read from bronze: there an instant before 1970, such as an epoch-zero sentinel, is a
 * bigint, which is refused everywhere else.
 */
function asRead(row: OutputRow, instants: readonly string[]): OutputRow {
  const early = instants.filter((name) => typeof row[name] === "bigint" && row[name] <= 0n);
  if (early.length === 0) return row;
  return { ...row, ...Object.fromEntries(early.map((name) => [name, exactly(row[name] as bigint)])) };
}

function inferredColumns(rows: readonly OutputRow[]): NamedColumn[] {
  return [...inferredTypes(rows)].map(([name, type]) => columnOf(name, type, rows, true));
}

/** The columns of rows without a schema, in order of appearance. @throws BronzeError `INVALID_ROWS` */
export function inferredTypes(rows: readonly OutputRow[]): Map<string, ColumnType> {
  const types = new Map<string, { type: ColumnType; row: number }>();
  rows.forEach((row, i) => {
    for (const [name, value] of Object.entries(row)) {
      const type = typeOfValue(value);
      if (!type)
        throw mixed(name, i, `${shown(value)}, which is no column value; give the store a schema for it`);
      const known = types.get(name);
      if (!known || known.type.kind === "null") types.set(name, { type, row: i });
      else if (type.kind !== "null" && type.kind !== known.type.kind) {
        throw mixed(name, i, `${describeType(type)}, but ${describeType(known.type)} in row ${known.row}`);
      }
    }
  });
  return new Map([...types].map(([name, { type }]) => [name, type]));
}

/** @throws BronzeError `INVALID_ROWS` */
export function columnOf(
  name: string,
  type: ColumnType,
  rows: readonly OutputRow[],
  nullable: boolean,
): NamedColumn {
  try {
    return {
      name,
      nullable,
      column: columnFromCells(
        type,
        rows.map((row) => {
          // A column may have the name of something that every object has: "constructor".
          const value = Object.hasOwn(row, name) ? row[name] : null;
          return type.kind === "timestamp" && isInstant(value) ? toEpochNs(value, name) : value;
        }),
      ),
    };
  } catch (cause) {
    throw new BronzeError(
      "INVALID_ROWS",
      `Column ${JSON.stringify(name)}: ${(cause as Error).message}.`,
      { column: name },
      { cause },
    );
  }
}

function typeOfValue(value: unknown): ColumnType | undefined {
  if (value === null || value === undefined) return { kind: "null" };
  if (typeof value === "number") return { kind: "float", bits: 64 };
  if (typeof value === "bigint") return { kind: "int", bits: 64, signed: true };
  if (typeof value === "string") return { kind: "text" };
  if (typeof value === "boolean") return { kind: "bool" };
  return isInstant(value) ? INSTANT : undefined;
}

/** A Date or a Temporal instant is recognizable; a bigint is not, and stays an integer. */
function isInstant(value: unknown): value is InstantLike {
  return (
    value instanceof Date ||
    typeof (value as { epochNanoseconds?: unknown } | null | undefined)?.epochNanoseconds === "bigint"
  );
}

function mixed(column: string, row: number, what: string): BronzeError {
  return new BronzeError("INVALID_ROWS", `Column "${column}" of the output is ${what} (row ${row}).`, {
    problems: [{ row, field: column, problem: what }],
  });
}

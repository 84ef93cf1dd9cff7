import type * as z from "zod";
import { columnsOfSchema } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import {
  type ColumnType,
  columnFromCells,
  describeType,
  encodeParquet,
  INSTANT,
  type NamedColumn,
} from "../table/index.js";
import { type InstantLike, toEpochNs } from "../time/index.js";
import { zod } from "../zod/index.js";

/** Rows a builder returns. */
export type OutputRow = Readonly<Record<string, unknown>>;

/** A builder's rows as a Parquet file, with what a manifest says of them. */
export interface Output {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: readonly { name: string; type: string; nullable: boolean }[];
}

/**
 * Encodes what a builder returned. With a schema, rows are checked against it and columns have its types. Without one,
 * types follow from the values: number -> DOUBLE, bigint -> INT64, string, boolean, Date and Temporal -> instants; only
 * nulls -> NULL. A bronze row's instants are bigints, so rows that keep any want a schema.
 *
 * @throws BronzeError `INVALID_ROWS` naming rows and fields
 */
export function encodeOutput(rows: readonly OutputRow[], schema: z.ZodObject | undefined): Output {
  if (!Array.isArray(rows)) {
    throw new BronzeError(
      "INVALID_ROWS",
      "The builder must return a list of rows (of a Snapshot, its rows()).",
    );
  }
  const columns = schema ? typedColumns(rows, schema) : inferredColumns(rows);
  return {
    bytes: encodeParquet(columns),
    rows: rows.length,
    columns: columns.map(({ name, column, nullable = true }) => ({
      name,
      type: describeType(column.type),
      nullable,
    })),
  };
}

function typedColumns(rows: readonly OutputRow[], schema: z.ZodObject): NamedColumn[] {
  const parsed = zod().array(schema.strict()).safeParse(rows);
  if (!parsed.success) {
    throw new BronzeError(
      "INVALID_ROWS",
      `What the builder returned does not fit its schema:\n${zod().prettifyError(parsed.error)}`,
      {
        problems: parsed.error.issues,
      },
    );
  }
  return [...columnsOfSchema(schema, "output").values()].map(({ name, type, nullable }) =>
    columnOf(name, type, parsed.data, nullable),
  );
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
        throw mixed(name, i, `a ${typeof value}, which is no column value; give the store a schema for it`);
      const known = types.get(name);
      if (!known || known.type.kind === "null") types.set(name, { type, row: i });
      else if (type.kind !== "null" && type.kind !== known.type.kind) {
        throw mixed(name, i, `${describeType(type)}, but ${describeType(known.type)} in row ${known.row}`);
      }
    }
  });
  return new Map([...types].map(([name, { type }]) => [name, type]));
}

function columnOf(
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
          const value = row[name];
          return type.kind === "timestamp" && isInstant(value) ? toEpochNs(value, name) : value;
        }),
      ),
    };
  } catch (cause) {
    throw new BronzeError(
      "INVALID_ROWS",
      `Column "${name}" of the output: ${(cause as Error).message}.`,
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

/** A Date or a Temporal instant says what it is; a bigint does not, and stays an integer. */
function isInstant(value: unknown): value is InstantLike {
  return (
    value instanceof Date || typeof (value as { epochNanoseconds?: unknown }).epochNanoseconds === "bigint"
  );
}

function mixed(column: string, row: number, what: string): BronzeError {
  return new BronzeError("INVALID_ROWS", `Column "${column}" of the output is ${what} (row ${row}).`, {
    problems: [{ row, field: column, problem: what }],
  });
}

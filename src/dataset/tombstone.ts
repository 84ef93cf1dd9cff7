import type * as z from "zod";
import { shown } from "../shown.js";
import { type Cell, describeType, keyText } from "../table/index.js";
import type { DeclaredColumn } from "./column-schema.js";
import { givenCell } from "./given-cell.js";

/**
 * How a row says that its key is gone.
 *
 * @category Datasets
 */
export interface Tombstone {
  /** The columns it looks at. */
  readonly columns: readonly string[];
  /** The cells that say so, by column; `undefined` where a function decides. */
  readonly values: ReadonlyMap<string, readonly Cell[]> | undefined;
  /** Whether a row, of which only `columns` are given, says so. */
  isOne(row: Readonly<Record<string, unknown>>): boolean;
}

/**
 * Values of columns, of which each says that the row's key is gone: `{ status: ["WITHDRAWN", null] }`.
 *
 * @category Datasets
 */
export type TombstoneValues<Schema extends z.core.$ZodObject> = {
  readonly [Column in keyof z.output<Schema> & string]?: readonly (Exclude<
    z.output<Schema>[Column],
    undefined
  > | null)[];
};

type Test = (row: Record<string, unknown>) => boolean;

/**
 * The one form that all readers see.
 *
 * @param refuse makes the error of a wrong value, from what is wrong
 */
export function tombstoneOf(
  given: Test | Readonly<Record<string, unknown>>,
  schema: z.core.$ZodObject,
  columns: ReadonlyMap<string, DeclaredColumn>,
  refuse: (what: string) => Error,
): Tombstone {
  if (typeof given === "function")
    return { columns: [...columns.keys()], values: undefined, isOne: (row) => given(row) };
  const values = new Map(
    Object.entries(given).map(([name, list]) => {
      const column = columns.get(name);
      if (!column)
        throw refuse(
          `tombstone names column "${name}", which the schema lacks; it has ${[...columns.keys()].join(", ")}`,
        );
      if (column.type.kind === "list")
        throw refuse(`tombstone column "${name}" is a list; it needs plain values, or a function of the row`);
      if (!Array.isArray(list) || list.length === 0)
        throw refuse(`tombstone.${name} is ${shown(list)}; it must be a list of at least one value`);
      return [name, list.map((value: unknown) => cellOf(schema, column, value, refuse))] as const;
    }),
  );
  if (values.size === 0)
    throw refuse('tombstone names no column; write { status: ["WITHDRAWN"] }, or a function of the row');
  const texts = new Map([...values].map(([name, cells]) => [name, new Set(cells.map(textOf))]));
  return {
    columns: [...values.keys()],
    values,
    isOne(row) {
      for (const [name, own] of texts) if (own.has(textOf(row[name] as Cell))) return true;
      return false;
    },
  };
}

function textOf(cell: Cell): string {
  return keyText([cell]);
}

function cellOf(
  schema: z.core.$ZodObject,
  column: DeclaredColumn,
  value: unknown,
  refuse: (what: string) => Error,
): Cell {
  if (value === null) return null; // what a file lacks is null, whatever the schema says
  const given = givenCell(schema, column, value);
  if ("cell" in given && given.cell !== null) return given.cell;
  const why = "why" in given ? given.why : "no row has it";
  throw refuse(
    `tombstone.${column.name} has ${shown(value)}, which its column (${describeType(column.type)}) cannot hold: ${why}`,
  );
}

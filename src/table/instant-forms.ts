import type { Temporal } from "@js-temporal/polyfill";
import { BronzeError } from "../errors.js";
import { type InstantLike, toEpochNs, toTemporalInstant } from "../time/index.js";
import type { ColumnType } from "./column-type.js";
import { instantText } from "./iso-text.js";
import { isInstant } from "./json-cell.js";

/**
 * The forms in which rows can have their instants.
 *
 * - `bigint`: epoch nanoseconds.
 * - `date`: a `Date`, which ends at milliseconds: an instant that has more digits is an error (`TYPE_CLASH`).
 * - `iso`: ISO 8601 text in UTC, every digit.
 * - `temporal`: a `Temporal.Instant` of `@js-temporal/polyfill`.
 *
 * @category Answers
 */
export type InstantForm = "bigint" | "date" | "iso" | "temporal";

/**
 * What an instant is in each form.
 *
 * @category Answers
 */
export interface InstantForms {
  readonly bigint: bigint;
  readonly date: Date;
  readonly iso: string;
  readonly temporal: Temporal.Instant;
}

/** The names of the forms. */
export const INSTANT_FORMS: readonly InstantForm[] = ["bigint", "date", "iso", "temporal"];

/**
 * A row with its instants in one form.
 *
 * `Instants` are the names of the columns that hold them; with `?` before it, a column that may be one (a bigint of a
 * label, which the types cannot tell from a number), so that both are possible. `string`: which they are is not known.
 *
 * @category Answers
 */
export type RowWith<Row, Instants extends string, Form extends InstantForm> = {
  [Name in keyof Row]: `?${Name & string}` extends Instants
    ? MaybeInstant<Row[Name], Form>
    : Name extends Instants
      ? InstantForms[Form] | Extract<Row[Name], null | undefined>
      : Row[Name];
};

type MaybeInstant<Value, Form extends InstantForm> = unknown extends Value
  ? unknown
  : [Extract<Value, bigint | Date | { readonly epochNanoseconds: bigint }>] extends [never]
    ? Value
    : Value | InstantForms[Form];

/**
 * What tells the instants of a joined row: the labels' type, the dataset's instants, and the columns that were added under which
 * prefix. They are worked out where rows are asked for, so that a join of narrower labels stays one of wider ones.
 *
 * @category Answers
 */
export interface InstantsOfJoin<
  Label,
  Instants extends string,
  Column extends string,
  Prefix extends string,
> {
  readonly label: Label;
  readonly instants: Instants;
  readonly column: Column;
  readonly prefix: Prefix;
}

/** The names of instants, as `RowWith` takes them. */
export type InstantNames<Instants> = unknown extends Instants
  ? string
  : Instants extends InstantsOfJoin<infer Label, infer Own, infer Column, infer Prefix>
    ? (string extends Own ? `?${Prefix}${Column}` : `${Prefix}${Column & Own}`) | LabelInstants<Label>
    : Instants & string;

/**
 * A key as a question names it: its instants in any form. One before 1971 is no bigint, so that milliseconds are not taken
 * for a key that nobody has.
 *
 * @category Answers
 */
export type KeyGiven<Key, Instants> =
  | Key
  | {
      readonly [Name in keyof Key]: Name extends InstantNames<Instants>
        ? InstantLike | Extract<Key[Name], null | undefined>
        : Key[Name];
    };

/** Labels say by their values what is an instant, but for bigints; their text stays as it was given. */
type LabelInstants<Label> = {
  [Name in keyof Label & string]: unknown extends Label[Name]
    ? `?${Name}`
    : [NonNullable<Label[Name]>] extends [Date | { readonly epochNanoseconds: bigint }]
      ? Name
      : `?${Name}`;
}[keyof Label & string];

/**
 * How rows are wanted.
 *
 * @category Answers
 */
export interface RowsOptions<Form extends InstantForm = InstantForm> {
  /** The form of instants. Default: `bigint`, epoch nanoseconds. */
  readonly instants?: Form;
}

/**
 * The cells of a column with its instants in a form; cells of another type as they are. Text stays text.
 * @throws BronzeError `TYPE_CLASH` for `date` where a millisecond cannot hold it, `INVALID_INSTANT` for `temporal` where
 * nanoseconds cannot
 */
export function cellsWith(
  name: string,
  cells: readonly unknown[],
  type: ColumnType,
  form: InstantForm,
): readonly unknown[] {
  if (!holdsInstants(type)) return cells;
  const convert = (cell: unknown, row: number): unknown => {
    if (Array.isArray(cell)) return cell.map((item) => convert(item, row));
    if (typeof cell !== "bigint" && !isInstant(cell)) return cell;
    return inForm(typeof cell === "bigint" ? cell : toEpochNs(cell as InstantLike), form, name, row);
  };
  return cells.map(convert);
}

function holdsInstants(type: ColumnType): boolean {
  if (type.kind === "list") return holdsInstants(type.item);
  return type.kind === "timestamp" && type.utc;
}

function inForm(ns: bigint, form: InstantForm, name: string, row: number): InstantForms[InstantForm] {
  switch (form) {
    case "bigint":
      return ns;
    case "iso":
      return instantText(ns);
    case "temporal":
      return toTemporalInstant(ns);
    case "date": {
      const date = new Date(Number(ns / 1_000_000n));
      if (ns % 1_000_000n === 0n && !Number.isNaN(date.getTime())) return date;
      throw new BronzeError(
        "TYPE_CLASH",
        `Column "${name}" holds ${instantText(ns)} in row ${row}, which a Date cannot hold: it ends at milliseconds. ` +
          'Ask for instants: "iso", "temporal" or "bigint".',
        { column: name, row, value: ns },
      );
    }
    default:
      return form satisfies never;
  }
}

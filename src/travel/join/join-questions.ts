import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { anObject, assertIs } from "../../options.js";
import { shown, withArticle } from "../../shown.js";
import {
  type Cell,
  type ColumnType,
  describeType,
  type IntegerCells,
  storedCell,
} from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";
import type { OmittedColumn } from "../frame/frame.js";
import { type RowReader, unknownColumn } from "../frame/row-reader.js";
import { type KnownBy, knownByNs } from "../rule/query.js";
import type { TimelineJoinOptions } from "./join-options.js";
import type { JoinLabel } from "./match-labels.js";

/** A row to join, from the caller. */
export type Label = Readonly<Record<string, unknown>>;

type Options = TimelineJoinOptions<Label>;

/**
 * The question of each label.
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`
 */
export function questionsOf(dataset: AnyDataset, labels: readonly Label[], options: Options): JoinLabel[] {
  const { on, cutoff, knownBy } = options;
  assertLabels(labels);
  assertOn(dataset, on);
  const instant = (label: Label, i: number, column: string) =>
    toEpochNs(label[column] as InstantLike, `"${column}" of label ${i}`);
  return labels.map((label, i) => {
    for (const column of [...on, cutoff]) assertLabelColumn(label, i, column);
    const bound = boundColumn(dataset, options, (column) => Object.hasOwn(label, column));
    const cutoffNs = instant(label, i, cutoff);
    return {
      cells: on.map((column) => valueOn(dataset, label, i, column)),
      cutoffNs,
      knownByNs: bound === undefined ? knownByNs(knownBy as KnownBy, cutoffNs) : instant(label, i, bound),
    };
  });
}

/**
 * The column of labels that `knownBy` names; `undefined` where it names none.
 *
 * @param has whether labels have a column
 * @throws BronzeError `INVALID_ARGUMENT` where it may mean a column, and may mean the cutoff
 */
export function boundColumn(
  dataset: AnyDataset,
  { cutoff, knownBy }: Pick<Options, "cutoff" | "knownBy">,
  has: (column: string) => boolean,
): string | undefined {
  if (typeof knownBy !== "string" || !has(knownBy)) return undefined;
  if (knownBy === "cutoff" && cutoff !== "cutoff") throw ambiguousKnownBy(dataset.name, cutoff);
  return knownBy;
}

function valueOn(dataset: AnyDataset, label: Label, i: number, column: string): Cell {
  const value = label[column];
  if (value !== undefined) return cellToMatch(dataset, column, value, `"${column}" of label ${i}`);
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Label ${i} has undefined in "${column}", on which it is to be joined with "${dataset.name}" (null is a value, undefined is not).`,
    { dataset: dataset.name, column, label: i },
  );
}

function assertLabels(labels: readonly Label[]): void {
  assertIs(labels, { is: "a list of rows", accepts: Array.isArray }, "What is to be joined");
  for (let i = 0; i < labels.length; i++) assertIs(labels[i], anObject, `Label ${i}`);
}

/**
 * Refuses a column that a label does not have: the name is spelt differently in the labels.
 * @throws BronzeError `UNKNOWN_COLUMN`
 */
export function assertLabelColumn(label: Label, i: number, column: string): void {
  if (column in label) return;
  throw new BronzeError(
    "UNKNOWN_COLUMN",
    `Label ${i} has no column "${column}"; it has ${Object.keys(label).join(", ") || "none"}.`,
    { column, label: i },
  );
}

/** `"cutoff"` is a word in every verb; where labels have another column of that name, it is ambiguous. */
function ambiguousKnownBy(dataset: string, cutoff: string): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    `knownBy: "cutoff" means each label's own cutoff, which is in "${cutoff}", but labels also have a column "cutoff". ` +
      `Pass knownBy: "${cutoff}" for that one, or give the other column another name.`,
    { dataset, column: "cutoff" },
  );
}

/** Refuses to join on what is not in the key. @throws BronzeError `INVALID_ARGUMENT` */
export function assertOn({ name, key }: AnyDataset, on: readonly string[]): void {
  const others = on.filter((column) => !key.includes(column));
  if (on.length > 0 && others.length === 0) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Labels are joined with "${name}" on columns of its key (${key.join(", ")}), not on ${
      others.length > 0 ? others.join(", ") : "nothing"
    }. Join on the key and filter the rows.`,
    { dataset: name, on },
  );
}

/**
 * The dataset's columns to add, in its order.
 * @param reader of the read files
 * @param omitted those of them that were omitted
 * @throws BronzeError `UNKNOWN_COLUMN`, `UNSUPPORTED_TYPE` for an omitted column
 */
export function addedColumns(
  dataset: AnyDataset,
  { names, isSelection }: Pick<RowReader, "names" | "isSelection">,
  { on, columns }: Pick<Options, "on" | "columns">,
  omitted: ReadonlyMap<string, OmittedColumn> = new Map(),
): string[] {
  const all = isSelection ? names : [...dataset.columns.keys(), ...names];
  const known = new Set(all.filter((name) => !omitted.has(name)));
  if (!columns) return [...known].filter((name) => !on.includes(name));
  const unknown = columns.find((name) => !known.has(name));
  if (unknown === undefined) return [...columns];
  throw unknownColumn(dataset.name, unknown, { names: [...known], isSelection }, [...omitted.values()]);
}

/**
 * Refuses added columns that the labels have too.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertNoCollision(
  dataset: AnyDataset,
  labels: readonly Label[],
  added: readonly string[],
  prefix: string,
): void {
  const taken = new Set<string>();
  for (const label of labels) for (const name of Object.keys(label)) taken.add(name);
  const both = added.map((name) => `${prefix}${name}`).filter((as) => taken.has(as));
  if (both.length === 0) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Labels and "${dataset.name}" both have ${both.join(", ")}${prefix ? ` (with prefix "${prefix}")` : ""}. ` +
      'Give the added columns a prefix, such as prefix: "was_", or name the columns to add.',
    { dataset: dataset.name, columns: both },
  );
}

/**
 * A caller's value as a cell of the dataset's column that it must equal. A value of another type could match nothing,
 * which would look like absence.
 *
 * @param what names the value in errors: `"game_id" of label 3`
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`
 */
function cellToMatch(dataset: AnyDataset, name: string, value: unknown, what: string): Cell {
  const { type, integers } = dataset.columns.get(name)!;
  if (value === null) return null;
  const cell = cellOf(type, integers, value, what);
  if (cell !== undefined) return cell;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${what} is ${shown(value)}, ${withArticle(typeof value)}, but "${dataset.name}" has ${describeType(type)} there: it could match nothing.`,
    { dataset: dataset.name, column: name, value },
  );
}

/** The cell; `undefined` for a value of another type. */
function cellOf(type: ColumnType, integers: IntegerCells, value: unknown, what: string): Cell | undefined {
  switch (type.kind) {
    case "int": {
      if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
      const isBig = type.bits === 64 && integers === "bigint";
      return isBig ? BigInt(value as number) : Number(value);
    }
    case "float":
      return typeof value === "number" ? value : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "timestamp":
      return toEpochNs(value as InstantLike, what);
    case "bytes":
      return value instanceof Uint8Array ? value : undefined;
    case "decimal":
      // "9.5" and "9.50" are one decimal; cells have every digit of the scale.
      return typeof value === "string" ? (storedCell(value, type, "bigint") ?? value) : undefined;
    case "text":
    case "date":
    case "time":
    case "list":
    case "nested":
    case "null":
      return typeof value === "string" ? value : undefined;
    default:
      return type satisfies never;
  }
}

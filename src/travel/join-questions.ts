import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { type Cell, describeType } from "../table/index.js";
import { type InstantLike, toEpochNs } from "../time/index.js";
import type { JoinLabel } from "./join-as-of.js";
import type { TimelineJoinOptions } from "./join-options.js";
import { knownByNs } from "./known-by.js";

/** A row to join, as the caller made it. */
export type Label = Readonly<Record<string, unknown>>;

type Options = TimelineJoinOptions<Label>;

/**
 * What each label asks.
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`
 */
export function questionsOf(dataset: AnyDataset, labels: readonly Label[], options: Options): JoinLabel[] {
  const { on, cutoff, knownBy } = options;
  assertOn(dataset, on);
  const cells = on.map((column) => cellToMatch(dataset, column));
  const instant = (label: Label, i: number, column: string) =>
    toEpochNs(label[column] as InstantLike, `"${column}" of label ${i}`);
  return labels.map((label, i) => {
    const isColumn = typeof knownBy === "string" && Object.hasOwn(label, knownBy);
    if (isColumn && knownBy === "cutoff" && cutoff !== "cutoff") throw ambiguousKnownBy(dataset.name, cutoff);
    const cutoffNs = instant(label, i, cutoff);
    return {
      cells: on.map((column, place) => cells[place]!(label[column], i)),
      cutoffNs,
      knownByNs: isColumn ? instant(label, i, knownBy) : knownByNs(knownBy, cutoffNs),
    };
  });
}

/** `"cutoff"` is a word in every verb; where labels have another column of that name, nobody can tell what is meant. */
function ambiguousKnownBy(dataset: string, cutoff: string): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    `knownBy: "cutoff" means each label's own cutoff, which is in "${cutoff}", but labels also have a column "cutoff". ` +
      `Say knownBy: "${cutoff}" for the one, or give the other column another name.`,
    { dataset, column: "cutoff" },
  );
}

function assertOn({ name, key }: AnyDataset, on: readonly string[]): void {
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

/** A label's value as the cell it must equal; one of another type could match nothing, which would look like absence. */
function cellToMatch(dataset: AnyDataset, name: string): (value: unknown, label: number) => Cell {
  const { type, integers } = dataset.columns.get(name)!;
  const isBig = type.kind === "int" && type.bits === 64 && integers === "bigint";
  return (value, label) => {
    if (value === null) return null;
    switch (type.kind) {
      case "timestamp":
        if (value !== undefined) return toEpochNs(value as InstantLike, `"${name}" of label ${label}`);
        break;
      case "int":
        if (typeof value === "bigint" || Number.isSafeInteger(value))
          return isBig ? BigInt(value as number) : Number(value);
        break;
      case "float":
        if (typeof value === "number") return value;
        break;
      case "bool":
        if (typeof value === "boolean") return value;
        break;
      case "bytes":
        if (value instanceof Uint8Array) return value;
        break;
      default:
        if (typeof value === "string") return value;
    }
    throw new BronzeError(
      "INVALID_ARGUMENT",
      value === undefined
        ? `Label ${label} has no "${name}", on which it is to be joined with "${dataset.name}" (null is a value, undefined is not).`
        : `"${name}" of label ${label} is a ${typeof value} (${String(value)}), but "${dataset.name}" has ${describeType(type)} there: it could match nothing.`,
      { dataset: dataset.name, column: name, label, value },
    );
  };
}

/**
 * The dataset's columns to add, in its order.
 * @param found columns of the files that were read
 * @throws BronzeError `UNKNOWN_COLUMN`
 */
export function addedColumns(
  dataset: AnyDataset,
  found: readonly string[],
  { on, columns }: Pick<Options, "on" | "columns">,
): string[] {
  const known = new Set([...dataset.columns.keys(), ...found]);
  if (!columns) return [...known].filter((name) => !on.includes(name));
  const unknown = columns.filter((name) => !known.has(name));
  if (unknown.length === 0) return [...columns];
  throw new BronzeError(
    "UNKNOWN_COLUMN",
    `Dataset "${dataset.name}" has no column "${unknown.join('", "')}"; it has ${[...known].join(", ")}.`,
    { dataset: dataset.name, column: unknown[0] },
  );
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

import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { type Cell, describeType } from "../table/index.js";
import { calendar, type InstantLike, toDurationNs, toEpochNs } from "../time/index.js";
import { type FileRead, type JoinLabel, joinAsOf } from "../travel/index.js";
import { AsOfJoin, type JoinProvenance } from "./as-of-join.js";
import type { DaySpan } from "./days.js";
import type { JoinOptions } from "./join-options.js";
import type { Loaded } from "./load-frame.js";

type Label = Readonly<Record<string, unknown>>;
type Options = JoinOptions<Label>;

/** Reads days for questions up to a horizon. */
type Load = (span: DaySpan, horizonNs: bigint) => Promise<Loaded & { dates: string[] }>;

/**
 * Joins labels with a dataset, each at its own cutoff. Labels that read the same days are answered from one index,
 * and only one such index is in memory at a time.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `UNKNOWN_COLUMN`, and as the load
 */
export async function joinLabels(
  load: Load,
  dataset: AnyDataset,
  labels: readonly Label[],
  options: Options,
): Promise<AsOfJoin<Record<string, unknown>>> {
  const { on, prefix = "" } = options;
  assertOn(dataset, on);
  const maxAgeNs = options.maxAge === undefined ? undefined : toDurationNs(options.maxAge, "maxAge");
  const questions = labels.map((label, i) => questionOf(dataset, label, i, options));
  const groups = labelsBySpan(dataset, labels, questions, options);

  const matched = labels.map((): (Record<string, Cell> | undefined)[] => []);
  const names = new Set<string>();
  const tally = new Tally(dataset.name, labels.length);
  for (const { span, members } of groups) {
    const own = members.map((i) => questions[i]!);
    const horizonNs = own.reduce((max, { cutoffNs }) => (cutoffNs > max ? cutoffNs : max), own[0]!.cutoffNs);
    const loaded = await load(span, horizonNs);
    const matches = joinAsOf(loaded.frame, on, own, maxAgeNs);
    const wanted = addedColumns(dataset, matches.reader.names, options);
    for (const name of wanted) names.add(name);
    for (const { label, row } of matches.pairs) {
      const cells = row === undefined ? undefined : cellsOf(matches.reader.cell, wanted, row);
      matched[members[label]!]!.push(cells);
    }
    tally.add(loaded, matches);
  }
  if (groups.length === 0) for (const name of addedColumns(dataset, [], options)) names.add(name);

  const added = [...names].map((name) => [name, `${prefix}${name}`] as const);
  assertNoCollision(dataset, labels, added, options);
  const rows = labels.flatMap((label, i) =>
    matched[i]!.map((cells) => {
      const row: Record<string, unknown> = { ...label };
      for (const [name, as] of added) row[as] = cells?.[name] ?? null;
      return row;
    }),
  );
  return new AsOfJoin(rows, tally.provenance());
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

function questionOf(
  dataset: AnyDataset,
  label: Label,
  i: number,
  { on, cutoff, knownBy }: Options,
): JoinLabel {
  const instant = (column: string) => toEpochNs(label[column] as InstantLike, `"${column}" of label ${i}`);
  const isColumn = typeof knownBy === "string" && Object.hasOwn(label, knownBy);
  return {
    cells: on.map((column) => matchingCell(dataset, column, label[column], i)),
    cutoffNs: instant(cutoff),
    knownByNs:
      knownBy === undefined ? undefined : isColumn ? instant(knownBy) : toEpochNs(knownBy, "knownBy"),
  };
}

/** A label's value as the cell it must equal; one of another type could match nothing, which would look like absence. */
function matchingCell(dataset: AnyDataset, name: string, value: unknown, label: number): Cell {
  const { type, integers } = dataset.columns.get(name)!;
  if (value === null) return null;
  switch (type.kind) {
    case "timestamp":
      if (value !== undefined) return toEpochNs(value as InstantLike, `"${name}" of label ${label}`);
      break;
    case "int": {
      const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
      if (isWhole) return type.bits === 64 && integers === "bigint" ? BigInt(value as number) : Number(value);
      break;
    }
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
}

interface Group {
  readonly span: DaySpan;
  /** Label numbers. */
  readonly members: number[];
}

function labelsBySpan(
  dataset: AnyDataset,
  labels: readonly Label[],
  questions: readonly JoinLabel[],
  { date, from, to, lookbackDays }: Options,
): Group[] {
  if (labels.length === 0) return [];
  if (from !== undefined || to !== undefined) {
    if (from === undefined || to === undefined || date !== undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        "Say which days a join reads by from and to together, or by date, but not by both.",
      );
    }
    return [{ span: { from, to, lookbackDays }, members: labels.map((_, i) => i) }];
  }
  const zone = calendar(dataset.timeZone);
  const groups = new Map<string, number[]>();
  labels.forEach((label, i) => {
    const own =
      date === undefined
        ? zone.date(questions[i]!.cutoffNs)
        : typeof date === "function"
          ? date(label)
          : (label[date] as string);
    const members = groups.get(own);
    if (members) members.push(i);
    else groups.set(own, [i]);
  });
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([own, members]) => ({ span: { date: own, lookbackDays }, members }));
}

/** The dataset's columns to add, in its order. */
function addedColumns(dataset: AnyDataset, found: readonly string[], { on, columns }: Options): string[] {
  const known = [...new Set([...dataset.columns.keys(), ...found])];
  if (!columns) return known.filter((name) => !on.includes(name));
  const unknown = columns.filter((name) => !known.includes(name));
  if (unknown.length === 0) return [...columns];
  throw new BronzeError(
    "UNKNOWN_COLUMN",
    `Dataset "${dataset.name}" has no column "${unknown.join('", "')}"; it has ${known.join(", ")}.`,
    { dataset: dataset.name, column: unknown[0] },
  );
}

function cellsOf(cell: (name: string, row: number) => Cell, names: readonly string[], row: number) {
  return Object.fromEntries(names.map((name) => [name, cell(name, row)]));
}

function assertNoCollision(
  dataset: AnyDataset,
  labels: readonly Label[],
  added: readonly (readonly [string, string])[],
  { prefix }: Options,
): void {
  const taken = new Set(labels.flatMap((label) => Object.keys(label)));
  const both = added.map(([, as]) => as).filter((as) => taken.has(as));
  if (both.length === 0) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `Labels and "${dataset.name}" both have ${both.join(", ")}${prefix ? ` (with prefix "${prefix}")` : ""}. ` +
      'Give the added columns a prefix, such as prefix: "was_", or name the columns to add.',
    { dataset: dataset.name, columns: both },
  );
}

/** Adds up what the groups stand on. */
class Tally {
  readonly #dates = new Set<string>();
  readonly #files = new Map<string, FileRead>();
  readonly #counts = {
    labelsMatched: 0,
    rowsSelected: 0,
    rowsByFallback: 0,
    rowsNotSelectable: 0,
    rowsAhead: 0,
  };
  readonly #of: { readonly dataset: string; readonly labels: number };
  #maxAsOfTs: bigint | null = null;
  #maxIngestedTs: bigint | null = null;

  constructor(dataset: string, labels: number) {
    this.#of = { dataset, labels };
  }

  add({ frame, dates }: Loaded & { dates: string[] }, matches: ReturnType<typeof joinAsOf>): void {
    for (const date of dates) this.#dates.add(date);
    for (const { path, rows, sizeBytes } of [...frame.parts, ...frame.pruned])
      this.#files.set(path, { path, rows, sizeBytes });
    const rows = matches.pairs.filter(({ row }) => row !== undefined);
    this.#counts.labelsMatched += new Set(rows.map(({ label }) => label)).size;
    this.#counts.rowsSelected += rows.length;
    this.#counts.rowsByFallback += matches.rowsByFallback;
    this.#counts.rowsNotSelectable += matches.rowsNotSelectable;
    this.#counts.rowsAhead += matches.rowsAhead;
    this.#maxAsOfTs = laterOf(this.#maxAsOfTs, matches.maxAsOfTs);
    this.#maxIngestedTs = laterOf(this.#maxIngestedTs, matches.maxIngestedTs);
  }

  provenance(): JoinProvenance {
    const files = [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      ...this.#of,
      dates: [...this.#dates].sort(),
      files,
      rowsSeen: files.reduce((sum, { rows }) => sum + rows, 0),
      ...this.#counts,
      maxAsOfTs: this.#maxAsOfTs,
      maxIngestedTs: this.#maxIngestedTs,
    };
  }
}

function laterOf(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b > a) ? b : a;
}

import { BronzeError, isBronzeError } from "../../errors.js";
import { summary } from "../../printed.js";
import { counted, shown } from "../../shown.js";
import type { ReadCost } from "../../storage/index.js";
import {
  type Cell,
  type CellReader,
  type Column,
  type ColumnType,
  columnFromCells,
  convertColumn,
  INSTANT,
  isInstant,
  type TableSource,
  Tabular,
  take,
  unifyColumns,
} from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";
import type { FileRead, OmittedColumn } from "../frame/frame.js";
import type { RowSource, TimeNames } from "../frame/row-reader.js";
import { type CaptureCounts, latestText, notesOf } from "../rule/captures.js";
import type { MatchedRows } from "./matched-columns.js";

/**
 * What a point-in-time join was made from. Instants are epoch nanoseconds; what is counted of captures is counted label by
 * label, each by its own cutoff, and added up.
 *
 * @category Joins
 */
export interface JoinProvenance extends CaptureCounts {
  readonly dataset: string;
  /** The domain dates read, ascending. */
  readonly dates: readonly string[];
  /** Those of them that had no file, ascending. */
  readonly datesWithoutFiles: readonly string[];
  /** Every file taken into account, by path. */
  readonly files: readonly FileRead[];
  /**
   * Files that retention pruned and some label may need, because `acceptPruned` was given: they are missing from the rows and
   * from all counts.
   */
  readonly filesPruned: readonly string[];
  /** Data-like names in the folders of the days that are no files of the dataset, or none any more, and why. */
  readonly filesIgnored: readonly { readonly path: string; readonly reason: string }[];
  /** Rows in those files. */
  readonly rowsSeen: number;
  readonly labels: number;
  /** Labels for which something held. */
  readonly labelsMatched: number;
  /** Rows that held, over all labels. */
  readonly rowsSelected: number;
  /** Of those, rows whose effective time is `ingested_ts`. */
  readonly rowsByFallback: number;
  /** Rows without any usable time; a day that several dates read counts each time. */
  readonly rowsNotSelectable: number;
  /** Rows whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one); as above. */
  readonly rowsAhead: number;
  /**
   * Labels that are answered by `as_of_ts`, under fallback `dataset`, though no usable one had been captured by their
   * cutoff: `knownBy: "cutoff"` then goes by `ingested_ts`, whatever the counts of captures say.
   */
  readonly labelsBeforeUsable: number;
  readonly maxAsOfTs: bigint | null;
  readonly maxIngestedTs: bigint | null;
}

/** What a join passes to its result. @internal */
interface Joined {
  readonly labels: readonly Readonly<Record<string, unknown>>[];
  /** Types of those label columns whose type is known without reading the values. */
  readonly labelTypes: ReadonlyMap<string, ColumnType>;
  /** Per row, the label's number. */
  readonly labelOf: Int32Array;
  /** Per row, which part holds its matched columns, and where in it. */
  readonly partOf: Int32Array;
  readonly rowOf: Int32Array;
  readonly parts: readonly MatchedRows[];
  /** The matched columns in order, with their new names. */
  readonly added: readonly { readonly name: string; readonly as: string }[];
  readonly omitted: readonly OmittedColumn[];
  readonly provenance: JoinProvenance;
  readonly times: TimeNames;
  readonly cost: ReadCost;
}

/**
 * Labels with what held for each of them at its own cutoff: rows are in the order of the labels, then of the keys; columns
 * are the labels', then the added ones. There are as many rows as labels where `on` is the whole key. Prints itself as a small
 * table, and can be taken out as a `Snapshot` can.
 *
 * @example
 * ```ts
 * const features = await bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "cutoff_ts" });
 * features.rows();                      // [{ game_id: "0022500561", cutoff_ts: ..., won: true, book: "dk", price: -110, ... }]
 * features.column("price");             // [-110, ...]
 * await features.toArrow();             // for a notebook, DuckDB or Polars
 * features.provenance.labelsMatched;
 * ```
 * @category Joins
 */
export class AsOfJoin<Row = Record<string, Cell>, Instants = unknown> extends Tabular<Row, Instants> {
  readonly #joined: Joined;

  /** @internal Made by `BronzeStore.joinAsOf` and `Timeline.joinAsOf`. */
  constructor(joined: Joined) {
    super(tableOf(joined));
    this.#joined = joined;
  }

  /** What the answer was made from. */
  get provenance(): JoinProvenance {
    return this.#joined.provenance;
  }

  /** What was asked of the storage for it, in all; of a join in a timeline, what reading the timeline cost. */
  get cost(): ReadCost {
    return this.#joined.cost;
  }

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#joined.omitted;
  }

  /**
   * Which file of the dataset the joined values of each row came from, and which row of it: one place for each row of
   * `rows()`, null where nothing matched.
   * @example
   * ```ts
   * features.sources()[0]; // { file: "bronze/odds_raw/season=2025/date=2026-01-15/hour=18/odds.parquet", rowInFile: 3 }
   * ```
   */
  sources(): (RowSource | null)[] {
    const { parts, partOf, rowOf } = this.#joined;
    return Array.from(rowOf, (row, i) => parts[partOf[i]!]!.sourceOf(row));
  }
}

/** Rows in the order of the labels, then of the keys; columns are the labels', then the added ones. */
function tableOf(joined: Joined): TableSource {
  const { labels, labelTypes, labelOf, partOf, rowOf, added, omitted, provenance, times } = joined;
  const parts = joined.parts.map(({ columns }) => columns);
  const addedAs = new Map(added.map(({ as, name }) => [as, name]));
  const known = new Map<string, ColumnType>();
  let labelColumns: ReadonlySet<string> | undefined;

  function labelNames(): ReadonlySet<string> {
    if (!labelColumns) {
      const names = new Set<string>();
      for (const label of labels) for (const name in label) names.add(name);
      labelColumns = names;
    }
    return labelColumns;
  }

  const names = () => [...labelNames(), ...added.map(({ as }) => as)];

  function findType(name: string): ColumnType {
    const source = addedAs.get(name);
    if (source !== undefined) return unitedType(source);
    return labelTypes.get(name) ?? typeOfValue(labels.find((label) => label[name] != null)?.[name]);
  }

  function unitedType(source: string): ColumnType {
    // A column that one day has as integers and another as doubles is united, as between the files of one day.
    const types = parts.flatMap((part, i) => {
      const column = part.get(source);
      return column ? [{ path: `part ${i}`, columns: new Map([[source, column.type]]) }] : [];
    });
    return unifyColumns(types).get(source) ?? { kind: "null" };
  }

  /** Days whose types clash have rows all the same; only a column of both has not. */
  function typeOf(name: string): ColumnType {
    let type = known.get(name);
    if (type === undefined) {
      try {
        type = findType(name);
      } catch (error) {
        if (!isBronzeError(error, "TYPE_CLASH")) throw error;
        type = { kind: "null" };
      }
      known.set(name, type);
    }
    return type;
  }

  return {
    names,
    typeOf,
    length: () => labelOf.length,
    rowReader: () => rowMaker(joined),
    cells(name) {
      const source = addedAs.get(name);
      if (source !== undefined) {
        const cells = parts.map((part) => part.get(source)?.cell ?? NO_CELL);
        return Array.from(rowOf, (row, i) => cells[partOf[i]!]!(row));
      }
      if (!labelNames().has(name)) throw unknownJoinColumn(provenance.dataset, name, names());
      return Array.from(labelOf, (label) => labels[label]![name]);
    },
    column(name) {
      const source = addedAs.get(name);
      if (source === undefined) {
        const values = labels.map((label) => label[name]);
        const column = labelColumn(name, values, labelTypes.get(name));
        return take(column.type, [column], new Uint8Array(labelOf.length), labelOf);
      }
      const type = unitedType(source);
      const columns = parts.map((part) => {
        const column = part.get(source)?.column();
        return column && convertColumn(column, type, { path: "the join", name: source });
      });
      return take(type, columns, partOf, rowOf);
    },
    about: () => ({
      title: titleOf(provenance, labelOf.length),
      omitted: omitted.map(({ column }) => column),
      emptyBecause: null,
      notes: joinNotes(provenance, times),
    }),
  };
}

function titleOf({ dataset, labels, labelsMatched }: JoinProvenance, rows: number): string {
  return `AsOfJoin with ${dataset}: ${counted(rows, "row")} for ${counted(labels, "label")}, ${labelsMatched} of them matched`;
}

/** For people. */
export function joinProvenanceText(provenance: JoinProvenance, times: TimeNames): string {
  const { dataset, labels, labelsMatched, files, rowsSeen, rowsSelected } = provenance;
  return summary(`JoinProvenance of ${dataset}: ${labelsMatched} of ${counted(labels, "label")} matched`, [
    `${counted(files.length, "file")}: ${counted(rowsSeen, "row")} seen, ${rowsSelected} selected`,
    ...latestText(provenance, times),
    ...joinNotes(provenance, times),
  ]);
}

function joinNotes(provenance: JoinProvenance, times: TimeNames): readonly string[] {
  const { labelsBeforeUsable, dates, datesWithoutFiles } = provenance;
  const noFile = `${datesWithoutFiles.length} of ${counted(dates.length, "day")} had no file`;
  const before = labelsBeforeUsable > 0 ? `${counted(labelsBeforeUsable, "label")} answered` : undefined;
  return [...(datesWithoutFiles.length > 0 ? [noFile] : []), ...notesOf(provenance, before, times)];
}

/** Rows are cheapest one after the other. */
function rowMaker(joined: Joined): (row: number) => Record<string, unknown> {
  const { labels, labelOf, partOf, rowOf, parts, added } = joined;
  const cells = parts.map(({ columns }) => added.map(({ name }) => columns.get(name)?.cell ?? NO_CELL));
  const names = added.map(({ as }) => as);
  let last = -1;
  let model: Record<string, unknown> = {};
  return (i) => {
    const label = labelOf[i]!;
    if (label !== last) {
      last = label;
      model = labels[label]!;
      // A copy of a row that has all columns costs a tenth of one that is given them one by one.
      if (labelOf[i + 1] === label) {
        model = { ...model };
        for (const name of names) model[name] = null;
      }
    }
    const row = { ...model };
    const own = cells[partOf[i]!]!;
    const at = rowOf[i]!;
    for (let column = 0; column < names.length; column++) row[names[column]!] = own[column]!(at);
    return row;
  };
}

function unknownJoinColumn(dataset: string, name: string, names: readonly string[]): BronzeError {
  return new BronzeError(
    "UNKNOWN_COLUMN",
    `This join with "${dataset}" has no column ${shown(name)}; it has ${names.join(", ")}.`,
    { dataset, column: name },
  );
}

const NO_CELL: CellReader = () => null;

/**
 * A column of values as a caller gave them: text, numbers (DOUBLE), bigints (INT64), booleans, instants
 * (`Date`, `Temporal`), bytes; lists and objects as they are. What is absent is null.
 *
 * @param known the column's type, if known; instants are then accepted in any of their forms
 * @throws BronzeError `TYPE_CLASH` naming the column and the value that does not fit
 */
export function labelColumn(name: string, values: readonly unknown[], known?: ColumnType): Column {
  const example = values.find((value) => value !== null && value !== undefined);
  const type = known ?? typeOfValue(example);
  const isInstant = type.kind === "timestamp" && type.utc;
  try {
    const cells = isInstant ? values.map((value) => (value == null ? null : nsOf(value))) : values;
    return columnFromCells(type, cells);
  } catch (error) {
    if (!(error instanceof RangeError) && !isBronzeError(error, "INVALID_INSTANT")) throw error;
    throw new BronzeError(
      "TYPE_CLASH",
      `Column "${name}" of the labels cannot be a column: ${error.message}. Give its values one type.`,
      { column: name },
      { cause: error },
    );
  }
}

function nsOf(value: unknown): unknown {
  const isGiven = ["object", "string", "bigint"].includes(typeof value);
  return isGiven ? toEpochNs(value as InstantLike) : value;
}

function typeOfValue(value: unknown): ColumnType {
  switch (typeof value) {
    case "string":
      return { kind: "text" };
    case "number":
      return { kind: "float", bits: 64 };
    case "bigint":
      return { kind: "int", bits: 64, signed: true };
    case "boolean":
      return { kind: "bool" };
    case "undefined":
      return { kind: "null" };
  }
  if (value instanceof Uint8Array) return { kind: "bytes" };
  return isInstant(value) ? INSTANT : { kind: "nested", shape: "lists and objects of the labels" };
}

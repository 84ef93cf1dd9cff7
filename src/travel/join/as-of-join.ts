import type * as arrow from "apache-arrow";
import { BronzeError } from "../../errors.js";
import { counted, shown } from "../../shown.js";
import {
  type ArrowModule,
  arrowModule,
  type Cell,
  type CellReader,
  type Column,
  type ColumnType,
  columnFromCells,
  convertColumn,
  INSTANT,
  take,
  toArrowTable,
  unifyColumns,
} from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";
import type { FileRead, OmittedColumn } from "../frame/frame.js";
import { type CaptureCounts, notesOf } from "../rule/captures.js";
import type { MatchedColumn } from "./matched-columns.js";

/**
 * What a point-in-time join was made from. Instants are epoch nanoseconds; what is counted of captures is counted label by
 * label, each by its own cutoff, and added up.
 */
export interface JoinProvenance extends CaptureCounts {
  readonly dataset: string;
  /** The domain dates read, ascending. */
  readonly dates: readonly string[];
  /** Those of them that had no file, ascending. */
  readonly datesWithoutFiles: readonly string[];
  /** Every file taken into account, by path. */
  readonly files: readonly FileRead[];
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
  readonly parts: readonly ReadonlyMap<string, MatchedColumn>[];
  /** The matched columns in order, with their new names. */
  readonly added: readonly { readonly name: string; readonly as: string }[];
  readonly omitted: readonly OmittedColumn[];
  readonly provenance: JoinProvenance;
}

/**
 * Labels with what held for each of them at its own cutoff, in the order of the labels.
 *
 * @example
 * ```ts
 * const features = await bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "cutoff_ts" });
 * features.rows();                      // [{ game_id: "0022500561", cutoff_ts: ..., won: true, book: "dk", price: -110, ... }]
 * features.column("price");             // [-110, ...]
 * await features.toArrow();             // for a notebook, DuckDB or Polars
 * features.provenance.labelsMatched;
 * ```
 */
export class AsOfJoin<Row = Record<string, Cell>> implements Iterable<Row> {
  readonly #joined: Joined;
  #labelColumns: ReadonlySet<string> | undefined;
  #addedColumns: ReadonlyMap<string, string> | undefined;

  /** @internal Made by `BronzeStore.joinAsOf` and `Timeline.joinAsOf`. */
  constructor(joined: Joined) {
    this.#joined = joined;
  }

  /** What the answer was made from. */
  get provenance(): JoinProvenance {
    return this.#joined.provenance;
  }

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#joined.omitted;
  }

  /** Number of rows: the labels, where `on` is the whole key. */
  get length(): number {
    return this.#joined.labelOf.length;
  }

  /** Names of the columns: the labels', then the added ones. */
  get columns(): readonly string[] {
    return [...this.#labelNames(), ...this.#joined.added.map(({ as }) => as)];
  }

  /** All rows, in the order of the labels, then of the keys; a fresh array of fresh objects each time. */
  rows(): Row[] {
    const row = this.#rowMaker();
    const rows = new Array<Row>(this.length);
    for (let i = 0; i < rows.length; i++) rows[i] = row(i);
    return rows;
  }

  *[Symbol.iterator](): Iterator<Row> {
    const row = this.#rowMaker();
    for (let i = 0; i < this.length; i++) yield row(i);
  }

  /**
   * One column, in the order of the rows.
   * @throws BronzeError `UNKNOWN_COLUMN`
   */
  column<Name extends keyof Row & string>(name: Name): Row[Name][] {
    const { labels, labelOf, partOf, rowOf, parts, added } = this.#joined;
    this.#addedColumns ??= new Map(added.map(({ as, name }) => [as, name]));
    const source = this.#addedColumns.get(name);
    if (source !== undefined) {
      const cells = parts.map((part) => part.get(source)?.cell ?? NO_CELL);
      return Array.from(rowOf, (row, i) => cells[partOf[i]!]!(row)) as Row[Name][];
    }
    this.#assertColumn(name);
    return Array.from(labelOf, (label) => labels[label]![name]) as Row[Name][];
  }

  /**
   * The whole answer as an Apache Arrow table, its types as `Snapshot.toArrow` says. The labels' cutoffs, and the
   * columns that were matched with instants of the dataset, are instants in whatever form they were given.
   * @param lib the caller's own apache-arrow, as for `Snapshot.toArrow`
   * @throws BronzeError `TYPE_CLASH` where a column has values of several types, `INVALID_ARGUMENT` as `Snapshot.toArrow`
   */
  async toArrow(lib?: ArrowModule): Promise<arrow.Table> {
    const { added } = this.#joined;
    const columns = new Map<string, Column>();
    for (const name of this.#labelNames()) columns.set(name, this.#labelColumn(name));
    for (const { name, as } of added) columns.set(as, this.#addedColumn(name));
    return toArrowTable(columns, await arrowModule(lib));
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** How many rows, of what, and what else a person should know. */
  toString(): string {
    const { dataset, labels, labelsMatched, labelsBeforeUsable, dates, datesWithoutFiles } = this.provenance;
    const notes = notesOf(
      this.provenance,
      labelsBeforeUsable > 0 ? `${counted(labelsBeforeUsable, "label")} answered` : undefined,
    );
    return [
      `AsOfJoin with ${dataset}: ${this.length} rows for ${labels} labels, ${labelsMatched} of them matched`,
      ...(datesWithoutFiles.length > 0
        ? [`${datesWithoutFiles.length} of ${counted(dates.length, "day")} had no file`]
        : []),
      ...notes,
    ].join("\n  ");
  }

  #rowMaker(): (i: number) => Row {
    const { labels, labelOf, partOf, rowOf, parts, added } = this.#joined;
    const cells = parts.map((part) => added.map(({ name }) => part.get(name)?.cell ?? NO_CELL));
    const names = added.map(({ as }) => as);
    let last = -1;
    let model: Record<string, unknown> = {};
    return (i) => {
      const label = labelOf[i]!;
      if (label !== last) {
        last = label;
        model = labels[label]!;
        // Copying a row that has all columns costs a tenth of adding them one by one.
        if (labelOf[i + 1] === label) {
          model = { ...model };
          for (const name of names) model[name] = null;
        }
      }
      const row = { ...model };
      const own = cells[partOf[i]!]!;
      const at = rowOf[i]!;
      for (let column = 0; column < names.length; column++) row[names[column]!] = own[column]!(at);
      return row as Row;
    };
  }

  #labelNames(): ReadonlySet<string> {
    if (!this.#labelColumns) {
      const names = new Set<string>();
      for (const label of this.#joined.labels) for (const name in label) names.add(name);
      this.#labelColumns = names;
    }
    return this.#labelColumns;
  }

  #labelColumn(name: string): Column {
    const { labels, labelTypes, labelOf } = this.#joined;
    const values = labels.map((label) => label[name]);
    const column = labelColumn(name, values, labelTypes.get(name));
    return take(column.type, [column], new Uint8Array(labelOf.length), labelOf);
  }

  #addedColumn(name: string): Column {
    const { partOf, rowOf, parts } = this.#joined;
    const known = parts.map((part) => part.get(name));
    // A column that has integers on one day and doubles on another is unified, as between the files of one day.
    const types = known.flatMap((column, i) =>
      column ? [{ path: `part ${i}`, columns: new Map([[name, column.type]]) }] : [],
    );
    const type = unifyColumns(types).get(name) ?? { kind: "null" };
    const columns = known.map(
      (column) => column && convertColumn(column.column(), type, { path: "the join", name }),
    );
    return take(type, columns, partOf, rowOf);
  }

  #assertColumn(name: string): void {
    if (this.#labelNames().has(name)) return;
    const { columns } = this;
    const { dataset } = this.provenance;
    throw new BronzeError(
      "UNKNOWN_COLUMN",
      `This join with "${dataset}" has no column ${shown(name)}; it has ${columns.join(", ")}.`,
      { dataset, column: name },
    );
  }
}

const NO_CELL: CellReader = () => null;

/**
 * A column of the caller's values, for Arrow: text, numbers (DOUBLE), bigints (INT64), booleans, instants (`Date`,
 * `Temporal`), bytes; lists and objects as they are. Absent values are null.
 *
 * @param known the column's type, if known; instants are then accepted in any of their forms
 * @throws BronzeError `TYPE_CLASH` naming the column and the value that does not fit
 */
function labelColumn(name: string, values: readonly unknown[], known?: ColumnType): Column {
  const example = values.find((value) => value !== null && value !== undefined);
  const type = known ?? typeOfValue(example);
  const isInstant = type.kind === "timestamp" && type.utc;
  const cells = isInstant ? values.map((value) => (value == null ? null : nsOf(value))) : values;
  try {
    return columnFromCells(type, cells);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BronzeError(
      "TYPE_CLASH",
      `Column "${name}" of the labels cannot be an Arrow column: ${error.message}. Give its values one type.`,
      { column: name },
      { cause: error },
    );
  }
}

function nsOf(value: unknown): unknown {
  return typeof value === "object" || typeof value === "string" ? toEpochNs(value as InstantLike) : value;
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
  const isInstant =
    value instanceof Date || typeof (value as { epochNanoseconds?: unknown }).epochNanoseconds === "bigint";
  return isInstant ? INSTANT : { kind: "nested", shape: "of the labels" };
}

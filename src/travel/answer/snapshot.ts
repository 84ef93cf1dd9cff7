import type * as arrow from "apache-arrow";
import { BronzeError } from "../../errors.js";
import {
  type ArrowModule,
  arrowModule,
  type Cell,
  type Column,
  comparatorFor,
  storedCell,
  toArrowTable,
} from "../../table/index.js";
import type { OmittedColumn } from "../frame/frame.js";
import { type RowReader, unknownColumn } from "../frame/row-reader.js";
import { notesOf } from "../rule/captures.js";
import { renderHtml, renderText, type SnapshotView } from "./display.js";
import type { Provenance } from "./provenance.js";

/** What a timeline passes to a snapshot. @internal */
interface Selection {
  readonly dataset: string;
  readonly key: readonly string[];
  readonly reader: RowReader;
  /** Frame rows in key order, one per key. */
  readonly selected: Uint32Array;
  readonly cutoff: bigint;
  readonly omitted: readonly OmittedColumn[];
  /** One column of `selected`, as cells that the caller may keep. */
  cells(name: string): Cell[];
  provenance(): Provenance;
}

/**
 * The state of a dataset at one cutoff: one row per key, in key order. Immutable; rows and columns are read from the
 * files' columns when they are asked for.
 *
 * Prints itself as a small table in a terminal and in Jupyter or Deno notebooks.
 *
 * @example
 * ```ts
 * const lines = day.asOf("2026-01-15T23:45:00Z");
 * lines.length;                                       // 40
 * lines.get({ game_id: "0022500561", book: "dk" });   // { game_id: ..., price: -110, as_of_ts: 1768520400000000000n }
 * lines.column("price");                              // [-110, -105, ...]
 * lines.provenance.files;                             // what it was made from
 * ```
 */
export class Snapshot<Row = Record<string, Cell>, Key = Partial<Row>> implements Iterable<Row> {
  readonly #selection: Selection;
  #provenance: Provenance | undefined;

  /** @internal */
  constructor(selection: Selection) {
    this.#selection = selection;
  }

  /** The cutoff, in epoch nanoseconds. */
  get cutoff(): bigint {
    return this.#selection.cutoff;
  }

  /** Number of rows. */
  get length(): number {
    return this.#selection.selected.length;
  }

  /** Names of the columns, in order. */
  get columns(): readonly string[] {
    return this.#selection.reader.names;
  }

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#selection.omitted;
  }

  /** What the answer was made from. Counted when it is first asked for. */
  get provenance(): Provenance {
    this.#provenance ??= this.#selection.provenance();
    return this.#provenance;
  }

  /** All rows, in key order; a fresh array of fresh objects each time. */
  rows(): Row[] {
    const { reader, selected } = this.#selection;
    return Array.from(selected, (row) => reader.row(row) as Row);
  }

  *[Symbol.iterator](): Iterator<Row> {
    const { reader, selected } = this.#selection;
    for (const row of selected) yield reader.row(row) as Row;
  }

  /**
   * The row of a key, or `undefined` when nothing held for it at the cutoff.
   * @throws BronzeError `INVALID_ARGUMENT` when a key column is missing
   */
  get(key: Key): Row | undefined {
    const { reader, selected } = this.#selection;
    const wanted = keyCells(
      this.#selection.dataset,
      this.#selection.key,
      key as Record<string, Cell>,
      reader,
    );
    let low = 0;
    let high = selected.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = this.#compare(selected[middle]!, wanted);
      if (order === 0) return reader.row(selected[middle]!) as Row;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /**
   * One column, in key order.
   * @throws BronzeError `UNKNOWN_COLUMN`, `UNSUPPORTED_TYPE` for one that was left out
   */
  column<Name extends keyof Row & string>(name: Name): Row[Name][] {
    this.#assertColumn(name);
    return this.#selection.cells(name) as Row[Name][];
  }

  /**
   * The whole answer as an Apache Arrow table: text as `Dictionary<Utf8, Int32>`, instants as `Timestamp<unit, "UTC">`
   * (Arrow's own `.get()` of nanoseconds is a lossy float), dates as `Date32`, decimals as `Decimal128`.
   *
   * @param lib the caller's own apache-arrow. Default: what `import` (in a program that took this library by `require`,
   * `require`) gives. Its functions take no table of another copy.
   * @throws BronzeError `INVALID_ARGUMENT` where the process took this library in both ways and `lib` is left out
   * @example
   * ```ts
   * import { tableToIPC } from "apache-arrow";
   * writeFileSync("lines.arrow", tableToIPC(await snapshot.toArrow(), "file"));
   * ```
   */
  async toArrow(lib?: ArrowModule): Promise<arrow.Table> {
    const { reader, selected } = this.#selection;
    const columns = new Map<string, Column>();
    for (const name of reader.names) columns.set(name, reader.column(name, selected));
    return toArrowTable(columns, await arrowModule(lib));
  }

  #compare(row: number, wanted: readonly Cell[]): number {
    const { key, reader } = this.#selection;
    for (let i = 0; i < key.length; i++) {
      const order = comparatorFor(reader.typeOf(key[i]!))(reader.cell(key[i]!, row), wanted[i]!);
      if (order !== 0) return order;
    }
    return 0;
  }

  #assertColumn(name: string): void {
    const { dataset, reader, omitted } = this.#selection;
    if (!reader.has(name)) throw unknownColumn(dataset, name, reader.names, omitted);
  }

  /** Ten rows are enough to recognize it; a million would flood the terminal. */
  #view(): SnapshotView {
    const { dataset, reader, selected, cutoff, omitted } = this.#selection;
    const { provenance } = this;
    const head = Array.from(selected.subarray(0, 10), (row) => reader.row(row));
    return {
      dataset,
      cutoff,
      length: selected.length,
      names: reader.names,
      omitted: omitted.map(({ column }) => column),
      typeOf: reader.typeOf,
      emptyBecause: provenance.emptyBecause,
      notes: notesOf(provenance, provenance.asOfUsableByCutoff ? undefined : "answered"),
      head,
    };
  }

  /** A small table: what it is, and its first rows. */
  toString(): string {
    return renderText(this.#view());
  }

  /** A small table for terminals, whatever the number of rows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return renderText(this.#view());
  }

  /** The same for Jupyter and Deno notebooks. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    const view = this.#view();
    return { "text/plain": renderText(view), "text/html": renderHtml(view) };
  }
}

/** The cells of a key given as an object. */
export function keyCells(
  dataset: string,
  columns: readonly string[],
  key: Record<string, Cell>,
  { typeOf }: Pick<RowReader, "typeOf">,
): Cell[] {
  return columns.map((column) => {
    const cell = key?.[column];
    if (cell === undefined) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `A key of "${dataset}" needs ${columns.join(", ")}; "${column}" is missing (null is a value, undefined is not).`,
        { dataset, column },
      );
    }
    // "9.5" and "9.50" are one decimal; cells have every digit of the scale.
    const type = typeOf(column);
    return type.kind === "decimal" ? (storedCell(cell, type, "bigint") ?? cell) : cell;
  });
}

import { BronzeError } from "../../errors.js";
import { counted } from "../../shown.js";
import type { ReadCost } from "../../storage/index.js";
import { type Cell, comparatorFor, type KeyGiven, storedCell, Tabular } from "../../table/index.js";
import { formatInstant, type InstantLike, toEpochNs } from "../../time/index.js";
import type { OmittedColumn } from "../frame/frame.js";
import { type RowReader, type RowSource, unknownColumn } from "../frame/row-reader.js";
import { notesOf } from "../rule/captures.js";
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
  readonly cost: ReadCost;
  /** One column of `selected`, as cells that the caller may keep. */
  cells(name: string): Cell[];
  provenance(): Provenance;
}

/**
 * The state of a dataset at one cutoff: one row per key, in key order. Immutable; rows and columns are read from the
 * files' columns when they are asked for.
 *
 * Prints itself as a small table in a terminal and in Jupyter or Deno notebooks, and can be taken out as rows, columns, a
 * matrix, Arrow, Parquet, CSV and JSON.
 *
 * @typeParam Instants the names of the columns that hold instants; `string` where the types do not tell
 * @example
 * ```ts
 * const lines = day.asOf("2026-01-15T23:45:00Z");
 * lines.length;                                       // 40
 * lines.get({ game_id: "0022500561", book: "dk" });   // { game_id: ..., price: -110, as_of_ts: 1768520400000000000n }
 * lines.column("price");                              // [-110, -105, ...]
 * lines.provenance.files;                             // what it was made from
 * ```
 * @category Answers
 */
export class Snapshot<
  Row = Record<string, Cell>,
  Key = Partial<Row>,
  Instants extends string = string,
> extends Tabular<Row, Instants> {
  readonly #selection: Selection;
  #provenance: Provenance | undefined;

  /** @internal */
  constructor(selection: Selection) {
    const { dataset, reader, selected, cutoff, omitted } = selection;
    let own: readonly string[] | undefined;
    const names = () => {
      own ??= reader.namesIn(selected);
      return own;
    };
    super({
      names,
      length: () => selected.length,
      typeOf: reader.typeOf,
      rowReader: () => (row) => reader.row(selected[row]!, names()),
      cells(name) {
        if (!reader.has(name)) throw unknownColumn(dataset, name, reader, omitted);
        return selection.cells(name);
      },
      column: (name) => reader.column(name, selected),
      about: () => {
        const { emptyBecause, asOfUsableByCutoff } = this.provenance;
        return {
          title: `Snapshot of ${dataset} at ${formatInstant(cutoff)}: ${counted(selected.length, "row")}`,
          omitted: omitted.map(({ column }) => column),
          emptyBecause,
          notes: notesOf(this.provenance, asOfUsableByCutoff ? undefined : "answered", reader.times),
        };
      },
    });
    this.#selection = selection;
  }

  /** The cutoff, in epoch nanoseconds. */
  get cutoff(): bigint {
    return this.#selection.cutoff;
  }

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#selection.omitted;
  }

  /** What was asked of the storage for it; of an answer of a timeline or a day, what reading that cost. */
  get cost(): ReadCost {
    return this.#selection.cost;
  }

  /**
   * What the answer was made from. Counted when it is first asked for.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  get provenance(): Provenance {
    this.#provenance ??= this.#selection.provenance();
    return this.#provenance;
  }

  /**
   * Which file each row came from, and which row of it: one place for each row of `rows()`.
   * @example
   * ```ts
   * const at = lines.column("price").indexOf(-110);
   * lines.sources()[at]; // { file: "bronze/odds_raw/season=2025/date=2026-01-15/hour=18/odds.parquet", rowInFile: 3 }
   * ```
   */
  sources(): RowSource[] {
    const { reader, selected } = this.#selection;
    return Array.from(selected, reader.sourceOf);
  }

  /**
   * The row of a key, or `undefined` when nothing held for it at the cutoff.
   *
   * @throws BronzeError `INVALID_ARGUMENT` when a key column is missing, `INVALID_INSTANT`; of the cells, which are decoded when they
   * are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone)
   * and `TYPE_CLASH` (what does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * snapshot.get({ game_id: "0022500561", book: "dk", market: "h2h" })?.price;
   * ```
   */
  get(key: KeyGiven<Key, Instants>): Row | undefined {
    const { reader, selected } = this.#selection;
    const wanted = keyCells(
      this.#selection.dataset,
      this.#selection.key,
      key as Record<string, unknown>,
      reader,
    );
    let low = 0;
    let high = selected.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = this.#compare(selected[middle]!, wanted);
      if (order === 0) return reader.row(selected[middle]!, this.columns) as Row;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #compare(row: number, wanted: readonly Cell[]): number {
    const { key, reader } = this.#selection;
    for (let i = 0; i < key.length; i++) {
      const order = comparatorFor(reader.typeOf(key[i]!))(reader.cell(key[i]!, row), wanted[i]!);
      if (order !== 0) return order;
    }
    return 0;
  }
}

/**
 * The cells of a key given as an object.
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`
 */
export function keyCells(
  dataset: string,
  columns: readonly string[],
  key: Readonly<Record<string, unknown>>,
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
    const type = typeOf(column);
    if (type.kind === "timestamp" && type.utc && cell !== null)
      return toEpochNs(cell as InstantLike, `"${column}" of the key`);
    // "9.5" and "9.50" are one decimal; cells have every digit of the scale.
    return type.kind === "decimal"
      ? (storedCell(cell as Cell, type, "bigint") ?? (cell as Cell))
      : (cell as Cell);
  });
}

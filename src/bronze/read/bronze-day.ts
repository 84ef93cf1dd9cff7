import type * as arrow from "apache-arrow";
import { counted } from "../../shown.js";
import { type ArrowModule, arrowModule, type Cell, type Column, toArrowTable } from "../../table/index.js";
import type { InstantLike } from "../../time/index.js";
import {
  type AsOfOptions,
  type FileRead,
  type Frame,
  leftOut,
  type OmittedColumn,
  rowReader,
  type Snapshot,
  Timeline,
  unknownColumn,
} from "../../travel/index.js";
import type { DayFiles, IgnoredFile } from "./day-files.js";
import type { SkippedFile } from "./fetch-files.js";
import { withoutRetries } from "./retries.js";

/** What a day contains. @internal */
interface DayContents {
  readonly date: string;
  readonly files: DayFiles;
  readonly frame: Frame;
  readonly skipped: readonly SkippedFile[];
  readonly latestOnly: readonly Record<string, Cell>[];
}

/**
 * One domain date of a dataset as it lies on disk: every row of the history, or of the latest view where there is
 * no history. A missing day is empty, with the schema's columns.
 *
 * @example
 * ```ts
 * const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
 * day.source;                                   // "history"
 * day.rows().length;                            // 241920
 * day.asOf("2026-01-15T23:45:00Z").rows();      // the lines at tip-off
 * ```
 */
export class BronzeDay<Row = Record<string, Cell>, Key = Partial<Row>> implements Iterable<Row> {
  readonly #contents: DayContents;
  readonly #reader: ReturnType<typeof rowReader>;
  #rows: Uint32Array | undefined;
  #timeline: Timeline<Row, Key> | undefined;

  /** @internal Made by `BronzeStore.readBronzeDay`. */
  constructor(contents: DayContents) {
    this.#contents = contents;
    this.#reader = rowReader(contents.frame);
  }

  /** Name of the dataset. */
  get dataset(): string {
    return this.#contents.frame.dataset.name;
  }

  /** The domain date. */
  get date(): string {
    return this.#contents.date;
  }

  /** Which of the two was read; `none` for an empty day. */
  get source(): "history" | "latest" | "none" {
    return this.#contents.files.source;
  }

  /** The files that were read, in partition order. */
  get files(): readonly FileRead[] {
    return this.#contents.frame.parts.map(({ path, rows, sizeBytes }) => ({ path, rows, sizeBytes }));
  }

  /** Names in the folder that were passed over, and why. */
  get ignored(): readonly IgnoredFile[] {
    return this.#contents.files.ignored;
  }

  /** Corrupt files that were passed over because `onCorrupt` is `skip`. */
  get skipped(): readonly SkippedFile[] {
    return this.#contents.skipped;
  }

  /** Keys the latest view has and no history partition has: reported, never merged. */
  get latestOnlyKeys(): readonly Key[] {
    return this.#contents.latestOnly as readonly Key[];
  }

  /** Names of the columns, the schema's first. */
  get columns(): readonly string[] {
    return this.#reader.names;
  }

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#contents.frame.omitted ?? [];
  }

  /** Number of rows, a row repeated by a retry counted once. */
  get length(): number {
    return this.#distinct().length;
  }

  /** All rows in partition order, a row repeated by a retry once. */
  rows(): Row[] {
    return Array.from(this.#distinct(), (row) => this.#reader.row(row) as Row);
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (const row of this.#distinct()) yield this.#reader.row(row) as Row;
  }

  /**
   * One column of `rows()`.
   * @throws BronzeError `UNKNOWN_COLUMN`, `UNSUPPORTED_TYPE` for one that was left out
   */
  column<Name extends keyof Row & string>(name: Name): Row[Name][] {
    if (!this.#reader.has(name)) throw unknownColumn(this.dataset, name, this.#reader.names, this.omitted);
    return this.#reader.cells(name, this.#distinct()) as Row[Name][];
  }

  /**
   * `rows()` as an Apache Arrow table, its types as `Snapshot.toArrow` says.
   * @param lib the caller's own apache-arrow, as for `Snapshot.toArrow`
   * @throws BronzeError `INVALID_ARGUMENT` where the process took this library in both ways and `lib` is left out
   */
  async toArrow(lib?: ArrowModule): Promise<arrow.Table> {
    const columns = new Map<string, Column>();
    for (const name of this.#reader.names) columns.set(name, this.#reader.column(name, this.#distinct()));
    return toArrowTable(columns, await arrowModule(lib));
  }

  /** The day's history, indexed; built once. */
  timeline(): Timeline<Row, Key> {
    this.#timeline ??= new Timeline<Row, Key>(this.#contents.frame, [this.date]);
    return this.#timeline;
  }

  /**
   * The state of this day's rows at a cutoff. A question about a slate may need the day before too: ask the store
   * (`bronze.asOf(...).read(..., { date, lookbackDays: 1 })`).
   */
  asOf(cutoff: InstantLike, options: AsOfOptions = {}): Snapshot<Row, Key> {
    return this.timeline().at(cutoff, options);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** One line: dataset, date, rows, files, and what was passed over. */
  toString(): string {
    const from = `${counted(this.files.length, "file")} (${this.source})`;
    const skipped =
      this.skipped.length === 0 ? "" : `, ${counted(this.skipped.length, "corrupt file")} skipped`;
    const omitted = this.omitted.length === 0 ? "" : `; ${leftOut(this.omitted.map(({ column }) => column))}`;
    return `BronzeDay ${this.dataset} ${this.date}: ${counted(this.length, "row")} from ${from}${skipped}${omitted}`;
  }

  #distinct(): Uint32Array {
    this.#rows ??= withoutRetries(this.#contents.frame, this.#reader);
    return this.#rows;
  }
}

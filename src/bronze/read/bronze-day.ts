import { counted } from "../../shown.js";
import { NO_COST, type ReadCost } from "../../storage/index.js";
import { type Cell, Tabular } from "../../table/index.js";
import type { InstantLike } from "../../time/index.js";
import {
  type AsOfOptions,
  type FileRead,
  type Frame,
  type OmittedColumn,
  type RowSource,
  rowReader,
  type Snapshot,
  Timeline,
  unknownColumn,
} from "../../travel/index.js";
import type { DayFiles } from "./day-files.js";
import type { SkippedFile } from "./fetch-files.js";
import { withoutRetries } from "./retries.js";
import type { IgnoredFile } from "./unit-files.js";

/** What a day contains. @internal */
interface DayContents {
  readonly date: string;
  readonly files: DayFiles;
  readonly frame: Frame;
  /** As `Loaded` has it. */
  readonly comparable: () => Frame;
  readonly skipped: readonly SkippedFile[];
  readonly latestOnly: readonly Record<string, Cell>[];
}

/**
 * One domain date of a dataset as it lies on disk: every row of the history, or of the latest view where there is
 * no history. A missing day is empty, with the schema's columns. Rows are in partition order, a row repeated by a retry once;
 * columns are the schema's first. Prints itself as a small table, and can be taken out as a `Snapshot` can.
 *
 * @example
 * ```ts
 * const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
 * day.source;                                   // "history"
 * day.rows().length;                            // 241920
 * day.asOf("2026-01-15T23:45:00Z").rows();      // the lines at tip-off
 * ```
 * @category Bronze
 */
export class BronzeDay<
  Row = Record<string, Cell>,
  Key = Partial<Row>,
  Instants extends string = string,
> extends Tabular<Row, Instants> {
  readonly #contents: DayContents;
  readonly #sources: () => RowSource[];
  #timeline: Timeline<Row, Key, Instants> | undefined;

  /** @internal Made by `BronzeStore.readBronzeDay`. */
  constructor(contents: DayContents) {
    const { frame } = contents;
    const reader = rowReader(frame);
    const omitted = frame.omitted ?? [];
    let rows: Uint32Array | undefined;
    const distinct = () => {
      rows ??= withoutRetries(frame, contents.comparable);
      return rows;
    };
    let own: readonly string[] | undefined;
    const names = () => {
      own ??= reader.namesIn(distinct());
      return own;
    };
    super({
      names,
      length: () => distinct().length,
      typeOf: reader.typeOf,
      rowReader: () => (row) => reader.row(distinct()[row]!, names()),
      cells(name) {
        if (!reader.has(name)) throw unknownColumn(frame.dataset.name, name, reader, omitted);
        return reader.cells(name, distinct());
      },
      column: (name) => reader.column(name, distinct()),
      about: () => ({
        title: titleOf(contents, distinct().length),
        omitted: omitted.map(({ column }) => column),
        emptyBecause: null,
        notes: notesOf(contents),
      }),
    });
    this.#contents = contents;
    this.#sources = () => Array.from(distinct(), reader.sourceOf);
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

  /** What was asked of the storage for it. */
  get cost(): ReadCost {
    return this.#contents.frame.cost ?? NO_COST;
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

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#contents.frame.omitted ?? [];
  }

  /**
   * Which file each row came from, and which row of it: one place for each row of `rows()`.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  sources(): RowSource[] {
    return this.#sources();
  }

  /**
   * The day's history, indexed; built once.
   *
   * @throws BronzeError of the key's cells: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP`
   * (text without a zone) and `TYPE_CLASH`
   * @example
   * ```ts
   * const timeline = day.timeline();
   * timeline.history({ game_id, book, market }); // every row of the key, in selection order
   * ```
   */
  timeline(): Timeline<Row, Key, Instants> {
    this.#timeline ??= new Timeline<Row, Key, Instants>(this.#contents.frame, [this.date]);
    return this.#timeline;
  }

  /**
   * The state of this day's rows at a cutoff. A question about a slate may need the day before too: ask the store
   * (`bronze.asOf(...).read(..., { date, lookbackDays: 1 })`).
   *
   * @throws BronzeError `PRUNED`; of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT` and `INVALID_DURATION`; of the
   * cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted),
   * `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit the schema, such as an integer
   * past 2^53 under `z.int()`)
   * @example
   * ```ts
   * day.asOf("2026-01-15T23:45:00Z", { knownBy: "cutoff" }).rows();
   * ```
   */
  asOf(cutoff: InstantLike, options: AsOfOptions = {}): Snapshot<Row, Key, Instants> {
    return this.timeline().at(cutoff, options);
  }
}

function titleOf({ date, files, frame }: DayContents, rows: number): string {
  const from = `${counted(frame.parts.length, "file")} (${files.source})`;
  return `BronzeDay ${frame.dataset.name} ${date}: ${counted(rows, "row")} from ${from}`;
}

/** What was passed over. */
function notesOf({ skipped, files, latestOnly }: DayContents): string[] {
  const keys = `${counted(latestOnly.length, "key")} in the latest view that no history has`;
  return [
    ...(skipped.length > 0 ? [`${counted(skipped.length, "corrupt file")} skipped`] : []),
    ...(files.ignored.length > 0
      ? [`${counted(files.ignored.length, "name")} in the folder passed over`]
      : []),
    ...(latestOnly.length > 0 ? [keys] : []),
  ];
}

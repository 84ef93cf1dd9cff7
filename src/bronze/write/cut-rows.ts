import { type AnyDataset, problemLines, type RowProblem } from "../../dataset/index.js";
import { startSha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { exactText } from "../../table/index.js";
import { formatInstant } from "../../time/index.js";
import { columnsOfRows } from "./encode-rows.js";
import { SpilledRows } from "./spilled-rows.js";
import type { ValidRow, ValidRows } from "./validate-rows.js";
import { groupsOfRows, repeatedKeys, type WriteOptions } from "./write.js";

/** The most rows of a `changes` dataset that one file takes, where rows come in a stream. */
export const ROWS_PER_WRITE = 20_000;
/** The most rows that wait in memory while more come. */
const ROWS_IN_MEMORY = 10_000;

/** One of the writes that a stream of rows is cut into. */
interface PlannedWrite {
  readonly rows: number;
  /** Keys that stand more than once among them. */
  readonly repeatedKeys: number;
  /** Folders of the files it makes. */
  readonly folders: readonly string[];
  /** Hex SHA-256 of its rows, value by value, in their order. */
  readonly sha256: string;
}

/** How to cut. */
interface CutOptions {
  readonly write: WriteOptions;
  readonly nowNs: bigint;
  readonly rowsPerWrite: number;
  /** Whether rows of several states come: cut by the snapshot column, or else by source. */
  readonly several: boolean;
}

interface Pile {
  readonly name: string;
  /** Orders piles; the name where it is undefined. */
  readonly timeNs: bigint | undefined;
  readonly source: string;
}

/**
 * Rows in any number, sorted into writes before the first is made: of a `snapshot` dataset each whole state is one, of a
 * `changes` dataset so many rows of one folder. The same rows in the same order are cut alike, every time.
 */
export class RowCut {
  readonly #dataset: AnyDataset;
  readonly #options: CutOptions;
  readonly #rows: SpilledRows;
  readonly #piles = new Map<string, Pile>();

  constructor(dataset: AnyDataset, options: CutOptions) {
    this.#dataset = dataset;
    this.#options = options;
    this.#rows = new SpilledRows(dataset, Math.min(options.rowsPerWrite, ROWS_IN_MEMORY));
  }

  /**
   * Takes rows, in their order.
   *
   * @param source the file they are of, where that matters
   * @param captureIsGiven whether the rows themselves say when they were captured
   * @throws BronzeError `UNKNOWN_LOOKUP`, `MISSING_RUN`, `INVALID_ROWS`, `SNAPSHOT_SPLIT`, `INVALID_ARGUMENT`, `STORAGE_FAILED`
   */
  async add(
    { rows, stamped }: ValidRows,
    source = "",
    { captureIsGiven = true }: { readonly captureIsGiven?: boolean } = {},
  ): Promise<void> {
    const { write, nowNs } = this.#options;
    const { run } = write;
    const options = { ...(run && { run }), snapshot: { several: true } };
    const groups = groupsOfRows(this.#dataset, rows, options, nowNs);
    for (const group of groups) {
      const pile = this.#pileOf(group.path, group.rows, source, captureIsGiven);
      if (!this.#piles.has(pile.name)) this.#piles.set(pile.name, pile);
      await this.#rows.add(pile.name, group.rows, stamped);
    }
  }

  /** Rows of one group are of one state: the partition has cut by the snapshot column. */
  #pileOf(path: string, rows: readonly ValidRow[], source: string, captureIsGiven: boolean): Pile {
    const { partitionIs, snapshotTime, timestamps } = this.#dataset;
    if (partitionIs === "changes") return { name: path, timeNs: undefined, source };
    if (!this.#options.several) return { name: "the state", timeNs: undefined, source };
    // A capture that all rows of a file were given alike does not tell states apart; the file does.
    if (snapshotTime === undefined || (snapshotTime === timestamps.ingested && !captureIsGiven))
      return { name: `file ${source}`, timeNs: undefined, source };
    const timeNs = rows[0]![snapshotTime] as bigint;
    return { name: `time ${timeNs}`, timeNs, source };
  }

  /**
   * The writes, each checked as far as can be without writing.
   *
   * @throws BronzeError as a write of each, before anything is written
   */
  async plan(): Promise<PlannedWrite[]> {
    const { write, nowNs } = this.#options;
    const planned: PlannedWrite[] = [];
    const captures = new Map<bigint, string>();
    for (const pile of this.#ordered()) {
      for await (const { rows } of this.#parts(pile)) {
        const groups = groupsOfRows(this.#dataset, rows, write, nowNs);
        for (const group of groups) columnsOfRows(this.#dataset, group.rows);
        if (pile.name.startsWith("file ")) this.#assertOwnTime(pile, rows, captures);
        const folders = [...new Set(groups.map(({ path }) => path.slice(0, path.lastIndexOf("/"))))];
        const repeated = repeatedKeys(this.#dataset, rows);
        planned.push({ rows: rows.length, repeatedKeys: repeated, folders, sha256: this.#digestOf(rows) });
      }
    }
    return planned;
  }

  /** The rows of each write, in the order of the plan. @throws BronzeError `STORAGE_FAILED` */
  async *writes(): AsyncGenerator<ValidRows> {
    for (const pile of this.#ordered()) yield* this.#parts(pile);
  }

  /** Gives the temporary file back. */
  remove(): Promise<void> {
    return this.#rows.remove();
  }

  #parts(pile: Pile): AsyncGenerator<ValidRows> {
    const isChanges = this.#dataset.partitionIs === "changes";
    return this.#rows.parts(pile.name, isChanges ? this.#options.rowsPerWrite : Number.POSITIVE_INFINITY);
  }

  /** States by time, folders by name, files as they came. */
  #ordered(): Pile[] {
    const piles = [...this.#piles.values()];
    if (this.#dataset.partitionIs === "changes") return piles.sort((a, b) => (a.name < b.name ? -1 : 1));
    return piles.sort((a, b) => {
      if (a.timeNs === undefined || b.timeNs === undefined) return 0;
      return a.timeNs < b.timeNs ? -1 : 1;
    });
  }

  #digestOf(rows: readonly ValidRow[]): string {
    const names = [
      ...new Set([...this.#dataset.columns.keys(), this.#dataset.timestamps.ingested, "run_id"]),
    ];
    const hash = startSha256();
    for (const row of rows) hash.update(`${exactText(names.map((name) => row[name] ?? null))}\n`);
    return hash.hex();
  }

  /** Two states of the whole feed at one instant: which of them holds nobody has said. */
  #assertOwnTime({ source }: Pile, rows: readonly ValidRow[], captures: Map<bigint, string>): void {
    const { name, scope, timestamps } = this.#dataset;
    if (scope.length > 0) return;
    let newest: bigint | undefined;
    for (const row of rows) {
      const captured = row[timestamps.ingested];
      if (typeof captured === "bigint" && (newest === undefined || captured > newest)) newest = captured;
    }
    if (newest === undefined) return;
    const other = captures.get(newest);
    captures.set(newest, source);
    if (other === undefined) return;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${other} and ${source} are a state of "${name}" each, and both were captured at ${formatInstant(newest)}, so it is ` +
        "unknown which of them holds; nothing was written. Say when each was captured: { ingestedAt: ({ path }) => ... }, or bring each in on its own.",
      { dataset: name, files: [other, source] },
    );
  }
}

/** The same error, with its rows named by where they came from; `at` gets the number of a row in the call. */
export function namedRows(error: unknown, { name }: AnyDataset, at: (row: number) => string): unknown {
  if (!isBronzeError(error)) return error;
  const { code, details } = error;
  if (code !== "INVALID_ROWS" || !Array.isArray(details.problems)) return error;
  const problems = (details.problems as RowProblem[]).map((problem) => ({ ...problem, at: at(problem.row) }));
  return new BronzeError(
    "INVALID_ROWS",
    `Rows for "${name}" do not fit its schema; nothing was written.\n${problemLines(problems)}`,
    { dataset: name, problems },
    { cause: error },
  );
}

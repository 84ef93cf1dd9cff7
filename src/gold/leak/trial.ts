import {
  type AlterationChoice,
  AlteredFiles,
  type BronzeStore,
  type BronzeView,
  type DaySpan,
  datesOf,
  type LaterRow,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { saidBy } from "../../shown.js";
import { scratchFolder } from "../../storage/index.js";
import { exactly, formatInstant } from "../../time/index.js";
import { type LeakText, leakText } from "./leak-text.js";
import { type MovedCell, movedCells, type Output, outputCells } from "./output-cells.js";
import { capturesOf, NO_CAPTURES, type ReadCaptures } from "./read-captures.js";

/**
 * What a function under check is told besides the view.
 *
 * @category Leak check
 */
export interface LeakContext<Datasets extends readonly AnyDataset[]> {
  /** Epoch nanoseconds; also the view's. */
  readonly cutoff: bigint;
  /** The store, altered as the view is. */
  readonly bronze: BronzeStore<Datasets>;
  /** A folder on disk that holds the altered `bronze/` tree, for code that opens files itself; written when asked for. */
  root(): Promise<string>;
}

/** What is checked, and at which cutoff. */
interface TrialOptions<Datasets extends readonly AnyDataset[]> {
  readonly build: (at: BronzeView<Datasets>, context: LeakContext<Datasets>) => unknown;
  readonly bronze: BronzeStore<Datasets>;
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | undefined;
  readonly seed: number;
  readonly days: DaySpan | undefined;
}

/**
 * An output that depends on a row after its cutoff.
 *
 * @category Leak check
 */
export interface Leak {
  /** Epoch nanoseconds. */
  readonly cutoff: bigint;
  /** What was done to the row. */
  readonly alteration: "dropped" | "mangled";
  /** The smallest offending row: the earliest one by which the output moves. */
  readonly row: {
    readonly file: string;
    /** Counted from 0. */
    readonly rowInFile: number;
    /** Epoch nanoseconds. */
    readonly effective: bigint;
    readonly cells: Readonly<Record<string, unknown>>;
  };
  /** Whether that row moves the output by itself, and not only together with earlier ones. */
  readonly alone: boolean;
  /** Which cells of the output moved; at most 100 of them. */
  readonly moved: readonly MovedCell[];
  readonly movedCount: number;
}

/** How many of its changed cells a leak shows. */
const SHOWN = 100;

/** The outcome of one run. */
interface Outcome {
  readonly output: Output;
  readonly met: ReadonlySet<string>;
  /** For what was read through the view; empty for a run on altered files. */
  readonly captures: ReadCaptures;
  /** The error that the function threw. */
  readonly error: unknown;
}

/** All runs at one cutoff. */
export class Trial<Datasets extends readonly AnyDataset[]> {
  readonly #options: TrialOptions<Datasets>;
  readonly #files: AlteredFiles;

  constructor(options: TrialOptions<Datasets>) {
    const { bronze, cutoffNs, knownByNs } = options;
    this.#options = options;
    this.#files = new AlteredFiles(bronze.storage, bronze.datasets, { cutoffNs, knownByNs });
  }

  async check() {
    const { seed, cutoffNs } = this.#options;
    const untouched = await this.#run(undefined);
    if (untouched.error !== undefined) throw buildFailed(untouched.error, cutoffNs);
    const again = await this.#run(undefined);
    if (!isSame(untouched, again)) {
      const moved = movedCells(untouched.output.cells, again.output.cells);
      throw unstable(moved, cutoffNs, leakText(this.#options.bronze.datasets));
    }

    const met = new Set(untouched.met);
    let leak: Leak | undefined;
    for (const alteration of ["dropped", "mangled"] as const) {
      const altered = await this.#run({ alteration, isChosen: () => true, seed });
      for (const path of altered.met) met.add(path);
      if (isSame(untouched, altered)) continue;
      leak = await this.#leak(alteration, untouched, altered, seed);
      break;
    }
    const laterRows = (await this.#files.laterRows(met)).length;
    const hasOutput = untouched.output.saysSomething;
    const { captures } = untouched;
    return { leak, hasOutput, laterRows, met, captures, unaltered: this.#files.unaltered };
  }

  async #leak(
    alteration: Leak["alteration"],
    untouched: Outcome,
    altered: Outcome,
    seed: number,
  ): Promise<Leak> {
    const rows = await this.#files.laterRows(new Set([...untouched.met, ...altered.met]));
    const attempt = (chosen: ReadonlySet<LaterRow>) => {
      const places = new Set([...chosen].map(({ file, rowInFile }) => `${rowInFile} ${file}`));
      return this.#run({ alteration, seed, isChosen: (path, row) => places.has(`${row} ${path}`) });
    };
    const { row, before, after, alone } = await smallestLeak(rows, untouched, altered, attempt, isSame);
    const moved = movedCells(before.output.cells, after.output.cells);
    return {
      cutoff: this.#options.cutoffNs,
      alteration,
      row: {
        file: row.file,
        rowInFile: row.rowInFile,
        effective: row.effectiveNs,
        cells: row.cells(),
      },
      alone,
      moved: moved.slice(0, SHOWN),
      movedCount: moved.length,
    };
  }

  async #run(choice: AlterationChoice | undefined): Promise<Outcome> {
    const { bronze, build, cutoffNs, knownByNs, days } = this.#options;
    const met = new Set<string>();
    const folders: Awaited<ReturnType<typeof scratchFolder>>[] = [];
    let root: Promise<string> | undefined;
    const writeRoot = async () => {
      const folder = await scratchFolder();
      folders.push(folder);
      for await (const path of this.#files.paths(days && datesOf(days)))
        await folder.write(path, await this.#files.read(path, choice, met));
      return folder.root;
    };
    const context: LeakContext<Datasets> = {
      cutoff: cutoffNs,
      bronze,
      root() {
        root ??= writeRoot();
        return root;
      },
    };
    try {
      return await bronze.withStorage(this.#files.storage(choice, met), async () => {
        const view = bronze.asOf(exactly(cutoffNs), { knownBy: exactly(knownByNs) });
        // Split into cells here, while the store still uses the altered files.
        const output = outputCells(await build(view, context));
        return { output, met, captures: choice ? NO_CAPTURES : capturesOf(view.reads), error: undefined };
      });
    } catch (error) {
      // An error on other rows is an output too.
      const text = error instanceof Error ? `${error.name}: ${error.message}` : saidBy(error);
      const output = outputCells({ thrown: text });
      return { output, met, captures: NO_CAPTURES, error: error ?? "nothing" };
    } finally {
      for (const folder of folders) await folder.remove();
    }
  }
}

function isSame(a: Outcome, b: Outcome): boolean {
  return movedCells(a.output.cells, b.output.cells).length === 0;
}

function buildFailed(cause: unknown, cutoff: bigint): BronzeError {
  return new BronzeError(
    "BUILD_FAILED",
    `The function under check threw at ${formatInstant(cutoff)}, on the files as they are: ${saidBy(cause)}`,
    { cutoff },
    { cause },
  );
}

function unstable(moved: readonly MovedCell[], cutoff: bigint, text: LeakText): BronzeError {
  return new BronzeError(
    "BUILD_UNSTABLE",
    `The function under check gave another output when it ran again at ${formatInstant(cutoff)} on the same files: ` +
      `${text.moves(moved, moved.length)}. Take out its clock, its randomness or its memory; else no leak can be told from them.`,
    { cutoff, moved: moved.slice(0, SHOWN) },
  );
}

/** One row that moves the output, and the two outputs it stands between. */
interface Pivot<Row, Outcome> {
  readonly row: Row;
  readonly before: Outcome;
  readonly after: Outcome;
  /** Whether altering only this row changes the output; otherwise only together with earlier ones. */
  readonly alone: boolean;
}

/**
 * Finds one row that changes the output, given that altering none leaves it and altering all changes it: by halving the
 * rows in order, then by altering that row alone, then by altering all but it.
 */
async function smallestLeak<Row, Outcome>(
  rows: readonly Row[],
  untouched: Outcome,
  altered: Outcome,
  attempt: (chosen: ReadonlySet<Row>) => Promise<Outcome>,
  isSame: (a: Outcome, b: Outcome) => boolean,
): Promise<Pivot<Row, Outcome>> {
  let low = 0;
  let high = rows.length;
  let [before, after] = [untouched, altered];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const outcome = await attempt(new Set(rows.slice(0, middle)));
    if (isSame(outcome, untouched)) [low, before] = [middle, outcome];
    else [high, after] = [middle, outcome];
  }
  const row = rows[high - 1]!;
  const only = await attempt(new Set([row]));
  if (!isSame(only, untouched)) return { row, before: untouched, after: only, alone: true };
  const others = await attempt(new Set(rows.filter((other) => other !== row)));
  if (!isSame(others, altered)) return { row, before: others, after: altered, alone: true };
  return { row, before, after, alone: false };
}

import {
  type AlterationChoice,
  AlteredFiles,
  BronzeStore,
  type BronzeView,
  type DaySpan,
  datesOf,
  type LaterRow,
  SPAN_OPTIONS,
} from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import {
  assertIs,
  assertOptions,
  callback,
  given,
  group,
  iterable,
  type OptionTable,
  required,
  whole,
} from "../options.js";
import { saidBy } from "../shown.js";
import { scratchFolder } from "../storage/index.js";
import { exactly, formatInstant, type InstantLike, toEpochNs } from "../time/index.js";
import { type KnownBy, knownByNs } from "../travel/index.js";
import { type LeakText, leakText } from "./leak-text.js";
import { type MovedCell, movedCells, type OutputCells, outputCells, saysNothing } from "./output-cells.js";
import { addCaptures, capturesOf, NO_CAPTURES, type ReadCaptures } from "./read-captures.js";
import { smallestLeak } from "./smallest-leak.js";

/** What a function under check is told besides the view. */
export interface LeakContext<Datasets extends readonly AnyDataset[]> {
  /** Epoch nanoseconds; also the view's. */
  readonly cutoff: bigint;
  /** The store, altered as the view is. */
  readonly bronze: BronzeStore<Datasets>;
  /** A folder on disk that holds the altered `bronze/` tree, for code that opens files itself; written when asked for. */
  root(): Promise<string>;
}

/** How to check. */
export interface LeakCheckOptions<Datasets extends readonly AnyDataset[]> {
  readonly bronze: BronzeStore<Datasets>;
  /** The cutoffs to check at, each on its own. */
  readonly cutoffs: Iterable<InstantLike>;
  /**
   * Pins the view to rows captured by then, and takes every row captured later for one after the cutoff too: what the
   * live pipeline could not have seen. `cutoff`: each cutoff is its own bound. Default: no bound.
   */
  readonly knownBy?: KnownBy;
  /** Seed of what mangled rows hold. Default: 1. */
  readonly seed?: number;
  /** Days that `context.root()` writes. Default: the whole `bronze/` tree. */
  readonly days?: DaySpan;
}

export const LEAK_OPTIONS: OptionTable<LeakCheckOptions<readonly AnyDataset[]>> = {
  bronze: { is: "a BronzeStore", accepts: (value) => value instanceof BronzeStore, required: true },
  cutoffs: required(iterable),
  knownBy: given,
  seed: whole(0),
  days: group(SPAN_OPTIONS),
};

/** An output that depends on a row after its cutoff. */
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

/** A cutoff at which nothing could have leaked, or nothing would have shown it. */
export interface IdleCutoff {
  /** Epoch nanoseconds. */
  readonly cutoff: bigint;
  readonly because: "no output" | "no later rows";
}

/**
 * What a check without a leak looked at. The counts of captures are of what the function read through its view: without
 * `knownBy` no leak is what a backfill captured later under an earlier time, and they tell how much of that there is.
 */
export interface LeakCheck extends ReadCaptures {
  readonly cutoffs: number;
  /** Rows after their cutoff in the files that were read, over all cutoffs; never 0. */
  readonly laterRows: number;
  /** Cutoffs that prove nothing: choose others in their place. Never all of them. */
  readonly idle: readonly IdleCutoff[];
  /** Bronze files that were read. */
  readonly files: readonly string[];
  /** Bronze files that could not be read as data, and were left as they are. */
  readonly unaltered: readonly string[];
}

const SHOWN = 100;

/**
 * Proves that a function of a view depends on nothing after the cutoff: runs it on the store as it is, then with every
 * row after the cutoff dropped, then with those rows mangled (values, keys, times). The output must not move.
 *
 * It reaches what is read through the view, through the store (also one the function kept from elsewhere), and below
 * `context.root()`. It cannot see a file opened by a path of the function's own, a timeline or a day that was read
 * before, another `BronzeStore` of the same folder, frozen slates, or a network. File names stay as they are: that a
 * later run exists is not hidden. Under the `dataset` fallback a later row may turn the rule for all; that is reported,
 * for it is so.
 *
 * @throws BronzeError `LEAK`: `details.leaks` holds a `Leak` for each cutoff that has one, `details.captures` what a report
 * without a leak counts; `NOTHING_CHECKED` when there was no cutoff, or at none of them an output and a row after it in
 * what was read; `BUILD_UNSTABLE` when the function gives another output from the same files; `BUILD_FAILED` when it
 * throws on the files as they are
 * @example
 * ```ts
 * await leakCheck((at) => build(at), { bronze, cutoffs: ["2026-01-15T23:45:00Z"] });
 * ```
 */
export async function leakCheck<const Datasets extends readonly AnyDataset[]>(
  build: (at: BronzeView<Datasets>, context: LeakContext<Datasets>) => unknown,
  options: LeakCheckOptions<Datasets>,
): Promise<LeakCheck> {
  assertOptions(options, LEAK_OPTIONS, "leakCheck");
  assertIs(build, callback, "The function under check");
  const leaks: Leak[] = [];
  const met = new Set<string>();
  const unaltered = new Set<string>();
  const idle: IdleCutoff[] = [];
  let laterRows = 0;
  let cutoffs = 0;
  let captures = NO_CAPTURES;
  for (const given of options.cutoffs) {
    const cutoff = toEpochNs(given, "cutoff");
    const trial = new Trial(build, options, cutoff);
    const found = await trial.check();
    if (found.leak) leaks.push(found.leak);
    if (!found.hasOutput) idle.push({ cutoff, because: "no output" });
    else if (found.laterRows === 0) idle.push({ cutoff, because: "no later rows" });
    laterRows += found.laterRows;
    cutoffs++;
    captures = addCaptures(captures, found.captures);
    for (const path of found.met) met.add(path);
    for (const path of found.unaltered) unaltered.add(path);
  }
  if (leaks.length > 0) throw leakError(leaks, captures, leakText(options.bronze.datasets));
  const checked = {
    ...captures,
    cutoffs,
    laterRows,
    idle,
    files: [...met].sort(),
    unaltered: [...unaltered].sort(),
  };
  if (idle.length === cutoffs) throw nothingChecked(checked);
  return checked;
}

/** A check that looked at nothing has not passed. */
function nothingChecked(checked: LeakCheck): BronzeError {
  const { cutoffs, idle, files, unaltered } = checked;
  const left = unaltered.length === 0 ? "" : ` ${unaltered.length} of them could not be read as data.`;
  const why =
    cutoffs === 0
      ? "there is no cutoff to check at. Give at least one"
      : idle.every(({ because }) => because === "no output")
        ? "the function returned nothing (undefined, null, or an empty list) at any cutoff. Does it lack a return? Else choose cutoffs at which it has something to say"
        : files.length === 0
          ? "the function read no bronze file through the view, the store or context.root(). Let it read through one of them"
          : `at no cutoff was there both an output and a row after it in the ${files.length} files that were read.${left} Choose cutoffs with a future`;
  return new BronzeError("NOTHING_CHECKED", `The leak check proves nothing: ${why}.`, { ...checked });
}

/** What came of one run. */
interface Outcome {
  readonly cells: OutputCells;
  readonly met: ReadonlySet<string>;
  /** Of what was read through the view; of a run on altered files, nothing. */
  readonly captures: ReadCaptures;
  /** What the function threw. */
  readonly error: unknown;
}

/** All runs at one cutoff. */
class Trial<Datasets extends readonly AnyDataset[]> {
  readonly #build: (at: BronzeView<Datasets>, context: LeakContext<Datasets>) => unknown;
  readonly #options: LeakCheckOptions<Datasets>;
  readonly #cutoff: bigint;
  readonly #knownBy: bigint | undefined;
  readonly #files: AlteredFiles;

  constructor(
    build: (at: BronzeView<Datasets>, context: LeakContext<Datasets>) => unknown,
    options: LeakCheckOptions<Datasets>,
    cutoff: bigint,
  ) {
    const { bronze } = options;
    this.#build = build;
    this.#options = options;
    this.#cutoff = cutoff;
    this.#knownBy = knownByNs(options.knownBy, cutoff);
    this.#files = new AlteredFiles(bronze.storage, bronze.datasets, {
      cutoffNs: cutoff,
      knownByNs: this.#knownBy,
    });
  }

  async check() {
    const { seed = 1 } = this.#options;
    const untouched = await this.#run(undefined);
    if (untouched.error !== undefined) throw buildFailed(untouched.error, this.#cutoff);
    const again = await this.#run(undefined);
    if (!isSame(untouched, again)) {
      const moved = movedCells(untouched.cells, again.cells);
      throw unstable(moved, this.#cutoff, leakText(this.#options.bronze.datasets));
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
    const hasOutput = !saysNothing(untouched.cells);
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
    const moved = movedCells(before.cells, after.cells);
    return {
      cutoff: this.#cutoff,
      alteration,
      row: {
        file: row.file,
        rowInFile: row.rowInFile,
        effective: row.effectiveNs,
        cells: await this.#files.rowAt(row),
      },
      alone,
      moved: moved.slice(0, SHOWN),
      movedCount: moved.length,
    };
  }

  async #run(choice: AlterationChoice | undefined): Promise<Outcome> {
    const { bronze, days } = this.#options;
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
      cutoff: this.#cutoff,
      bronze,
      root() {
        root ??= writeRoot();
        return root;
      },
    };
    try {
      return await bronze.withStorage(this.#files.storage(choice, met), async () => {
        const view = bronze.asOf(exactly(this.#cutoff), { knownBy: exactly(this.#knownBy) });
        // Taken apart here, while the store still stands on the altered files.
        const cells = outputCells(await this.#build(view, context));
        return { cells, met, captures: choice ? NO_CAPTURES : capturesOf(view.reads), error: undefined };
      });
    } catch (error) {
      // Throwing on other rows is an output too.
      const text = error instanceof Error ? `${error.name}: ${error.message}` : saidBy(error);
      const cells = new Map([["thrown", text]]);
      return { cells, met, captures: NO_CAPTURES, error: error ?? "nothing" };
    } finally {
      for (const folder of folders) await folder.remove();
    }
  }
}

function isSame(a: Outcome, b: Outcome): boolean {
  return movedCells(a.cells, b.cells).length === 0;
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

function leakError(leaks: readonly Leak[], captures: ReadCaptures, text: LeakText): BronzeError {
  const lines = leaks.map(({ cutoff, alteration, row, alone, moved, movedCount }) => {
    const place = `row ${row.rowInFile} of ${row.file} (effective ${formatInstant(row.effective)})`;
    const together = alone ? "" : " together with earlier ones";
    return `At ${formatInstant(cutoff)} the output depends on ${place}: ${text.row(row.cells)}. With it ${alteration}${together}, ${text.moves(moved, movedCount)}.`;
  });
  return new BronzeError("LEAK", lines.join("\n"), { leaks, captures });
}

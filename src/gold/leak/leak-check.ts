import {
  aBronzeStore,
  type BronzeStore,
  type BronzeView,
  type DaySpan,
  SPAN_OPTIONS,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
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
} from "../../options.js";
import { summary, withText } from "../../printed.js";
import { counted } from "../../shown.js";
import { formatInstant, type InstantLike, toEpochNs } from "../../time/index.js";
import { type KnownBy, knownByNs } from "../../travel/index.js";
import { type LeakText, leakText } from "./leak-text.js";
import { addCaptures, NO_CAPTURES, type ReadCaptures } from "./read-captures.js";
import { type Leak, type LeakContext, Trial } from "./trial.js";

/**
 * How to check.
 *
 * @category Leak check
 */
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
  bronze: required(aBronzeStore),
  cutoffs: required(iterable),
  knownBy: given,
  seed: whole(0),
  days: group(SPAN_OPTIONS),
};

/**
 * A cutoff at which nothing could have leaked, or nothing would have shown it.
 *
 * @category Leak check
 */
export interface IdleCutoff {
  /** Epoch nanoseconds. */
  readonly cutoff: bigint;
  readonly because: "no output" | "no later rows";
}

/**
 * What a check without a leak looked at. The counts of captures are of what the function read through its view: without
 * `knownBy` no leak is what a backfill captured later under an earlier time, and they tell how much of that there is.
 *
 * @category Leak check
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
 * @throws BronzeError of the question, `INVALID_ARGUMENT` and `INVALID_INSTANT`; `LEAK`: `details.leaks` holds a
 * `Leak` for each cutoff that has one, `details.captures` what a report without a leak counts; `NOTHING_CHECKED`
 * when there was no cutoff, or at none of them an output and a row after it in what was read; `BUILD_UNSTABLE`
 * when the function gives another output from the same files; `BUILD_FAILED` when it throws on the files as they
 * are, whatever it is that it throws, `READ_ONLY` too, for a write through a store that it is lent; of the files
 * read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`,
 * `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
 * `STORAGE_FAILED`
 * @example
 * ```ts
 * await leakCheck((at) => build(at), { bronze, cutoffs: ["2026-01-15T23:45:00Z"] });
 * ```
 * @category Leak check
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
    const found = await new Trial({
      build,
      bronze: options.bronze,
      cutoffNs: cutoff,
      knownByNs: knownByNs(options.knownBy, cutoff),
      seed: options.seed ?? 1,
      days: options.days,
    }).check();
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
  return withText(checked, leakCheckText);
}

function leakCheckText({ cutoffs, laterRows, files, idle, unaltered, ...captures }: LeakCheck): string {
  const { rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence } = captures;
  return summary(`LeakCheck at ${counted(cutoffs, "cutoff")}: no leak`, [
    `${counted(laterRows, "row")} after the cutoff in ${counted(files.length, "file")}`,
    `captured later: ${counted(rowsCapturedLater, "row")}, and ${rowsCaptureUnknown} nobody knows when; ${counted(keysByLaterEvidence, "key")} by later evidence`,
    ...(unaltered.length > 0 ? [`${counted(unaltered.length, "file")} left as they are`] : []),
    ...idle.map(({ cutoff, because }) => `proves nothing at ${formatInstant(cutoff)}: ${because}`),
  ]);
}

/** A check that compared nothing has not passed. */
function nothingChecked(checked: LeakCheck): BronzeError {
  const { cutoffs, idle, files, unaltered } = checked;
  const left = unaltered.length === 0 ? "" : ` ${unaltered.length} of them could not be read as data.`;
  const why =
    cutoffs === 0
      ? "there is no cutoff to check at. Give at least one"
      : idle.every(({ because }) => because === "no output")
        ? "the function returned nothing (undefined, null, or an empty list) at any cutoff. Does it lack a return? Otherwise choose cutoffs at which it returns something"
        : files.length === 0
          ? "the function read no bronze file through the view, the store or context.root(). Let it read through one of them"
          : `at no cutoff was there both an output and a row after it in the ${files.length} files that were read.${left} Choose cutoffs with a future`;
  return new BronzeError("NOTHING_CHECKED", `The leak check proves nothing: ${why}.`, { ...checked });
}

function leakError(leaks: readonly Leak[], captures: ReadCaptures, text: LeakText): BronzeError {
  const lines = leaks.map(({ cutoff, alteration, row, alone, moved, movedCount }) => {
    const place = `row ${row.rowInFile} of ${row.file} (effective ${formatInstant(row.effective)})`;
    const together = alone ? "" : " together with earlier ones";
    return `At ${formatInstant(cutoff)} the output depends on ${place}: ${text.row(row.cells)}. With it ${alteration}${together}, ${text.moves(moved, movedCount)}.`;
  });
  return new BronzeError("LEAK", lines.join("\n"), { leaks, captures });
}

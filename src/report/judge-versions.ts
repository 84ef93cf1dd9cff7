import type { Explanation, Step, Timeline, Version } from "../index.js";
import { type Axis, OUTCOMES } from "./page/data.js";

/** The two questions there are: by all that is known now, and by what was captured at the cutoff. */
export const AXES: readonly Axis[] = ["held", "known"];
export const OPTIONS = { held: {}, known: { knownBy: "cutoff" } } as const;

/** The last instant there is: a question at it sees every version. */
export const LAST_NS = 2n ** 63n - 1n;

/** A key with all that the library says of it. */
export interface AskedKey {
  readonly key: ReturnType<Timeline["keys"]>[number];
  readonly versions: readonly Version<unknown>[];
  readonly steps: Readonly<Record<Axis, readonly Step<unknown>[]>>;
}

/** What becomes of a key's versions, where it changes. `at` is null for what was so from ever. */
interface Judged {
  readonly outcomes: {
    readonly at: bigint | null;
    readonly version: number;
    readonly outcome: number;
  }[];
  readonly gone: {
    readonly at: bigint;
    readonly file: string | null;
    readonly time: bigint | null;
  }[];
  /** Where a version goes by other times than in the key's history. */
  readonly times: {
    readonly at: bigint | null;
    readonly version: number;
    readonly effective: bigint | null;
    readonly byFallback: boolean;
  }[];
}

/** Asks for a verdict at each instant at which a version of the key, or an answer, comes to count. */
export function judge(
  lean: Timeline,
  { key, versions, steps }: AskedKey,
  axis: Axis,
  together: readonly bigint[],
): Judged {
  const at = new Set(axis === "known" ? together : []);
  for (const { effective, ingested } of versions) {
    if (effective !== null) at.add(effective);
    // Without a bound on captures, none changes an answer.
    if (ingested !== null && axis === "known") at.add(ingested);
  }
  for (const { from } of steps[axis]) at.add(from);
  // Files of coarser units hold instants that no cutoff reaches.
  const instants = [...at].filter((ns) => BigInt.asIntN(64, ns) === ns).sort((a, b) => (a < b ? -1 : 1));
  const found: Judged = { outcomes: [], gone: [], times: [] };
  const now: number[] = new Array(versions.length).fill(0);
  const by = versions.map(({ effective, byFallback }) => ({ effective, byFallback }));
  let shownGone: Explanation["goneIn"];
  const ask = lean.verdicts(key, OPTIONS[axis]);
  const record = (cutoff: bigint, { rules, goneIn, ...times }: Verdict) => {
    const stamp = instants.length === 0 || cutoff < instants[0]! ? null : cutoff;
    for (const [version, rule] of rules.entries()) {
      const outcome = NUMBERS[rule];
      if (now[version] !== outcome) found.outcomes.push({ at: stamp, version, outcome });
      now[version] = outcome;
      // Elsewhere a version goes by the same times whatever is asked.
      if (together.length === 0) continue;
      const [effective, byFallback] = [times.effective(version), times.isByFallback(version)];
      if (by[version]!.effective === effective && by[version]!.byFallback === byFallback) continue;
      found.times.push({ at: stamp, version, effective, byFallback });
      by[version] = { effective, byFallback };
    }
    if (goneIn?.file !== shownGone?.file || goneIn?.time !== shownGone?.time)
      found.gone.push({ at: cutoff, file: goneIn?.file ?? null, time: goneIn?.time ?? null });
    shownGone = goneIn;
  };
  const moments = before(instants);
  for (const [i, cutoff] of moments.entries()) {
    const told = ask(cutoff);
    record(cutoff, told);
    // Of a key that holds nothing, a state without it changes the reason, at a time that is in none of its rows.
    if (told.rules.includes("won")) continue;
    const end = moments[i + 1] === undefined ? LAST_NS : moments[i + 1]! - 1n;
    for (const at of hiddenChanges(cutoff, end, ask)) record(at, ask(at));
  }
  return found;
}

type Verdict = ReturnType<ReturnType<Timeline["verdicts"]>>;

const NUMBERS = Object.fromEntries(OUTCOMES.map((outcome, i) => [outcome, i])) as Record<
  Verdict["rules"][number],
  number
>;

/** Instants after one, up to another, at which a verdict changes: found by halving, as evidence only grows. */
function hiddenChanges(from: bigint, to: bigint, ask: (cutoff: bigint) => Verdict): bigint[] {
  const changes: bigint[] = [];
  const last = reasonOf(ask(to));
  for (let at = from, now = reasonOf(ask(from)); now !== last; now = reasonOf(ask(at))) {
    let [low, high] = [at, to];
    while (high - low > 1n) {
      const middle = low + (high - low) / 2n;
      if (reasonOf(ask(middle)) === now) low = middle;
      else high = middle;
    }
    changes.push(high);
    at = high;
  }
  return changes;
}

function reasonOf({ rules, goneIn }: Verdict): string {
  return `${rules.join()} ${goneIn?.file} ${goneIn?.time}`;
}

/** Some instants, and the one before all of them. */
function before(instants: readonly bigint[]): readonly bigint[] {
  const first = instants[0];
  // What is never selectable is the same at every instant.
  if (first === undefined) return [LAST_NS];
  return first <= -LAST_NS ? instants : [first - 1n, ...instants];
}

/** Finds versions again by their places; where several parts have one path, by the order they come in. */
export function numberedPlaces(
  versions: readonly Version<unknown>[],
): () => (version: Version<unknown>) => number {
  const byFile = new Map<string, Map<number, number[]>>();
  let isEachAlone = true;
  for (const [i, { file, rowInFile }] of versions.entries()) {
    let rows = byFile.get(file);
    if (!rows) {
      rows = new Map();
      byFile.set(file, rows);
    }
    const own = rows.get(rowInFile);
    if (own) own.push(i);
    else rows.set(rowInFile, [i]);
    isEachAlone &&= own === undefined;
  }
  const placesOf = ({ file, rowInFile }: Version<unknown>) => byFile.get(file)!.get(rowInFile)!;
  if (isEachAlone) return () => (version) => placesOf(version)[0]!;
  return () => {
    const taken = new Map<number[], number>();
    return (version) => {
      const places = placesOf(version);
      const nth = taken.get(places) ?? 0;
      taken.set(places, nth + 1);
      return places[nth]!;
    };
  };
}

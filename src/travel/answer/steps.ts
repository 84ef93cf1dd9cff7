import type { VersionsFor } from "../rule/indexed-frame.js";
import { type KnownBy, knownByNs, questionOf } from "../rule/query.js";
import { type AskedVersions, winnerByRule } from "../rule/select.js";
import { nsAt } from "../rule/split-instants.js";
import { endOf } from "../rule/version-index.js";
import type { Version } from "./explain.js";

/**
 * What holds for a key from an instant on, until the next step.
 *
 * @category Answers
 */
export interface Step<Row> {
  /** The first instant at which it holds, in epoch nanoseconds: a nanosecond before, the answer is another. */
  readonly from: bigint;
  /** The row that holds, with its place and times; `undefined` where nothing does. */
  readonly holds: Version<Row> | undefined;
}

/** How the steps of keys are asked for. */
export interface StepsQuestion {
  readonly versionsFor: VersionsFor;
  readonly knownBy: KnownBy | undefined;
  readonly maxAgeNs: bigint | undefined;
  /** The latest cutoff that can be asked, where there is one. */
  readonly horizonNs: bigint | undefined;
}

/** The frame row that holds for a key from an instant on; -1 for none. */
interface KeyStep {
  readonly from: bigint;
  readonly row: number;
}

/**
 * The steps of keys. The answer can change only where a row or a snapshot comes to count or ceases to: each such instant is
 * asked about by the rule itself, and those where nothing changes are left out.
 *
 * @returns given a key and its rows, its steps, ascending
 */
export function stepsOfKeys(question: StepsQuestion): (key: number, rows: Iterable<number>) => KeyStep[] {
  const { versionsFor, knownBy, maxAgeNs, horizonNs } = question;
  const fixed = knownBy === "cutoff" ? undefined : knownByNs(knownBy, 0n);
  const last = horizonNs ?? MOST_NS;
  // Under the `dataset` fallback the times of all rows change when the first usable one was captured.
  const { times, snapshots } = versionsFor({ knownBy: undefined });
  const first = times.firstUsable;
  const ofAll = first ? [BigInt(first.high) * 1024n + BigInt(first.low)] : [];

  function instantsOf(key: number, rows: Iterable<number>): bigint[] {
    const instants = new Set(ofAll);
    const add = (ns: bigint | null) => {
      if (ns === null) return;
      instants.add(ns);
      if (maxAgeNs !== undefined) instants.add(ns + maxAgeNs + 1n);
    };
    for (const row of rows) {
      add(nsAt(times.asOf, row));
      add(nsAt(times.ingested, row));
    }
    for (const rank of snapshots?.covering(key) ?? []) {
      add(nsAt(snapshots!.times, rank));
      add(nsAt(snapshots!.captured, rank));
    }
    return [...instants].filter((ns) => ns <= last).sort((a, b) => (a < b ? -1 : 1));
  }

  return (key, rows) => {
    const steps: KeyStep[] = [];
    let holding = -1;
    for (const from of instantsOf(key, rows)) {
      const asked = questionOf({ cutoffNs: from, knownByNs: knownBy === "cutoff" ? from : fixed, maxAgeNs });
      const versions: AskedVersions = versionsFor(asked);
      const row = winnerByRule(versions, asked)(key, endOf(versions.index, key, asked.cutoff));
      if (row !== holding) steps.push({ from, row });
      holding = row;
    }
    return steps;
  };
}

const MOST_NS = 2n ** 63n - 1n;

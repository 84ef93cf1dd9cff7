import type { HistoryData, PackedAnswers, PackedEntries, StepsData } from "./data.js";

/*
 * Answers in little room, and back. Both sides use it: what is packed is unpacked to the same numbers, whatever they are.
 */

/** The ranks of a key's versions. */
export interface KeyRanks {
  readonly effective: readonly number[];
  readonly captured: readonly number[];
}

/** From here on an instant is a rank. */
const FAR = 1_000_000_000;
/** A version further away is not looked for. */
const NEAR = 8;

export function packAnswers(keys: readonly (StepsData & { readonly ranks: KeyRanks })[]): PackedAnswers {
  const steps = { counts: [] as number[], by: [] as number[], at: [] as number[] };
  const outcomes = { counts: [] as number[], by: [] as number[], at: [] as number[], what: [] as number[] };
  for (const key of keys) {
    packEntries(steps, key.ranks, key.steps, 2);
    packEntries(outcomes, key.ranks, key.outcomes, 3);
    for (let i = 2; i < key.outcomes.length; i += 3) outcomes.what.push(key.outcomes[i]!);
  }
  const some = (of: "gone" | "times") =>
    keys.flatMap((key, i): [number, readonly number[]][] => (key[of].length > 0 ? [[i, key[of]]] : []));
  return { steps, outcomes, gone: some("gone"), times: some("times") };
}

function packEntries(
  to: { counts: number[]; by: number[]; at: number[] },
  ranks: KeyRanks,
  list: readonly number[],
  width: number,
): void {
  let before = -1;
  for (let i = 0; i < list.length; i += width) {
    const [rank, version] = [list[i]!, list[i + 1]!];
    to.by.push(version - before);
    // What ends at an instant is told by the version before it.
    to.at.push(packInstant(ranks, rank, version < 0 ? before : version));
    before = version;
  }
  to.counts.push(list.length / width);
}

function packInstant({ effective, captured }: KeyRanks, rank: number, version: number): number {
  for (let far = 0; far <= NEAR; far++) {
    for (const by of far === 0 ? [0] : [far, -far]) {
      if (version + by < 0 || rank < 0) continue;
      if (effective[version + by] === rank) return 2 * by;
      if (captured[version + by] === rank) return 2 * by + 1;
    }
  }
  return FAR + rank;
}

/** The answers of each key, as they were packed. */
export function unpackAnswers(packed: PackedAnswers, ranks: readonly KeyRanks[]): StepsData[] {
  const steps = unpackEntries(packed.steps, ranks);
  const outcomes = unpackEntries(packed.outcomes, ranks, packed.outcomes.what);
  const gone = new Map(packed.gone);
  const times = new Map(packed.times);
  return ranks.map((_, i) => ({
    steps: steps[i]!,
    outcomes: outcomes[i]!,
    gone: gone.get(i) ?? [],
    times: times.get(i) ?? [],
  }));
}

function unpackEntries(
  { counts, by, at }: PackedEntries,
  ranks: readonly KeyRanks[],
  what?: readonly number[],
): number[][] {
  let next = 0;
  return counts.map((count, key) => {
    const { effective, captured } = ranks[key]!;
    const list: number[] = [];
    let before = -1;
    for (const end = next + count; next < end; next++) {
      const version = before + by[next]!;
      list.push(instantOf(at[next]!, version < 0 ? before : version), version);
      if (what) list.push(what[next]!);
      before = version;
    }
    return list;

    function instantOf(packed: number, near: number): number {
      if (packed >= FAR - 1) return packed - FAR;
      const version = near + (packed >> 1);
      return (packed & 1) === 0 ? effective[version]! : captured[version]!;
    }
  });
}

type VersionColumns = Pick<HistoryData, "effective" | "captured" | "file" | "row" | "keys">;

const COLUMNS = ["effective", "captured", "file", "row"] as const;

/** The columns of versions, each as what is added to the version before. */
export function packColumns<Of extends VersionColumns>(of: Of): Of {
  const packed = COLUMNS.map((name) => {
    const list = [...of[name]];
    for (const { first, count } of of.keys)
      for (let i = first + count - 1; i > first; i--) list[i]! -= list[i - 1]!;
    return [name, list];
  });
  return { ...of, ...Object.fromEntries(packed) };
}

/** The other way round. */
export function unpackColumns<Of extends VersionColumns>(of: Of): Of {
  const unpacked = COLUMNS.map((name) => {
    const list = [...of[name]];
    for (const { first, count } of of.keys)
      for (let i = first + 1; i < first + count; i++) list[i]! += list[i - 1]!;
    return [name, list];
  });
  return { ...of, ...Object.fromEntries(unpacked) };
}

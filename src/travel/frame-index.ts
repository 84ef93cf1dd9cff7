import { type EffectiveTimes, effectiveTimes } from "./effective-time.js";
import type { Frame } from "./frame.js";
import { encodeKeys, type KeyCodes } from "./key-codes.js";
import { rankSnapshots, type Snapshots } from "./snapshots.js";
import { buildVersionIndex, type VersionIndex } from "./version-index.js";

/**
 * What a question needs of a frame before it looks at a row, as plain arrays: steps that cost a pass over all rows, done
 * once and kept. What few questions ask for (the keys' codes, both times of every row) is not in it and is made from the
 * columns when it is asked for, by the same functions as without an index.
 *
 * Invariant: equal in every number to what those functions make of the frame it belongs to, under its dataset's rules.
 */
export interface FrameIndex {
  readonly keyCount: number;
  readonly versions: VersionIndex;
  readonly counts: Pick<EffectiveTimes, "notSelectable" | "ahead" | "firstUsable">;
  /** Where files are snapshots. */
  readonly snapshots: RankedSnapshots | undefined;
}

/** Snapshots without what is asked of single keys. */
export type RankedSnapshots = Omit<Snapshots, "covering" | "containing">;

/** Makes the index of a frame. */
export function indexFrame(frame: Frame): FrameIndex {
  const keys = encodeKeys(frame, frame.dataset.key);
  const times = effectiveTimes(frame);
  const versions = buildVersionIndex(keys, times);
  const isSnapshot = frame.dataset.partitionIs === "snapshot";
  return {
    keyCount: keys.count,
    versions,
    counts: times,
    snapshots: isSnapshot ? rankSnapshots(frame, times, keys, versions) : undefined,
  };
}

/** The keys of a frame, numbered at once or, where the frame has its index, when a number is asked for. */
export function keysOf(frame: Frame): KeyCodes {
  if (!frame.index) return encodeKeys(frame, frame.dataset.key);
  const whole = once(() => encodeKeys(frame, frame.dataset.key));
  return {
    count: frame.index.keyCount,
    get codes() {
      return whole().codes;
    },
    cells: (code) => whole().cells(code),
    codeOf: (cells) => whole().codeOf(cells),
  };
}

/** The parts of an index as selection takes them. */
export function indexedVersions(
  frame: Frame,
  { versions: index, counts, snapshots }: FrameIndex,
  keys: KeyCodes,
): { times: EffectiveTimes; index: VersionIndex; snapshots: Snapshots | undefined } {
  const whole = once(() => effectiveTimes(frame));
  const { notSelectable, ahead, firstUsable } = counts;
  const times: EffectiveTimes = {
    notSelectable,
    ahead,
    firstUsable,
    get effective() {
      return whole().effective;
    },
    get asOf() {
      return whole().asOf;
    },
    get ingested() {
      return whole().ingested;
    },
    get byFallback() {
      return whole().byFallback;
    },
  };
  const ranked = once(() => rankSnapshots(frame, times, keys, index));
  return {
    times,
    index,
    snapshots: snapshots && {
      ...snapshots,
      covering: (key) => ranked().covering(key),
      containing: (key) => ranked().containing(key),
    },
  };
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

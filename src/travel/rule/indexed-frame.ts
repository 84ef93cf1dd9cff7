import { type Frame, partOffsets } from "../frame/frame.js";
import { type RowReader, rowReader } from "../frame/row-reader.js";
import { type EffectiveTimes, effectiveTimes } from "./effective-time.js";
import { encodeKeys, type KeyCodes, type KeyFinder, keyFinder } from "./key-codes.js";
import type { Question } from "./query.js";
import type { Versions } from "./select.js";
import { rankSnapshots } from "./snapshots.js";
import { isAfter } from "./split-instants.js";
import { buildVersionIndex, type EndsAt, endsAtOf, type VersionIndex } from "./version-index.js";

/** A frame and what every question to it needs, made once. */
export interface IndexedFrame {
  readonly frame: Frame;
  readonly keys: KeyCodes;
  readonly reader: RowReader;
  /** The versions that answer a question. */
  readonly versionsFor: (question: Pick<Question, "knownBy">) => Versions;
  /** Finds keys by their values in some key columns, in that order; kept for the next question. */
  keysBy(on: readonly string[]): KeyFinder;
}

/** Makes ready what questions to a frame need. */
export function indexedFrame(frame: Frame, findEnds: FindEnds = endsAtOf): IndexedFrame {
  const { key } = frame.dataset;
  const keys = encodeKeys(frame, key);
  const reader = rowReader(frame);
  const finders = new Map<string, KeyFinder>();
  return {
    frame,
    keys,
    reader,
    versionsFor: versionsFor(frame, keys, reader, findEnds),
    keysBy(on) {
      const positions = on.map((column) => key.indexOf(column));
      const id = positions.join();
      let finder = finders.get(id);
      if (!finder) {
        finder = keyFinder(keys, positions);
        finders.set(id, finder);
      }
      return finder;
    },
  };
}

/**
 * Finds where each key's eligible versions end. `endsAtOf` does by searching; whoever asks often may bring a shorter way
 * to the same ends.
 */
export type FindEnds = (index: VersionIndex) => EndsAt;

/**
 * The versions that answer a question. They are the same for all questions but one kind: under the `dataset`
 * fallback a `knownBy` before any usable `as_of_ts` was captured makes every row fall back.
 */
export function versionsFor(
  frame: Frame,
  keys: KeyCodes,
  reader: RowReader,
  findEnds: FindEnds,
): (question: Pick<Question, "knownBy">) => Versions {
  const { timestamps } = frame.dataset;
  const isTombstone = tombstones(frame, reader);
  const own = versionsOf(frame, keys, reader, isTombstone, findEnds, effectiveTimes(frame));
  let fallen: Versions | undefined;
  return ({ knownBy }) => {
    const { firstUsable, anyUsable } = own.times;
    if (timestamps.fallback !== "dataset" || !knownBy || !anyUsable) return own;
    if (firstUsable && !isAfter(firstUsable, knownBy)) return own;
    fallen ??= versionsOf(
      frame,
      keys,
      reader,
      isTombstone,
      findEnds,
      effectiveTimes(frame, timestamps, true),
    );
    return fallen;
  };
}

function versionsOf(
  frame: Frame,
  keys: KeyCodes,
  reader: RowReader,
  isTombstone: Versions["isTombstone"],
  findEnds: FindEnds,
  times: EffectiveTimes,
): Versions {
  const index = buildVersionIndex(keys, times);
  const isSnapshot = frame.dataset.partitionIs === "snapshot";
  const snapshots = isSnapshot ? rankSnapshots(frame, times, keys, index) : undefined;
  return { times, index, endsAt: findEnds(index), snapshots, partOf: reader.partOf, isTombstone };
}

/** A row is asked once whether it is a tombstone. */
function tombstones({ dataset, parts }: Frame, reader: RowReader): Versions["isTombstone"] {
  const { tombstone } = dataset;
  if (!tombstone) return undefined;
  const known = new Int8Array(partOffsets(parts)[parts.length]!);
  return (row) => {
    if (known[row] === 0) known[row] = tombstone(reader.row(row)) ? 1 : -1;
    return known[row] === 1;
  };
}

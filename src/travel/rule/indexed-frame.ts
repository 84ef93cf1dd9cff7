import { type Frame, partOffsets } from "../frame/frame.js";
import { type RowReader, rowReader } from "../frame/row-reader.js";
import { type EffectiveTimes, effectiveTimes, isDecidedTogether } from "./effective-time.js";
import { encodeKeys, type KeyCodes, type KeyFinder, keyFinder } from "./key-codes.js";
import type { Question } from "./query.js";
import { type AskedVersions, type LateInKey, type Versions, type Winner, winnerByRule } from "./select.js";
import { rankSnapshots, type Snapshots } from "./snapshots.js";
import { isAfter } from "./split-instants.js";
import { buildVersionIndex, type EndsAt, endsAtOf, type VersionIndex } from "./version-index.js";

/** A frame and what every question about it needs, made once. */
export interface IndexedFrame {
  readonly frame: Frame;
  readonly keys: KeyCodes;
  readonly reader: RowReader;
  readonly versionsFor: VersionsFor;
  /** Finds keys by their values in some key columns, in that order; kept for the next question. */
  keysBy(on: readonly string[]): KeyFinder;
}

/** The versions that answer a question. */
export type VersionsFor = (question: Pick<Question, "knownBy">) => AskedVersions;

/**
 * The selection steps that have a faster version (`skip/`). It returns the same as the plain one, and each can be left
 * out.
 */
export interface Steps {
  /** Finds where each key's versions at or before a cutoff end. */
  readonly findEnds: (index: VersionIndex) => EndsAt;
  /** Finds the row of a key that holds. */
  readonly findWinner: (versions: Versions) => (question: Question) => Winner;
  /** Finds the keys with something that was not captured by the cutoff. */
  readonly findLate: (versions: Versions) => (question: Question) => LateInKey;
}

/** By the rule: each key is searched, each version is checked. */
const PLAIN: Steps = {
  findEnds: endsAtOf,
  findWinner: (versions) => (question) => winnerByRule(versions, question),
  findLate: () => () => () => true,
};

/** Prepares what questions about a frame need. */
export function indexedFrame(frame: Frame, shorter: Partial<Steps> = {}): IndexedFrame {
  const { key } = frame.dataset;
  const keys = encodeKeys(frame, key);
  const reader = rowReader(frame);
  const finders = new Map<string, KeyFinder>();
  return {
    frame,
    keys,
    reader,
    versionsFor: versionsFor(frame, keys, reader, { ...PLAIN, ...shorter }),
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
 * The versions are the same for all questions except one kind: under the `dataset` fallback a `knownBy` before any
 * usable
 * `as_of_ts` was captured makes every row fall back.
 */
function versionsFor(frame: Frame, keys: KeyCodes, reader: RowReader, steps: Steps): VersionsFor {
  const { timestamps } = frame.dataset;
  const isTombstone = tombstones(frame);
  const versionsBy = (times: EffectiveTimes): AskedVersions => {
    const index = buildVersionIndex(keys, times);
    const snapshots = snapshotsOf(frame, times, keys);
    const versions = { times, index, snapshots, partOf: reader.partOf, isTombstone };
    return {
      ...versions,
      endsAt: steps.findEnds(index),
      winnerAt: steps.findWinner(versions),
      lateAt: steps.findLate(versions),
    };
  };
  const own = versionsBy(effectiveTimes(frame));
  if (!isDecidedTogether(timestamps.fallback)) return () => own;
  const { firstUsable, anyUsable } = own.times;
  let allByCapture: AskedVersions | undefined;
  return ({ knownBy }) => {
    if (!knownBy || !anyUsable || (firstUsable && !isAfter(firstUsable, knownBy))) return own;
    allByCapture ??= versionsBy(effectiveTimes(frame, timestamps, true));
    return allByCapture;
  };
}

function snapshotsOf(frame: Frame, times: EffectiveTimes, keys: KeyCodes): Snapshots | undefined {
  const { partitionIs } = frame.dataset;
  switch (partitionIs) {
    case "changes":
      return undefined;
    case "snapshot":
      return rankSnapshots(frame, times, keys);
    default:
      return partitionIs satisfies never;
  }
}

/** Checks at most once per row whether it is a tombstone. */
function tombstones(frame: Frame): Versions["isTombstone"] {
  const { tombstone } = frame.dataset;
  if (!tombstone) return undefined;
  // Its own columns, so that it says the same whatever columns were asked for.
  const reader = rowReader({ ...frame, asked: tombstone.columns });
  const known = new Int8Array(partOffsets(frame.parts)[frame.parts.length]!);
  return (row) => {
    if (known[row] === 0) known[row] = tombstone.isOne(reader.row(row)) ? 1 : -1;
    return known[row] === 1;
  };
}

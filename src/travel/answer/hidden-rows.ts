import type { TimestampRules } from "../../dataset/index.js";
import { type DeclaredSnapshot, type Frame, partOffsets } from "../frame/frame.js";
import { effectiveTimes } from "../rule/effective-time.js";
import { snapshotTimes } from "../rule/snapshots.js";
import { isAtOrBefore, isNullAt, nsAt, type SplitInstants, splitInstant } from "../rule/split-instants.js";

/** The part of a file that no answer at a cutoff may depend on. */
export interface HiddenRows {
  /** Rows of the frame, ascending. */
  readonly rows: readonly HiddenRow[];
  /**
   * Whether this is a snapshot that counts at the cutoff. Then its hidden rows still show one known thing: that their
   * keys are not gone.
   */
  readonly speaks: boolean;
  /** The snapshot's own times; `undefined` where a file is not a snapshot. */
  readonly snapshot: Pick<DeclaredSnapshot, "timeNs" | "ingestedNs"> | undefined;
}

/** One such row. */
export interface HiddenRow {
  readonly row: number;
  readonly effectiveNs: bigint;
  /** Whether the effective time is `ingested_ts`. */
  readonly byFallback: boolean;
  /**
   * Whether it must stay in its file: because its capture is unknown, its snapshot is not evidence under `knownBy`.
   */
  readonly stays: boolean;
}

/**
 * The rows of one file that are after a cutoff: those with a later effective time, and under a `knownBy` bound those
 * captured later (or at an unknown time). Where the `dataset` fallback leaves open which time counts, a row without a
 * usable `as_of_ts` uses `ingested_ts`.
 *
 * @param frame with one part
 */
export function hiddenRows(frame: Frame, cutoffNs: bigint, knownByNs: bigint | undefined): HiddenRows {
  const { timestamps, partitionIs } = frame.dataset;
  const times = effectiveTimes(frame, { ...timestamps, fallback: rowByRow(timestamps.fallback) });
  const cutoff = splitInstant(cutoffNs);
  const knownBy = knownByNs === undefined ? undefined : splitInstant(knownByNs);
  const isKnown = (instants: SplitInstants, at: number) => !knownBy || isAtOrBefore(instants, at, knownBy);

  const rows: HiddenRow[] = [];
  const offsets = partOffsets(frame.parts);
  const disqualifies = (row: number) =>
    partitionIs === "snapshot" && knownBy !== undefined && isNullAt(times.ingested, row);
  for (let row = 0; row < offsets[offsets.length - 1]!; row++) {
    const effectiveNs = nsAt(times.effective, row);
    if (effectiveNs === null) continue;
    if (isAtOrBefore(times.effective, row, cutoff) && isKnown(times.ingested, row)) continue;
    rows.push({ row, effectiveNs, byFallback: times.byFallback[row] === 1, stays: disqualifies(row) });
  }
  switch (partitionIs) {
    case "changes":
      return { rows, speaks: false, snapshot: undefined };
    case "snapshot": {
      const own = snapshotTimes(frame, times, offsets);
      const isWhole = !knownBy || own.isWhole[0] === 1;
      return {
        rows,
        speaks: isAtOrBefore(own.time, 0, cutoff) && isKnown(own.ingested, 0) && isWhole,
        snapshot: { timeNs: nsAt(own.time, 0) ?? undefined, ingestedNs: nsAt(own.ingested, 0) ?? undefined },
      };
    }
    default:
      return partitionIs satisfies never;
  }
}

/** A policy's result for one row, whatever the others are. */
function rowByRow(policy: TimestampRules["fallback"]): TimestampRules["fallback"] {
  switch (policy) {
    case "row":
    case "dataset":
      return "row";
    case "never":
      return "never";
    default:
      return policy satisfies never;
  }
}

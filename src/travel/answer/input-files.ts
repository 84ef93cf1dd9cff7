import { type Frame, partOffsets } from "../frame/frame.js";
import { type EffectiveTimes, isAhead } from "../rule/effective-time.js";
import type { Snapshots } from "../rule/snapshots.js";
import { isAtOrBefore, type SplitInstant, splitInstant } from "../rule/split-instants.js";

/** The files an answer at a cutoff stands on, and what was counted in them. */
export interface InputFiles {
  readonly paths: ReadonlySet<string>;
  readonly rowsNotSelectable: number;
  readonly rowsAhead: number;
}

/**
 * A file stands behind an answer unless everything in it lies after the cutoff: each row, and in a `snapshot` dataset
 * the snapshot's own time. So what a feed publishes later never joins the files of an earlier answer.
 *
 * Under the `dataset` fallback every file stands, since any row's time can turn the rule.
 */
export function inputFilesAt(
  frame: Frame,
  times: EffectiveTimes,
  snapshots: Snapshots | undefined,
  cutoff: SplitInstant,
): InputFiles {
  const { timestamps } = frame.dataset;
  const lead = splitInstant(timestamps.maxLeadNs ?? 0n);
  const offsets = partOffsets(frame.parts);
  const paths = new Set<string>();
  let rowsNotSelectable = 0;
  let rowsAhead = 0;
  frame.parts.forEach((part, i) => {
    let notSelectable = 0;
    let ahead = 0;
    let eligible = false;
    for (let row = offsets[i]!; row < offsets[i + 1]!; row++) {
      if (times.effective.high[row] === Number.NEGATIVE_INFINITY) notSelectable++;
      else if (isAtOrBefore(times.effective, row, cutoff)) eligible = true;
      if (isAhead(times.asOf, times.ingested, row, lead)) ahead++;
    }
    const rank = snapshots ? snapshots.rankOfPart[i]! : -1;
    const isState = snapshots !== undefined && (rank < 0 || isAtOrBefore(snapshots.times, rank, cutoff));
    if (!eligible && !isState && notSelectable === 0 && part.rows > 0 && timestamps.fallback !== "dataset")
      return;
    paths.add(part.path);
    rowsNotSelectable += notSelectable;
    rowsAhead += ahead;
  });
  return { paths, rowsNotSelectable, rowsAhead };
}

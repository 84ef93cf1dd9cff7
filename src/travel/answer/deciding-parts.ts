import type { Frame } from "../frame/frame.js";
import type { Question } from "../rule/query.js";
import { type AskedVersions, eligiblePositions } from "../rule/select.js";
import { lastWithout, type Snapshots, snapshotsUntil } from "../rule/snapshots.js";
import { isAtOrBefore } from "../rule/split-instants.js";

/**
 * The parts that an answer's rows rest on: from these alone, and from any set of parts with these among them, the same
 * rows are selected. Which parts are counted, seen or eligible is not covered.
 *
 * - Of a key that holds, or that a tombstone ends: the part of its last eligible row. No other row of the key is later.
 * - Of a key that a snapshot may end, the newest state with an eligible row of it too: only a later state than that ends
 *   a key, and the states there are grow no more by leaving some out.
 * - Of a key that is gone: one state that shows it. Its rows, however many are left, lie before that state.
 */
export function decidingParts(frame: Frame, versions: AskedVersions, question: Question): Uint8Array {
  const { index, snapshots, partOf, isTombstone } = versions;
  const decides = new Uint8Array(frame.parts.length);
  const ranks = new Set<number>();
  const ends = versions.endsAt(question.cutoff);
  const rankOf = (position: number) => snapshots!.rankOfPart[partOf(index.rows[position]!)]!;
  const limit = snapshots && snapshotsUntil(snapshots, question.cutoff);
  for (let key = 0; key < ends.length; key++) {
    const positions = eligiblePositions(versions, key, ends[key]!, question);
    if (positions.length === 0) continue;
    const row = index.rows[positions.at(-1)!]!;
    if (snapshots && !isTombstone?.(row)) {
      const newest = positions.reduce((rank, position) => Math.max(rank, rankOf(position)), -1);
      const gone = lastEnding(snapshots, key, newest, limit!, question);
      ranks.add(gone < 0 ? newest : gone);
      if (gone >= 0) continue;
    }
    decides[partOf(row)] = 1;
  }
  if (!snapshots) return decides;
  // A state is whole or it is another one: the files of a folder that are one state decide together.
  for (let part = 0; part < decides.length; part++)
    if (decides[part] === 1 && snapshots.rankOfPart[part]! >= 0) ranks.add(snapshots.rankOfPart[part]!);
  for (let part = 0; part < decides.length; part++)
    if (snapshots.rankOfPart[part]! >= 0 && ranks.has(snapshots.rankOfPart[part]!)) decides[part] = 1;
  return decides;
}

/** The newest state that shows a key gone whose newest state is `rank`; -1 where none does. */
function lastEnding(
  snapshots: Snapshots,
  key: number,
  rank: number,
  limit: number,
  { knownBy }: Question,
): number {
  const accept = knownBy && ((own: number) => isAtOrBefore(snapshots.captured, own, knownBy));
  return lastWithout(snapshots.covering(key), snapshots.containing(key), rank, limit, accept);
}

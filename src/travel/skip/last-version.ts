import type { Question } from "../rule/query.js";
import { type Versions, type Winner, winnerByRule } from "../rule/select.js";
import { firstWithout, NEVER, type Snapshots, snapshotsUntil } from "../rule/snapshots.js";
import { isBefore } from "../rule/split-instants.js";

/**
 * Without `knownBy` the last version at or before the cutoff wins, and for snapshots one comparison shows whether the
 * key is gone. Other questions follow the rule.
 */
export function winnerByLastVersion(versions: Versions): (question: Question) => Winner {
  const { index, snapshots, isTombstone } = versions;
  const { starts, rows, times } = index;
  const goneAt = snapshots && goneAtPositions(versions, snapshots);
  return (question) => {
    const { cutoff, knownBy, oldest } = question;
    if (knownBy || (snapshots && oldest)) return winnerByRule(versions, question);
    if (!snapshots && !oldest && !isTombstone)
      return (key, end) => (end > starts[key]! ? rows[end - 1]! : -1);
    const limit = snapshots ? snapshotsUntil(snapshots, cutoff) : 0;
    return (key, end) => {
      const last = end - 1;
      if (last < starts[key]!) return -1;
      if (goneAt && goneAt[last]! < limit) return -1;
      if (oldest && isBefore(times, last, oldest)) return -1;
      const row = rows[last]!;
      return isTombstone?.(row) ? -1 : row;
    };
  };
}

/**
 * Per position of the version index: the rank of the first snapshot that shows the key gone if its rows up to this
 * position are the eligible ones; `NEVER` where there is none.
 *
 * The latest snapshot among a prefix of a key's rows only increases along the prefix.
 */
function goneAtPositions({ index, partOf }: Versions, snapshots: Snapshots): Int32Array {
  const { starts, rows } = index;
  const { rankOfPart } = snapshots;
  const goneAt = new Int32Array(rows.length).fill(NEVER);
  for (let key = 0; key + 1 < starts.length; key++) {
    const covering = snapshots.covering(key);
    const containing = snapshots.containing(key);
    let latest = -2;
    let gone = -1;
    for (let position = starts[key]!; position < starts[key + 1]!; position++) {
      const rank = rankOfPart[partOf(rows[position]!)]!;
      if (rank > latest) {
        latest = rank;
        if (gone <= latest) gone = firstWithout(covering, containing, latest, NEVER);
      }
      goneAt[position] = gone;
    }
  }
  return goneAt;
}

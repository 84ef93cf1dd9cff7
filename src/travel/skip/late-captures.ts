import type { Question } from "../rule/query.js";
import type { LateInKey, Versions } from "../rule/select.js";
import { type Snapshots, snapshotsUntil } from "../rule/snapshots.js";
import {
  allocateInstants,
  instantAt,
  isAfter,
  isAtOrBefore,
  type SplitInstant,
  type SplitInstants,
  setInstant,
} from "../rule/split-instants.js";

/**
 * Whether something of a key was captured after a cutoff, or at an unknown time: one of its versions, or any snapshot
 * that counts. Usually nothing was, and the key's winner need not be found a second time.
 */
export function lateByCaptures(versions: Versions): (question: Question) => LateInKey {
  const { snapshots, index, times } = versions;
  const capturedUntil = snapshots && runningLatest(snapshots);
  return ({ cutoff }) => {
    const limit = snapshots ? snapshotsUntil(snapshots, cutoff) : 0;
    const latest = capturedUntil && limit > 0 ? instantAt(capturedUntil, limit - 1) : undefined;
    if (latest && isAfter(latest, cutoff)) return () => true;
    return (key, end) => {
      for (let position = end - 1; position >= index.starts[key]!; position--) {
        if (!isAtOrBefore(times.ingested, index.rows[position]!, cutoff)) return true;
      }
      return false;
    };
  };
}

/**
 * Per rank: when all snapshots up to it had been captured; later than any instant if that is unknown for one of them.
 */
function runningLatest({ captured, count }: Snapshots): SplitInstants {
  const latest = allocateInstants(count);
  let last: SplitInstant | undefined;
  for (let rank = 0; rank < count; rank++) {
    const own = instantAt(captured, rank) ?? LATER_THAN_ANY;
    if (!last || isAfter(own, last)) last = own;
    setInstant(latest, rank, last);
  }
  return latest;
}

const LATER_THAN_ANY: SplitInstant = { high: Number.POSITIVE_INFINITY, low: 0 };

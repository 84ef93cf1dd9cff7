import { endsAt } from "./select.js";
import { isTickAfter, type Tick } from "./ticks.js";
import type { VersionIndex } from "./version-index.js";

/** Per key, one past its last position at or before a cutoff. The array is reused by the next call. */
export type Sweep = (cutoff: Tick) => Uint32Array;

/** Remembers where each key's search ended, and goes on from there while cutoffs ascend. */
export function sweepOver(index: VersionIndex): Sweep {
  let ends: Uint32Array | undefined;
  let previous: Tick | undefined;
  const { high, low } = index.times;
  return (cutoff) => {
    if (!ends || !previous || isTickAfter(previous, cutoff)) ends = endsAt(index, cutoff);
    else {
      for (let key = 0; key < ends.length; key++) {
        const limit = index.starts[key + 1]!;
        let end = ends[key]!;
        while (
          end < limit &&
          (high[end]! < cutoff.high || (high[end] === cutoff.high && low[end]! <= cutoff.low))
        ) {
          end++;
        }
        ends[key] = end;
      }
    }
    previous = cutoff;
    return ends;
  };
}

import { calendar } from "../index.js";
import type { ZoneSpans } from "./page/data.js";

const DAY_NS = 86_400_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** What a zone adds to UTC from an instant to another, for a reader that does not know zones. */
export function zoneSpans(timeZone: string, fromNs: bigint, toNs: bigint): ZoneSpans {
  const zone = calendar(timeZone);
  const offsetAt = (seconds: bigint) => Number(zone.offsetNs(seconds * SECOND_NS) / SECOND_NS);
  const [first, last] = [fromNs / SECOND_NS, toNs / SECOND_NS];
  const spans: [number, number][] = [[Number(first), offsetAt(first)]];
  for (let from = first; from < last; from += DAY_NS / SECOND_NS) {
    const to = from + DAY_NS / SECOND_NS < last ? from + DAY_NS / SECOND_NS : last;
    addChanges(spans, from, to, offsetAt);
  }
  spans.push([Number(last), spans.at(-1)![1]]);
  return spans;
}

/** Adds the change between two seconds, found by halving; of two within a day both, unless they undo each other. */
function addChanges(
  spans: [number, number][],
  from: bigint,
  to: bigint,
  offsetAt: (seconds: bigint) => number,
): void {
  let at = from;
  while (offsetAt(at) !== offsetAt(to)) {
    let [low, high] = [at, to];
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (offsetAt(middle) === offsetAt(at)) low = middle;
      else high = middle;
    }
    spans.push([Number(high), offsetAt(high)]);
    at = high;
  }
}

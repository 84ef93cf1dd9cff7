import type { QueryInstants } from "../rule/query.js";

/** When a question is set, and the bound on captures. */
export type PointInTime = Pick<QueryInstants, "cutoffNs" | "knownByNs">;

/**
 * Distinct questions in an order in which each sees all rows that the one before it saw, ignoring `maxAge`.
 *
 * Invariant: `cutoffs` ascend, and `knownBys`, one per question or none at all, never decrease.
 */
export interface OrderedCutoffs {
  readonly cutoffs: readonly bigint[];
  readonly knownBys: readonly bigint[] | undefined;
  readonly maxAgeNs: bigint | null;
}

/**
 * Puts questions in that order; `undefined` where there is no such order, or where more than `most` of them differ.
 *
 * Reads no more of them than needed to know that.
 */
export function orderedCutoffs(
  questions: Iterable<PointInTime>,
  maxAgeNs: bigint | null,
  most: number,
): OrderedCutoffs | undefined {
  const knownByAt = new Map<bigint, bigint | null>();
  for (const { cutoffNs, knownByNs = null } of questions) {
    const other = knownByAt.get(cutoffNs);
    if (other === undefined) {
      if (knownByAt.size === most) return undefined;
      knownByAt.set(cutoffNs, knownByNs);
    } else if (other !== knownByNs) return undefined;
  }
  const cutoffs = [...knownByAt.keys()].sort((a, b) => (a < b ? -1 : 1));
  const bounds = cutoffs.map((cutoff) => knownByAt.get(cutoff)!);
  if (bounds.every((knownBy) => knownBy === null)) return { cutoffs, knownBys: undefined, maxAgeNs };
  const knownBys = bounds.filter((knownBy) => knownBy !== null);
  const neverDecrease = knownBys.every((knownBy, i) => i === 0 || knownBys[i - 1]! <= knownBy);
  return neverDecrease && knownBys.length === cutoffs.length ? { cutoffs, knownBys, maxAgeNs } : undefined;
}

/** The first question whose cutoff is at or after an instant; one past the last where none is. */
export function firstUntil({ cutoffs }: OrderedCutoffs, ns: bigint): number {
  return lowerBound(cutoffs, ns);
}

/** The first question that sees what holds from `ns` on and was captured at `capturedNs`; all later ones see it too. */
export function firstSeeing(questions: OrderedCutoffs, ns: bigint, capturedNs: bigint): number {
  const first = firstUntil(questions, ns);
  return questions.knownBys ? Math.max(first, lowerBound(questions.knownBys, capturedNs)) : first;
}

/** How many entries are before an instant. */
function lowerBound(ascending: readonly bigint[], ns: bigint): number {
  let first = 0;
  let last = ascending.length;
  while (first < last) {
    const middle = (first + last) >>> 1;
    if (ascending[middle]! < ns) first = middle + 1;
    else last = middle;
  }
  return first;
}

import type { Frame } from "../frame/frame.js";
import type { RowReader } from "../frame/row-reader.js";
import { indexedFrame } from "../rule/indexed-frame.js";
import type { AskedVersions } from "../rule/select.js";
import { nsAt, splitInstant } from "../rule/split-instants.js";
import { assertNothingGone } from "../skip/gone-parts.js";
import { type Evidence, evidenceOf, FIRST_NS, OPEN_NS, UNBOUND_NS } from "./evidence.js";
import { type Arrival, sweep } from "./rectangles.js";

/**
 * The times that a versions table can be asked by, each as the questions it answers:
 *
 * * `valid`: `asOf(T)`, by all that is known now;
 * * `known`: `asOf(T, { knownBy: "cutoff" })`, what a pipeline could have seen at T;
 * * `both`: `asOf(T, { knownBy: K })` for any T and K, and without `knownBy`.
 *
 * @category Answers
 */
export type VersionsAxes = "valid" | "known" | "both";

/** A row, and from when to when it holds, each from the first to before the second; an axis that was not asked for is whole. */
export interface Rectangle {
  readonly row: number;
  readonly effective: bigint;
  readonly validFrom: bigint;
  readonly validTo: bigint;
  readonly knownFrom: bigint;
  readonly knownTo: bigint;
}

/** The answers to all questions about a frame. */
export interface VersionsTable {
  readonly keyCount: number;
  readonly reader: RowReader;
  /** Of one key, by `validFrom`, then `knownFrom`; keys are numbered in their order. */
  rectanglesOf(key: number): Rectangle[];
}

/**
 * Every answer that there is, as rectangles.
 *
 * @param maxAgeNs `maxAge` of the questions
 * @throws BronzeError `PRUNED`, for each version may be where an answer changes
 */
export function versionsTable(
  frame: Frame,
  { axes, maxAgeNs }: { readonly axes: VersionsAxes; readonly maxAgeNs?: bigint | undefined },
): VersionsTable {
  assertNothingGone(frame);
  const { keys, reader, versionsFor } = indexedFrame(frame);
  const own = versionsFor({ knownBy: undefined });
  const spans = spansOf(axes, own, versionsFor({ knownBy: splitInstant(FIRST_NS) }));
  const makers = spans.map((span) => rectanglesIn(span, axes, maxAgeNs));
  return {
    keyCount: keys.count,
    reader,
    rectanglesOf: (key) => makers.flatMap((rectanglesOf) => rectanglesOf(key)).sort(byPlace),
  };
}

/** The bounds on capture for which one reading of the times answers. */
interface Span {
  readonly versions: AskedVersions;
  readonly start: bigint;
  readonly end: bigint;
}

/** Under the `dataset` fallback all rows go by their capture until a usable time was captured. */
function spansOf(axes: VersionsAxes, own: AskedVersions, byCapture: AskedVersions): Span[] {
  if (axes === "valid" || byCapture === own) return [{ versions: own, start: FIRST_NS, end: OPEN_NS }];
  const { firstUsable } = own.times;
  const captured = firstUsable ? BigInt(firstUsable.high) * 1024n + BigInt(firstUsable.low) : UNBOUND_NS;
  const turn = captured > UNBOUND_NS ? UNBOUND_NS : captured;
  // No instant is without a bound.
  if (axes === "known" && turn === UNBOUND_NS)
    return [{ versions: byCapture, start: FIRST_NS, end: OPEN_NS }];
  return [
    { versions: byCapture, start: FIRST_NS, end: turn },
    { versions: own, start: turn, end: OPEN_NS },
  ];
}

function rectanglesIn(
  { versions, start, end }: Span,
  axes: VersionsAxes,
  maxAgeNs: bigint | undefined,
): (key: number) => Rectangle[] {
  const evidence = evidenceOf(versions);
  const { isTombstone, times } = versions;
  const isSwept = axes === "known";
  const plane = {
    sweptEnd: isSwept ? end : OPEN_NS,
    start: isSwept ? FIRST_NS : start,
    end: isSwept ? OPEN_NS : end,
    isTombstone,
  };
  const arrivalOf = (one: Evidence): Arrival | undefined => {
    const { row, position, rank } = one;
    const effective = row < 0 ? null : nsAt(times.effective, row)!;
    const until = effective === null || maxAgeNs === undefined ? OPEN_NS : effective + maxAgeNs + 1n;
    // What was captured nobody knows when is never known by an instant.
    if (isSwept && one.known === UNBOUND_NS) return undefined;
    const known = one.known < start ? start : one.known;
    const at = isSwept && known > one.valid ? known : one.valid;
    const from = axes === "both" ? known : FIRST_NS;
    if (at >= plane.sweptEnd || from >= plane.end || until <= at) return undefined;
    return { at, until, from, row, position, rank };
  };
  return (key) => {
    const arrivals = evidence(key).flatMap((one) => arrivalOf(one) ?? []);
    arrivals.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.position - b.position));
    return sweep(arrivals, plane).map(({ row, sweptFrom, sweptTo, from, to }) => {
      const effective = nsAt(times.effective, row)!;
      return {
        row,
        effective: effective < FIRST_NS ? FIRST_NS : effective,
        validFrom: isSwept ? FIRST_NS : sweptFrom,
        validTo: isSwept ? OPEN_NS : sweptTo,
        knownFrom: isSwept ? sweptFrom : from,
        knownTo: isSwept ? sweptTo : to,
      };
    });
  };
}

function byPlace(a: Rectangle, b: Rectangle): number {
  if (a.validFrom !== b.validFrom) return a.validFrom < b.validFrom ? -1 : 1;
  return a.knownFrom < b.knownFrom ? -1 : a.knownFrom > b.knownFrom ? 1 : 0;
}

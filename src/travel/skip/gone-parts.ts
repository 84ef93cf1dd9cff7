import { BronzeError } from "../../errors.js";
import { counted } from "../../shown.js";
import type { Frame, GonePart } from "../frame/frame.js";
import { neededForCounts } from "./needed-files.js";
import type { PointInTime } from "./ordered-cutoffs.js";

/**
 * The pruned parts that questions need: all but those of which the records prove that they hold no row of an answer and end
 * no key. It is the proof by which files that are there are not decoded (`neededForCounts`), with the pruned ones in their
 * places.
 */
function neededGone(
  frame: Frame,
  questions: Iterable<PointInTime>,
  maxAgeNs: bigint | null,
): ReadonlySet<GonePart> {
  const needed = new Set<GonePart>();
  const parts = frame.gone?.parts ?? [];
  if (parts.length === 0) return needed;
  const judge = (asked: readonly PointInTime[]): void => {
    const inside = parts.filter((part) => asked.some((question) => !isOutside(part, question)));
    const found = neededOf(frame, inside, asked, maxAgeNs);
    if (found.every((part) => needed.has(part))) return;
    if (asked.length === 1) {
      for (const part of found) needed.add(part);
      return;
    }
    // Questions that no order fits, and those of which one needs a part, are judged apart.
    const middle = asked.length >> 1;
    judge(asked.slice(0, middle));
    judge(asked.slice(middle));
  };
  const all = distinct(questions);
  const together = parts.length + frame.parts.length;
  for (let first = 0; first < all.length; first += together) judge(all.slice(first, first + together));
  return needed;
}

/** Rows of a pruned part that pass the bounds of a question: all, none, or nobody knows how many. */
function eligibleOfGone(part: GonePart, question: PointInTime, maxAgeNs: bigint | null): number | undefined {
  if (isOutside(part, question)) return 0;
  const { rows, proof } = part;
  const bounds = proof?.part.bounds?.();
  if (!bounds) return undefined;
  const { cutoffNs, knownByNs = null } = question;
  const oldestNs = maxAgeNs === null ? null : cutoffNs - maxAgeNs;
  if (bounds.minNs > cutoffNs || (oldestNs !== null && bounds.maxNs < oldestNs)) return 0;
  const isWithin =
    bounds.maxNs <= cutoffNs &&
    (knownByNs === null || bounds.capturedNs <= knownByNs) &&
    (oldestNs === null || bounds.minNs >= oldestNs);
  return isWithin ? rows : undefined;
}

/** What pruned parts add to the counts of an answer. */
interface CountedGone {
  /** Those of which all counts are known. */
  readonly counted: readonly GonePart[];
  readonly rowsEligible: number;
  readonly rowsAhead: number;
  /** Paths of the others. */
  readonly missing: readonly string[];
}

/** Counts pruned parts as if they were there, where their records tell how. */
export function countedGone(frame: Frame, query: Asked): CountedGone {
  const missing = missingOf(frame, query);
  const counted = (frame.gone?.parts ?? []).filter((part) => !missing.has(part));
  const sum = (of: (part: GonePart) => number | undefined) =>
    counted.reduce((total, part) => total + (of(part) ?? 0), 0);
  return {
    counted,
    rowsEligible: sum((part) => eligibleOfGone(part, query, query.maxAgeNs)),
    rowsAhead: sum(({ proof }) => proof?.rowsAhead),
    missing: [...missing].map(({ path }) => path),
  };
}

/** One question. */
interface Asked extends PointInTime {
  readonly maxAgeNs: bigint | null;
}

/** The pruned parts without which an answer, or a count of it, may be another. */
function missingOf(frame: Frame, query: Asked): ReadonlySet<GonePart> {
  const needed = new Set(neededGone(frame, [query], query.maxAgeNs));
  for (const part of frame.gone?.parts ?? [])
    if (eligibleOfGone(part, query, query.maxAgeNs) === undefined) needed.add(part);
  return needed;
}

/**
 * Refuses a question that needs a part which was pruned, for its rows or for what it counts, unless the caller accepts it.
 *
 * @throws BronzeError `PRUNED`
 */
export function assertNotPruned(frame: Frame, query: Asked): void {
  if (!frame.gone || frame.gone.isAccepted) return;
  const missing = missingOf(frame, query);
  if (missing.size > 0) throw pruned(frame.dataset.name, [...missing]);
}

/**
 * What pruned parts add to a join, whose counts are those of its labels' rows.
 *
 * @throws BronzeError `PRUNED` where a label needs one, unless the caller accepts it
 */
export function goneOfJoin(
  frame: Frame,
  questions: Iterable<PointInTime>,
  maxAgeNs: bigint | null,
): Omit<CountedGone, "rowsEligible"> {
  const needed = neededGone(frame, questions, maxAgeNs);
  if (needed.size > 0 && !frame.gone!.isAccepted) throw pruned(frame.dataset.name, [...needed]);
  const counted = (frame.gone?.parts ?? []).filter((part) => !needed.has(part));
  return {
    counted,
    rowsAhead: counted.reduce((total, { proof }) => total + (proof?.rowsAhead ?? 0), 0),
    missing: [...needed].map(({ path }) => path),
  };
}

/** Refuses what lists history itself. @throws BronzeError `PRUNED` */
export function assertNothingGone({ dataset, gone }: Pick<Frame, "dataset" | "gone">): void {
  if (gone && !gone.isAccepted && gone.parts.length > 0) throw pruned(dataset.name, gone.parts);
}

/** The error for an answer that cannot be given without what was pruned. */
function pruned(dataset: string, parts: readonly Pick<GonePart, "path">[]): BronzeError {
  const [first] = parts;
  const more = parts.length > 1 ? ` and ${counted(parts.length - 1, "other part")}` : "";
  return new BronzeError(
    "PRUNED",
    `This answer of "${dataset}" needs ${first!.path}${more}: retention pruned that, and what is recorded of it does not prove ` +
      "that the answer is the same without it. Restore the plan that took it while its files are in the trash, ask at another " +
      "cutoff, or pass acceptPruned: true to be answered from what is left.",
    { dataset, files: parts.map(({ path }) => path) },
  );
}

/** Nothing of it counts: it holds nothing until the cutoff, or all of it was captured after `knownBy`. */
function isOutside({ proof }: GonePart, { cutoffNs, knownByNs = null }: PointInTime): boolean {
  if (!proof) return false;
  if (proof.holdsNothingUntil(cutoffNs)) return true;
  if (knownByNs === null || proof.firstCapturedNs === undefined || proof.rowsAhead === undefined)
    return false;
  const declaredNs = proof.part.snapshot?.ingestedNs;
  return proof.firstCapturedNs > knownByNs && (declaredNs === undefined || declaredNs > knownByNs);
}

function neededOf(
  frame: Frame,
  inside: readonly GonePart[],
  questions: readonly PointInTime[],
  maxAgeNs: bigint | null,
): readonly GonePart[] {
  // Without bounds nothing is proven, of it and of all around it.
  if (inside.some(({ proof }) => !proof?.part.bounds?.())) return inside;
  const uncounted = inside.filter(({ proof }) => proof!.rowsAhead === undefined);
  if (inside.length === 0 || uncounted.length > 0) return uncounted;
  const parts = [...frame.parts];
  // From the last, so that the places of the others hold.
  for (const { place, proof } of inside.toReversed()) parts.splice(place, 0, proof!.part);
  const kept = neededForCounts({ ...frame, parts }, questions, maxAgeNs);
  const isKept = kept && new Set(kept);
  return isKept ? inside.filter(({ proof }) => isKept.has(proof!.part)) : inside;
}

function distinct(questions: Iterable<PointInTime>): PointInTime[] {
  const found = new Map<string, PointInTime>();
  for (const { cutoffNs, knownByNs } of questions)
    found.set(`${cutoffNs} ${knownByNs ?? ""}`, { cutoffNs, knownByNs });
  return [...found.values()].sort((a, b) => (a.cutoffNs < b.cutoffNs ? -1 : 1));
}

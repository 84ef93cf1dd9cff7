import { summary, withText } from "../../printed.js";
import { counted } from "../../shown.js";
import { formatInstant } from "../../time/index.js";
import { type FileRead, type Frame, partOffsets } from "../frame/frame.js";
import type { TimeNames } from "../frame/row-reader.js";
import {
  type CaptureCounts,
  captureCounts,
  isUsableByCutoff,
  latestText,
  notesOf,
} from "../rule/captures.js";
import { type EffectiveTimes, isAhead, isDecidedTogether } from "../rule/effective-time.js";
import type { VersionsFor } from "../rule/indexed-frame.js";
import type { Query } from "../rule/query.js";
import { countEligible } from "../rule/select.js";
import type { Snapshots } from "../rule/snapshots.js";
import { isAtOrBefore, isNullAt, latestNs, type SplitInstant, splitInstant } from "../rule/split-instants.js";
import { countedGone } from "../skip/gone-parts.js";

/**
 * Where a selection came from: enough to say later what it was made from. Instants are epoch nanoseconds.
 *
 * @category Answers
 */
export interface Provenance extends CaptureCounts {
  readonly dataset: string;
  readonly cutoff: bigint;
  readonly knownBy: bigint | null;
  /** Nanoseconds; null without a bound. */
  readonly maxAge: bigint | null;
  /** Every file taken into account, by path. */
  readonly files: readonly FileRead[];
  /** Corrupt files that were passed over, because `onCorrupt` is `skip`. */
  readonly filesSkipped: readonly string[];
  /**
   * Files that retention pruned and this answer may need, because `acceptPruned` was given: they are missing from the rows and
   * from all counts. Others that were pruned are counted, by what was recorded of them, and are in `files`.
   */
  readonly filesPruned: readonly string[];
  /** Data-like names in the folders of the days that are no files of the dataset, or none any more, and why. */
  readonly filesIgnored: readonly { readonly path: string; readonly reason: string }[];
  /** Rows in those files. */
  readonly rowsSeen: number;
  /** Rows that passed cutoff, `knownBy` and `maxAge`. */
  readonly rowsEligible: number;
  /** Those of them in files that retention pruned, of which it is proven that no row is in the answer. */
  readonly rowsEligiblePruned: number;
  /** Rows in the answer. */
  readonly rowsSelected: number;
  /** Rows in the answer whose effective time is `ingested_ts`. */
  readonly rowsByFallback: number;
  /** Rows seen without any usable time. */
  readonly rowsNotSelectable: number;
  /** Rows seen whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one). */
  readonly rowsAhead: number;
  /**
   * False only under fallback `dataset`, where the answer goes by `as_of_ts` but no usable one had been captured by the
   * cutoff: `knownBy: "cutoff"` then goes by `ingested_ts`, whatever the counts above say.
   */
  readonly asOfUsableByCutoff: boolean;
  /** Why the answer has no row; null where it has some. */
  readonly emptyBecause: EmptyReason | null;
  /** The latest `as_of_ts` in the answer. */
  readonly maxAsOfTs: bigint | null;
  /** The latest `ingested_ts` in the answer. */
  readonly maxIngestedTs: bigint | null;
}

/**
 * Why an answer is empty: nothing is in the root, or in the dataset's folder; the days have no files; the files have no rows; no row was known by the cutoff; or rows were
 * known, but nothing held (tombstones, newer snapshots).
 *
 * @category Answers
 */
export type EmptyReason =
  | "nothing in the root"
  | "nothing in the folder"
  | "no files"
  | "no rows"
  | "nothing known by the cutoff"
  | "nothing held at the cutoff";

/** The provenance of a selection. */
export function provenanceOf(
  frame: Frame,
  versionsFor: VersionsFor,
  query: Query,
  selected: Uint32Array,
): Provenance {
  const { question } = query;
  const versions = versionsFor(question);
  const { times } = versions;
  let rowsByFallback = 0;
  for (const row of selected) rowsByFallback += times.byFallback[row]!;
  return provenanceOfCounts(frame, query, {
    rowsEligible: countEligible(versions, question),
    rowsSelected: selected.length,
    rowsByFallback,
    rowsNotSelectable: times.notSelectable,
    rowsAhead: times.ahead,
    ...captureCounts(versions, question, selected),
    asOfUsableByCutoff: isUsableByCutoff(versionsFor, versions, question),
    maxAsOfTs: latestNs(times.asOf, selected),
    maxIngestedTs: latestNs(times.ingested, selected),
  });
}

/** What is counted over the rows that are there, whoever counts it. */
export type SelectionCounts = CaptureCounts &
  Pick<
    Provenance,
    | "rowsEligible"
    | "rowsSelected"
    | "rowsByFallback"
    | "rowsNotSelectable"
    | "rowsAhead"
    | "asOfUsableByCutoff"
    | "maxAsOfTs"
    | "maxIngestedTs"
  >;

/** The provenance of a selection of which the rows were counted. */
export function provenanceOfCounts(frame: Frame, query: Query, counts: SelectionCounts): Provenance {
  const { dataset, parts, pruned, skipped = [], ignored = [], missing } = frame;
  const { cutoffNs, knownByNs, maxAgeNs } = query;
  const gone = countedGone(frame, query);
  const files = [...parts, ...pruned, ...gone.counted].map(({ path, rows, sizeBytes }) =>
    Object.freeze({ path, rows, sizeBytes }),
  );
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const rowsSeen = files.reduce((sum, { rows }) => sum + rows, 0);
  const rowsEligible = counts.rowsEligible + gone.rowsEligible;
  // Frozen: all callers share one record, and manifests use it.
  const provenance: Provenance = {
    dataset: dataset.name,
    cutoff: cutoffNs,
    knownBy: knownByNs,
    maxAge: maxAgeNs,
    files: Object.freeze(files),
    filesSkipped: skipped,
    filesPruned: gone.missing,
    filesIgnored: ignored,
    rowsSeen,
    rowsEligible,
    rowsEligiblePruned: gone.rowsEligible,
    rowsSelected: counts.rowsSelected,
    rowsByFallback: counts.rowsByFallback,
    rowsNotSelectable: counts.rowsNotSelectable,
    rowsAhead: counts.rowsAhead + gone.rowsAhead,
    rowsCapturedLater: counts.rowsCapturedLater,
    rowsCaptureUnknown: counts.rowsCaptureUnknown,
    keysByLaterEvidence: counts.keysByLaterEvidence,
    asOfUsableByCutoff: counts.asOfUsableByCutoff,
    emptyBecause: emptyReason(missing, files.length, rowsSeen, rowsEligible, counts.rowsSelected),
    maxAsOfTs: counts.maxAsOfTs,
    maxIngestedTs: counts.maxIngestedTs,
  };
  return Object.freeze(withText(provenance, (own) => provenanceText(own, dataset.timestamps)));
}

/** For people. */
export function provenanceText(provenance: Provenance, times: TimeNames): string {
  const { dataset, cutoff, knownBy, maxAge, files, rowsSeen, rowsEligible, rowsSelected } = provenance;
  const { emptyBecause, maxAsOfTs, maxIngestedTs, asOfUsableByCutoff } = provenance;
  const bounds = [
    ...(knownBy === null ? [] : [`known by ${formatInstant(knownBy)}`]),
    ...(maxAge === null ? [] : [`at most ${Number(maxAge) / 1e9} s old`]),
  ];
  return summary(`Provenance of ${dataset} at ${[formatInstant(cutoff), ...bounds].join(", ")}`, [
    `${counted(files.length, "file")}: ${counted(rowsSeen, "row")} seen, ${rowsEligible} eligible, ${rowsSelected} selected`,
    ...latestText({ maxAsOfTs, maxIngestedTs }, times),
    ...(emptyBecause === null ? [] : [emptyBecause]),
    ...notesOf(provenance, asOfUsableByCutoff ? undefined : "answered", times),
  ]);
}

function emptyReason(
  missing: Frame["missing"],
  files: number,
  seen: number,
  eligible: number,
  selected: number,
): EmptyReason | null {
  if (selected > 0) return null;
  if (files === 0) return missing === undefined ? "no files" : `nothing in the ${missing}`;
  if (seen === 0) return "no rows";
  return eligible === 0 ? "nothing known by the cutoff" : "nothing held at the cutoff";
}

/** The files an answer at a cutoff is made from, and what was counted in them. */
export interface InputFiles {
  readonly paths: ReadonlySet<string>;
  readonly rowsNotSelectable: number;
  readonly rowsAhead: number;
}

/**
 * An answer is made from a file unless everything in it is after the cutoff: each row, and in a `snapshot` dataset the
 * snapshot's own time. So files that a feed publishes later are never among the files of an earlier answer.
 *
 * Under the `dataset` fallback it is made from every file, since the times of any row can change the rule.
 */
export function inputFilesAt(
  frame: Frame,
  times: EffectiveTimes,
  snapshots: Snapshots | undefined,
  cutoff: SplitInstant,
): InputFiles {
  const { timestamps } = frame.dataset;
  const lead = splitInstant(timestamps.maxLeadNs ?? 0n);
  const usesAllFiles = isDecidedTogether(timestamps.fallback);
  const offsets = partOffsets(frame.parts);
  const paths = new Set<string>();
  let rowsNotSelectable = 0;
  let rowsAhead = 0;
  frame.parts.forEach((part, i) => {
    let notSelectable = 0;
    let ahead = 0;
    let eligible = false;
    for (let row = offsets[i]!; row < offsets[i + 1]!; row++) {
      if (isNullAt(times.effective, row)) notSelectable++;
      else if (isAtOrBefore(times.effective, row, cutoff)) eligible = true;
      if (isAhead(times.asOf, times.ingested, row, lead)) ahead++;
    }
    const rank = snapshots ? snapshots.rankOfPart[i]! : -1;
    const isState = snapshots !== undefined && (rank < 0 || isAtOrBefore(snapshots.times, rank, cutoff));
    if (!eligible && !isState && notSelectable === 0 && part.rows > 0 && !usesAllFiles) return;
    paths.add(part.path);
    rowsNotSelectable += notSelectable;
    rowsAhead += ahead;
  });
  return { paths, rowsNotSelectable, rowsAhead };
}

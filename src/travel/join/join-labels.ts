import type { AnyDataset } from "../../dataset/index.js";
import { withText } from "../../printed.js";
import { NO_COST, type ReadCost } from "../../storage/index.js";
import { type ColumnType, INSTANT } from "../../table/index.js";
import { toDurationNs } from "../../time/index.js";
import type { FileRead, Frame, OmittedColumn } from "../frame/frame.js";
import type { RowReader } from "../frame/row-reader.js";
import { effectiveTimes } from "../rule/effective-time.js";
import { type IndexedFrame, indexedFrame } from "../rule/indexed-frame.js";
import { goneOfJoin } from "../skip/gone-parts.js";
import { neededForCounts } from "../skip/needed-files.js";
import { SHORT_CUTS } from "../skip/short-cuts.js";
import { AsOfJoin, type JoinProvenance, joinProvenanceText } from "./as-of-join.js";
import type { TimelineJoinOptions } from "./join-options.js";
import { addedColumns, assertNoCollision, type Label, questionsOf } from "./join-questions.js";
import { type JoinLabel, joinAsOf, type MatchCounts, NO_MATCHES } from "./match-labels.js";
import { type MatchedRows, matchedRows } from "./matched-columns.js";

/** A join that is made frame by frame, each label being answered from one of them. */
interface LabelJoin {
  /** The question of each label. */
  readonly questions: readonly JoinLabel[];
  /** The labels as they were when it was started. */
  readonly labels: readonly Label[];
  /** Answers some labels, by number, ascending. Only the matched rows of the frame are kept. */
  add(index: IndexedFrame, dates: readonly string[], members: readonly number[]): void;
  /** The same for a frame that is not kept for others: only the files that can hold an answer are indexed. */
  addOnce(frame: Frame, dates: readonly string[], members: readonly number[]): void;
  /**
   * The result, once every label was answered.
   * @param cost of all that was read for it; default: nothing was
   */
  result(cost?: ReadCost): AsOfJoin<Record<string, unknown>>;
}

/**
 * Starts joining labels with a dataset, each at its own cutoff.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION`, `UNKNOWN_COLUMN`
 */
export function startJoin(
  dataset: AnyDataset,
  given: readonly Label[],
  options: TimelineJoinOptions<Label>,
): LabelJoin {
  const { on } = options;
  const maxAgeNs = options.maxAge === undefined ? undefined : toDurationNs(options.maxAge, "maxAge");
  const questions = questionsOf(dataset, given, options);
  // The caller's objects may change before the rows are read.
  const labels = given.map((label) => ({ ...label }));
  const collected = collectJoin(dataset, options);

  /** @param whole the frame of which `index` is all, or the files that can hold an answer */
  function answer(
    whole: Frame,
    index: IndexedFrame,
    dates: readonly string[],
    members: readonly number[],
  ): void {
    const gone = goneOfJoin(whole, selected(questions, members), maxAgeNs ?? null);
    const matches = joinAsOf(index, on, selected(questions, members), maxAgeNs);
    const wanted = collected.columnsOf(whole, index.reader);
    const matched = matchedRows(index.frame, index.reader, wanted, matches.rows);
    collected.addRows({ members, labels: matches.labels, matched });
    collected.count({ whole, indexed: index.frame, dates, gone }, matches);
  }

  return {
    questions,
    labels,
    add(index, dates, members) {
      answer(index.frame, index, dates, members);
    },
    addOnce(frame, dates, members) {
      const needed = neededForCounts(frame, [...selected(questions, members)], maxAgeNs ?? null);
      const index = indexedFrame(needed ? { ...frame, parts: needed } : frame, SHORT_CUTS);
      answer(frame, index, dates, members);
    },
    result: (cost = NO_COST) =>
      collected.result({ labels, labelCount: labels.length, labelTypes: labelTypes(dataset, options), cost }),
  };
}

/** A join as it is put together, whoever found the rows. */
export interface JoinCollection {
  /** The columns that a frame adds; those that it cannot keep are in no row of the join. */
  columnsOf(frame: Frame, reader: Pick<RowReader, "names" | "isSelection">): readonly string[];
  /** Rows for some labels: of each row the place of its label among the members, and what matched. */
  addRows(rows: JoinRows): void;
  /** What was read for some labels, and what was counted in it. */
  count(read: JoinRead, counts: MatchCounts): void;
  /** What was read and counted, of so many labels. */
  provenance(labelCount: number): JoinProvenance;
  /** The result, once every label was answered. */
  result(of: JoinResult): AsOfJoin<Record<string, unknown>>;
}

/** Rows for some labels, by number. */
export interface JoinRows {
  readonly members: readonly number[];
  readonly labels: readonly number[];
  readonly matched: MatchedRows;
}

/** What was read for some labels. */
export interface JoinRead {
  readonly whole: Frame;
  /** The frame in which rows were looked for: the whole, or its files that can hold an answer. */
  readonly indexed: Frame;
  readonly dates: readonly string[];
  readonly gone: ReturnType<typeof goneOfJoin>;
}

/** What a join is of. */
interface JoinResult {
  readonly labels: readonly Label[];
  /** How many were asked, where they are not the same as `labels`. */
  readonly labelCount: number;
  readonly labelTypes: ReadonlyMap<string, ColumnType>;
  readonly cost: ReadCost;
}

/** Starts putting a join together. @throws BronzeError `UNKNOWN_COLUMN`, `INVALID_ARGUMENT`, of its methods */
export function collectJoin(
  dataset: AnyDataset,
  options: Pick<TimelineJoinOptions<Label>, "on" | "columns" | "prefix">,
): JoinCollection {
  const { prefix = "" } = options;
  const parts: JoinRows[] = [];
  const names = new Set<string>();
  const omitted = new Map<string, OmittedColumn>();
  const tally = new JoinTally();
  return {
    columnsOf(frame, reader) {
      for (const one of frame.omitted ?? []) if (!omitted.has(one.column)) omitted.set(one.column, one);
      const wanted = addedColumns(dataset, reader, options, omitted);
      for (const name of wanted) names.add(name);
      return wanted;
    },
    addRows: (rows) => void parts.push(rows),
    count: (read, counts) => tally.add(read, counts),
    provenance: (labelCount) => tally.provenance(dataset, labelCount),
    result({ labels, labelCount, labelTypes, cost }) {
      if (parts.length === 0) {
        const nothing = { names: [], isSelection: false };
        for (const name of addedColumns(dataset, nothing, options)) names.add(name);
      }
      // A column that one frame cannot keep is in no row, even if another can.
      for (const name of omitted.keys()) names.delete(name);
      // Which files were read decides nothing: a column that nobody declared is there for its values.
      const hasValue = (name: string) => parts.some(({ matched }) => matched.columns.get(name)?.hasValue());
      for (const name of options.columns ? [] : names)
        if (!dataset.columns.has(name) && !hasValue(name)) names.delete(name);
      assertNoCollision(dataset, labels, [...names], prefix);
      return new AsOfJoin({
        labels,
        labelTypes,
        ...inLabelOrder(parts, labels.length),
        parts: parts.map(({ matched }) => matched),
        added: [...names].map((name) => ({ name, as: `${prefix}${name}` })),
        omitted: [...omitted.values()],
        provenance: tally.provenance(dataset, labelCount),
        times: dataset.timestamps,
        cost,
      });
    },
  };
}

function* selected<T>(items: readonly T[], numbers: readonly number[]): Generator<T> {
  for (const i of numbers) yield items[i]!;
}

/** Columns of the labels that are instants, or columns of the dataset. */
export function labelTypes(dataset: AnyDataset, { on, cutoff, knownBy }: TimelineJoinOptions<Label>) {
  const types = new Map<string, ColumnType>(on.map((name) => [name, dataset.columns.get(name)!.type]));
  for (const name of [cutoff, knownBy]) if (typeof name === "string") types.set(name, INSTANT);
  return types;
}

/** Puts the rows of all parts into the order of the labels: a counting sort that keeps each label's rows together. */
function inLabelOrder(
  parts: readonly { readonly members: readonly number[]; readonly labels: readonly number[] }[],
  labelCount: number,
) {
  const starts = new Int32Array(labelCount + 1);
  for (const { members, labels } of parts) for (const own of labels) starts[members[own]! + 1]!++;
  for (let label = 0; label < labelCount; label++) starts[label + 1]! += starts[label]!;
  const next = starts.slice(0, labelCount);
  const length = starts[labelCount]!;
  const [labelOf, partOf, rowOf] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
  parts.forEach(({ members, labels }, part) => {
    for (let row = 0; row < labels.length; row++) {
      const label = members[labels[row]!]!;
      const at = next[label]!++;
      labelOf[at] = label;
      partOf[at] = part;
      rowOf[at] = row;
    }
  });
  return { labelOf, partOf, rowOf };
}

/** Adds up the counts of a join's frames. */
class JoinTally {
  readonly #dates = new Set<string>();
  readonly #datesWithoutFiles = new Set<string>();
  readonly #files = new Map<string, FileRead>();
  readonly #pruned = new Set<string>();
  readonly #ignored = new Map<string, { readonly path: string; readonly reason: string }>();
  #counts = NO_MATCHES;

  add({ whole, indexed, dates, gone }: JoinRead, matches: MatchCounts): void {
    for (const date of dates) this.#dates.add(date);
    for (const date of whole.datesWithoutFiles ?? []) this.#datesWithoutFiles.add(date);
    for (const { path, rows, sizeBytes } of [...whole.parts, ...whole.pruned, ...gone.counted])
      this.#files.set(path, { path, rows, sizeBytes });
    for (const path of gone.missing) this.#pruned.add(path);
    for (const one of whole.ignored ?? []) this.#ignored.set(one.path, one);
    const own = this.#counts;
    this.#counts = {
      labelsMatched: own.labelsMatched + matches.labelsMatched,
      rowsSelected: own.rowsSelected + matches.rowsSelected,
      rowsByFallback: own.rowsByFallback + matches.rowsByFallback,
      rowsNotSelectable: own.rowsNotSelectable + matches.rowsNotSelectable,
      rowsAhead: own.rowsAhead + matches.rowsAhead + rowsAheadOutside(indexed, whole) + gone.rowsAhead,
      rowsCapturedLater: own.rowsCapturedLater + matches.rowsCapturedLater,
      rowsCaptureUnknown: own.rowsCaptureUnknown + matches.rowsCaptureUnknown,
      keysByLaterEvidence: own.keysByLaterEvidence + matches.keysByLaterEvidence,
      labelsBeforeUsable: own.labelsBeforeUsable + matches.labelsBeforeUsable,
      maxAsOfTs: laterOf(own.maxAsOfTs, matches.maxAsOfTs),
      maxIngestedTs: laterOf(own.maxIngestedTs, matches.maxIngestedTs),
    };
  }

  provenance({ name, timestamps }: AnyDataset, labels: number): JoinProvenance {
    const files = [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    const provenance: JoinProvenance = {
      dataset: name,
      labels,
      dates: [...this.#dates].sort(),
      datesWithoutFiles: [...this.#datesWithoutFiles].sort(),
      files,
      filesPruned: [...this.#pruned].sort(),
      filesIgnored: [...this.#ignored.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
      rowsSeen: files.reduce((sum, { rows }) => sum + rows, 0),
      ...this.#counts,
    };
    return withText(provenance, (own) => joinProvenanceText(own, timestamps));
  }
}

/**
 * Rows that are ahead in the files that were not indexed. Their footers bound the times of each of their rows, so that
 * all are selectable, and usually show that none is ahead; otherwise the two columns are read.
 */
function rowsAheadOutside(indexed: Frame, whole: Frame): number {
  if (indexed === whole) return 0;
  const isIndexed = new Set(indexed.parts);
  const doubtful = whole.parts.filter((part) => !isIndexed.has(part) && !part.bounds?.()?.noneAhead);
  return effectiveTimes({ ...whole, parts: doubtful }).ahead;
}

function laterOf(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b > a) ? b : a;
}

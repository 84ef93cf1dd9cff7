import { bookkeepingColumns } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { assertIs, assertOptions, given, iterable, type OptionTable } from "../../options.js";
import { Printed } from "../../printed.js";
import { counted } from "../../shown.js";
import { NO_COST, type ReadCost } from "../../storage/index.js";
import type { Cell, InstantsOfJoin, KeyGiven } from "../../table/index.js";
import { type InstantLike, toDurationNs } from "../../time/index.js";
import { type Frame, type OmittedColumn, partOffsets } from "../frame/frame.js";
import type { RowReader } from "../frame/row-reader.js";
import type { AsOfJoin } from "../join/as-of-join.js";
import { startJoin } from "../join/join-labels.js";
import { JOIN_OPTIONS, type JoinedRow, type JoinOn, type TimelineJoinOptions } from "../join/join-options.js";
import type { Label as AnyLabel } from "../join/join-questions.js";
import { isDecidedTogether } from "../rule/effective-time.js";
import { type IndexedFrame, indexedFrame, type VersionsFor } from "../rule/indexed-frame.js";
import { groupByKey, type KeyCodes, type RowsByKey } from "../rule/key-codes.js";
import { rowOrder } from "../rule/order.js";
import {
  AS_OF_OPTIONS,
  type AsOfOptions,
  assertWithinHorizon,
  knownByNs,
  type Query,
  queryOf,
} from "../rule/query.js";
import { selectRows, type Versions } from "../rule/select.js";
import { NEVER } from "../rule/snapshots.js";
import { isAtOrBefore, nsAt, splitInstant } from "../rule/split-instants.js";
import { assertNothingGone, assertNotPruned } from "../skip/gone-parts.js";
import { type ReusedColumns, reusedColumns } from "../skip/reused-columns.js";
import { SHORT_CUTS } from "../skip/short-cuts.js";
import { decidingParts } from "./deciding-parts.js";
import { Diff, diffSelections } from "./diff.js";
import {
  Explanation,
  judge,
  type Loser,
  type LosingRule,
  type Verdict,
  type Version,
  versionOf,
} from "./explain.js";
import { type InputFiles, inputFilesAt, type Provenance, provenanceOf } from "./provenance.js";
import { keyCells, Snapshot } from "./snapshot.js";
import { type Step, type StepsQuestion, stepsOfKeys } from "./steps.js";

/**
 * The whole history of some days of a dataset, indexed for questions: build once, ask thousands of times.
 *
 * Pure: it holds columns in memory and never touches a file. Equal questions give equal answers, whatever was asked
 * before.
 *
 * @example
 * ```ts
 * const timeline = await bronze.timeline("odds_raw", { from: "2026-01-01", to: "2026-01-31" });
 * for (const snapshot of timeline.sweep(cutoffs)) features.push(build(snapshot));
 * console.log(timeline.explain({ game_id, book, market }, cutoff));
 * ```
 * @category Answers
 */
export class Timeline<
  Row = Record<string, Cell>,
  Key = Partial<Row>,
  Instants extends string = string,
> extends Printed {
  readonly #index: IndexedFrame;
  readonly #dates: readonly string[];
  readonly #frame: Frame;
  readonly #keys: KeyCodes;
  readonly #reader: RowReader;
  readonly #versionsFor: VersionsFor;
  readonly #whole: (() => Timeline) | undefined;
  #byKey: RowsByKey | undefined;

  /**
   * @param dates the domain dates that were read
   * @param whole for the counts of provenance, where `frame` is only a part of the data
   * @internal Made by `BronzeStore`.
   */
  constructor(frame: Frame, dates: readonly string[] = [], whole?: () => Timeline) {
    super();
    this.#index = indexedFrame(frame, SHORT_CUTS);
    this.#dates = dates;
    this.#whole = whole;
    this.#frame = frame;
    this.#keys = this.#index.keys;
    this.#reader = this.#index.reader;
    this.#versionsFor = this.#index.versionsFor;
  }

  /** Name of the dataset. */
  get dataset(): string {
    return this.#frame.dataset.name;
  }

  /** Rows of all versions of all keys. */
  get rowCount(): number {
    return partOffsets(this.#frame.parts)[this.#frame.parts.length]!;
  }

  /** Columns of the files that are in no row: nobody declared them, and their types are not kept exactly. */
  get omitted(): readonly OmittedColumn[] {
    return this.#frame.omitted ?? [];
  }

  /** What was asked of the storage for it. Its answers cost nothing more. */
  get cost(): ReadCost {
    return this.#frame.cost ?? NO_COST;
  }

  /** Distinct keys over all time. */
  get keyCount(): number {
    return this.#keys.count;
  }

  /**
   * Every key over all time, in key order: the key's cells by column, as `history`, `steps` and `explain` take them.
   *
   * @throws BronzeError `PRUNED`; of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   * (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit the schema, such as
   * an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * for (const key of timeline.keys()) console.log(String(timeline.explain(key, cutoff)));
   * ```
   */
  keys(): Key[] {
    assertNothingGone(this.#frame);
    const columns = this.#frame.dataset.key;
    return Array.from({ length: this.#keys.count }, (_, code) => {
      const cells = this.#keys.cells(code);
      return Object.fromEntries(columns.map((column, i) => [column, cells[i]!])) as Key;
    });
  }

  /**
   * The state at a cutoff.
   *
   * @throws BronzeError `PRUNED`; of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT` and `INVALID_DURATION`; of the
   * cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted),
   * `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit the schema, such as an integer
   * past 2^53 under `z.int()`)
   * @example
   * ```ts
   * timeline.at("2026-01-15T23:45:00Z", { maxAge: "PT6H" }).rows();
   * ```
   */
  at(cutoff: InstantLike, options: AsOfOptions = {}): Snapshot<Row, Key, Instants> {
    const query = this.#query(cutoff, options);
    return this.#snapshot(query);
  }

  /**
   * The state at each of many cutoffs, in the order given. Neighbours are the fast way: a column of an answer is made
   * from the same column of the answer before, and only what changed is read.
   *
   * @throws BronzeError `PRUNED`; of the options, `INVALID_ARGUMENT` at once; of each cutoff when it is its turn,
   * `INVALID_ARGUMENT`, `INVALID_INSTANT` and `INVALID_DURATION`; of the cells, which are decoded when they are
   * first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and
   * `TYPE_CLASH` (what does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * for (const snapshot of timeline.sweep(["2026-01-15T23:00:00Z", "2026-01-15T23:45:00Z"])) snapshot.length;
   * ```
   */
  sweep(cutoffs: Iterable<InstantLike>, options: AsOfOptions = {}): Generator<Snapshot<Row, Key, Instants>> {
    // Here, and not when the first answer is taken, for a sweep of nothing has options too.
    assertOptions(options, AS_OF_OPTIONS, "sweep on a timeline");
    assertIs(cutoffs, iterable, "The cutoffs of a sweep");
    return this.#sweep(cutoffs, options);
  }

  *#sweep(cutoffs: Iterable<InstantLike>, options: AsOfOptions): Generator<Snapshot<Row, Key, Instants>> {
    const reused = reusedColumns(this.#reader, this.#keys.count);
    for (const cutoff of cutoffs) {
      const query = this.#query(cutoff, options);
      yield this.#snapshot(query, reused);
    }
  }

  /**
   * Point-in-time join: for each label the rows that held at the label's own cutoff, in all the days of this timeline.
   * Where nothing held, the added columns are null. Ties fall as in every selection.
   *
   * `bronze.joinAsOf` reads the days for one join; this is for the second and the hundredth over the same days.
   *
   * @throws BronzeError `PRUNED`; of a label, `INVALID_ARGUMENT`, `INVALID_INSTANT` and `UNKNOWN_COLUMN`; `INVALID_DURATION`
   * for `maxAge`; of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * const timeline = await bronze.timeline("odds_raw", { from: "2026-01-01", to: "2026-01-31" });
   * const atLock = timeline.joinAsOf(labels, { on: ["game_id"], cutoff: "lock_ts", columns: ["book", "price"] });
   * const atTip = timeline.joinAsOf(labels, { on: ["game_id"], cutoff: "tip_ts", columns: ["book", "price"] });
   * ```
   */
  joinAsOf<
    Label extends object,
    const On extends string,
    const Column extends keyof Row & string = Exclude<keyof Row & string, On>,
    const Prefix extends string = "",
  >(
    labels: readonly Label[],
    options: TimelineJoinOptions<Label, JoinOn<Label, Key, On>, Column, Prefix>,
  ): AsOfJoin<JoinedRow<Label, Row, Column, Prefix>, InstantsOfJoin<Label, Instants, Column, Prefix>> {
    assertOptions(options, JOIN_OPTIONS, "joinAsOf on a timeline");
    const join = startJoin(
      this.#frame.dataset,
      labels as readonly AnyLabel[],
      options as unknown as TimelineJoinOptions<AnyLabel>,
    );
    const { horizonNs } = this.#frame;
    for (const { cutoffNs } of join.questions) assertWithinHorizon(cutoffNs, horizonNs);
    join.add(
      this.#index,
      this.#dates,
      Array.from(labels, (_, i) => i),
    );
    return join.result(this.cost) as AsOfJoin<
      JoinedRow<Label, Row, Column, Prefix>,
      InstantsOfJoin<Label, Instants, Column, Prefix>
    >;
  }

  /**
   * Every row of a key, selectable or not, in selection order; with `knownBy`, those that were captured by then. A history
   * has no cutoff, so `knownBy: "cutoff"` is refused.
   *
   * @throws BronzeError `PRUNED`; `INVALID_ARGUMENT`, also for a key column that is missing; `INVALID_INSTANT`; of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   * (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit the schema, such as
   * an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * timeline.history({ game_id, book, market }, { knownBy: "2026-01-15T23:45:00Z" }).map(({ row }) => row.price);
   * ```
   */
  history(key: KeyGiven<Key, Instants>, options: Pick<AsOfOptions, "knownBy"> = {}): Version<Row>[] {
    assertOptions(options, HISTORY_OPTIONS, "history");
    if (options.knownBy === "cutoff") throw historyWithoutCutoff(this.dataset);
    const bound = knownByNs(options.knownBy, 0n);
    assertNothingGone(this.#frame);
    const knownBy = bound === undefined ? undefined : splitInstant(bound);
    const versions = this.#versionsFor({ knownBy });
    const { times } = versions;
    return this.#rowsOf(key)
      .filter((row) => !knownBy || isAtOrBefore(times.ingested, row, knownBy))
      .sort(rowOrder(times))
      .map((row) => this.#version(versions, row));
  }

  /**
   * Why a key has the row it has at a cutoff: the winner, each loser, and the rule that beat it.
   *
   * @throws BronzeError `PRUNED`; of the question, `INVALID_ARGUMENT`, also for a key column that is missing,
   * `INVALID_INSTANT` and `INVALID_DURATION`; of the cells, which are decoded when they are first asked for:
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what
   * does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * console.log(timeline.explain({ game_id, book, market }, "2026-01-15T23:45:00Z"));
   * // game_id=0022500561 book=dk at 2026-01-15T23:45:00Z: won by bronze/... row 4, effective 2026-01-15T23:40:00Z (as_of_ts)
   * ```
   */
  explain(key: KeyGiven<Key, Instants>, cutoff: InstantLike, options: AsOfOptions = {}): Explanation<Row> {
    const { question, cutoffNs } = this.#query(cutoff, options);
    const versions = this.#versionsFor(question);
    const { dataset, parts } = this.#frame;
    const cells = keyCells(dataset.name, dataset.key, key as Record<string, unknown>, this.#reader);
    const named = Object.fromEntries(dataset.key.map((column, i) => [column, cells[i]!]));
    const code = this.#keys.codeOf(cells);
    const pruned = this.#frame.gone?.parts.map(({ path }) => path) ?? [];
    if (code < 0)
      return new Explanation<Row>(
        { key: named, cutoff: cutoffNs, winner: undefined, losers: [], pruned, goneIn: undefined },
        this.#reader,
      );

    const { winner, losers, goneRank } = judge(versions, code, this.#rowsOf(key), question);
    const { snapshots } = versions;
    const facts = {
      key: named,
      cutoff: cutoffNs,
      winner: winner === undefined ? undefined : this.#version(versions, winner),
      losers: losers.map(({ row, rule }): Loser<Row> => ({ ...this.#version(versions, row), rule })),
      pruned,
      goneIn:
        snapshots && goneRank !== NEVER
          ? { file: parts[snapshots.parts[goneRank]!]!.path, time: nsAt(snapshots.times, goneRank)! }
          : undefined,
    };
    return new Explanation<Row>(facts, this.#reader);
  }

  /**
   * What `explain` says of a key at many cutoffs, without the rows: versions are numbered as `history` has them.
   * @internal
   */
  verdicts(
    key: KeyGiven<Key, Instants>,
    options: Pick<AsOfOptions, "knownBy"> = {},
  ): (at: bigint) => Verdict {
    const all = this.#rowsOf(key);
    const ordered = [...all].sort(rowOrder(this.#versionsFor(UNBOUND).times));
    const numbers = new Map(ordered.map((row, number) => [row, number]));
    const code = this.#keys.codes[ordered[0]!]!;
    const { parts } = this.#frame;
    return (at) => {
      const { question } = this.#query({ epochNanoseconds: at }, options);
      const versions = this.#versionsFor(question);
      const { winner, losers, goneRank } = judge(versions, code, all, question);
      const { snapshots, times } = versions;
      const rules = new Array<LosingRule | "won">(all.length);
      for (const { row, rule } of losers) rules[numbers.get(row)!] = rule;
      if (winner !== undefined) rules[numbers.get(winner)!] = "won";
      return {
        rules,
        goneIn:
          snapshots && goneRank !== NEVER
            ? { file: parts[snapshots.parts[goneRank]!]!.path, time: nsAt(snapshots.times, goneRank)! }
            : undefined,
        effective: (number) => nsAt(times.effective, ordered[number]!),
        isByFallback: (number) => times.byFallback[ordered[number]!] === 1,
      };
    };
  }

  /**
   * The instants at which the answer changes, in epoch nanoseconds, ascending and exact: from each on (and not a nanosecond
   * before) another row holds for some key, or none, until the next. To ask at each of them is to see every answer there is.
   *
   * @param options `knownBy` and `maxAge` of the questions; with `knownBy: "cutoff"` what is captured changes answers as well
   * @throws BronzeError `PRUNED`; `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION`; of the cells, which are decoded
   * when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without
   * a zone) and `TYPE_CLASH` (what does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * const changes = timeline.changePoints({ knownBy: "cutoff" });
   * for (const snapshot of timeline.sweep(changes, { knownBy: "cutoff" })) states.push(snapshot.rows());
   * ```
   */
  changePoints(options: AsOfOptions = {}): bigint[] {
    const steps = stepsOfKeys(this.#stepsQuestion(options, "changePoints"));
    const points = new Set<bigint>();
    const { starts, rows } = groupByKey(this.#keys, () => true);
    for (let key = 0; key < this.#keys.count; key++)
      for (const { from } of steps(key, rows.subarray(starts[key]!, starts[key + 1]!))) points.add(from);
    return [...points].sort((a, b) => (a < b ? -1 : 1));
  }

  /**
   * What holds for a key, from when to when: a step for each instant at which that changes, ascending; before the first
   * nothing holds. Empty for a key that never holds.
   *
   * @param options as for `changePoints`
   * @throws BronzeError `PRUNED`; `INVALID_ARGUMENT`, also for a key column that is missing, `INVALID_INSTANT`,
   * `INVALID_DURATION`; of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * for (const { from, holds } of timeline.steps({ game_id: "0022500561", book: "dk" }))
   *   console.log(formatInstant(from), holds?.row.price ?? "gone");
   * ```
   */
  steps(key: KeyGiven<Key, Instants>, options: AsOfOptions = {}): Step<Row>[] {
    const question = this.#stepsQuestion(options, "steps");
    const { dataset } = this.#frame;
    const cells = keyCells(dataset.name, dataset.key, key as Record<string, unknown>, this.#reader);
    const code = this.#keys.codeOf(cells);
    if (code < 0) return [];
    return stepsOfKeys(question)(code, this.#rowsOf(key)).map(({ from, row }) => {
      // The times by which this very answer was found.
      const knownBy = options.knownBy === "cutoff" ? from : knownByNs(options.knownBy, from);
      const versions = this.#versionsFor({
        knownBy: knownBy === undefined ? undefined : splitInstant(knownBy),
      });
      return { from, holds: row < 0 ? undefined : this.#version(versions, row) };
    });
  }

  #stepsQuestion(options: AsOfOptions, where: string): StepsQuestion {
    assertOptions(options, AS_OF_OPTIONS, where);
    const { knownBy, maxAge } = options;
    // Read once here, so that a wrong one is refused where nothing is asked.
    knownByNs(knownBy, 0n);
    // Any version of a key is where an answer may change.
    assertNothingGone(this.#frame);
    return {
      versionsFor: this.#versionsFor,
      knownBy,
      maxAgeNs: maxAge === undefined ? undefined : toDurationNs(maxAge, "maxAge"),
      horizonNs: this.#frame.horizonNs,
    };
  }

  /**
   * What changed between two cutoffs. The row's own times, `run_id` and the columns that place it in history are not
   * compared: a value repeated under a new time has not changed.
   *
   * @throws BronzeError `PRUNED`; of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT` and `INVALID_DURATION`; of the
   * cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted),
   * `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit the schema, such as an integer
   * past 2^53 under `z.int()`)
   * @example
   * ```ts
   * const { added, changed, gone } = timeline.diff("2026-01-15T23:00:00Z", "2026-01-15T23:45:00Z");
   * ```
   */
  diff(from: InstantLike, to: InstantLike, options: AsOfOptions = {}): Diff<Row> {
    const { dataset } = this.#frame;
    const { typeOf, names } = this.#reader;
    const [before, after] = [this.#query(from, options), this.#query(to, options)];
    const rows = ({ question }: Query) => selectRows(this.#versionsFor(question), question);
    const ignored = new Set(bookkeepingColumns(dataset));
    const compared = names.filter((name) => !ignored.has(name));
    const { lists, keyCell } = diffSelections<Row>(
      this.#reader,
      this.#keys.codes,
      rows(before),
      rows(after),
      compared,
    );
    const { name, key } = dataset;
    const { cutoffNs: fromNs } = before;
    return new Diff(lists, { dataset: name, key, fromNs, toNs: after.cutoffNs, typeOf, keyCell });
  }

  /** The files an answer at a cutoff is made from. @internal */
  inputFiles(cutoffNs: bigint): InputFiles {
    const { times, snapshots } = this.#versionsFor(UNBOUND);
    return inputFilesAt(this.#frame, times, snapshots, splitInstant(cutoffNs));
  }

  /**
   * The files that the rows of an answer rest on; all of them where one row's times can change the rule for the others.
   * @internal
   */
  decidingFiles(cutoff: InstantLike, options: AsOfOptions = {}): ReadonlySet<string> {
    const { question } = this.#query(cutoff, options);
    const { parts, dataset } = this.#frame;
    if (isDecidedTogether(dataset.timestamps.fallback)) return new Set(parts.map(({ path }) => path));
    const decides = decidingParts(this.#frame, this.#versionsFor(question), question);
    return new Set(parts.filter((_, part) => decides[part] === 1).map(({ path }) => path));
  }

  /** One line: dataset, rows, keys, files. */
  toString(): string {
    const from = counted(this.#frame.parts.length, "file");
    return `Timeline of ${this.dataset}: ${counted(this.rowCount, "row")} of ${counted(this.keyCount, "key")} from ${from}`;
  }

  #query(cutoff: InstantLike, options: AsOfOptions): Query {
    const query = queryOf(cutoff, options, this.#frame.horizonNs);
    assertNotPruned(this.#frame, query);
    return query;
  }

  #snapshot(query: Query, reused?: ReusedColumns): Snapshot<Row, Key, Instants> {
    const { question } = query;
    const selected = selectRows(this.#versionsFor(question), question, reused?.keys);
    const keysWithRow =
      selected.length < this.#keys.count ? reused?.keys.slice(0, selected.length) : undefined;
    const { dataset } = this.#frame;
    return new Snapshot({
      dataset: dataset.name,
      key: dataset.key,
      reader: this.#reader,
      selected,
      cutoff: query.cutoffNs,
      omitted: this.omitted,
      cost: this.cost,
      cells: (name) =>
        reused ? reused.cells(name, selected, keysWithRow) : this.#reader.cells(name, selected),
      provenance: () =>
        this.#whole
          ? this.#whole().#provenance(query)
          : provenanceOf(this.#frame, this.#versionsFor, query, selected),
    });
  }

  #provenance(query: Query): Provenance {
    const selected = selectRows(this.#versionsFor(query.question), query.question);
    return provenanceOf(this.#frame, this.#versionsFor, query, selected);
  }

  #version(versions: Versions, row: number): Version<Row> {
    return versionOf(versions, this.#reader, row);
  }

  #rowsOf(key: KeyGiven<Key, Instants>): number[] {
    const { dataset } = this.#frame;
    const code = this.#keys.codeOf(
      keyCells(dataset.name, dataset.key, key as Record<string, unknown>, this.#reader),
    );
    if (code < 0) return [];
    this.#byKey ??= groupByKey(this.#keys, () => true);
    const { starts, rows } = this.#byKey;
    return Array.from(rows.subarray(starts[code]!, starts[code + 1]!));
  }
}

function historyWithoutCutoff(dataset: string): BronzeError {
  return new BronzeError(
    "INVALID_ARGUMENT",
    `A history of "${dataset}" has no cutoff that knownBy: "cutoff" could mean; give knownBy an instant.`,
    { dataset },
  );
}

const HISTORY_OPTIONS: OptionTable<Pick<AsOfOptions, "knownBy">> = { knownBy: given };

/** Without `knownBy`. */
const UNBOUND = { knownBy: undefined };

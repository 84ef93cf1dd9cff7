import { bookkeepingColumns } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import type { Cell } from "../table/index.js";
import {
  type DurationLike,
  formatInstant,
  type InstantLike,
  toDurationNs,
  toEpochNs,
} from "../time/index.js";
import { type Diff, diffSelections } from "./diff.js";
import { type EffectiveTimes, effectiveTimes } from "./effective-time.js";
import { Explanation, judge, type Loser, type Version, versionOf } from "./explain.js";
import type { Frame } from "./frame.js";
import { encodeKeys, type KeyCodes } from "./key-codes.js";
import type { Provenance } from "./provenance.js";
import { type RowReader, rowReader } from "./row-reader.js";
import { countEligible, endsAt, type Question, selectRows, type Versions } from "./select.js";
import { keyCells, Snapshot } from "./snapshot.js";
import { NEVER, rankSnapshots } from "./snapshots.js";
import { type Standing, standingAt } from "./standing.js";
import { compareTicks, isAtOrBefore, nsAt, type Tick, type Ticks, tickOf } from "./ticks.js";
import { buildVersionIndex, type VersionIndex } from "./version-index.js";

/** Bounds of a question besides its cutoff. */
export interface AsOfOptions {
  /** Keep only rows with `ingested_ts` at or before this: what the live pipeline could have seen. Default: no bound. */
  readonly knownBy?: InstantLike;
  /** Keep only rows whose effective time is at most this long before the cutoff. Default: no bound. */
  readonly maxAge?: DurationLike;
}

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
 */
export class Timeline<Row = Record<string, Cell>, Key = Partial<Row>> {
  readonly #frame: Frame;
  readonly #keys: KeyCodes;
  readonly #versions: Versions;
  readonly #reader: RowReader;
  /** Under the `dataset` fallback: the same rows, all selected by `ingested_ts`. */
  #fallen: Timeline<Row, Key> | undefined;

  /** @internal Made by `BronzeStore`. */
  constructor(frame: Frame, times: EffectiveTimes = effectiveTimes(frame)) {
    const keys = encodeKeys(frame, frame.dataset.key);
    const index = buildVersionIndex(keys, times);
    const reader = rowReader(frame);
    this.#frame = frame;
    this.#keys = keys;
    this.#reader = reader;
    this.#versions = {
      times,
      index,
      snapshots:
        frame.dataset.partitionIs === "snapshot" ? rankSnapshots(frame, times, keys, index) : undefined,
      partOf: reader.partOf,
      isTombstone: tombstones(frame, reader, keys.codes.length),
    };
  }

  /** Name of the dataset. */
  get dataset(): string {
    return this.#frame.dataset.name;
  }

  /** Rows of all versions of all keys. */
  get rowCount(): number {
    return this.#keys.codes.length;
  }

  /** Distinct keys over all time. */
  get keyCount(): number {
    return this.#keys.count;
  }

  /**
   * The state at a cutoff.
   * @throws BronzeError `INVALID_INSTANT`, `INVALID_DURATION`
   * @example
   * ```ts
   * timeline.at("2026-01-15T23:45:00Z", { maxAge: "PT6H" }).rows();
   * ```
   */
  at(cutoff: InstantLike, options: AsOfOptions = {}): Snapshot<Row, Key> {
    const asked = this.#ask(cutoff, options);
    const timeline = this.#under(asked.question);
    return timeline.#snapshot(asked, endsAt(timeline.#versions.index, asked.question.cutoff));
  }

  /**
   * The state at each of many cutoffs, in the order given. Ascending cutoffs are the fast way: the search goes on
   * from where the last one ended.
   */
  *sweep(cutoffs: Iterable<InstantLike>, options: AsOfOptions = {}): Generator<Snapshot<Row, Key>> {
    const sweeps = new Map<Timeline<Row, Key>, Sweep>();
    for (const cutoff of cutoffs) {
      const asked = this.#ask(cutoff, options);
      const timeline = this.#under(asked.question);
      let sweep = sweeps.get(timeline);
      if (!sweep) {
        sweep = sweepOver(timeline.#versions.index);
        sweeps.set(timeline, sweep);
      }
      yield timeline.#snapshot(asked, sweep(asked.question.cutoff));
    }
  }

  /** Every row of a key, selectable or not, in selection order. */
  history(key: Key): Version<Row>[] {
    const { times } = this.#versions;
    const order = (a: number, b: number) =>
      compareTicks(times.effective, a, b) || compareTicks(times.ingested, a, b) || a - b;
    return this.#rowsOf(key)
      .sort(order)
      .map((row) => this.#version(row));
  }

  /** Why a key has the row it has at a cutoff: the winner, each loser, and the rule that beat it. */
  explain(key: Key, cutoff: InstantLike, options: AsOfOptions = {}): Explanation<Row> {
    const { question, cutoffNs } = this.#ask(cutoff, options);
    const timeline = this.#under(question);
    const { dataset, parts } = this.#frame;
    const cells = keyCells(dataset.name, dataset.key, key as Record<string, Cell>);
    const named = Object.fromEntries(dataset.key.map((column, i) => [column, cells[i]!]));
    const code = this.#keys.codeOf(cells);
    if (code < 0)
      return new Explanation({
        key: named,
        cutoff: cutoffNs,
        winner: undefined,
        losers: [],
        goneIn: undefined,
      });

    const { winner, losers, goneRank } = judge(timeline.#versions, code, this.#rowsOf(key), question);
    const { snapshots } = timeline.#versions;
    return new Explanation<Row>({
      key: named,
      cutoff: cutoffNs,
      winner: winner === undefined ? undefined : timeline.#version(winner),
      losers: losers.map(({ row, rule }): Loser<Row> => ({ ...timeline.#version(row), rule })),
      goneIn:
        snapshots && goneRank !== NEVER
          ? { file: parts[snapshots.parts[goneRank]!]!.path, time: nsAt(snapshots.times, goneRank)! }
          : undefined,
    });
  }

  /**
   * What changed between two cutoffs. The row's own times, `run_id` and the columns that place it in history are not
   * compared: a value repeated under a new time has not changed.
   */
  diff(from: InstantLike, to: InstantLike, options: AsOfOptions = {}): Diff<Row> {
    const { dataset } = this.#frame;
    const rows = (cutoff: InstantLike) => {
      const { question } = this.#ask(cutoff, options);
      const { index } = this.#under(question).#versions;
      return selectRows(this.#under(question).#versions, endsAt(index, question.cutoff), question);
    };
    const ignored = new Set(bookkeepingColumns(dataset));
    const compared = this.#reader.names.filter((name) => !ignored.has(name));
    return diffSelections(this.#reader, this.#keys.codes, rows(from), rows(to), compared);
  }

  /** The files an answer at a cutoff stands on. @internal */
  standing(cutoff: InstantLike): Standing {
    const { times, snapshots } = this.#versions;
    return standingAt(this.#frame, times, snapshots, tickOf(toEpochNs(cutoff, "cutoff")));
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Timeline of ${this.dataset}: ${this.rowCount} rows of ${this.keyCount} keys from ${this.#frame.parts.length} files`;
  }

  #ask(cutoff: InstantLike, { knownBy, maxAge }: AsOfOptions): Asked {
    const cutoffNs = toEpochNs(cutoff, "cutoff");
    const knownByNs = knownBy === undefined ? null : toEpochNs(knownBy, "knownBy");
    const maxAgeNs = maxAge === undefined ? null : toDurationNs(maxAge, "maxAge");
    const { horizonNs } = this.#frame;
    if (horizonNs !== undefined && cutoffNs > horizonNs) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `This timeline was read for cutoffs up to ${formatInstant(horizonNs)} and cannot answer ${formatInstant(cutoffNs)}.`,
      );
    }
    return {
      cutoffNs,
      knownByNs,
      maxAgeNs,
      question: {
        cutoff: tickOf(cutoffNs),
        knownBy: knownByNs === null ? undefined : tickOf(knownByNs),
        oldest: maxAgeNs === null ? undefined : tickOf(cutoffNs - maxAgeNs),
      },
    };
  }

  /** The timeline that answers a question: under the `dataset` fallback, `knownBy` can turn the rule. */
  #under({ knownBy }: Question): Timeline<Row, Key> {
    const { timestamps } = this.#frame.dataset;
    if (timestamps.fallback !== "dataset" || !knownBy) return this;
    const { firstUsable } = this.#versions.times;
    if (firstUsable && isBeforeOrAt(firstUsable, knownBy)) return this;
    const rules = { ...timestamps, unreliable: true, fallback: "row" as const };
    this.#fallen ??= new Timeline(this.#frame, effectiveTimes(this.#frame, rules));
    return this.#fallen;
  }

  #snapshot({ question, cutoffNs, knownByNs, maxAgeNs }: Asked, ends: Uint32Array): Snapshot<Row, Key> {
    const selected = selectRows(this.#versions, ends, question);
    const { dataset } = this.#frame;
    return new Snapshot({
      dataset: dataset.name,
      key: dataset.key,
      reader: this.#reader,
      selected,
      cutoff: cutoffNs,
      provenance: () => ({
        dataset: dataset.name,
        cutoff: cutoffNs,
        knownBy: knownByNs,
        maxAge: maxAgeNs,
        ...this.#sources(),
        rowsEligible: countEligible(this.#versions, endsAt(this.#versions.index, question.cutoff), question),
        ...this.#outcome(selected),
      }),
    });
  }

  #sources(): Pick<Provenance, "files" | "rowsSeen" | "rowsNotSelectable" | "rowsAhead"> {
    const { parts, pruned } = this.#frame;
    const files = [...parts, ...pruned].map(({ path, rows, sizeBytes }) => ({ path, rows, sizeBytes }));
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      files,
      rowsSeen: files.reduce((sum, { rows }) => sum + rows, 0),
      rowsNotSelectable: this.#versions.times.notSelectable,
      rowsAhead: this.#versions.times.ahead,
    };
  }

  #outcome(
    selected: Uint32Array,
  ): Pick<Provenance, "rowsSelected" | "rowsByFallback" | "maxAsOfTs" | "maxIngestedTs"> {
    const { times } = this.#versions;
    let rowsByFallback = 0;
    for (const row of selected) rowsByFallback += times.byFallback[row]!;
    return {
      rowsSelected: selected.length,
      rowsByFallback,
      maxAsOfTs: latestNs(times.asOf, selected),
      maxIngestedTs: latestNs(times.ingested, selected),
    };
  }

  #version(row: number): Version<Row> {
    return versionOf(this.#versions, this.#reader, (part) => this.#frame.parts[part]!.path, row);
  }

  #rowsOf(key: Key): number[] {
    const { dataset } = this.#frame;
    const code = this.#keys.codeOf(keyCells(dataset.name, dataset.key, key as Record<string, Cell>));
    const rows: number[] = [];
    if (code >= 0) {
      for (let row = 0; row < this.#keys.codes.length; row++)
        if (this.#keys.codes[row] === code) rows.push(row);
    }
    return rows;
  }
}

interface Asked {
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | null;
  readonly maxAgeNs: bigint | null;
  readonly question: Question;
}

type Sweep = (cutoff: Tick) => Uint32Array;

/** Remembers where each key's search ended, and goes on from there while cutoffs ascend. */
function sweepOver(index: VersionIndex): Sweep {
  let ends: Uint32Array | undefined;
  let previous: Tick | undefined;
  const { high, low } = index.times;
  return (cutoff) => {
    if (!ends || !previous || !isBeforeOrAt(previous, cutoff)) ends = endsAt(index, cutoff);
    else {
      for (let key = 0; key < ends.length; key++) {
        const limit = index.starts[key + 1]!;
        let end = ends[key]!;
        while (
          end < limit &&
          (high[end]! < cutoff.high || (high[end] === cutoff.high && low[end]! <= cutoff.low))
        )
          end++;
        ends[key] = end;
      }
    }
    previous = cutoff;
    return ends;
  };
}

function isBeforeOrAt(a: Tick, b: Tick): boolean {
  return a.high < b.high || (a.high === b.high && a.low <= b.low);
}

function latestNs(ticks: Ticks, rows: Uint32Array): bigint | null {
  let best = -1;
  for (const row of rows) {
    if (
      isAtOrBefore(ticks, row, { high: Number.POSITIVE_INFINITY, low: 0 }) &&
      (best < 0 || compareTicks(ticks, row, best) > 0)
    ) {
      best = row;
    }
  }
  return best < 0 ? null : nsAt(ticks, best);
}

/** A row is asked once whether it is a tombstone; most rows never are. */
function tombstones(frame: Frame, reader: RowReader, rowCount: number): (row: number) => boolean {
  const { tombstone } = frame.dataset;
  if (!tombstone) return () => false;
  const known = new Int8Array(rowCount);
  return (row) => {
    if (known[row] === 0) known[row] = tombstone(reader.row(row)) ? 1 : -1;
    return known[row] === 1;
  };
}

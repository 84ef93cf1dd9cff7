import { bookkeepingColumns } from "../../dataset/index.js";
import { type DiffPlan, diffColumns, diffSql, type ExecutingEngine, rowsReadSql } from "../../sql/index.js";
import type { Cell } from "../../table/index.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";
import {
  type AsOfOptions,
  assertNotPruned,
  Diff,
  diffSelections,
  type Frame,
  queryOf,
  rowReader,
} from "../../travel/index.js";
import { loadDays } from "../read/load-days.js";
import { datesAsked, type TimelineOptions } from "../read/question.js";
import {
  type AskedOfEngine,
  askEngine,
  assertAllRead,
  mutableOf,
  type PlannedHistory,
  rowsOf,
  writingFor,
} from "./ask-engine.js";
import { planOfFrame } from "./plan-question.js";
import { resultColumn } from "./result-column.js";

/**
 * Which days a diff reads, and the bounds of its two questions.
 *
 * @category Engines
 */
export type EngineDiffOptions<Column extends string = never, D = unknown> = TimelineOptions<Column, D> &
  AsOfOptions;

/** A diff that an engine is asked. */
interface AskedDiff extends AskedOfEngine {
  readonly from: InstantLike;
  readonly to: InstantLike;
  readonly options: EngineDiffOptions<string>;
}

interface PlannedDiff extends PlannedHistory {
  readonly plan: DiffPlan;
  readonly frame: Frame;
}

/** Has an engine tell what changed between two cutoffs. */
export function diffOnEngine(asked: AskedDiff, engine: ExecutingEngine): Promise<Diff> {
  return askEngine(
    asked,
    engine,
    () => planned(asked, engine),
    async ({ plan, frame }, run) => {
      const numbers = diffColumns(plan);
      const cells: unknown[][] = Array.from({ length: numbers.length + 2 }, () => []);
      for await (const batch of run(diffSql(plan, writingFor(engine))))
        for (const [i, own] of cells.entries()) for (const value of batch[i] ?? []) own.push(value);
      const [counts] = await rowsOf(run(rowsReadSql(plan, writingFor(engine))));
      assertAllRead(plan, Number(counts![0]));
      return diffOf(asked, frame, plan, cells);
    },
  );
}

/** Plans it as a timeline is loaded. @throws BronzeError as `loadDays` and `planOfFrame`; `PRUNED` */
async function planned(
  { storage, dataset, from, to, options }: AskedDiff,
  { dialect }: ExecutingEngine,
): Promise<PlannedDiff> {
  const { knownBy, maxAge, ...span } = options as EngineDiffOptions<string> & AsOfOptions;
  const bounds = { ...(knownBy !== undefined && { knownBy }), ...(maxAge !== undefined && { maxAge }) };
  const [before, after] = [queryOf(from, bounds, undefined), queryOf(to, bounds, undefined)];
  const loaded = await loadDays(storage, dataset, datesAsked(dataset, span), span);
  const { frame } = loaded;
  for (const query of [before, after]) assertNotPruned(frame, query);
  const history = planOfFrame(loaded, dialect);
  const ignored = new Set(bookkeepingColumns(dataset));
  const answer = history.columns.slice(0, history.answerColumns);
  const question = ({ cutoffNs, knownByNs, maxAgeNs }: typeof before) => ({ cutoffNs, knownByNs, maxAgeNs });
  return {
    frame,
    mutable: mutableOf(loaded),
    plan: {
      ...history,
      before: question(before),
      after: question(after),
      compared: answer.flatMap(({ name }, i) => (ignored.has(name) ? [] : [i])),
    },
  };
}

/** The diff of rows that an engine gave, compared here once more: what equals what is said in one place. */
function diffOf(
  { dataset, from, to }: AskedDiff,
  frame: Frame,
  plan: DiffPlan,
  cells: readonly unknown[][],
): Diff {
  const numbers = diffColumns(plan);
  const columns = new Map(
    numbers.map((number, i) => {
      const { name, type } = plan.columns[number]!;
      return [name, resultColumn(type, cells[i]!)];
    }),
  );
  const [keys, sides] = cells.slice(-2) as [unknown[], unknown[]];
  const answer = plan.columns.slice(0, plan.answerColumns).map(({ name }) => name);
  const reader = rowReader({
    dataset,
    columns: new Map(
      [...columns].map(([name, { type }]) => [name, frame.columns.get(name) ?? { type, integers: "bigint" }]),
    ),
    asked: frame.asked ?? (answer.length < columns.size ? answer : undefined),
    pruned: [],
    horizonNs: undefined,
    parts: [
      { path: "", rows: keys.length, sizeBytes: 0, snapshot: undefined, column: (name) => columns.get(name) },
    ],
  });
  const { typeOf } = reader;
  const rowsOfSide = (side: number) =>
    Uint32Array.from(sides.flatMap((own, row) => (Number(own) === side ? [row] : [])));
  const compared = plan.compared.map((i) => plan.columns[i]!.name);
  const codes = Int32Array.from(keys, Number);
  const { lists, keyCell } = diffSelections<Record<string, Cell>>(
    reader,
    codes,
    rowsOfSide(0),
    rowsOfSide(1),
    compared,
  );
  return new Diff(lists, {
    dataset: dataset.name,
    key: dataset.key,
    fromNs: toEpochNs(from),
    toNs: toEpochNs(to),
    typeOf,
    keyCell,
  });
}

import { assertIs, text } from "../../options.js";
import { withText } from "../../printed.js";
import {
  CHANGE,
  type DiffPlan,
  diffColumns,
  type EngineBatch,
  type ExecutingEngine,
  type PlanQuestion,
} from "../../sql/index.js";
import { type ArrowModule, arrowModule, type Cell, type Column, toArrowTable } from "../../table/index.js";
import { formatInstant } from "../../time/index.js";
import {
  Diff,
  diffSelections,
  type Frame,
  type Provenance,
  type Query,
  rowReader,
} from "../../travel/index.js";
import { askEngine, assertAllRead, countedBy, type Runner, rowsOf, writingFor } from "./ask-engine.js";
import { arrowBatches, type EngineBatches, type EngineWritten, written } from "./engine-answers.js";
import { type AskedDiff, assertNoChangeColumn, type PlannedDiff, planDiff } from "./plan-diff.js";
import { resultColumn } from "./result-column.js";

/**
 * What changed between two cutoffs, told by an engine.
 *
 * As tables and as a file it is a row for each key that came or went, and two for one that changed, in the order of keys: column
 * `change_` says `added`, `gone`, or `before` and `after`; the columns of the answer follow.
 *
 * @category Engines
 */
export interface EngineDiff<Moved> {
  /**
   * The lists that `Timeline.diff` gives.
   *
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_COLUMN` and `INVALID_DATE`; of the files, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the
   * storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  read(): Promise<Moved>;
  /**
   * The same as Arrow tables, one after the other as the engine gives them.
   *
   * @param arrow the caller's apache-arrow, as for `toArrow`
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_COLUMN` and `INVALID_DATE`; of the files, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the
   * storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  batches(arrow?: ArrowModule): Promise<EngineBatches<DiffProvenance>>;
  /**
   * The same, written by the engine to a Parquet file; nothing of it passes through this process.
   *
   * @param target the file as the engine names it; one that is there is replaced
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the question, `INVALID_ARGUMENT`,
   * `UNKNOWN_COLUMN` and `INVALID_DATE`; of the files, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the
   * storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  writeParquet(target: string): Promise<EngineWritten<DiffProvenance>>;
}

/**
 * What the answers at the two cutoffs of a diff were made from.
 *
 * @category Engines
 */
export interface DiffProvenance {
  readonly before: Provenance;
  readonly after: Provenance;
}

/** A diff on an engine. */
export function engineDiff(asked: AskedDiff, engine: ExecutingEngine): EngineDiff<Diff> {
  const diff = {
    read: () => readDiff(asked, engine),
    batches: async (arrow?: ArrowModule) => batchesOfDiff(asked, engine, await arrowModule(arrow)),
    writeParquet: async (target: string) => {
      assertIs(target, text, "The target of writeParquet");
      return writeDiff(asked, engine, target);
    },
  };
  const { dataset, before, after } = asked;
  const [from, to] = [before, after].map(({ cutoffNs }) => formatInstant(cutoffNs));
  return withText(diff, () => `EngineDiff of ${dataset.name} from ${from} to ${to} on ${engine.name}`);
}

function readDiff(asked: AskedDiff, engine: ExecutingEngine): Promise<Diff> {
  return askEngine(
    { asked, engine, verb: "diff", form: "read", plan: () => planDiff(asked, engine.dialect) },
    async ({ plan, frame }, run) => {
      const cells: unknown[][] = Array.from({ length: 1 + diffColumns(plan).length }, () => []);
      for await (const batch of run(engine.compiler.diffSql(plan, writingFor(engine))))
        for (const [i, own] of cells.entries()) for (const value of batch[i] ?? []) own.push(value);
      const [counts] = await rowsOf(run(engine.compiler.rowsReadSql(plan, writingFor(engine))));
      assertAllRead(plan, Number(counts![0]));
      return diffOf(asked, frame, plan, cells);
    },
  );
}

/** Gives a diff table by table. */
function batchesOfDiff(
  asked: AskedDiff,
  engine: ExecutingEngine,
  arrow: ArrowModule,
): Promise<EngineBatches<DiffProvenance>> {
  return askEngine(
    { asked, engine, verb: "diff", form: "batches", plan: () => planDiff(asked, engine.dialect) },
    async (made, run) => {
      assertNoChangeColumn(made.plan);
      const provenance = await countedSides(asked, made, engine, run);
      const batches = run(engine.compiler.diffSql(made.plan, writingFor(engine)));
      const tableOf = (batch: EngineBatch) => toArrowTable(columnsOf(made.plan, batch), arrow);
      return arrowBatches({ asked, engine, made, provenance, batches, tableOf });
    },
  );
}

function columnsOf({ columns, answerColumns }: DiffPlan, batch: EngineBatch): Map<string, Column> {
  const answer = columns.slice(0, answerColumns);
  return new Map([
    [CHANGE, resultColumn({ kind: "text" }, batch[0] ?? [])],
    ...answer.map(({ name, type }, i) => [name, resultColumn(type, batch[i + 1] ?? [])] as const),
  ]);
}

/** Has a diff written. */
function writeDiff(
  asked: AskedDiff,
  engine: ExecutingEngine,
  target: string,
): Promise<EngineWritten<DiffProvenance>> {
  return askEngine(
    { asked, engine, verb: "diff", form: "writeParquet", plan: () => planDiff(asked, engine.dialect) },
    async (made, run) => {
      assertNoChangeColumn(made.plan);
      const provenance = await countedSides(asked, made, engine, run);
      return written(engine, run, engine.compiler.diffFileSql(made.plan, writingFor(engine)), {
        target,
        provenance,
      });
    },
  );
}

async function countedSides(
  { before, after }: AskedDiff,
  { plan, frame, mutable }: PlannedDiff,
  engine: ExecutingEngine,
  run: Runner,
): Promise<DiffProvenance> {
  const side = (query: Query, question: PlanQuestion) =>
    countedBy({ frame, mutable, query, plan: { ...plan, question } }, engine, run);
  const sides = { before: await side(before, plan.before), after: await side(after, plan.after) };
  return withText(sides, ({ before, after }) => `${before}\n${after}`);
}

/** The diff of rows that an engine gave. What equals what is said in one place: here they are compared once more. */
function diffOf(
  { dataset, before, after }: AskedDiff,
  frame: Frame,
  plan: DiffPlan,
  [changes, ...cells]: readonly unknown[][],
): Diff {
  const columns = new Map(
    diffColumns(plan).map((number, i) => {
      const { name, type } = plan.columns[number]!;
      return [name, resultColumn(type, cells[i]!)];
    }),
  );
  const rows = changes!.length;
  const answer = plan.columns.slice(0, plan.answerColumns).map(({ name }) => name);
  const reader = rowReader({
    dataset,
    columns: new Map(
      [...columns].map(([name, { type }]) => [name, frame.columns.get(name) ?? { type, integers: "bigint" }]),
    ),
    asked: frame.asked ?? (answer.length < columns.size ? answer : undefined),
    pruned: [],
    horizonNs: undefined,
    parts: [{ path: "", rows, sizeBytes: 0, snapshot: undefined, column: (name) => columns.get(name) }],
  });
  const { typeOf } = reader;
  const rowsThat = (...are: readonly unknown[]) =>
    Uint32Array.from(changes!.flatMap((change, row) => (are.includes(change) ? [row] : [])));
  const compared = plan.compared.map((i) => plan.columns[i]!.name);
  // Rows come in the order of keys, and the later one of a key follows the earlier.
  let key = -1;
  const codes = Int32Array.from(changes!, (change) => (change === "after" ? key : ++key));
  const { lists, keyCell } = diffSelections<Record<string, Cell>>(
    reader,
    codes,
    rowsThat("gone", "before"),
    rowsThat("added", "after"),
    compared,
  );
  return new Diff(lists, {
    dataset: dataset.name,
    key: dataset.key,
    fromNs: before.cutoffNs,
    toNs: after.cutoffNs,
    typeOf,
    keyCell,
  });
}

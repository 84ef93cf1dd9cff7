import { assertIs, text } from "../../options.js";
import { withText } from "../../printed.js";
import type { EngineBatch, ExecutingEngine } from "../../sql/index.js";
import { type ArrowModule, arrowModule, type Column, toArrowTable } from "../../table/index.js";
import {
  type AsOfJoin,
  assertNoCollision,
  type JoinProvenance,
  type Label,
  startJoin,
} from "../../travel/index.js";
import { askEngine, writingFor } from "./ask-engine.js";
import { arrowBatches, type EngineBatches, type EngineWritten, written } from "./engine-answers.js";
import { planOfLabels } from "./given-labels.js";
import { addMatches, countMatches } from "./join-matches.js";
import type { AskedJoin, LabelledJoin } from "./plan-join.js";
import { assertAsked, type EngineLabels, engineLabels, planOfQuery } from "./queried-labels.js";
import { resultColumn } from "./result-column.js";

/**
 * A point-in-time join that an engine executes. The answers are those of `BronzeStore.joinAsOf`: same rows, same places, same
 * counts.
 *
 * @category Engines
 */
export interface EngineJoin<Join> {
  /**
   * The join, in this process.
   *
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the days, `JOIN_DAYS`, `UNKNOWN_LOOKUP`
   * and `INVALID_DATE`; `INVALID_ARGUMENT`, `UNKNOWN_COLUMN`; of the files, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`,
   * `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of the
   * storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  read(): Promise<Join>;
  /**
   * The same as Arrow tables, one after the other as the engine gives them.
   *
   * @param arrow the caller's apache-arrow, as for `toArrow`
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the days, `JOIN_DAYS`, `UNKNOWN_LOOKUP`
   * and `INVALID_DATE`; `INVALID_ARGUMENT`, `UNKNOWN_COLUMN`; of the files, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`,
   * `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of the
   * storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  batches(arrow?: ArrowModule): Promise<EngineBatches<JoinProvenance>>;
  /**
   * The same, written by the engine to a Parquet file; nothing of it passes through this process.
   *
   * @param target the file as the engine names it; one that is there is replaced
   * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`, `ENGINE_FAILED`; `PRUNED`; of the days, `JOIN_DAYS`, `UNKNOWN_LOOKUP`
   * and `INVALID_DATE`; `INVALID_ARGUMENT`, `UNKNOWN_COLUMN`; of the files, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`,
   * `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES` and `RETENTION_INVALID`; of the
   * storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   */
  writeParquet(target: string): Promise<EngineWritten<JoinProvenance>>;
}

/** A join on an engine. */
export function engineJoin(
  asked: AskedJoin,
  labels: readonly Label[] | EngineLabels,
  engine: ExecutingEngine,
): EngineJoin<AsOfJoin<Record<string, unknown>>> {
  const plan = Array.isArray(labels)
    ? plansOfRows(asked, labels, engine)
    : plansOfQuery(asked, labels, engine);
  const join = {
    read: () => readJoin(asked, engine, plan("here")),
    batches: async (arrow?: ArrowModule) =>
      batchesOfJoin(asked, engine, plan("here"), await arrowModule(arrow)),
    writeParquet: async (target: string) => {
      assertIs(target, text, "The target of writeParquet");
      return writeJoin(asked, engine, plan("there"), target);
    },
  };
  return withText(join, () => `EngineJoin with ${asked.dataset.name} on ${engine.name}`);
}

type Plan = () => Promise<LabelledJoin>;
/** Plans a join whose rows come here, or stay there. */
type Plans = (where: "here" | "there") => Plan;

function plansOfRows(asked: AskedJoin, labels: readonly Label[], { dialect }: ExecutingEngine): Plans {
  // The caller's objects may change before they are asked for.
  const started = startJoin(asked.dataset, labels, asked.options);
  return (where) => () => planOfLabels(asked, started, dialect, where === "there");
}

function plansOfQuery(asked: AskedJoin, labels: unknown, engine: ExecutingEngine): Plans {
  const query = engineLabels(labels);
  assertAsked(asked);
  return (where) => () => planOfQuery(asked, query, engine, where === "here");
}

function readJoin(
  asked: AskedJoin,
  engine: ExecutingEngine,
  plan: Plan,
): Promise<AsOfJoin<Record<string, unknown>>> {
  return askEngine({ asked, engine, verb: "joinAsOf", form: "read", plan }, async (made, run) => {
    const { told, plan } = made;
    const cells: unknown[][] = Array.from({ length: told + plan.answerColumns + 2 }, () => []);
    for await (const batch of run(
      engine.compiler.joinSql(plan, asked.options.prefix ?? "", writingFor(engine)),
    ))
      for (const [i, own] of cells.entries()) for (const value of batch[i] ?? []) own.push(value);
    const labelCount = await countMatches(made, engine, run);
    const { labels, types, labelOf, groupOf } = made.labelsOf(cells.slice(0, told));
    const [parts, rows] = cells.slice(-2) as [unknown[], unknown[]];
    addMatches(made, { added: cells.slice(told, -2), parts, rows }, labelOf, groupOf);
    return made.collected.result({ labels, labelCount, labelTypes: types, cost: made.cost });
  });
}

/** Gives a join table by table. */
function batchesOfJoin(
  asked: AskedJoin,
  engine: ExecutingEngine,
  plan: Plan,
  arrow: ArrowModule,
): Promise<EngineBatches<JoinProvenance>> {
  return askEngine({ asked, engine, verb: "joinAsOf", form: "batches", plan }, async (made, run) => {
    assertNames(asked, made);
    const provenance = made.collected.provenance(await countMatches(made, engine, run));
    const batches = run(engine.compiler.joinSql(made.plan, asked.options.prefix ?? "", writingFor(engine)));
    const tableOf = (batch: EngineBatch) => toArrowTable(columnsOf(asked, made, batch), arrow);
    return arrowBatches({ asked, engine, made, provenance, batches, tableOf });
  });
}

/** The columns of labels, then those that are added. */
function columnsOf(
  { options: { prefix = "" } }: AskedJoin,
  { plan, told, columnsOf: ofLabels }: LabelledJoin,
  batch: EngineBatch,
): Map<string, Column> {
  const own = Array.from({ length: told + plan.answerColumns }, (_, i) => batch[i] ?? []);
  const added = plan.columns
    .slice(0, plan.answerColumns)
    .map(({ name, type }, i) => [`${prefix}${name}`, resultColumn(type, own[told + i]!)] as const);
  return new Map([...ofLabels(own.slice(0, told)), ...added]);
}

/** Has a join written. */
function writeJoin(
  asked: AskedJoin,
  engine: ExecutingEngine,
  plan: Plan,
  target: string,
): Promise<EngineWritten<JoinProvenance>> {
  return askEngine({ asked, engine, verb: "joinAsOf", form: "writeParquet", plan }, async (made, run) => {
    assertNames(asked, made);
    const provenance = made.collected.provenance(await countMatches(made, engine, run));
    const statement = engine.compiler.joinFileSql(made.plan, asked.options.prefix ?? "", writingFor(engine));
    return written(engine, run, statement, { target, provenance });
  });
}

/** Refuses added columns that labels have too, whether or not they have values. @throws BronzeError `INVALID_ARGUMENT` */
export function assertNames(
  { dataset, options }: AskedJoin,
  { plan, names }: Pick<LabelledJoin, "plan" | "names">,
): void {
  const added = plan.columns.slice(0, plan.answerColumns).map(({ name }) => name);
  const label = Object.fromEntries(names.map((name) => [name, null]));
  assertNoCollision(dataset, [label], added, options.prefix ?? "");
}

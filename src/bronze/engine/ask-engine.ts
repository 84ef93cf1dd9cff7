import type { AnyDataset } from "../../dataset/index.js";
import { randomHex, sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { shown } from "../../shown.js";
import {
  COUNTS,
  type EngineBatch,
  type EnginePlan,
  type ExecutingEngine,
  type HistoryPlan,
  type Statement,
  type StatementWriter,
  type Writing,
} from "../../sql/index.js";
import { MAX_IN_FLIGHT, mapConcurrently, readIfThere, type Storage } from "../../storage/index.js";
import { type EngineMessage, traced } from "../../telemetry/index.js";
import { exactly } from "../../time/index.js";
import {
  assertNotPruned,
  type Frame,
  type Provenance,
  provenanceOfCounts,
  type Query,
  queryOf,
  type SelectionCounts,
} from "../../travel/index.js";
import { loadDays } from "../read/load-days.js";
import type { Loaded } from "../read/load-frame.js";
import { datesAsked, type ViewReadOptions } from "../read/question.js";
import { planQuestion } from "./plan-question.js";

/** What an engine is asked about. */
export interface AskedOfEngine {
  readonly storage: Storage;
  readonly dataset: AnyDataset;
}

/** A question to an engine. */
export interface EngineQuestion extends AskedOfEngine {
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | undefined;
  readonly options: ViewReadOptions<string>;
}

/** What was planned. */
export interface PlannedHistory {
  readonly plan: HistoryPlan;
  /** Files that their owner overwrites, as they were read. */
  readonly mutable: readonly { readonly path: string; readonly sha256: string }[];
}

/** What was planned of a question. */
export interface Planned extends PlannedHistory {
  readonly frame: Frame;
  readonly query: Query;
  readonly plan: EnginePlan;
}

/** Lists and opens what a question needs, and plans it. @throws BronzeError as `loadDays` and `planQuestion`; `PRUNED` */
export async function planned(
  { storage, dataset, cutoffNs, knownByNs, options }: EngineQuestion,
  dialect: ExecutingEngine["dialect"],
): Promise<Planned> {
  const dates = datesAsked(dataset, options);
  const loaded = await loadDays(storage, dataset, dates, { ...options, horizonNs: cutoffNs });
  const query = queryOf(
    exactly(cutoffNs),
    {
      ...(knownByNs !== undefined && { knownBy: exactly(knownByNs) }),
      ...(options.maxAge !== undefined && { maxAge: options.maxAge }),
    },
    undefined,
  );
  assertNotPruned(loaded.frame, query);
  return {
    frame: loaded.frame,
    query,
    plan: planQuestion(loaded, query, dialect),
    mutable: mutableOf(loaded),
  };
}

/** The files of what was loaded that their owner overwrites. */
export function mutableOf(loaded: Loaded): PlannedHistory["mutable"] {
  const { frame, opened } = loaded;
  const read = loaded.files();
  return opened.flatMap(({ file }, i) =>
    file.isLatest || frame.dataset.files === "overwritten"
      ? [{ path: file.path, sha256: read[i]!.sha256 }]
      : [],
  );
}

/** Runs a statement of a plan. */
export type Runner = (statement: Statement) => AsyncIterable<EngineBatch>;

/** A plan of files that went away meanwhile is made anew, so often at most. */
const MOST_PLANS = 4;

/** A question to an engine, and as what it is told of. */
interface Asking<Made extends PlannedHistory> extends Pick<EngineMessage, "verb" | "form"> {
  readonly asked: AskedOfEngine;
  readonly engine: ExecutingEngine;
  /** Plans anew each time. */
  readonly plan: () => Promise<Made>;
}

/**
 * Plans and asks an engine. Where a planned file went away while the engine read, or one that its owner overwrites is
 * another one now, it is planned again.
 *
 * @param use what is asked; run again with the next plan
 * @throws BronzeError as `plan`; `ENGINE_FAILED`
 */
export async function askEngine<T, Made extends PlannedHistory>(
  { asked, engine, verb, form, plan }: Asking<Made>,
  use: (planned: Made, run: Runner) => Promise<T>,
): Promise<T> {
  const { result } = await traced(
    "bronzestore:engine",
    () => ({ verb, form, dataset: asked.dataset.name, engine: engine.name, plans: 0 }),
    (message) => askUntilThere(message),
    ({ made: { plan } }) => ({ parts: plan.parts.length, rows: rowsPlanned(plan) }),
  );
  return result;

  async function askUntilThere(
    message: EngineMessage | undefined,
  ): Promise<{ readonly made: Made; readonly result: T }> {
    for (let attempt = 1; ; attempt++) {
      if (message) message.plans = attempt;
      const made = await plan();
      const isLast = attempt === MOST_PLANS;
      try {
        const result = await use(made, (statement) => engine.query(statement));
        if (await areAsRead(asked.storage, made.mutable)) return { made, result };
        if (isLast) throw moved(asked, engine, undefined);
      } catch (error) {
        if (isBronzeError(error)) throw error;
        const isSame =
          (await areThere(asked.storage, made.plan)) && (await areAsRead(asked.storage, made.mutable));
        if (isSame) throw failed(asked, engine, error);
        if (isLast) throw moved(asked, engine, error);
      }
    }
  }
}

/** How the statements of a plan are written for an engine. */
export function writingFor(engine: StatementWriter, mostInline = engine.dialect.mostInline): Writing {
  return {
    dialect: engine.dialect,
    address: (path) => engine.address(path),
    mostInline,
    // Others may make tables in the same engine.
    prefix: `bronzestore_${randomHex(8)}`,
  };
}

/** Counts an answer by a statement of its own. */
export async function countedBy(
  { frame, query, plan }: Planned,
  engine: ExecutingEngine,
  run: Runner,
): Promise<Provenance> {
  const { cell, count, instant } = await countsOf(
    COUNTS,
    run(engine.compiler.countsSql(plan, writingFor(engine))),
  );
  assertAllRead(plan, count("rowsRead"));
  const counts: SelectionCounts = {
    rowsEligible: count("rowsEligible"),
    rowsSelected: count("rowsSelected"),
    rowsByFallback: count("rowsByFallback"),
    rowsNotSelectable: count("rowsNotSelectable"),
    rowsAhead: count("rowsAhead"),
    rowsCapturedLater: count("rowsCapturedLater"),
    rowsCaptureUnknown: count("rowsCaptureUnknown"),
    keysByLaterEvidence: count("keysByLaterEvidence"),
    asOfUsableByCutoff: Boolean(cell("asOfUsableByCutoff")),
    maxAsOfTs: instant("maxAsOfTs"),
    maxIngestedTs: instant("maxIngestedTs"),
  };
  return provenanceOfCounts(frame, query, counts);
}

/** One row of counts, by their names. */
export async function countsOf<const Name extends string>(
  names: readonly Name[],
  batches: AsyncIterable<EngineBatch>,
) {
  const [row] = await rowsOf(batches);
  const cell = (name: Name) => row![names.indexOf(name)];
  return {
    cell,
    count: (name: Name) => Number(cell(name)),
    instant(name: Name) {
      const value = cell(name);
      return value === null || value === undefined ? null : BigInt(value as bigint | number | string);
    },
  };
}

/** Thrown where an engine read something else than was planned. */
export class NotAsPlanned extends Error {}

/**
 * Refuses an answer from other rows than those of the plan: an engine that passes over a file which is not there, or sees it under
 * another name, reads fewer.
 *
 * @throws NotAsPlanned
 */
export function assertAllRead(plan: HistoryPlan, rowsRead: number): void {
  const planned = rowsPlanned(plan);
  if (rowsRead !== planned) throw new NotAsPlanned(`${rowsRead} of ${planned} rows were read`);
}

function rowsPlanned({ parts }: HistoryPlan): number {
  return parts.reduce((sum, { ranges }) => sum + ranges.reduce((own, { rows }) => own + rows, 0), 0);
}

/** The rows of some batches. */
export async function rowsOf(batches: AsyncIterable<EngineBatch>): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const batch of batches)
    for (let row = 0; row < (batch[0]?.length ?? 0); row++) rows.push(batch.map((column) => column[row]));
  return rows;
}

async function areThere(storage: Storage, plan: HistoryPlan): Promise<boolean> {
  const files = [...new Set(plan.parts.map(({ file }) => file))];
  const found = await mapConcurrently(files, MAX_IN_FLIGHT, (file) => storage.stat(file));
  return found.every((stat) => stat !== undefined);
}

async function areAsRead(storage: Storage, mutable: Planned["mutable"]): Promise<boolean> {
  const same = await mapConcurrently(mutable, MAX_IN_FLIGHT, async ({ path, sha256: before }) => {
    const bytes = await readIfThere(storage, path);
    return bytes !== undefined && sha256(bytes) === before;
  });
  return same.every(Boolean);
}

/** Refuses what was read of files that are others now. @throws BronzeError `ENGINE_FAILED` */
export async function assertAsRead(
  question: AskedOfEngine,
  engine: ExecutingEngine,
  { mutable }: PlannedHistory,
): Promise<void> {
  if (!(await areAsRead(question.storage, mutable))) throw moved(question, engine, undefined);
}

/** The error for a statement that an engine did not execute. */
export function failed(
  { dataset }: AskedOfEngine,
  { dialect }: ExecutingEngine,
  cause: unknown,
): BronzeError {
  return new BronzeError(
    "ENGINE_FAILED",
    `${dialect.name} refused a statement about "${dataset.name}": ${reasonOf(cause)}`,
    { dataset: dataset.name, engine: dialect.name },
    { cause },
  );
}

function moved({ dataset }: AskedOfEngine, { dialect }: ExecutingEngine, cause: unknown): BronzeError {
  return new BronzeError(
    "ENGINE_FAILED",
    `Files of "${dataset.name}" went away or were replaced each of ${MOST_PLANS} times that ${dialect.name} read them. Ask again once their owner is done.`,
    { dataset: dataset.name, engine: dialect.name },
    { cause },
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : shown(cause);
}

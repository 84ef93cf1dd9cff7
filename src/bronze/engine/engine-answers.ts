import { isBronzeError } from "../../errors.js";
import { withText } from "../../printed.js";
import type { EngineBatch, ExecutingEngine, Statement } from "../../sql/index.js";
import type { ArrowTable } from "../../table/index.js";
import type { Provenance } from "../../travel/index.js";
import { type AskedOfEngine, assertAsRead, failed, type PlannedHistory, type Runner } from "./ask-engine.js";

/**
 * What an engine wrote.
 *
 * @category Engines
 */
export interface EngineWritten<Origin = Provenance> {
  /** As it was given. */
  readonly target: string;
  readonly provenance: Origin;
}

/**
 * An answer as Arrow tables, once.
 *
 * @category Engines
 */
export interface EngineBatches<Origin = Provenance> extends AsyncIterable<ArrowTable> {
  /** What the answer was made from. */
  readonly provenance: Origin;
}

/** An answer that comes in batches. */
interface Batched<Origin> {
  readonly asked: AskedOfEngine;
  readonly engine: ExecutingEngine;
  readonly made: PlannedHistory;
  readonly provenance: Origin;
  readonly batches: AsyncIterable<EngineBatch>;
  readonly tableOf: (batch: EngineBatch) => ArrowTable;
}

/** Gives an answer table by table, of which the first is there. @throws what the engine throws until then */
export async function arrowBatches<Origin>(answer: Batched<Origin>): Promise<EngineBatches<Origin>> {
  const { asked, engine, made, provenance, tableOf } = answer;
  const batches = answer.batches[Symbol.asyncIterator]();
  // So that what is wrong with the statement or its files shows here, where it can be planned again.
  const first = await batches.next();
  const tables = async function* () {
    try {
      for (let next = first; !next.done; next = await batches.next()) yield tableOf(next.value);
      await assertAsRead(asked, engine, made);
    } catch (error) {
      throw isBronzeError(error) ? error : failed(asked, engine, error);
    } finally {
      await batches.return?.();
    }
  };
  return withText(
    { provenance, [Symbol.asyncIterator]: tables },
    () => `Tables of Arrow from ${engine.name}\n${provenance}`,
  );
}

/** Has the rows of a statement written. @throws what the engine throws */
export async function written<Origin>(
  engine: ExecutingEngine,
  run: Runner,
  statement: Statement,
  { target, provenance }: EngineWritten<Origin>,
): Promise<EngineWritten<Origin>> {
  for await (const _ of run({ ...statement, query: engine.writing(statement.query, target) })) void _;
  return withText({ target, provenance }, () => `Written by ${engine.name} to ${target}\n${provenance}`);
}

import { isBronzeError } from "../../errors.js";
import {
  anObject,
  assertIs,
  assertOptions,
  type Kind,
  type OptionTable,
  required,
  text,
} from "../../options.js";
import type { ExecutingEngine, LabelColumn } from "../../sql/index.js";
import { type Column, cellReader, INSTANT } from "../../table/index.js";
import { toDurationNs } from "../../time/index.js";
import { assertOn, type KnownBy, knownByNs } from "../../travel/index.js";
import { failed, rowsOf } from "./ask-engine.js";
import { groupsOf } from "./label-groups.js";
import { instantsOf, labelQuery } from "./label-query.js";
import { unsupported } from "./plan-forms.js";
import { type AskedJoin, type LabelledJoin, planJoin } from "./plan-join.js";
import { resultColumn } from "./result-column.js";

/**
 * Labels that the engine has itself, as a query of it: `{ query: "SELECT * FROM labels" }`. It is read more than once, and gives the
 * same rows each time.
 *
 * @category Engines
 */
export interface EngineLabels {
  /** One SELECT, without a semicolon. Cutoffs, and bounds in a column, are instants, or nanoseconds since 1970 as 64-bit integers. */
  readonly query: string;
}

/** What labels are. */
export const ROWS_OR_QUERY: Kind = { ...anObject, is: "a list of rows, or a query of the engine" };
const ENGINE_LABELS: OptionTable<EngineLabels> = { query: required(text) };

/** Labels of a query, as they are given. @throws BronzeError `INVALID_ARGUMENT` */
export function engineLabels(labels: unknown): EngineLabels {
  assertIs(labels, ROWS_OR_QUERY, "What is to be joined");
  assertOptions(labels, ENGINE_LABELS, "labels of an engine");
  return { query: (labels as EngineLabels).query };
}

/** Refuses what is wrong whatever the query gives. @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION` */
export function assertAsked({ dataset, options: { on, maxAge, knownBy } }: AskedJoin): void {
  assertOn(dataset, on);
  if (maxAge !== undefined) toDurationNs(maxAge, "maxAge");
  // Text may be the name of a column.
  if (typeof knownBy !== "string") knownByNs(knownBy as KnownBy | undefined, 0n);
}

/**
 * Plans a join of labels that a query of the engine gives.
 *
 * @param isRead whether the columns of the labels are read by this process
 * @throws BronzeError of labels and days, as `joinLabels`; `ENGINE_UNSUPPORTED`, `ENGINE_FAILED`; and as `planJoin`
 */
export async function planOfQuery(
  asked: AskedJoin,
  { query }: EngineLabels,
  engine: ExecutingEngine,
  isRead: boolean,
): Promise<LabelledJoin> {
  const { dataset, options } = asked;
  const { dialect } = engine;
  const run = runner(asked, engine);
  const columns = (await run(dialect.describe(query))).map(
    ([name, type]): LabelColumn => ({ name: String(name), type: dialect.columnType(String(type)) }),
  );
  const unread = isRead ? columns.find(({ type }) => type === undefined) : undefined;
  if (unread)
    throw unsupported(
      dialect,
      `column "${unread.name}" of the labels has a type that is not read; leave it out of the query, or cast it there`,
      { dataset: dataset.name, column: unread.name },
    );
  const labels = labelQuery(asked, query, columns);
  const types = options.on.map((name) => dataset.columns.get(name)!.type);
  const { groups, groupBy } = await groupsOf(asked, labels, { run, engine, types });
  const planned = await planJoin(asked, groups, { ...labels, groupBy }, dialect);

  const known = new Map(columns.flatMap(({ name, type }) => (type ? [[name, type] as const] : [])));
  for (const name of instantsOf(asked, labels)) if (known.get(name)?.kind === "int") known.set(name, INSTANT);
  const columnsOf = (told: readonly (readonly unknown[])[]) =>
    columns.map(({ name }, i): [string, Column] => [name, resultColumn(known.get(name)!, told[i]!)]);
  return {
    ...planned,
    names: columns.map(({ name }) => name),
    told: columns.length,
    columnsOf,
    labelsOf(told) {
      const readers = columnsOf(told).map(([name, column]) => [name, cellReader(column, "bigint")] as const);
      const rows = told[0]?.length ?? 0;
      return {
        types: known,
        labelOf: Array.from({ length: rows }, (_, row) => row),
        labels: Array.from({ length: rows }, (_, row) =>
          Object.fromEntries(readers.map(([name, cell]) => [name, cell(row)])),
        ),
      };
    },
  };
}

/** Runs a query about labels. @throws BronzeError `ENGINE_FAILED` */
function runner(asked: AskedJoin, engine: ExecutingEngine): (sql: string) => Promise<unknown[][]> {
  return async (query) => {
    try {
      return await rowsOf(engine.query({ setup: [], query, teardown: [] }));
    } catch (error) {
      throw isBronzeError(error) ? error : failed(asked, engine, error);
    }
  };
}

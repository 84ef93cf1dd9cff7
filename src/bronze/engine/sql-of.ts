import type { AnyDataset } from "../../dataset/index.js";
import { given, type OptionTable, required } from "../../options.js";
import { withText } from "../../printed.js";
import { counted } from "../../shown.js";
import type { EnginePlan } from "../../sql/index.js";
import type { Storage } from "../../storage/index.js";
import { formatInstant, type InstantLike, toEpochNs } from "../../time/index.js";
import { type KnownBy, knownByNs } from "../../travel/index.js";
import { type DaySpan, VIEW_READ_OPTIONS, type ViewReadOptions } from "../read/question.js";
import { copyOfAsked } from "../read/record-read.js";
import { planned, writingFor } from "./ask-engine.js";
import { STATEMENTS_FOR, type StatementsFor, writerOf } from "./known-engine.js";

/**
 * A question that becomes statements.
 *
 * @category Engines
 */
export type SqlOptions<Column extends string = never, D = unknown> = ViewReadOptions<Column, D> &
  StatementsFor & {
    readonly cutoff: InstantLike;
    /** As for `asOf`. Default: no bound. */
    readonly knownBy?: KnownBy;
  };

/** The options of `sql`. */
export const SQL_OPTIONS: OptionTable<
  DaySpan & Omit<SqlOptions, keyof DaySpan | "date" | "dates" | "from" | "to">
> = {
  ...VIEW_READ_OPTIONS,
  ...STATEMENTS_FOR,
  cutoff: required(given),
  knownBy: given,
};

/**
 * A question as statements of an engine.
 *
 * @category Engines
 */
export interface SqlQuestion {
  readonly plan: EnginePlan;
  /**
   * Rows in the order of keys: the columns of the answer (instants as nanoseconds since 1970, dates as days), then `part_`, the
   * number of the plan's part, and `row_`, the number of the row in the file that the part was written as.
   */
  readonly answer: SqlStatements;
  /** One row: what `provenance` counts over the rows that are there. */
  readonly counts: SqlStatements;
}

/**
 * Statements to be run one after the other.
 *
 * @category Engines
 */
export interface SqlStatements {
  /** Tables of what was planned, where that is too much for the text of a query. */
  readonly setup: readonly string[];
  readonly query: string;
  readonly teardown: readonly string[];
}

/** Plans a question and writes its statements. */
export async function sqlOf(
  storage: Storage,
  dataset: AnyDataset,
  { dialect, root, cutoff, knownBy, ...options }: SqlOptions<string>,
): Promise<SqlQuestion> {
  const engine = writerOf({ dialect, root });
  const cutoffNs = toEpochNs(cutoff, "cutoff");
  const question = {
    storage,
    dataset,
    cutoffNs,
    knownByNs: knownByNs(knownBy, cutoffNs),
    options: copyOfAsked(options as unknown as ViewReadOptions<string>),
  };
  const { plan } = await planned(question, engine.dialect);
  const made = {
    plan,
    answer: engine.compiler.answerSql(plan, writingFor(engine)),
    counts: engine.compiler.countsSql(plan, writingFor(engine)),
  };
  const files = counted(plan.parts.length, "part");
  return withText(
    made,
    () => `Statements of ${dialect.name} about ${dataset.name} at ${formatInstant(cutoffNs)}, over ${files}`,
  );
}

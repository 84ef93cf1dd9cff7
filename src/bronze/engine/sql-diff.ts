import type { AnyDataset } from "../../dataset/index.js";
import type { OptionTable } from "../../options.js";
import { withText } from "../../printed.js";
import { counted } from "../../shown.js";
import type { DiffPlan, PlanQuestion } from "../../sql/index.js";
import type { Storage } from "../../storage/index.js";
import { formatInstant, type InstantLike } from "../../time/index.js";
import type { AsOfOptions } from "../../travel/index.js";
import type { DaySpan, ReadOptions } from "../read/question.js";
import { writingFor } from "./ask-engine.js";
import { STATEMENTS_FOR, type StatementsFor, writerOf } from "./known-engine.js";
import {
  askedDiff,
  assertNoChangeColumn,
  DIFF_OPTIONS,
  type EngineDiffOptions,
  planDiff,
} from "./plan-diff.js";
import type { SqlStatements } from "./sql-of.js";

/**
 * A diff that becomes statements.
 *
 * @category Engines
 */
export type SqlDiffOptions<Column extends string = never, D = unknown> = EngineDiffOptions<Column, D> &
  StatementsFor;

/** The options of `sqlDiff`. */
export const SQL_DIFF_OPTIONS: OptionTable<DaySpan & ReadOptions & AsOfOptions & StatementsFor> = {
  ...DIFF_OPTIONS,
  ...STATEMENTS_FOR,
};

/**
 * What changed between two cutoffs, as statements of an engine.
 *
 * @category Engines
 */
export interface SqlDiff {
  readonly plan: DiffPlan;
  /**
   * Rows in the order of keys: `change_`, which is `added`, `gone`, or `before` and `after` for the two of a key that changed; the
   * columns of the answer (instants as nanoseconds since 1970, dates as days), then those of the key that are not among them; `part_`
   * and `row_`, as for a question.
   */
  readonly answer: SqlStatements;
  /** Of each of the two answers one row: what its provenance counts. */
  readonly counts: { readonly before: SqlStatements; readonly after: SqlStatements };
}

/** Plans a diff and writes its statements. */
export async function sqlOfDiff(
  { storage, dataset }: { readonly storage: Storage; readonly dataset: AnyDataset },
  cutoffs: readonly [from: InstantLike, to: InstantLike],
  { dialect, root, ...options }: SqlDiffOptions<string>,
): Promise<SqlDiff> {
  const engine = writerOf({ dialect, root });
  const asked = askedDiff({ storage, dataset }, cutoffs, options as unknown as EngineDiffOptions<string>);
  const { plan } = await planDiff(asked, engine.dialect);
  assertNoChangeColumn(plan);
  const counts = (question: PlanQuestion) =>
    engine.compiler.countsSql({ ...plan, question }, writingFor(engine));
  const made = {
    plan,
    answer: engine.compiler.diffSql(plan, writingFor(engine)),
    counts: { before: counts(plan.before), after: counts(plan.after) },
  };
  const parts = counted(plan.parts.length, "part");
  const [from, to] = [plan.before, plan.after].map(({ cutoffNs }) => formatInstant(cutoffNs));
  return withText(
    made,
    () =>
      `Statements of ${dialect.name} about what changed in ${dataset.name} from ${from} to ${to}, over ${parts}`,
  );
}

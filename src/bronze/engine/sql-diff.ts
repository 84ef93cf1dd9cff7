import type { AnyDataset } from "../../dataset/index.js";
import { type OptionTable, oneOf, required, text } from "../../options.js";
import { withText } from "../../printed.js";
import { counted } from "../../shown.js";
import {
  countsSql,
  DIALECTS,
  type DialectName,
  type DiffPlan,
  dialectOver,
  diffSql,
  fileAddress,
  type PlanQuestion,
} from "../../sql/index.js";
import type { Storage } from "../../storage/index.js";
import { formatInstant, type InstantLike } from "../../time/index.js";
import type { AsOfOptions } from "../../travel/index.js";
import type { DaySpan, ReadOptions } from "../read/question.js";
import { writingFor } from "./ask-engine.js";
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
export type SqlDiffOptions<Column extends string = never, D = unknown> = EngineDiffOptions<Column, D> & {
  /** The engine that the statements are for. */
  readonly dialect: DialectName;
  /** The store's root as that engine names it: a folder, or `s3://bucket/prefix`. */
  readonly root: string;
};

/** The options of `sqlDiff`. */
export const SQL_DIFF_OPTIONS: OptionTable<
  DaySpan & ReadOptions & AsOfOptions & Pick<SqlDiffOptions, "dialect" | "root">
> = {
  ...DIFF_OPTIONS,
  dialect: required(oneOf(...Object.keys(DIALECTS))),
  root: required(text),
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
  { dialect: name, root, ...options }: SqlDiffOptions<string>,
): Promise<SqlDiff> {
  const dialect = dialectOver(name, root);
  const asked = askedDiff({ storage, dataset }, cutoffs, options as unknown as EngineDiffOptions<string>);
  const { plan } = await planDiff(asked, dialect);
  assertNoChangeColumn(plan);
  const engine = { dialect, address: (path: string) => fileAddress(root, path) };
  const counts = (question: PlanQuestion) => countsSql({ ...plan, question }, writingFor(engine));
  const made = {
    plan,
    answer: diffSql(plan, writingFor(engine)),
    counts: { before: counts(plan.before), after: counts(plan.after) },
  };
  const parts = counted(plan.parts.length, "part");
  const [from, to] = [plan.before, plan.after].map(({ cutoffNs }) => formatInstant(cutoffNs));
  return withText(
    made,
    () => `Statements of ${name} about what changed in ${dataset.name} from ${from} to ${to}, over ${parts}`,
  );
}

import { BronzeError } from "../../errors.js";
import { assertIs, assertOptions, type OptionTable, required, text, texts } from "../../options.js";
import { withText } from "../../printed.js";
import { counted } from "../../shown.js";
import type { Dialect, JoinPlan, LabelColumn } from "../../sql/index.js";
import { type ColumnType, describeType } from "../../table/index.js";
import { toEpochNs } from "../../time/index.js";
import { assertNothingGone, startJoin } from "../../travel/index.js";
import { daysOfLabels } from "../read/join-as-of.js";
import { type JoinOptions, STORE_JOIN_OPTIONS } from "../read/join-options.js";
import { writingFor } from "./ask-engine.js";
import { assertNames } from "./engine-join.js";
import { planOfLabels } from "./given-labels.js";
import { STATEMENTS_FOR, type StatementsFor, writerOf } from "./known-engine.js";
import { labelQuery } from "./label-query.js";
import { unsupported } from "./plan-forms.js";
import { type AskedJoin, type LabelledJoin, planJoin } from "./plan-join.js";
import { assertAsked, ROWS_OR_QUERY } from "./queried-labels.js";
import type { SqlStatements } from "./sql-of.js";

/**
 * A point-in-time join that becomes statements. Labels that a query gives are not looked at: `from` and `to` say which days all of them
 * read.
 *
 * @category Engines
 */
export type SqlJoinOptions<Column extends string = string> = JoinOptions<
  Record<string, unknown>,
  string,
  Column
> &
  StatementsFor;

/**
 * Labels that a query of the engine gives. What is joined on has the type of the dataset's column; instants there, cutoffs, and bounds
 * in a column, are nanoseconds since 1970 as 64-bit integers. A statement fails where one has another type.
 *
 * @category Engines
 */
export interface SqlLabels {
  /** One SELECT, without a semicolon, which gives the same rows each time. */
  readonly query: string;
  /** Other columns of it that rows of the join shall have. Default: none. */
  readonly columns?: readonly string[];
}

const SQL_LABELS: OptionTable<SqlLabels> = { query: required(text), columns: texts };

/** The options of `sql` for a join. */
export const SQL_JOIN_OPTIONS: OptionTable<SqlJoinOptions> = {
  ...STORE_JOIN_OPTIONS,
  ...STATEMENTS_FOR,
};

/**
 * A join as statements of an engine.
 *
 * @category Engines
 */
export interface SqlJoin {
  readonly plan: JoinPlan;
  /**
   * Rows in the order of labels, then of keys: of labels that were given `label_`, their number, of a query's the columns that tell
   * them; the columns that are added (instants as nanoseconds since 1970, dates as days); `part_` and `row_`, as for a question,
   * null where nothing held.
   */
  readonly answer: SqlStatements;
  /** One row: what the provenance of a join counts. `labelsUnplanned` of it must be 0. */
  readonly counts: SqlStatements;
}

/** Plans a join and writes its statements. */
export async function sqlOfJoin(
  { storage, dataset, options: all }: AskedJoin & { readonly options: SqlJoinOptions },
  labels: readonly object[] | SqlLabels,
): Promise<SqlJoin> {
  const { dialect: named, root, ...options } = all;
  const engine = writerOf({ dialect: named, root });
  const { dialect } = engine;
  const asked: AskedJoin = { storage, dataset, options };
  const planned = Array.isArray(labels)
    ? await planOfLabels(asked, startJoin(dataset, labels, options), dialect, false)
    : await planUnseen(asked, labels, dialect);
  assertNames(asked, planned);
  const { plan } = planned;
  const made = {
    plan,
    answer: engine.compiler.joinSql(plan, options.prefix ?? "", writingFor(engine)),
    counts: engine.compiler.joinCountsSql(plan, writingFor(engine)),
  };
  const parts = counted(plan.parts.length, "part");
  return withText(made, () => `Statements of ${dialect.name} that join with ${dataset.name}, over ${parts}`);
}

/** A planned join, and the columns of its labels. */
type UnseenJoin = Pick<LabelledJoin, "plan" | "names">;

/** Cutoffs as labels that nobody looks at have them. */
const NANOSECONDS: ColumnType = { kind: "int", bits: 64, signed: true };
/** Any cutoff may be asked. */
const LATEST = 2n ** 63n - 1n;

/** Whether a bound is the name of a column: text that is neither an instant nor the word for each label's cutoff. */
function isColumn(knownBy: unknown): knownBy is string {
  if (typeof knownBy !== "string" || knownBy === "cutoff") return false;
  try {
    toEpochNs(knownBy);
    return false;
  } catch {
    return true;
  }
}

/** Plans a join of labels that nobody looks at. */
async function planUnseen(asked: AskedJoin, given: unknown, dialect: Dialect): Promise<UnseenJoin> {
  const { dataset, options } = asked;
  assertIs(given, ROWS_OR_QUERY, "What is to be joined");
  assertOptions(given, SQL_LABELS, "labels of sqlJoinAsOf");
  const labels = given as SqlLabels;
  assertAsked(asked);
  const days = daysOfLabels(dataset, options);
  if (days.by !== "all")
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "Labels of a query are not looked at to write statements, so nothing says which days each reads: give from and to, which all of them read.",
    );
  const { on, cutoff } = options;
  const more = labels.columns ?? [];
  const bound = isColumn(options.knownBy) ? options.knownBy : undefined;
  const types = new Map<string, ColumnType>(
    on.map((name) => {
      const { type } = dataset.columns.get(name)!;
      return [name, type.kind === "timestamp" ? NANOSECONDS : type];
    }),
  );
  for (const name of [cutoff, bound]) if (name !== undefined) types.set(name, NANOSECONDS);
  for (const [name, type] of types)
    if (dialect.isOfType("x", type) === undefined)
      throw unsupported(dialect, `labels are joined on "${name}", which is ${describeType(type)}`, {
        dataset: dataset.name,
        column: name,
      });
  const names = [...new Set([...types.keys(), ...more])];
  const columns = names.map((name): LabelColumn => ({ name, type: types.get(name) }));
  const planned = await planJoin(
    asked,
    [
      {
        span: days.span,
        latestNs: LATEST,
        questions: async (frame) => {
          assertNothingGone(frame);
          return [];
        },
      },
    ],
    { ...labelQuery(asked, labels.query, columns), isLookedAt: false, groupBy: { by: "all" } },
    dialect,
  );
  return { plan: planned.plan, names };
}

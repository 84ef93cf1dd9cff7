import { cast } from "./dialect/cast.js";
import { int64Columns } from "./dialect/plan-table.js";
import type { GivenTables, Writing } from "./given-tables.js";
import type { HistoryPlan, PlanForm, PlanPart } from "./plan.js";
import type { Cte } from "./statement.js";
import { givenCell, givenInt64, int64, storedExpression } from "./stored-expression.js";

/** Rows under a name, and the numbers of the plan's columns that they have. */
type RowsRead = readonly [name: string, needed: readonly number[]];

/** The name of a column of the plan within a statement. */
export const column = (i: number): string => `c${i}`;

/**
 * The common tables that a statement starts from: `parts_` (number, group, state and what was declared of it), `covers_`, and
 * `rows_`, or what they are read as: every row of every part, with `o`, its part, `n`, its number in the file it was written to,
 * and columns of the plan.
 *
 * @param reads the rows, each time with the columns that are needed of them
 * @param tables where goes what is too much for the text
 * @param groupOf the number of the group that a part is of; left out where all are of one
 */
export function rowsSql(
  plan: HistoryPlan,
  reads: readonly RowsRead[],
  writing: Writing,
  tables: GivenTables,
  groupOf?: (part: number) => number,
): Cte[] {
  const { dialect } = writing;
  const read = new Set(reads.flatMap(([, needed]) => needed));
  const constants = [...read].filter((i) => plan.parts.some((part) => part.constants.has(i)));
  const { address } = writing;
  const numbers = (...names: string[]) => int64Columns(dialect, names);
  const file = { name: "file", type: dialect.textType };

  const parts = tables.given(
    "parts_",
    [
      ...numbers("o", ...(groupOf ? ["w"] : []), "s", "st", "si"),
      { name: "cu", type: dialect.bool },
      ...constants.map((i) => ({ name: `k${i}`, type: dialect.type(plan.columns[i]!.type) })),
    ],
    plan.parts.map((part, o) => [
      ...[o, ...(groupOf ? [groupOf(o)] : []), part.state, part.snapshotNs, part.snapshotIngestedNs].map(
        givenInt64,
      ),
      givenCell(part.captureUnknown, { kind: "bool" }),
      ...constants.map((i) => givenCell(part.constants.get(i) ?? null, plan.columns[i]!.type)),
    ]),
  );

  const blocks = plan.forms.map((form, number) => (form.isWhole ? undefined : blockRows(plan, number)));
  const places = tables.given(
    "places_",
    [...numbers("form"), file, ...numbers("block", "o", "first_", "end_", "origin")],
    plan.parts.flatMap((part, o) =>
      placesOf(part, o, blocks[part.form]).map((place) => [
        givenInt64(part.form),
        address(part.file),
        ...place.map(givenInt64),
      ]),
    ),
  );

  const scopes = plan.scope.map((i) => plan.columns[i]!.type);
  const covers = tables.given(
    "covers_",
    [
      ...numbers("o"),
      ...plan.scope.map((i) => ({ name: column(i), type: dialect.type(plan.columns[i]!.type) })),
    ],
    plan.parts.flatMap((part, o) =>
      part.covers.map((cells) => [givenInt64(o), ...cells.map((cell, i) => givenCell(cell, scopes[i]!))]),
    ),
  );

  const filesTable =
    dialect.readsNamesInTable &&
    plan.forms.reduce((sum, { files }) => sum + files.length, 0) > writing.mostInline
      ? `${writing.prefix}_files`
      : undefined;
  if (filesTable !== undefined)
    tables.make({
      name: filesTable,
      columns: [...numbers("form"), file],
      rows: plan.forms.flatMap(({ files }, form) => files.map((one) => [givenInt64(form), address(one)])),
    });

  const rows = reads.map(([name, needed]): Cte => {
    const ofForms = plan.forms.map((form, number) => rowsOfForm(form, number, blocks[number], needed));
    return [name, ofForms.length > 0 ? ofForms.join("\nUNION ALL\n") : noRows(needed)];
  });
  return [parts, places, covers, ...rows];

  function rowsOfForm(
    form: PlanForm,
    number: number,
    block: number | undefined,
    needed: readonly number[],
  ): string {
    const read = needed.flatMap((i) => form.stored[i] ?? []);
    const distinct = [...new Map(read.map((one) => [one.name, one])).values()];
    const { sql: source, ...around } = dialect.source({
      form: number,
      files: form.files.map(address),
      table: filesTable,
      prefix: writing.prefix,
      columns: distinct,
    });
    tables.around(around);
    const cells = needed.map((i) => {
      const stored = form.stored[i];
      const type = plan.columns[i]!.type;
      const own = stored
        ? storedExpression(dialect, stored, type)
        : constants.includes(i)
          ? `q.k${i}`
          : cast("NULL", dialect.type(type));
      return `${own} AS ${column(i)}`;
    });
    const within =
      block === undefined
        ? ""
        : ` AND p.block = ${dialect.quotient("f.line_", block)} WHERE f.line_ >= p.first_ AND f.line_ < p.end_`;
    const path = needed.some((i) => constants.includes(i)) ? " JOIN parts_ q ON p.o = q.o" : "";
    return `SELECT p.o AS o, f.line_ - p.origin AS n${cells.map((cell) => `, ${cell}`).join("")}
FROM (${source}) f JOIN (SELECT * FROM places_ WHERE form = ${number}) p ON f.path_ = p.file${within.replace(" WHERE", `${path} WHERE`)}${block === undefined ? path : ""}`;
  }

  function noRows(needed: readonly number[]): string {
    const cells = needed.map((i) => `, ${cast("NULL", dialect.type(plan.columns[i]!.type))} AS ${column(i)}`);
    return `SELECT * FROM (SELECT ${int64(dialect, null)} AS o, ${int64(dialect, null)} AS n${cells.join("")}) AS v_ WHERE 1 = 0`;
  }
}

/** Rows are looked up by blocks of this many, so that an engine joins by equality and compares few ranges a row. */
function blockRows(plan: HistoryPlan, form: number): number {
  const own = plan.parts.filter((part) => part.form === form).flatMap(({ ranges }) => ranges);
  const rows = own.reduce((sum, range) => sum + range.rows, 0);
  return Math.max(64, Math.ceil(rows / Math.max(1, own.length)));
}

function placesOf({ ranges, firstRow }: PlanPart, o: number, block: number | undefined): number[][] {
  return ranges.flatMap(({ firstRow: first, rows }) => {
    if (rows === 0) return [];
    const end = first + rows;
    const [from, to] =
      block === undefined ? [0, 0] : [Math.floor(first / block), Math.floor((end - 1) / block)];
    return Array.from({ length: to - from + 1 }, (_, i) => [from + i, o, first, end, firstRow]);
  });
}

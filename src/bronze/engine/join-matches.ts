import { type ExecutingEngine, groupOfPart, JOIN_COUNTS, type JoinPlan } from "../../sql/index.js";
import { cellReader } from "../../table/index.js";
import {
  type Frame,
  type MatchCounts,
  type MatchedColumn,
  type MatchedRows,
  NO_MATCHES,
  placeOfRow,
} from "../../travel/index.js";
import { assertAllRead, countsOf, NotAsPlanned, type Runner, writingFor } from "./ask-engine.js";
import type { PlannedJoin } from "./plan-join.js";
import { resultColumn } from "./result-column.js";

/** Rows of a join as an engine gave them. */
interface JoinedCells {
  /** Cells of the columns that are added, in the plan's types, column by column. */
  readonly added: readonly (readonly unknown[])[];
  /** Of each row the number of its part and that of the row in it; null where nothing held. */
  readonly parts: readonly unknown[];
  readonly rows: readonly unknown[];
}

/**
 * Adds rows that an engine gave to what was planned of their join.
 *
 * @param labelOf the number of each row's label
 * @param groupOf the number of a label's group; left out, each label has one row, which is of the group of its part
 */
export function addMatches(
  { plan, reads, collected }: PlannedJoin,
  cells: JoinedCells,
  labelOf: readonly number[],
  groupOf = groupOfRows(plan, cells),
): void {
  const members: number[][] = reads.map(() => []);
  const labels: number[][] = reads.map(() => []);
  const rows: number[][] = reads.map(() => []);
  for (const [row, label] of labelOf.entries()) {
    const group = groupOf(label);
    if (members[group]!.at(-1) !== label) members[group]!.push(label);
    labels[group]!.push(members[group]!.length - 1);
    rows[group]!.push(row);
  }
  for (const [group, { whole }] of reads.entries()) {
    const { firstPart } = plan.groups[group]!;
    const matched = matchedRows(whole, firstPart, plan, cells, rows[group]!);
    collected.addRows({ members: members[group]!, labels: labels[group]!, matched });
  }
}

/** The group of the part of a row; of one for which nothing held, any. */
function groupOfRows(plan: JoinPlan, { parts }: JoinedCells): (row: number) => number {
  const groupOf = groupOfPart(plan);
  return (row) => (parts[row] === null ? 0 : groupOf(Number(parts[row])));
}

/** Some rows with the columns that a frame has, in its types. */
function matchedRows(
  frame: Frame,
  firstPart: number,
  { columns, answerColumns }: JoinPlan,
  { added, parts, rows: numbers }: JoinedCells,
  rows: readonly number[],
): MatchedRows {
  const matched = new Map<string, MatchedColumn>();
  for (const [i, { name }] of columns.slice(0, answerColumns).entries()) {
    const known = frame.columns.get(name);
    if (!known) continue;
    const values = rows.map((row) => added[i]![row]);
    const column = resultColumn(known.type, values);
    matched.set(name, {
      type: known.type,
      cell: cellReader(column, known.integers),
      column: () => column,
      hasValue: () => values.some((value) => value !== null),
    });
  }
  return {
    columns: matched,
    sourceOf(row) {
      const part = parts[rows[row]!];
      if (part === null) return null;
      return placeOfRow(frame.parts[Number(part) - firstPart]!, Number(numbers[rows[row]!]));
    },
  };
}

/**
 * Counts a join by a statement of its own, and adds that to what was planned.
 *
 * @returns how many labels there were
 * @throws NotAsPlanned where labels or files are others than those that were planned for
 */
export async function countMatches(
  { plan, reads, collected }: PlannedJoin,
  engine: ExecutingEngine,
  run: Runner,
): Promise<number> {
  const { count, instant } = await countsOf(
    JOIN_COUNTS,
    run(engine.compiler.joinCountsSql(plan, writingFor(engine))),
  );
  assertAllRead(plan, count("rowsRead"));
  if (count("labelsUnplanned") > 0)
    throw new NotAsPlanned(`${count("labelsUnplanned")} labels are others than when they were looked at`);
  const counts: MatchCounts = {
    labelsMatched: count("labelsMatched"),
    rowsSelected: count("rowsSelected"),
    rowsByFallback: count("rowsByFallback"),
    rowsNotSelectable: count("rowsNotSelectable"),
    rowsAhead: count("rowsAhead"),
    rowsCapturedLater: count("rowsCapturedLater"),
    rowsCaptureUnknown: count("rowsCaptureUnknown"),
    keysByLaterEvidence: count("keysByLaterEvidence"),
    labelsBeforeUsable: count("labelsBeforeUsable"),
    maxAsOfTs: instant("maxAsOfTs"),
    maxIngestedTs: instant("maxIngestedTs"),
  };
  // All groups are counted at once.
  for (const [group, read] of reads.entries()) collected.count(read, group === 0 ? counts : NO_MATCHES);
  return count("labels");
}

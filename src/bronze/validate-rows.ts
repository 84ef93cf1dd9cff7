import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";

/** A row that fits the schema, with its stamps. */
export type ValidRow = Record<string, unknown>;

/** What is put on rows that lack it. */
export interface Stamps {
  readonly ingestedNs: bigint;
  readonly runId: string | undefined;
}

/** Rows ready to be written. */
export interface ValidRows {
  readonly rows: readonly ValidRow[];
  /** Columns that were stamped on at least one row; two writes that differ only there are the same write. */
  readonly stamped: ReadonlySet<string>;
}

const SHOWN = 20;

/**
 * Checks every row against the schema and stamps `ingested_ts` and `run_id` where they are absent (not where they are
 * null). Fields the schema does not know are errors: dropping them would lose data in silence.
 *
 * @throws BronzeError `INVALID_ROWS` listing row numbers and fields
 */
export function validateRows(dataset: AnyDataset, rows: readonly unknown[], stamps: Stamps): ValidRows {
  const { ingested } = dataset.timestamps;
  const fields = new Set([...dataset.columns.keys(), ingested, "run_id"]);
  const problems: { row: number; field: string; problem: string }[] = [];
  const stamped = new Set<string>();
  const valid: ValidRow[] = [];

  rows.forEach((given, row) => {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      problems.push({ row, field: "", problem: "is not an object" });
      return;
    }
    const stampedRow: ValidRow = { ...given };
    if (stampedRow[ingested] === undefined) {
      stampedRow[ingested] = stamps.ingestedNs;
      stamped.add(ingested);
    }
    if (stampedRow.run_id === undefined && stamps.runId !== undefined) {
      stampedRow.run_id = stamps.runId;
      stamped.add("run_id");
    }
    for (const field of Object.keys(given)) {
      if (!fields.has(field)) problems.push({ row, field, problem: "is not in the schema" });
    }
    const parsed = dataset.schema.safeParse(stampedRow);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        const field = path.join(".");
        problems.push({ row, field, problem: problemOf(stampedRow[String(path[0])], path.length, message) });
      }
      return;
    }
    const out: ValidRow = parsed.data;
    for (const field of [ingested, "run_id"]) {
      if (!dataset.columns.has(field) && stampedRow[field] !== undefined) out[field] = stampedRow[field];
    }
    valid.push(out);
  });

  if (problems.length > 0) {
    const lines = problems
      .slice(0, SHOWN)
      .map(({ row, field, problem }) => `  row ${row}${field && `, ${field}`}: ${problem}`);
    if (problems.length > SHOWN)
      lines.push(`  ... and ${problems.length - SHOWN} more (all in details.problems)`);
    throw new BronzeError(
      "INVALID_ROWS",
      `Rows for "${dataset.name}" do not fit its schema; nothing was written (rows count from 0).\n${lines.join("\n")}`,
      { dataset: dataset.name, problems },
    );
  }
  return { rows: valid, stamped };
}

/** zod says "expected string, received undefined" of a missing field; people say it is required. */
function problemOf(value: unknown, depth: number, message: string): string {
  if (depth === 1 && value === undefined) return "is required";
  return depth === 1 && value === null ? "cannot be null" : message;
}

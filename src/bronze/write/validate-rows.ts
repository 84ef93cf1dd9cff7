import { type AnyDataset, problemLines, type RowProblem } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { saidBy, shown } from "../../shown.js";
import { type InstantLike, toEpochNs } from "../../time/index.js";
import { safeParse } from "../../zod/index.js";

/** A row that fits the schema, with its stamps. */
export type ValidRow = Record<string, unknown>;

/** Values put on rows that lack them. */
interface Stamps {
  readonly ingestedNs: bigint;
  readonly runId: string | undefined;
}

/** Rows ready to be written. */
export interface ValidRows {
  readonly rows: readonly ValidRow[];
  readonly stamped: StampedRows;
}

/** Rows by their stamps: a retry of the write differs there, and nowhere else. */
export interface StampedRows {
  readonly times: ReadonlySet<ValidRow>;
  /**
   * Rows whose `run_id` does not count as a difference: another run that scrapes the same report of an hour brings no
   * news. In a per-run partition the `run_id` is that of the partition.
   */
  readonly runs: ReadonlySet<ValidRow>;
}

/**
 * Checks every row against the schema and stamps `ingested_ts` and `run_id` where they are absent (not where they are
 * null). Fields the schema does not know are errors: dropping them would lose data silently.
 *
 * @throws BronzeError `INVALID_ROWS` listing row numbers and fields
 */
export function validateRows(dataset: AnyDataset, rows: readonly unknown[], stamps: Stamps): ValidRows {
  const { ingested } = dataset.timestamps;
  const fields = new Set([...dataset.columns.keys(), ingested, "run_id"]);
  const problems: RowProblem[] = [];
  const valid: ValidRow[] = [];
  const times = new Set<ValidRow>();
  const runs = new Set<ValidRow>();
  // A path that names the run is of that run alone.
  const namesRun = dataset.layout.history[0]?.tokens.includes("run") ?? true;

  for (let row = 0; row < rows.length; row++) {
    const own = ownFields(() => rows[row]);
    if (typeof own === "string") {
      problems.push({ row, field: "", problem: own });
      continue;
    }
    for (const field of Object.keys(own)) {
      if (!fields.has(field)) problems.push({ row, field, problem: "is not in the schema" });
    }
    const lacksTime = own[ingested] === undefined;
    const lacksRun = own.run_id === undefined;
    if (lacksTime) own[ingested] = stamps.ingestedNs;
    own.run_id ??= stamps.runId;
    // Stamps the schema does not know are checked here; a strict schema would call them unrecognized.
    const extras: ValidRow = {};
    for (const field of [ingested, "run_id"]) {
      if (dataset.columns.has(field)) continue;
      if (own[field] !== undefined) extras[field] = own[field];
      delete own[field];
    }
    try {
      if (extras[ingested] !== undefined)
        extras[ingested] = toEpochNs(extras[ingested] as InstantLike, ingested);
      if (extras.run_id !== undefined && typeof extras.run_id !== "string")
        problems.push({ row, field: "run_id", problem: `is ${shown(extras.run_id)}, no text` });
    } catch (error) {
      problems.push({ row, field: ingested, problem: saidBy(error) });
    }
    const parsed = parse(dataset, own);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues)
        problems.push({ row, field: path.join("."), problem: problemOf(own, path, message) });
      continue;
    }
    const fit: ValidRow = { ...parsed.data, ...extras };
    valid.push(fit);
    if (lacksTime) times.add(fit);
    if (lacksRun && !namesRun) runs.add(fit);
  }

  if (problems.length > 0) {
    throw new BronzeError(
      "INVALID_ROWS",
      `Rows for "${dataset.name}" do not fit its schema; nothing was written (rows count from 0).\n${problemLines(problems)}`,
      { dataset: dataset.name, problems },
    );
  }
  return { rows: valid, stamped: { times, runs } };
}

/** A row's own fields as plain data, or what is wrong with it: the row's own code (getters, proxies) runs here. */
function ownFields(rowOf: () => unknown): ValidRow | string {
  try {
    const given = rowOf();
    if (typeof given === "object" && given !== null && !Array.isArray(given)) return { ...given };
    return `is ${shown(given)}, no object`;
  } catch (error) {
    return `throws when it is read: ${saidBy(error)}`;
  }
}

/** A schema that throws instead of reporting issues is the caller's, and may throw anything. */
function parse({ name, schema }: AnyDataset, own: ValidRow) {
  try {
    return safeParse(schema, own);
  } catch (cause) {
    throw new BronzeError(
      "INVALID_ROWS",
      `The schema of "${name}" throws on a row; nothing was written: ${saidBy(cause)}`,
      { dataset: name },
      { cause },
    );
  }
}

/** What is wrong with a value, and the value. zod says "expected string, received undefined" for a missing field. */
function problemOf(row: ValidRow, path: readonly PropertyKey[], message: string): string {
  let value: unknown = row;
  try {
    for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined | null)?.[step];
  } catch (error) {
    return `${message} (it throws when it is read: ${saidBy(error)})`;
  }
  if (path.length === 1 && value === undefined) return "is required";
  if (path.length === 1 && value === null) return "cannot be null";
  const text = shown(value);
  return path.length === 0 || message.includes(text) ? message : `${message} (it is ${text})`;
}

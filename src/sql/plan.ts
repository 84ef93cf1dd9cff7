import type { Cell, ColumnType } from "../table/index.js";

/**
 * What an engine needs to answer one question: everything that paths, footers and retention say, so that only rows are left to
 * it. Plain data; instants are epoch nanoseconds.
 *
 * @category Engines
 */
export interface EnginePlan {
  readonly dataset: string;
  /** The columns of the answer, in order, then those that decide which rows hold. */
  readonly columns: readonly PlanColumn[];
  /** How many of them the answer has. */
  readonly answerColumns: number;
  /** Numbers of the key's columns. */
  readonly key: readonly number[];
  /** Numbers of the columns that a snapshot speaks for; all of them are of the key. */
  readonly scope: readonly number[];
  /** Number of the column of valid time; null where the feed has none. */
  readonly asOf: number | null;
  /** Number of the column of transaction time. */
  readonly ingested: number;
  /** Number of the column that dates a snapshot; null where its capture does. */
  readonly snapshotTime: number | null;
  readonly rules: PlanRules;
  readonly partitionIs: "changes" | "snapshot";
  /** Values of which each says that a row's key is gone, by column number. */
  readonly tombstone: readonly { readonly column: number; readonly values: readonly Cell[] }[];
  readonly question: PlanQuestion;
  /** In partition order. */
  readonly parts: readonly PlanPart[];
  /** The files, those of one schema together. */
  readonly forms: readonly PlanForm[];
}

/**
 * A column under the dataset's own name, in the type that all files are read as.
 *
 * @category Engines
 */
export interface PlanColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * When a row's valid time is believed, and what selects it otherwise.
 *
 * @category Engines
 */
export interface PlanRules {
  readonly earliestNs: bigint | null;
  readonly maxLeadNs: bigint | null;
  readonly unreliable: boolean;
  readonly fallback: "row" | "dataset" | "never";
}

/**
 * A cutoff and its bounds; null is no bound.
 *
 * @category Engines
 */
export interface PlanQuestion {
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | null;
  readonly maxAgeNs: bigint | null;
}

/**
 * What was written at once: rows of a file.
 *
 * @category Engines
 */
export interface PlanPart {
  /** Where it was written. */
  readonly path: string;
  /** The form that its file has. */
  readonly form: number;
  /** The file that its rows are in, relative to the storage's root. */
  readonly file: string;
  /** The number in that file of the part's row 0. */
  readonly firstRow: number;
  /** Its rows in that file, ascending. */
  readonly ranges: readonly { readonly firstRow: number; readonly rows: number }[];
  /** The first part of the state that it is a piece of: itself, where it is a state of its own. */
  readonly state: number;
  /** When its state held and was captured, where that was declared; otherwise its rows say so. */
  readonly snapshotNs: bigint | null;
  readonly snapshotIngestedNs: bigint | null;
  /** Whether the capture of some row of its state is unknown that is not among its rows. */
  readonly captureUnknown: boolean;
  /** Scope values that it covers besides those of its rows. */
  readonly covers: readonly (readonly Cell[])[];
  /** Values of columns that only its path has, by column number. */
  readonly constants: ReadonlyMap<number, Cell>;
}

/**
 * Files of one schema.
 *
 * @category Engines
 */
export interface PlanForm {
  readonly files: readonly string[];
  /** Whether each file is one part, all of it. */
  readonly isWhole: boolean;
  /** For each column of the plan how the files have it; undefined where they do not, or where it is not needed. */
  readonly stored: readonly (StoredColumn | undefined)[];
}

/**
 * A column as files have it.
 *
 * @category Engines
 */
export interface StoredColumn {
  readonly name: string;
  /** Naive times are meant as UTC where the dataset says so. */
  readonly type: ColumnType;
}

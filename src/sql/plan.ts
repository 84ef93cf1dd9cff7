import type { Cell, ColumnType } from "../table/index.js";

/**
 * What an engine needs of history to answer questions: everything that paths, footers and retention say, so that only rows are
 * left to it. Plain data; instants are epoch nanoseconds.
 *
 * @category Engines
 */
export interface HistoryPlan {
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
  /** In partition order; of a join, group after group. */
  readonly parts: readonly PlanPart[];
  /** The files, those of one schema together. */
  readonly forms: readonly PlanForm[];
}

/**
 * What an engine needs to answer one question.
 *
 * @category Engines
 */
export interface EnginePlan extends HistoryPlan {
  readonly question: PlanQuestion;
}

/**
 * What an engine needs to tell what changed between two cutoffs.
 *
 * @category Engines
 */
export interface DiffPlan extends HistoryPlan {
  readonly before: PlanQuestion;
  readonly after: PlanQuestion;
  /** Numbers of the columns of the answer of which another value is a change. */
  readonly compared: readonly number[];
}

/**
 * What an engine needs to join labels with what held for each of them at its own cutoff.
 *
 * @category Engines
 */
export interface JoinPlan extends HistoryPlan {
  /** Numbers of the key's columns that labels are joined on. */
  readonly on: readonly number[];
  /** Whether labels have a bound on captures. */
  readonly isBounded: boolean;
  readonly maxAgeNs: bigint | null;
  /** Each has a history of its own: some of the parts. */
  readonly groups: readonly PlanGroup[];
  readonly labels: PlanLabels;
}

/**
 * Labels that read the same days, and where the parts of those begin; the parts up to the next group's are theirs.
 *
 * @category Engines
 */
export interface PlanGroup {
  readonly dates: readonly string[];
  readonly firstPart: number;
  /** The latest cutoff that it was planned for. */
  readonly horizonNs: bigint;
}

/**
 * Labels: as they were given, or as a query of the engine gives them.
 *
 * @category Engines
 */
export type PlanLabels = PlanLabelRows | PlanLabelQuery;

/**
 * Labels as they were given.
 *
 * @category Engines
 */
export interface PlanLabelRows {
  readonly kind: "rows";
  readonly rows: readonly PlanLabel[];
  /** The columns that come with them, where the engine is to write those. */
  readonly columns: readonly PlanColumn[];
}

/**
 * The question of a label.
 *
 * @category Engines
 */
export interface PlanLabel {
  /** The number of its group. */
  readonly group: number;
  /** Cells to match, in the order of `on`. */
  readonly cells: readonly Cell[];
  readonly cutoffNs: bigint;
  /** Null where labels are not bounded. */
  readonly knownByNs: bigint | null;
  /** Cells of the columns that come with it. */
  readonly carried: readonly Cell[];
}

/**
 * Labels that a query of the engine gives.
 *
 * @category Engines
 */
export interface PlanLabelQuery {
  readonly kind: "query";
  readonly query: string;
  /** The columns that come with the labels. */
  readonly columns: readonly LabelColumn[];
  /** Whether the engine was asked for their types; otherwise a statement fails where one that it needs has another. */
  readonly isLookedAt: boolean;
  /** Names of the columns to match, in the order of `on`. */
  readonly on: readonly string[];
  /** The column of cutoffs. */
  readonly cutoff: string;
  /** The bound on captures: a column, an instant for all, or each label's cutoff; null where labels are not bounded. */
  readonly knownBy: { readonly column: string } | { readonly ns: bigint } | "cutoff" | null;
  readonly groupBy: PlanGroupRule;
}

/**
 * A column of labels; without a type it is passed on as the engine has it, and cannot be read by this process.
 *
 * @category Engines
 */
export interface LabelColumn {
  readonly name: string;
  readonly type: ColumnType | undefined;
}

/**
 * What tells the group of a label that a query gives: there is only one; the date in a column; one of the values that are matched;
 * or the day of its cutoff, from its first nanosecond to before the next day's. `values` and `days` are listed with their groups.
 *
 * @category Engines
 */
export type PlanGroupRule =
  | { readonly by: "all" }
  | {
      readonly by: "date";
      readonly column: string;
      readonly values: readonly (readonly [date: string, group: number])[];
    }
  | {
      readonly by: "on";
      readonly position: number;
      readonly values: readonly (readonly [cell: Cell, group: number])[];
    }
  | { readonly by: "cutoff"; readonly days: readonly PlanDay[] };

/**
 * A day, in epoch nanoseconds, and the group of the labels whose cutoff is in it.
 *
 * @category Engines
 */
export interface PlanDay {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly group: number;
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

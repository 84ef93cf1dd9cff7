import type { OracleRow } from "../../oracle.js";

/**
 * A case of the conformance pack, as `docs/conformance.md` says it: a tree of Parquet files, what a dataset says of them,
 * questions, and the answers that the rule gives. All of it is JSON; instants and durations are decimal nanoseconds in text.
 */
export interface Case {
  readonly format: "bronzestore.conformance";
  readonly version: 1;
  readonly name: string;
  /** What is in it that other cases may lack. */
  readonly traits: readonly string[];
  readonly dataset: CaseDataset;
  /** Whether an instant in the tree is no whole microsecond. */
  readonly nanoseconds: boolean;
  /** Paths of files that retention took away, below the dataset's folder. */
  readonly pruned: readonly string[];
  readonly questions: readonly AnsweredQuestion[];
}

export type CellType = "text" | "int" | "bigint" | "double" | "bool" | "date" | "instant";

export interface CaseColumn {
  readonly name: string;
  readonly type: CellType;
}

/** What of a definition can be said in JSON; null where it says nothing. Every column may be null. */
export interface CaseDataset {
  readonly name: string;
  readonly folder: string;
  readonly layout: { readonly history: readonly string[]; readonly latest: string | null };
  readonly timeZone: string;
  /** The month in which seasons start. */
  readonly seasonStartsIn: number | null;
  readonly files: "append" | null;
  readonly state: "file" | "folder" | null;
  readonly columns: readonly CaseColumn[];
  readonly key: readonly string[];
  readonly partitionIs: "changes" | "snapshot";
  readonly scope: readonly string[];
  readonly snapshotTime: string | null;
  /** The column that dates rows, and whether rows of another day than their path's are read. */
  readonly date: string | null;
  readonly misfiled: "read" | null;
  readonly hour: string | null;
  readonly timestamps: {
    readonly asOf: string | null;
    readonly ingested: string;
    readonly earliest: string | null;
    readonly maxLead: string | null;
    readonly unreliable: boolean;
    readonly fallback: "row" | "dataset" | "never";
    readonly naive: "utc" | null;
  };
  readonly tombstone: Readonly<Record<string, readonly JsonCell[]>> | null;
  readonly aliases: Readonly<Record<string, readonly string[]>> | null;
}

export type JsonCell = string | number | boolean | null;

/** What every question says of the files that it is asked of. */
interface Span {
  /** Days, ascending; null for all, where the layout has no date. */
  readonly dates: readonly string[] | null;
  /** How many days before each to read too. */
  readonly lookbackDays: number;
  readonly includeRuns: boolean;
  readonly prefer: "history" | "latest";
  /** Null: all. */
  readonly columns: readonly string[] | null;
}

export interface AsOfQuestion extends Span {
  readonly verb: "asOf";
  readonly cutoff: string;
  readonly knownBy: string | null;
  readonly maxAge: string | null;
}

/** One day as it lies there. */
export interface DayQuestion extends Span {
  readonly verb: "day";
}

/** What held for each label at its own cutoff. */
export interface JoinQuestion extends Span {
  readonly verb: "join";
  readonly on: readonly string[];
  /** Of each: cells of `on`, then the cutoff. */
  readonly labels: readonly (readonly JsonCell[])[];
  /** `cutoff`, an instant for all, or null. */
  readonly knownBy: string | null;
  readonly maxAge: string | null;
}

/** What changed between two cutoffs. */
export interface DiffQuestion extends Span {
  readonly verb: "diff";
  readonly from: string;
  readonly to: string;
  /** `cutoff`, that of each side, an instant for both, or null. */
  readonly knownBy: string | null;
  readonly maxAge: string | null;
}

export type Question = AsOfQuestion | DayQuestion | JoinQuestion | DiffQuestion;

/** The first column of a diff's answer: `added`, `before` and `after`, or `gone`. */
export const CHANGE: CaseColumn = { name: "change_", type: "text" };

/** All answers have `columns` and `rows`; that of `asOf` also counts. */
export interface Answer {
  readonly columns: readonly CaseColumn[];
  readonly rows: readonly (readonly JsonCell[])[];
  readonly counts?: Counts;
  /** Path below the dataset's folder, and rows, of each file that was taken into account, by path. */
  readonly files?: readonly (readonly [path: string, rows: number])[];
}

export interface Counts {
  readonly rowsSeen: number;
  readonly rowsEligible: number;
  readonly rowsEligiblePruned: number;
  readonly rowsSelected: number;
  readonly rowsByFallback: number;
  readonly rowsNotSelectable: number;
  readonly rowsAhead: number;
  readonly rowsCapturedLater: number;
  readonly rowsCaptureUnknown: number;
  readonly keysByLaterEvidence: number;
  readonly asOfUsableByCutoff: boolean;
  readonly emptyBecause: string | null;
  readonly maxAsOfTs: string | null;
  readonly maxIngestedTs: string | null;
}

export interface AnsweredQuestion {
  readonly question: Question;
  readonly answer: Answer;
  /** A refusal that is right too: a day of the question lost files to retention, and perhaps it cannot be proven that none is needed. */
  readonly mayRefuse: "PRUNED" | null;
}

/** A cell as JSON has it: instants and big integers in decimal digits. */
export function jsonOf(cell: OracleRow[string]): JsonCell {
  return typeof cell === "bigint" ? String(cell) : cell;
}

/** The cell of a column that JSON says. */
export function cellOf(type: CellType, said: JsonCell): OracleRow[string] {
  return said !== null && (type === "instant" || type === "bigint") ? BigInt(said as string) : said;
}

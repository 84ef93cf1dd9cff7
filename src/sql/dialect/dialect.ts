import type { ColumnType } from "../../table/index.js";
import type { GivenColumn, GivenRow, PlanTable } from "./plan-table.js";

/**
 * How an engine says things: what the compiler writes goes through here, and nothing else differs between engines.
 */
export interface Dialect {
  readonly name: string;
  /** Whether instants of an instant column are cut to microseconds when they are read. */
  readonly isMicroseconds: boolean;
  /** Whether `a` and `A` are one column to it. */
  readonly foldsNames: boolean;
  /** Whether no column of a file may be called so. */
  reserves(name: string): boolean;
  /** Why a file cannot be addressed exactly by its path; undefined where it can. */
  refusesPath(path: string): string | undefined;
  /** Beyond so many rows, what was planned is in a table, and not in the text of the statement. */
  readonly mostInline: number;
  /** Whether it can read files whose names are in a table. */
  readonly readsNamesInTable: boolean;
  /** A name of a column, quoted. */
  quoted(name: string): string;
  /** A text, quoted. */
  text(text: string): string;
  /** The type in which a column is kept within a statement. Instants are int64 nanoseconds, dates int32 days. */
  type(type: ColumnType): string;
  readonly int64: string;
  readonly bool: string;
  readonly textType: string;
  /** A number in a type that also holds the sum of two of 64 bits. */
  wide(expression: string): string;
  /** Epoch nanoseconds of a stored timestamp. */
  instantNs(expression: string, stored: Extract<ColumnType, { kind: "timestamp" }>): string;
  /** Days since 1970 of a stored date. */
  days(expression: string): string;
  /** The ISO text of a stored date of the years 1 to 9999. */
  dateText(expression: string): string;
  /** An expression where a condition holds, else an error. */
  checked(condition: string, expression: string, message: string, type: string): string;
  /** Whether two cells are equal, null being equal to null. */
  same(a: string, b: string): string;
  /** Rows that are given, at least one, as a query. */
  values(columns: readonly GivenColumn[], rows: readonly GivenRow[]): string;
  /** The whole quotient of two numbers that are not negative. */
  quotient(a: string, b: number): string;
  /** A table of some files: their columns, quoted, `path_` and `line_`, the number of the row in its file. */
  source(files: FilesOfForm): Source;
  /** What must stand after a statement. */
  readonly settings: string;
  /** Why values of a stored type cannot be read as another exactly; undefined where they can. */
  refuses(stored: ColumnType, wanted: ColumnType): string | undefined;
  /** A statement that makes a table of a query; left out where an engine itself keeps what a query names more than once. */
  readonly keep?: (name: string, query: string) => string;
  /** What an engine that keeps steps itself must be told of one: whether it is to be kept. */
  readonly keptStep?: (isKept: boolean) => string;
  /** Statements that make a table. */
  create(table: PlanTable): string[];
  /** Statements that take it away. */
  drop(table: PlanTable): string[];
  /** A query whose rows begin with the name of a column of another query and what the engine calls its type. */
  describe(query: string): string;
  /** The type that the engine calls so; undefined for one whose values are not read here. */
  columnType(name: string): ColumnType | undefined;
  /** Whether an expression has a stored type, exactly, as a condition; undefined for a type whose name is not known. */
  isOfType(expression: string, type: ColumnType): string | undefined;
  /** A column of an answer as a file should have it. */
  output(expression: string, type: ColumnType): string;
}

/** A table, and the statements that must be run before it is read, and after. */
export interface Source {
  readonly sql: string;
  readonly setup: readonly string[];
  readonly teardown: readonly string[];
}

/** The files of a form as the dialect sees them. */
export interface FilesOfForm {
  readonly form: number;
  /** Their addresses. */
  readonly files: readonly string[];
  /** A table that has them too, in column `file`, those of a form in `form`, where there are many and the engine can read it. */
  readonly table: string | undefined;
  /** What is made for the statement is named after this. */
  readonly prefix: string;
  /** The columns that are read, as they are stored. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

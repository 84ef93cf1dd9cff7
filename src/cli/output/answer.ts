import {
  type ColumnToWrite,
  type ColumnType,
  columnFromCells,
  csvText,
  encodeParquet,
  type JsonCell,
} from "../../table/index.js";

/** One row of an answer, as JSON has it. */
export type Row = Readonly<Record<string, JsonCell>>;

/** What a command found, in whatever form it is asked for. */
export interface Answer {
  readonly names: readonly string[];
  readonly length: number;
  /** Its rows as JSON has them. */
  rows(): readonly Row[];
  csv(): string;
  parquet(): Promise<Uint8Array>;
  /** What `--format json` shows, where that is more than a list of the rows. */
  readonly json?: unknown;
}

/** The answers of the library that have forms of their own, so that types and every digit are kept. */
interface Forms {
  readonly columns: readonly string[];
  readonly length: number;
  toJSON(): readonly Row[];
  toCSV(): string;
  toParquet(): Promise<Uint8Array>;
}

/** A snapshot or a day. */
export function answerOf(table: Forms): Answer {
  return {
    names: table.columns,
    length: table.length,
    rows: () => table.toJSON(),
    csv: () => table.toCSV(),
    parquet: () => table.toParquet(),
  };
}

/**
 * Rows that a command makes itself. In CSV and Parquet a column is of numbers or of true and false where all its cells are;
 * else it is text, and lists and objects are JSON text.
 *
 * @param names the columns, in order: rows may lack some
 */
export function answerOfRows(names: readonly string[], rows: readonly Row[], json?: unknown): Answer {
  const columns = () =>
    names.map((name) => {
      const given = rows.map((row) => row[name] ?? null);
      const type = typeOf(given);
      return { name, type, cells: type.kind === "text" ? given.map(cellText) : given };
    });
  return {
    names,
    length: rows.length,
    rows: () => rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null]))),
    csv: () => csvText(columns(), rows.length),
    parquet: async () =>
      encodeParquet(
        columns().map(
          ({ name, type, cells }): ColumnToWrite => ({ name, column: columnFromCells(type, cells) }),
        ),
      ),
    ...(json !== undefined && { json }),
  };
}

/** Of an answer, its first rows. */
export function firstRows(answer: Answer, most: number): Answer {
  return answer.length <= most ? answer : answerOfRows(answer.names, answer.rows().slice(0, most));
}

function typeOf(cells: readonly JsonCell[]): ColumnType {
  const known = cells.filter((cell) => cell !== null);
  if (known.length === 0) return { kind: "text" };
  if (known.every((cell) => Number.isSafeInteger(cell))) return { kind: "int", bits: 64, signed: true };
  if (known.every((cell) => typeof cell === "number")) return { kind: "float", bits: 64 };
  return known.every((cell) => typeof cell === "boolean") ? { kind: "bool" } : { kind: "text" };
}

/** A cell in one line: text as it is, the rest as JSON writes it. */
export function cellText(cell: JsonCell): string | null {
  return cell === null || typeof cell === "string" ? cell : JSON.stringify(cell);
}

import { columnAsDeclared, twoNames } from "../bronze/index.js";
import type { AnyDataset, DeclaredColumn, RowProblem, TimestampRules } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import type { FileRecord, ImportFormat } from "../records/index.js";
import { saidBy } from "../shown.js";
import { type CellReader, type Column, cellReader, type ParquetFile } from "../table/index.js";
import type { ColumnSource } from "./import-options.js";
import { cellOfJson, cellOfTable, cellOfText, NotACell } from "./text-cell.js";

/** A column of the dataset, and what it is made of. */
interface Target {
  readonly name: string;
  /** What the files call it, as the caller says; else its own name. */
  readonly from: string;
  /** Its other names by the dataset's aliases, where the caller says none. */
  readonly aliases: readonly string[];
  readonly parse: ((value: unknown) => unknown) | undefined;
  /** `undefined` for a stamp the schema does not have. */
  readonly column: DeclaredColumn | undefined;
  /** Whether the caller named it, so that a file without it is an error. */
  readonly isNamed: boolean;
}

/** Which columns of the files become which of the dataset. */
export class ColumnMap {
  readonly #dataset: AnyDataset;
  readonly #targets: readonly Target[];
  readonly #used: ReadonlySet<string>;
  /** Columns that are left out by name. */
  readonly #ignored: ReadonlySet<string>;
  readonly #isIgnored: (name: string) => boolean;

  /** @throws BronzeError `UNKNOWN_COLUMN` for a column that the dataset does not have */
  constructor(
    dataset: AnyDataset,
    columns: Readonly<Record<string, string | ColumnSource | undefined>>,
    ignored: readonly string[] | "others",
  ) {
    const known = new Set([...dataset.columns.keys(), dataset.timestamps.ingested, "run_id"]);
    const unknown = Object.keys(columns).find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw new BronzeError(
        "UNKNOWN_COLUMN",
        `columns of importFiles names "${unknown}", which "${dataset.name}" does not have; it has ${[...known].join(", ")}.`,
        { dataset: dataset.name, column: unknown },
      );
    }
    this.#dataset = dataset;
    this.#targets = [...known].map((name) => {
      const given = columns[name];
      const from = typeof given === "object" ? given.from : (given ?? name);
      const parse = typeof given === "object" ? given.parse : undefined;
      const isNamed = given !== undefined;
      const others = [...dataset.aliases].flatMap(([other, own]) => (own === name ? [other] : []));
      const aliases = isNamed ? [] : others;
      return { name, from, aliases, parse, column: dataset.columns.get(name), isNamed };
    });
    this.#used = new Set(this.#targets.flatMap(({ from, aliases }) => [from, ...aliases]));
    this.#ignored = new Set(ignored === "others" ? [] : ignored);
    this.#isIgnored = ignored === "others" ? () => true : (name) => this.#ignored.has(name);
  }

  /** The mapping as an import's record has it: the names alone. */
  get names(): Record<string, string> {
    return Object.fromEntries(this.#targets.map(({ name, from }) => [name, from]));
  }

  /**
   * Holds the columns of a file against the mapping: all it needs are there, and none is dropped without a word.
   * @throws BronzeError `INVALID_ROWS` naming the file, `TYPE_CLASH` where it has a column under several names
   */
  assertColumns(path: string, names: readonly string[]): void {
    const there = new Set(names);
    const missing = this.#targets.filter((target) => {
      const { name, isNamed, column } = target;
      const found = foundNames(target, (one) => there.has(one));
      if (found.length > 1) throw twoNames(this.#dataset, path, name, found);
      if (found.length > 0) return false;
      return isNamed || this.#isNeeded(column) || this.#nearMiss(target, names);
    });
    const unused = names.filter((name) => !this.#used.has(name) && !this.#isIgnored(name));
    const problems = [
      ...(missing.length > 0 ? [`lacks ${list(missing.map(({ from }) => from))}`] : []),
      ...(unused.length > 0
        ? [`has ${list(unused)}, which no column of "${this.#dataset.name}" is made of`]
        : []),
    ];
    if (problems.length === 0) return;
    throw new BronzeError(
      "INVALID_ROWS",
      `${path} ${problems.join(" and ")}; nothing was written. Map them with { columns: { theColumn: "The name in the file" } }, ` +
        'or leave columns of the file out with { ignoreColumns: ["A name"] }.',
      { file: path, missing: missing.map(({ from }) => from), unused },
    );
  }

  /**
   * The columns of a Parquet file, by their names in the dataset: as a question would read them, or as they are stored for a
   * `parse`.
   *
   * @throws BronzeError `TYPE_CLASH`, `NAIVE_TIMESTAMP`, `UNSUPPORTED_TYPE`, `CORRUPT_FILE`
   */
  readers(file: ParquetFile): { readonly name: string; readonly cell: CellReader }[] {
    const has = (name: string) => file.columns.has(name) || file.refused.has(name);
    return this.#targets.flatMap((target) => {
      const [found] = foundNames(target, has);
      if (found === undefined) return [];
      const { name, parse } = target;
      const column = parse ? file.column(found) : columnAsDeclared(this.#dataset, file, name, found);
      return [{ name, cell: exactReader(column, this.#dataset.timestamps) }];
    });
  }

  /** A record as a row; what is wrong with it is added to the problems. */
  row(record: FileRecord, format: ImportFormat, at: number, problems: RowProblem[]): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    const { values } = record;
    const has = (name: string) => Object.hasOwn(values, name);
    for (const target of this.#targets) {
      const { name, parse, column } = target;
      // A table's columns have their own names already.
      const found = format === "parquet" ? [name].filter(has) : foundNames(target, has);
      try {
        if (found.length > 1) throw new NotACell(`is there as ${found.join(" and as ")}`);
        const value = found[0] === undefined ? undefined : values[found[0]];
        const cell = cellOf(value, format, parse, column, this.#dataset.timestamps);
        if (cell !== undefined) row[name] = cell;
        // As a column that a file lacks reads as null.
        else if (column?.nullable && !this.#isStamp(name)) row[name] = null;
      } catch (error) {
        problems.push({ row: at, field: name, problem: saidBy(error) });
      }
    }
    if (format !== "jsonl") return row;
    for (const name of Object.keys(values)) {
      if (!this.#used.has(name) && !this.#isIgnored(name))
        problems.push({
          row: at,
          field: name,
          problem: "is not in the schema, nor in columns or ignoreColumns",
        });
    }
    return row;
  }

  /** Whether no row can be without it. */
  #isNeeded(column: DeclaredColumn | undefined): boolean {
    return column !== undefined && !column.nullable && !this.#isStamp(column.name);
  }

  /** Whether a column differs from this one in letter case alone, and nobody leaves it out by its name. */
  #nearMiss({ name }: Target, names: readonly string[]): boolean {
    const folded = name.toLowerCase();
    return names.some(
      (one) => one.toLowerCase() === folded && !this.#used.has(one) && !this.#ignored.has(one),
    );
  }

  #isStamp(name: string): boolean {
    return name === this.#dataset.timestamps.ingested || name === "run_id";
  }
}

/** The names under which a file or a record has a column. */
function foundNames({ from, aliases }: Target, has: (name: string) => boolean): string[] {
  return [from, ...aliases].filter(has);
}

function cellOf(
  value: unknown,
  format: ImportFormat,
  parse: Target["parse"],
  column: DeclaredColumn | undefined,
  timestamps: TimestampRules,
): unknown {
  if (parse) return parse(value);
  if (value === null || value === undefined || column === undefined) return value;
  switch (format) {
    case "csv":
      return cellOfText(value as string, column, timestamps);
    case "jsonl":
      return cellOfJson(value, column, timestamps);
    case "parquet":
      return cellOfTable(value, column);
    default:
      return format satisfies never;
  }
}

/** Cells with instants that are exact and no bigint, which of before 1971 would be taken for milliseconds. */
function exactReader(column: Column, { naiveIsUtc }: TimestampRules): CellReader {
  const cell = cellReader(column);
  if (column.type.kind !== "timestamp") return cell;
  if (column.type.utc)
    return (row) => {
      const ns = cell(row);
      return ns === null ? null : { epochNanoseconds: ns };
    };
  return naiveIsUtc ? (row) => (cell(row) === null ? null : `${cell(row)}Z`) : cell;
}

function list(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

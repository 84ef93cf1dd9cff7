import type { AnyDataset, DeclaredColumn, RowProblem } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { saidBy } from "../shown.js";
import type { ImportFormat } from "./import-format.js";
import type { ColumnSource } from "./import-options.js";
import type { FileRecord } from "./records.js";
import { cellOfJson, cellOfTable, cellOfText } from "./text-cell.js";

/** A column of the dataset, and what it is made of. */
interface Target {
  readonly name: string;
  readonly from: string;
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
      return { name, from, parse, column: dataset.columns.get(name), isNamed: given !== undefined };
    });
    this.#used = new Set(this.#targets.map(({ from }) => from));
    const list = new Set(ignored);
    this.#isIgnored = ignored === "others" ? () => true : (name) => list.has(name);
  }

  /** Whether a column of a file becomes one of the dataset. */
  readonly uses = (name: string): boolean => this.#used.has(name);

  /** The mapping as an import's record has it: the names alone. */
  get names(): Record<string, string> {
    return Object.fromEntries(this.#targets.map(({ name, from }) => [name, from]));
  }

  /**
   * Holds the columns of a file against the mapping: all it needs are there, and none is dropped without a word.
   * @throws BronzeError `INVALID_ROWS` naming the file
   */
  assertColumns(path: string, names: readonly string[]): void {
    const there = new Set(names);
    const missing = this.#targets.filter(({ from, isNamed, column }) => {
      if (there.has(from)) return false;
      return isNamed || (column !== undefined && !column.nullable && !this.#isStamp(column.name));
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

  /** A record as a row; what is wrong with it is added to the problems. */
  row(record: FileRecord, format: ImportFormat, at: number, problems: RowProblem[]): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    const { values } = record;
    for (const { name, from, parse, column } of this.#targets) {
      const value = Object.hasOwn(values, from) ? values[from] : undefined;
      try {
        const cell = cellOf(value, format, parse, column);
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

  #isStamp(name: string): boolean {
    return name === this.#dataset.timestamps.ingested || name === "run_id";
  }
}

function cellOf(
  value: unknown,
  format: ImportFormat,
  parse: Target["parse"],
  column: DeclaredColumn | undefined,
): unknown {
  if (parse) return parse(value);
  if (value === null || value === undefined || column === undefined) return value;
  switch (format) {
    case "csv":
      return cellOfText(value as string, column);
    case "jsonl":
      return cellOfJson(value, column);
    case "parquet":
      return cellOfTable(value, column);
    default:
      return format satisfies never;
  }
}

function list(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

import type * as arrow from "apache-arrow";
import { BronzeError } from "../../errors.js";
import { assertIs, assertOptions, type Kind, type OptionTable, oneOf } from "../../options.js";
import { forNotebook, Printed } from "../../printed.js";
import { type ArrowModule, arrowModule, toArrowTable, toIpc } from "../arrow.js";
import type { Column } from "../column.js";
import { csvText } from "../csv-text.js";
import {
  cellsWith,
  INSTANT_FORMS,
  type InstantForm,
  type InstantNames,
  type RowsOptions,
  type RowWith,
} from "../instant-forms.js";
import { type JsonCell, jsonCell } from "../json-cell.js";
import { type MatrixOf, type MatrixOptions, matrixOf } from "../matrix.js";
import { encodeParquet } from "../parquet/encode-parquet.js";
import { HEAD, renderHtml, renderText, type TableView } from "./show-table.js";

/** The rows and columns of an answer, as its forms need them. */
export interface TableSource extends Pick<TableView, "typeOf"> {
  /** Names of the columns, in order. */
  names(): readonly string[];
  length(): number;
  /** Reads rows by number, in any order; a fresh object each time. */
  rowReader(): (row: number) => Readonly<Record<string, unknown>>;
  /** One column as rows have it. @throws BronzeError `UNKNOWN_COLUMN` */
  cells(name: string): readonly unknown[];
  /** The same in its type. @throws BronzeError `TYPE_CLASH` */
  column(name: string): Column;
  /** What a person should know beside the rows. */
  about(): Pick<TableView, "title" | "omitted" | "emptyBecause" | "notes">;
}

/** Where the types of an answer keep the names of its instants; there is no such property. */
declare const instantNames: unique symbol;

/** What an answer's own type tells of its rows: taken from `this`, so that answers of narrower rows stay answers of wider ones. */
interface Told<Row, Instants> {
  [Symbol.iterator](): Iterator<Row>;
  readonly [instantNames]?: Instants;
}

/**
 * The rows of an answer with their instants in one form.
 *
 * @category Answers
 */
export type RowOfAnswer<Answer, Form extends InstantForm> =
  Answer extends Told<infer Row, infer Instants> ? RowWith<Row, InstantNames<Instants>, Form> : never;

/**
 * The columns of an answer of which a matrix can be made: numbers, bigints that are no instants, booleans, decimals.
 *
 * @category Answers
 */
export type MatrixColumn<Answer> =
  Answer extends Told<infer Row, infer Instants> ? NumericColumn<Row, InstantNames<Instants>> : never;

type NumericColumn<Row, Instants extends string> = {
  [Name in keyof Row & string]: string extends Instants
    ? Name
    : Name extends Instants
      ? never
      : [NonNullable<Row[Name]>] extends [number | bigint | boolean | string]
        ? Name
        : never;
}[keyof Row & string];

/**
 * Rows and columns that can be looked at and taken out: as rows, columns, a matrix, Arrow, Parquet, CSV and JSON. Snapshots,
 * days and joins all are.
 */
export abstract class Tabular<Row, Instants> extends Printed implements Iterable<Row> {
  declare readonly [instantNames]?: Instants;
  readonly #source: TableSource;

  /** @internal */
  constructor(source: TableSource) {
    super();
    this.#source = source;
  }

  /**
   * Number of rows.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  get length(): number {
    return this.#source.length();
  }

  /**
   * Names of the columns, in order: the schema's, then of those that it does not declare each that has a value in some row.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  get columns(): readonly string[] {
    return this.#source.names();
  }

  /**
   * The rows of `rows()`, one at a time.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  *[Symbol.iterator](): Iterator<Row> {
    const row = this.#source.rowReader();
    for (let i = 0; i < this.length; i++) yield row(i) as Row;
  }

  /**
   * All rows, in order; a fresh array of fresh objects each time. Instants are epoch nanoseconds, or what `instants` says; in
   * structs and maps they stay bigints. Labels of a join stay as they were given, but for their instants that are no text.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for an option or a form there is not; `TYPE_CLASH` for `instants:
   * "date"` where an instant has more digits than milliseconds: no digit is ever dropped; `INVALID_INSTANT` for
   * `"temporal"` outside the years 1677 to 2262; of the cells, which are decoded when they are first asked for:
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what
   * does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * lines.rows();                      // [{ book: "dk", price: -110, as_of_ts: 1768520400000000000n }, ...]
   * lines.rows({ instants: "iso" });   // [{ book: "dk", price: -110, as_of_ts: "2026-01-15T23:40:00Z" }, ...]
   * ```
   */
  rows(): Row[];
  /**
   * The same with their instants in the form that is asked for.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for an option or a form there is not; `TYPE_CLASH` for `instants:
   * "date"` where an instant has more digits than milliseconds: no digit is ever dropped; `INVALID_INSTANT` for
   * `"temporal"` outside the years 1677 to 2262; of the cells, which are decoded when they are first asked for:
   * `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what
   * does not fit the schema, such as an integer past 2^53 under `z.int()`)
   */
  rows<This, const Form extends InstantForm>(
    this: This,
    options: RowsOptions<Form>,
  ): RowOfAnswer<This, Form>[];
  rows(options?: RowsOptions): unknown[] {
    assertOptions(options, ROWS_OPTIONS, "rows");
    const row = this.#source.rowReader();
    const rows = new Array<Record<string, unknown>>(this.length);
    for (let i = 0; i < rows.length; i++) rows[i] = row(i);
    const form = options?.instants;
    if (form === undefined) return rows;
    for (const name of this.columns) {
      const cells = this.#source.cells(name);
      const formed = cellsWith(name, cells, this.#source.typeOf(name), form);
      if (formed === cells) continue;
      // What a label lacks it goes on lacking.
      rows.forEach((own, i) => {
        if (Object.hasOwn(own, name)) own[name] = formed[i];
      });
    }
    return rows;
  }

  /**
   * One column, in the order of the rows.
   *
   * @throws BronzeError `UNKNOWN_COLUMN`, `UNSUPPORTED_TYPE` for one that was left out; of the cells, which are
   * decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text
   * without a zone) and `TYPE_CLASH` (what does not fit the schema, such as an integer past 2^53 under `z.int()`)
   */
  column<Name extends keyof Row & string>(name: Name): Row[Name][] {
    return this.#source.cells(name) as Row[Name][];
  }

  /**
   * Columns of numbers as one array, row by row: the number of row `i` and column `j` is at `i * columns.length + j`. Null is
   * NaN, true 1 and false 0; a decimal is the nearest number, and `float32` rounds to the nearest one.
   *
   * @throws BronzeError `INVALID_ARGUMENT` without columns, or for an option there is not; `UNKNOWN_COLUMN`;
   * `UNSUPPORTED_TYPE` for what is no number: text, instants, dates; `TYPE_CLASH` for an integer past 2^53 that no
   * double is, and for a number past those of `float32`; of labels, `INVALID_INSTANT` for an instant that is none;
   * of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted),
   * `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (several types in one column of labels, or what does
   * not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * const x = features.matrix(["price", "point"], { type: "float32" }); // Float32Array of 2 * features.length numbers
   * ```
   */
  matrix<This, const Type extends keyof MatrixOf = "float64">(
    this: This,
    columns: readonly MatrixColumn<This>[],
    options?: MatrixOptions<Type>,
  ): MatrixOf[Type] {
    assertIs(columns, names, "What a matrix is made of");
    assertOptions(options, MATRIX_OPTIONS, "matrix");
    const self = this as Tabular<Row, Instants>;
    const chosen = columns.map((name) => ({ name, column: self.#column(name) }));
    return matrixOf(chosen, self.length, (options?.type ?? "float64") as Type);
  }

  /**
   * All rows as an Apache Arrow table: text as `Dictionary<Utf8, Int32>`, instants as `Timestamp<unit, "UTC">`
   * (Arrow's own `.get()` of nanoseconds is a lossy float), dates as `Date32`, decimals as `Decimal128`. What `on` and the
   * cutoffs of a join's labels are is known: they are instants in whatever form they were given.
   *
   * @param lib the caller's own apache-arrow. Default: what `import` (in a program that took this library by `require`,
   * `require`) gives. Its functions take no table of another copy.
   * @throws BronzeError `INVALID_ARGUMENT` where `lib` is no apache-arrow, or is left out in a process that took
   * this library in both ways; of labels, `INVALID_INSTANT` for an instant that is none; of the cells, which are
   * decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text
   * without a zone) and `TYPE_CLASH` (several types in one column of labels, or what does not fit the schema, such
   * as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * const table = await snapshot.toArrow();
   * ```
   */
  async toArrow(lib?: ArrowModule): Promise<arrow.Table> {
    return toArrowTable(this.#allColumns(), await arrowModule(lib));
  }

  /**
   * All rows as the bytes of an Arrow IPC stream, which Polars, pandas, DuckDB and Arrow itself read; types as `toArrow`.
   *
   * @param lib as for `toArrow`
   * @throws BronzeError `INVALID_ARGUMENT` where `lib` is no apache-arrow, or is left out in a process that took
   * this library in both ways; of labels, `INVALID_INSTANT` for an instant that is none; of the cells, which are
   * decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text
   * without a zone) and `TYPE_CLASH` (several types in one column of labels, or what does not fit the schema, such
   * as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * const frame = pl.readIPCStream(Buffer.from(await snapshot.toIPC()));
   * ```
   */
  async toIPC(lib?: ArrowModule): Promise<Uint8Array<ArrayBuffer>> {
    return toIpc(this.#allColumns(), await arrowModule(lib));
  }

  /**
   * All rows as the bytes of a Parquet file (Snappy), values and types as they are in the answer, instants to the last
   * nanosecond. Equal answers give equal bytes.
   *
   * @throws BronzeError `UNSUPPORTED_TYPE` for a column of structs or maps, whose types are not kept;
   * `INVALID_ROWS` for a name that no Parquet column can have; of labels, `INVALID_INSTANT` for an instant that is
   * none; of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
   * (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (several types in one column of labels,
   * or what does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * await writeFile("lines.parquet", await snapshot.toParquet());
   * ```
   */
  async toParquet(): Promise<Uint8Array<ArrayBuffer>> {
    return encodeParquet([...this.#allColumns()].map(([name, column]) => ({ name, column })));
  }

  /**
   * All rows as CSV (RFC 4180: a line of names, commas, CRLF line ends). Null is an empty field, empty text `""`; instants are ISO text
   * in UTC with all their digits, bytes base64, lists, structs and maps JSON text, and numbers what `String` gives
   * (`NaN`, `Infinity`). Of one column, a null is an empty line, which some readers pass over.
   *
   * @throws BronzeError `INVALID_ARGUMENT` where it is longer than a string can be; of the cells, which are
   * decoded when they are first asked for: `CORRUPT_FILE`, `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text
   * without a zone) and `TYPE_CLASH` (what does not fit the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * await writeFile("lines.csv", snapshot.toCSV());
   * ```
   */
  toCSV(): string {
    const { typeOf, cells } = this.#source;
    const columns = this.columns.map((name) => ({ name, type: typeOf(name), cells: cells(name) }));
    try {
      return csvText(columns, this.length);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { length } = this;
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `${length} rows are more CSV than one string can hold; take toParquet() or toIPC(), or fewer rows.`,
        { length },
        { cause: error },
      );
    }
  }

  /**
   * All rows as JSON has them, an object each: what `JSON.stringify` writes. No value is refused. Instants are ISO text in UTC
   * with all their digits; integers are numbers, and text beyond 2^53; NaN and infinities are text (`"NaN"`), bytes base64;
   * dates, times and decimals the text they are in rows.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   * @example
   * ```ts
   * response.end(JSON.stringify(snapshot)); // [{"book":"dk","price":-110,"as_of_ts":"2026-01-15T23:40:00Z"}]
   * ```
   */
  toJSON(): { readonly [name: string]: JsonCell }[] {
    const { typeOf } = this.#source;
    const types = new Map(this.columns.map((name) => [name, typeOf(name)]));
    const row = this.#source.rowReader();
    // Not by assignment, which a name such as `__proto__` would turn into something else.
    const json = (own: Readonly<Record<string, unknown>>) =>
      Object.fromEntries(Array.from(types, ([name, type]) => [name, jsonCell(own[name] ?? null, type)]));
    return Array.from({ length: this.length }, (_, i) => json(row(i)));
  }

  /**
   * A small table: what it is, its first rows, and what a person should know.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  toString(): string {
    return renderText(this.#view());
  }

  /**
   * The same for Jupyter and Deno notebooks, as HTML too.
   *
   * @throws BronzeError of the cells, which are decoded when they are first asked for: `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE` (encrypted), `NAIVE_TIMESTAMP` (text without a zone) and `TYPE_CLASH` (what does not fit
   * the schema, such as an integer past 2^53 under `z.int()`)
   */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    const view = this.#view();
    return forNotebook(renderText(view), renderHtml(view));
  }

  #view(): TableView {
    const { length } = this;
    const row = this.#source.rowReader();
    const head = Array.from({ length: Math.min(length, HEAD) }, (_, i) => row(i));
    const { typeOf } = this.#source;
    return { ...this.#source.about(), length, names: this.columns, typeOf, head };
  }

  #column(name: string): Column {
    // Says which columns there are.
    if (!this.columns.includes(name)) this.#source.cells(name);
    return this.#source.column(name);
  }

  #allColumns(): Map<string, Column> {
    return new Map(this.columns.map((name) => [name, this.#source.column(name)]));
  }
}

const ROWS_OPTIONS: OptionTable<RowsOptions> = { instants: oneOf(...INSTANT_FORMS) };
const MATRIX_OPTIONS: OptionTable<MatrixOptions> = { type: oneOf("float32", "float64") };

const names: Kind = {
  is: "a list of names of columns, at least one",
  accepts: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string"),
};

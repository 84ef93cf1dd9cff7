import type { WriteOptions, WrittenFile } from "../bronze/index.js";
import type { Stamped } from "../dataset/index.js";
import {
  anObject,
  callback,
  either,
  flag,
  given,
  group,
  type Kind,
  type OptionTable,
  oneOf,
  required,
  text,
  texts,
  whole,
} from "../options.js";
import type { ImportFormat } from "../records/index.js";
import type { InstantLike } from "../time/index.js";

/**
 * What a column is made of.
 *
 * @category Import
 */
export interface ColumnSource<Value = unknown> {
  /** The column's name in the files. */
  readonly from: string;
  /**
   * Makes the value. It gets what the file has: text of a CSV file (null where it is empty), what JSON says, a cell of a Parquet
   * file (instants as `{ epochNanoseconds }`). What it throws is an error of that line.
   */
  parse?(value: unknown): Value;
}

/**
 * The columns of a dataset and what they are called in the files; one that is not named has its own name there.
 *
 * @category Import
 */
export type ImportColumns<Row> = {
  readonly [Name in keyof Row]?: string | ColumnSource<Row[Name]>;
} & { readonly [Name in Exclude<Stamped, keyof Row>]?: string | ColumnSource };

/**
 * How to import.
 *
 * @category Import
 */
export interface ImportOptions<Row = Record<string, unknown>> {
  /** Where the columns of the dataset come from. Default: columns of the same name. */
  readonly columns?: ImportColumns<Row>;
  /** Columns of the files that are left out; `"others"`: all that are not used. Default: none, and one more is an error. */
  readonly ignoreColumns?: readonly string[] | "others";
  /**
   * When the rows were captured, where they do not say: put on rows without `ingested_ts`, and recorded, so that an
   * import that is taken up again says the same. Default: now.
   */
  readonly ingestedAt?: InstantLike | ((file: { readonly path: string }) => InstantLike);
  /**
   * What becomes of a file whose content another import of the dataset has brought in, and ended: `throw` refuses the import,
   * `skip` leaves the file out and says so in `skipped`, so that a pattern can be imported each day for what is new in it.
   * Default: `throw`.
   */
  readonly onImported?: "throw" | "skip";
  /** Names the import, so that it can be taken up again. Default: made of the dataset, the columns, and the files' content. */
  readonly id?: string;
  /** The run the rows are of, as for `write`. */
  readonly run?: WriteOptions["run"];
  /** What the files are. Default: by the ends of their names. */
  readonly format?: ImportFormat;
  /** What is between the cells of a CSV file. Default: `,`, and a tab in `.tsv`. */
  readonly delimiter?: string;
  /** The most rows of a `changes` dataset that one file takes; they are in memory at once. Default: 20,000. */
  readonly rowsPerWrite?: number;
  /** Reads, checks and plans everything, and writes nothing. Default: false. */
  readonly dryRun?: boolean;
  /** Told how far it is. */
  onEvent?(event: ImportEvent): void;
}

/**
 * How far an import is: files read, then the cut known, then writes made.
 *
 * @category Import
 */
export type ImportEvent =
  | {
      readonly event: "reading";
      readonly path: string;
      /** Rows of it so far. */
      readonly rows: number;
      /** Which file, from 1. */
      readonly file: number;
      readonly files: number;
    }
  | { readonly event: "planned"; readonly rows: number; readonly writes: number }
  | {
      readonly event: "written";
      /** Which write, from 1. */
      readonly write: number;
      readonly writes: number;
      readonly partitions: readonly WrittenFile[];
    };

/**
 * One write of an import: a state of a `snapshot` dataset, or some rows of a folder.
 *
 * @category Import
 */
export interface ImportWrite {
  readonly rows: number;
  /** Folders of the files it makes. */
  readonly folders: readonly string[];
}

/**
 * A file that was imported.
 *
 * @category Import
 */
export interface ImportedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex SHA-256 of its bytes. */
  readonly sha256: string;
  readonly rows: number;
  /** The capture of its rows that had none: ISO-8601 UTC. */
  readonly ingestedAt: string;
}

/**
 * A file that was left out, for another import has brought its content in.
 *
 * @category Import
 */
export interface FileImportedBefore {
  readonly path: string;
  /** Hex SHA-256 of its bytes. */
  readonly sha256: string;
  /** The import that brought it in. */
  readonly importedBy: string;
}

/** A file of an import, before it is read. */
export type FileToImport = Omit<ImportedFile, "rows">;

/**
 * What an import did, or would do.
 *
 * @category Import
 */
export interface ImportResult {
  readonly id: string;
  /** Whether nothing was written, because that was asked. */
  readonly dryRun: boolean;
  /** Whether it was begun before, and taken up again. */
  readonly resumed: boolean;
  readonly rows: number;
  /** Keys that stood more than once in one write. */
  readonly repeatedKeys: number;
  readonly files: readonly ImportedFile[];
  /** Files that were left out, by `onImported: "skip"`. Where that is all of them, nothing is written or recorded. */
  readonly skipped: readonly FileImportedBefore[];
  /** What it consists of, in order. */
  readonly writes: readonly ImportWrite[];
  /** The history files; none of a dry run. */
  readonly partitions: readonly WrittenFile[];
  /** Latest views that were brought up to date. */
  readonly latest: readonly WrittenFile[];
}

const RUN_OPTIONS: OptionTable<NonNullable<WriteOptions["run"]>> = {
  id: required(text),
  startedAt: required(given),
};

const someText: Kind = {
  is: "text of at least one character",
  accepts: (value) => text.accepts(value) && value !== "",
};

export const IMPORT_OPTIONS: OptionTable<ImportOptions> = {
  columns: anObject,
  ignoreColumns: either(texts, oneOf("others")),
  ingestedAt: given,
  onImported: oneOf("throw", "skip"),
  id: text,
  run: group(RUN_OPTIONS),
  format: oneOf("csv", "jsonl", "parquet"),
  delimiter: someText,
  rowsPerWrite: whole(1),
  dryRun: flag,
  onEvent: callback,
};

import { PassThrough, pipeline, Readable, type Transform } from "node:stream";
import type * as csv from "csv-parse";
import { BronzeError, isBronzeError } from "../errors.js";
import { requireFromHere } from "../lazy-module.js";
import { saidBy } from "../shown.js";
import { type CellReader, openParquet, type ParquetFile } from "../table/index.js";
import type { ImportFormat } from "./import-format.js";

/** One record of a file, before its columns are those of the schema. */
export interface FileRecord {
  /** Line of a text file, from 1; row of a Parquet file, from 0. */
  readonly place: number;
  /** By the file's own names; of a Parquet file, by those of the dataset. An empty field of a CSV file is null. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The columns of a Parquet file that are read, by their names in the dataset. */
type TableReaders = (file: ParquetFile) => readonly { readonly name: string; readonly cell: CellReader }[];

/** What is read, and how. */
interface RecordSource {
  readonly path: string;
  readonly format: ImportFormat;
  readonly isGzip: boolean;
  readonly delimiter: string | undefined;
  /** Its bytes as they lie on the disk. */
  readonly bytes: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** The names of a file's columns, where it has a head that says them, and its records. */
interface OpenedRecords {
  /** `undefined` for JSON lines, where each record has its own names. */
  readonly names: readonly string[] | undefined;
  readonly records: AsyncIterable<FileRecord>;
}

/**
 * Opens a file to be read from its start to its end, once. A Parquet file is read whole; of the others a piece at a time
 * is in memory.
 *
 * @param readersOf which columns of a Parquet file are decoded, and how
 * @throws BronzeError `INVALID_ROWS` naming file and line, `CORRUPT_FILE`, `STORAGE_FAILED`; from the records too
 */
export async function openRecords(source: RecordSource, readersOf: TableReaders): Promise<OpenedRecords> {
  switch (source.format) {
    case "csv":
      return openCsv(source);
    case "jsonl":
      return { names: undefined, records: jsonLines(source) };
    case "parquet":
      return openTable(source, readersOf);
    default:
      return source.format satisfies never;
  }
}

/** The error of a place in a file. */
function badPlace(path: string, place: string, problem: string, cause?: unknown): BronzeError {
  return new BronzeError(
    "INVALID_ROWS",
    `${path}, ${place}: ${problem}. Nothing was written.`,
    { file: path },
    { cause },
  );
}

/** What csv-parse gives with `info`. */
interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

async function openCsv(source: RecordSource): Promise<OpenedRecords> {
  const { parse } = requireFromHere("csv-parse") as typeof csv;
  const { path } = source;
  const delimiter = source.delimiter ?? (/\.tsv(\.gz)?$/i.test(path) ? "\t" : ",");
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
  });
  const records = through(source, parser)[Symbol.asyncIterator]();
  const next = async (): Promise<CsvRecord | undefined> => {
    try {
      const { done, value } = await records.next();
      return done ? undefined : (value as CsvRecord);
    } catch (error) {
      if (isBronzeError(error)) throw error;
      const { lines } = error as { lines?: number };
      throw lines === undefined
        ? damaged(path, error)
        : badPlace(path, `line ${lines}`, csvProblem(error), error);
    }
  };
  const head = await next();
  if (!head) throw badPlace(path, "line 1", "it is empty: a CSV file begins with the names of its columns");
  const names = head.record.map((name, i) => name || `column ${i + 1}, which has no name`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw badPlace(path, "line 1", `it has two columns named "${twice}"`);
  async function* rows(): AsyncGenerator<FileRecord> {
    for (let at = await next(); at; at = await next()) {
      const values: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i++) values[names[i]!] = at.record[i] || null;
      yield { place: at.info.lines, values };
    }
  }
  return { names, records: rows() };
}

/** What csv-parse says, without its own name for it. */
function csvProblem(error: unknown): string {
  return saidBy(error).replace(/\.$/, "");
}

async function* jsonLines(source: RecordSource): AsyncGenerator<FileRecord> {
  let line = 0;
  for await (const text of linesOf(source)) {
    line++;
    if (text.trim() === "") continue;
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch (error) {
      throw badPlace(source.path, `line ${line}`, `it is not JSON: ${saidBy(error)}`, error);
    }
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw badPlace(
        source.path,
        `line ${line}`,
        "it is no object; a file of JSON lines has one on each line",
      );
    }
    yield { place: line, values: values as Record<string, unknown> };
  }
}

/** A line without end would take all memory. */
const LONGEST_LINE = 64 * 1024 * 1024;

async function* linesOf(source: RecordSource): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let line = 0;
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (error) {
      throw badPlace(source.path, `after line ${line}`, "it is not UTF-8", error);
    }
  };
  try {
    for await (const piece of through(source, new PassThrough())) {
      const lines = (rest + decode(piece as Uint8Array)).split("\n");
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE)
        throw badPlace(source.path, `line ${line + lines.length + 1}`, "it is longer than 64 MB");
      for (const text of lines) {
        line++;
        yield text;
      }
    }
  } catch (error) {
    throw isBronzeError(error) ? error : damaged(source.path, error);
  }
  rest += decode();
  if (rest !== "") yield rest;
}

/** The bytes of a file, unpacked, through a parser. */
function through<Into extends Transform>({ bytes, isGzip }: RecordSource, into: Into): Into {
  const pieces = Readable.from(bytes, { objectMode: false });
  // Errors arrive where the parser is read.
  if (isGzip) pipeline(pieces, gunzip(), into, () => {});
  else pipeline(pieces, into, () => {});
  return into;
}

function gunzip(): Transform {
  return (requireFromHere("node:zlib") as typeof import("node:zlib")).createGunzip();
}

function damaged(path: string, cause: unknown): BronzeError {
  return new BronzeError(
    "CORRUPT_FILE",
    `${path} cannot be read to its end: ${saidBy(cause)}.`,
    { file: path },
    { cause },
  );
}

async function openTable(source: RecordSource, readersOf: TableReaders): Promise<OpenedRecords> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.bytes) pieces.push(piece);
  const file = openParquet(new Uint8Array(Buffer.concat(pieces)), source.path);
  const names = [...new Set([...file.columns.keys(), ...file.refused.keys()])];
  async function* rows(): AsyncGenerator<FileRecord> {
    const readers = readersOf(file);
    for (let row = 0; row < file.rowCount; row++) {
      const values: Record<string, unknown> = {};
      for (const { name, cell } of readers) values[name] = cell(row);
      yield { place: row, values };
    }
  }
  return { names, records: rows() };
}

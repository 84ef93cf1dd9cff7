import { inBatches, namedRows, type RowCut, validateRows } from "../bronze/index.js";
import type { AnyDataset, RowProblem } from "../dataset/index.js";
import { startSha256 } from "../digest.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { type ImportFormat, openRecords } from "../records/index.js";
import { bytesOfInput } from "../storage/index.js";
import { parseInstant } from "../time/index.js";
import type { FileToImport } from "./import-options.js";
import type { ColumnMap } from "./map-columns.js";

/** Rows that are checked together. */
const BATCH = 1_000;
/** How many are read between two events. */
const ROWS_PER_EVENT = 20_000;

interface Source extends FileToImport {
  readonly format: ImportFormat;
  readonly isGzip: boolean;
  readonly delimiter: string | undefined;
}

interface Reading {
  readonly columns: ColumnMap;
  readonly runId: string | undefined;
  told(rows: number): void;
}

/** Captures of an import are recorded, not made up at each attempt: nothing of its rows is a stamp. */
const NO_STAMPS = { times: new Set<never>(), runs: new Set<never>() };

/**
 * Reads a file into a cut; the number of its rows.
 *
 * @throws BronzeError naming file and line
 */
export async function readInto(
  cut: RowCut,
  dataset: AnyDataset,
  source: Source,
  { columns, runId, told }: Reading,
): Promise<number> {
  const { path, format } = source;
  const hash = startSha256();
  const stamps = { ingestedNs: parseInstant(source.ingestedAt), runId };
  const bytes = hashed(path, hash);
  const { names, records } = await openRecords({ ...source, bytes }, (file) => columns.readers(file));
  if (names) columns.assertColumns(path, names);
  let rows = 0;
  for await (const batch of inBatches(records, BATCH)) {
    const at = (row: number) => `${path}, ${format === "parquet" ? "row" : "line"} ${batch[row]!.place}`;
    const problems: RowProblem[] = [];
    const given = batch.map((record, i) => columns.row(record, format, i, problems));
    try {
      if (problems.length > 0) throw new BronzeError("INVALID_ROWS", "", { problems });
      const { rows: valid, stamped } = validateRows(dataset, given, stamps);
      await cut.add({ rows: valid, stamped: NO_STAMPS }, path, { captureIsGiven: stamped.times.size === 0 });
    } catch (error) {
      throw withLookupPlace(namedRows(error, dataset, at), given, at);
    }
    const before = rows;
    rows += batch.length;
    if (Math.floor(rows / ROWS_PER_EVENT) > Math.floor(before / ROWS_PER_EVENT)) told(rows);
  }
  if (hash.hex() !== source.sha256) {
    throw new BronzeError(
      "IMPORT_CONFLICT",
      `${path} changed while it was read; nothing was written. Do it again.`,
      {
        file: path,
      },
    );
  }
  if (rows === 0 && dataset.partitionIs === "snapshot" && dataset.snapshotTime === undefined) {
    throw new BronzeError(
      "INVALID_ROWS",
      `${path} has no rows, and as a state of "${dataset.name}" would say that nothing is there any more; nothing was written. ` +
        "If that is so, write it on its own with { snapshot: { time, date } }; else leave the file out.",
      { file: path },
    );
  }
  told(rows);
  return rows;
}

async function* hashed(
  path: string,
  hash: ReturnType<typeof startSha256>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of bytesOfInput(path)) {
    hash.update(piece);
    yield piece;
  }
}

/** The same `UNKNOWN_LOOKUP`, with the line where it first occurs. */
function withLookupPlace(
  error: unknown,
  rows: readonly Record<string, unknown>[],
  at: (row: number) => string,
): unknown {
  if (!isBronzeError(error, "UNKNOWN_LOOKUP")) return error;
  const { column, values } = error.details as { column: string; values: readonly unknown[] };
  const first = rows.findIndex((row) => values.includes(row[column]));
  return first < 0
    ? error
    : new BronzeError(error.code, `${at(first)}: ${error.message}`, error.details, { cause: error });
}

import {
  aBronzeStore,
  assertCanWrite,
  type BronzeStore,
  type DatasetByName,
  publishCut,
  ROWS_PER_WRITE,
  RowCut,
  toldOfWrite,
} from "../bronze/index.js";
import type { AnyDataset, WriteRowOf } from "../dataset/index.js";
import { sha256, startSha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { canonicalJson } from "../json/index.js";
import { assertIs, assertOptions, either, type Kind, text, texts } from "../options.js";
import { summary, withText } from "../printed.js";
import { formatOf } from "../records/index.js";
import { counted } from "../shown.js";
import { assertName, bytesOfInput, type InputFile, inputFiles, type Storage } from "../storage/index.js";
import { traced } from "../telemetry/index.js";
import { exactly, formatInstant, parseInstant, toEpochNs } from "../time/index.js";
import { assertSameBeginning, assertSameCut, assertTakenByNone, withoutImported } from "./begun-before.js";
import {
  type FileImportedBefore,
  type FileToImport,
  IMPORT_OPTIONS,
  type ImportedFile,
  type ImportOptions,
  type ImportResult,
} from "./import-options.js";
import { finishImport, type ImportRecord, importPath, publishImport, readImport } from "./import-record.js";
import { ColumnMap } from "./map-columns.js";
import { readInto } from "./read-into.js";

const PATTERNS: Kind = {
  ...either(text, texts),
  accepts: (value) => text.accepts(value) || (texts.accepts(value) && (value as string[]).length > 0),
  is: "a pattern of file names, or a list of them",
};

/**
 * Brings files into a dataset: CSV, JSON lines and Parquet, the first two in gzip too. All of them are read and checked before the
 * first row is written; rows beyond `rowsPerWrite` wait in a temporary file.
 *
 * A state of a `snapshot` dataset is never cut: rows are gathered by its `snapshotTime` column, whatever files they are
 * in; without one (or where its capture dates it and the files have none) each file is one state. Of a `changes` dataset
 * each folder gets a file per `rowsPerWrite` rows.
 *
 * The import is recorded (`bronze/_imports/<id>.json`) before its first write, with its files' content, captures and
 * cut. Killed at any moment, the same call makes the rest: the same files, no row twice.
 *
 * @param patterns - paths and globs on this machine (`dumps/*.csv`, or `dumps/` with `**` in it); of all of them the files are taken in the order of their paths' bytes
 * @throws BronzeError `NOT_FOUND` for a pattern that names no file; of the options, `INVALID_ARGUMENT`,
 * `UNKNOWN_DATASET`, `UNKNOWN_COLUMN`, `INVALID_PATH`, `INVALID_INSTANT`, `INVALID_DATE` and `MISSING_RUN`; `READ_ONLY`
 * for a dataset whose files are only read; of the rows,
 * `INVALID_ROWS` and `UNKNOWN_LOOKUP`, naming file and line, and `SNAPSHOT_SPLIT`; `IMPORT_CONFLICT` where the import was
 * begun otherwise or its files belong to another, `IMPORT_INVALID` for its record; of a day that lies under another
 * season, `MISFILED_DAY`; of files to import and of those that are there already, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
 * `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN` and `RETENTION_INVALID`; of a latest view's
 * lock, `LOCK_UNAVAILABLE`, `LOCK_HELD`, `LOCK_LOST` and `NOT_A_LOCK`; of the storage, `NOT_A_FILE` and `STORAGE_FAILED`
 * @example
 * ```ts
 * const done = await importFiles(bronze, "odds_raw", "dumps/odds-*.csv.gz", {
 *   columns: { game_id: "GAME_ID", price: { from: "Price", parse: (text) => Number(text) } },
 *   ignoreColumns: ["Notes"],
 *   ingestedAt: "2026-02-01T00:00:00Z",
 *   run: { id: "dump-2026-02-01", startedAt: "2026-02-01T00:00:00Z" },
 * });
 * done.rows; // 1000000
 * ```
 * @category Import
 */
export async function importFiles<
  const Datasets extends readonly AnyDataset[],
  const Name extends Datasets[number]["name"],
>(
  bronze: BronzeStore<Datasets>,
  name: Name,
  patterns: string | readonly string[],
  options: ImportOptions<WriteRowOf<DatasetByName<Datasets, Name>>> = {},
): Promise<ImportResult> {
  assertIs(bronze, aBronzeStore, "bronze of importFiles");
  assertOptions(options, IMPORT_OPTIONS, "importFiles");
  assertIs(patterns, PATTERNS, "patterns of importFiles");
  const dataset = bronze.dataset(name);
  return traced(
    "bronzestore:write",
    () => ({ verb: "importFiles", dataset: dataset.name, runId: options.run?.id }),
    () => importInto(bronze, dataset, patterns, options as ImportOptions),
    toldOfWrite,
  );
}

async function importInto(
  bronze: Pick<BronzeStore<readonly AnyDataset[]>, "storage" | "now">,
  dataset: AnyDataset,
  patterns: string | readonly string[],
  options: ImportOptions,
): Promise<ImportResult> {
  const { run, dryRun = false, rowsPerWrite = ROWS_PER_WRITE, onEvent = () => {} } = options;
  const { onImported = "throw" } = options;
  const { storage } = bronze;
  assertCanWrite(storage, dataset);
  const columns = new ColumnMap(dataset, options.columns ?? {}, options.ignoreColumns ?? []);
  const all = await withDigests(await inputFiles(typeof patterns === "string" ? [patterns] : patterns));
  for (const { path } of all) formatOf(path, options.format);
  const { fresh: found, skipped } =
    onImported === "skip"
      ? await withoutImported(storage, dataset.name, all, options.id)
      : { fresh: all, skipped: [] };
  const settings = {
    dataset: dataset.name,
    columns: columns.names,
    run: run ? { id: run.id, started_at: formatInstant(toEpochNs(run.startedAt, "run.startedAt")) } : null,
    rows_per_write: rowsPerWrite,
  };
  const id =
    options.id === undefined
      ? sha256(canonicalJson({ ...settings, files: found.map((file) => file.sha256) })).slice(0, 16)
      : assertName(options.id, "id of the import");
  const begun = await readImport(storage, id);
  const nowNs = bronze.now();
  const files = captures(found, begun, options.ingestedAt, nowNs);
  if (begun) assertSameBeginning(begun, { ...settings, id, files });
  else await assertTakenByNone(storage, dataset.name, found);

  const write = run
    ? { run: { id: run.id, startedAt: exactly(toEpochNs(run.startedAt, "run.startedAt")) } }
    : {};
  const cut = new RowCut(dataset, { write, nowNs, rowsPerWrite, several: true });
  try {
    const imported: ImportedFile[] = [];
    for (const [i, file] of files.entries()) {
      const source = { ...file, ...formatOf(file.path, options.format), delimiter: options.delimiter };
      const told = (rows: number) =>
        onEvent({ event: "reading", path: file.path, rows, file: i + 1, files: files.length });
      const rows = await readInto(cut, dataset, source, { columns, runId: run?.id, told });
      imported.push({ ...file, rows });
    }
    const planned = await cut.plan();
    const rows = planned.reduce((sum, part) => sum + part.rows, 0);
    const record: ImportRecord = {
      ...settings,
      id,
      state: "begun",
      files: imported.map((file) => ({
        path: file.path,
        size_bytes: file.sizeBytes,
        sha256: file.sha256,
        rows: file.rows,
        ingested_at: file.ingestedAt,
      })),
      writes: planned.map(({ rows, folders, sha256 }) => ({ rows, folders: [...folders], sha256 })),
    };
    if (begun) assertSameCut(begun, record);
    onEvent({ event: "planned", rows, writes: planned.length });
    const result = {
      id,
      dryRun,
      resumed: begun !== undefined,
      rows,
      repeatedKeys: planned.reduce((sum, part) => sum + part.repeatedKeys, 0),
      files: imported,
      skipped,
      writes: planned.map((part) => ({ rows: part.rows, folders: part.folders })),
    };
    if (dryRun || imported.length === 0)
      return withText({ ...result, partitions: [], latest: [] }, importText);
    if (!begun) await begin(storage, record);
    let number = 0;
    const written = await publishCut(storage, dataset, cut, write, nowNs, ({ partitions }) => {
      number++;
      onEvent({ event: "written", write: number, writes: planned.length, partitions });
    });
    if (begun?.state !== "finished") await finishImport(storage, record);
    const { partitions, latest } = written;
    return withText({ ...result, partitions, latest }, importText);
  } finally {
    await cut.remove();
  }
}

function importText({
  id,
  dryRun,
  resumed,
  rows,
  repeatedKeys,
  files,
  skipped,
  writes,
  partitions,
}: ImportResult): string {
  const done =
    files.length === 0
      ? "nothing to write"
      : dryRun
        ? "planned, nothing written"
        : resumed
          ? "taken up again and written"
          : "written";
  return summary(`ImportResult ${id}: ${counted(rows, "row")} of ${counted(files.length, "file")}, ${done}`, [
    `${counted(writes.length, "write")}, ${counted(partitions.length, "file")} of history, ${counted(repeatedKeys, "repeated key")}`,
    ...(skipped.length === 0
      ? []
      : [`${counted(skipped.length, "file")} imported before and left out: ${listed(skipped)}`]),
    ...files.map(
      ({ path, rows, ingestedAt }) => `${path}: ${counted(rows, "row")}, captured at ${ingestedAt}`,
    ),
  ]);
}

/** The first paths, and how many more. */
function listed(skipped: readonly FileImportedBefore[]): string {
  const more = skipped.length - 3;
  const first = skipped.slice(0, 3).map(({ path }) => path);
  return [...first, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

async function withDigests(files: readonly InputFile[]): Promise<(InputFile & { sha256: string })[]> {
  const all: (InputFile & { sha256: string })[] = [];
  for (const file of files) {
    const hash = startSha256();
    let sizeBytes = 0;
    for await (const piece of bytesOfInput(file.path)) {
      hash.update(piece);
      sizeBytes += piece.byteLength;
    }
    all.push({ path: file.path, sizeBytes, sha256: hash.hex() });
  }
  return all;
}

/** When the rows of each file were captured: as recorded, where the import was begun and nobody says otherwise. */
function captures(
  files: readonly (InputFile & { sha256: string })[],
  begun: ImportRecord | undefined,
  given: ImportOptions["ingestedAt"],
  nowNs: bigint,
): FileToImport[] {
  return files.map(({ path, sizeBytes, sha256 }, i) => {
    const recorded = begun?.files[i]?.ingested_at;
    const said = typeof given === "function" ? given({ path }) : given;
    const ns =
      said !== undefined
        ? toEpochNs(said, "ingestedAt")
        : recorded === undefined
          ? nowNs
          : parseInstant(recorded);
    return { path, sizeBytes, sha256, ingestedAt: formatInstant(ns) };
  });
}

/** Another process may have begun the same import since: then it is the same, or an error. */
async function begin(storage: Storage, record: ImportRecord): Promise<void> {
  if (await publishImport(storage, record)) return;
  const other = await readImport(storage, record.id);
  if (other && canonicalJson({ ...other, state: "begun" }) === canonicalJson(record)) return;
  throw new BronzeError(
    "IMPORT_CONFLICT",
    `Another import was recorded as ${importPath(record.id)} in this moment; nothing was written. Do it again.`,
    { id: record.id },
  );
}

import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { encodeSealed, seal } from "../../json/index.js";
import { assertOptions, given, type OptionTable, oneOf, required, text, whole } from "../../options.js";
import { summary, withText } from "../../printed.js";
import { counted } from "../../shown.js";
import { joinPath, type Storage } from "../../storage/index.js";
import { describeType } from "../../table/index.js";
import { type DurationLike, toDurationNs } from "../../time/index.js";
import { type Rectangle, type VersionsAxes, versionsTable } from "../../travel/index.js";
import { loadDays } from "../read/load-days.js";
import { datesAsked, type TimelineOptions } from "../read/question.js";
import { outcomeOf, tracedRead } from "../read/traced-read.js";
import { assertNamesFree, encodeVersions, type VersionsFile } from "./versions-file.js";
import { folderNameOf, sourceOf, type VersionsManifest } from "./versions-manifest.js";

/**
 * What a versions table shall answer, and where it goes.
 *
 * @category Bronze
 */
export interface ExportVersionsOptions {
  /** Which times it is asked by: `valid` for `asOf(T)`, `known` for `knownBy: "cutoff"`, `both` for any `knownBy` and none. */
  readonly axes: VersionsAxes;
  /**
   * `maxAge` of the questions: one table for each. A table of a `changes` dataset made without it can also be asked with it,
   * by a condition on `effective_ns`. Default: no bound.
   */
  readonly maxAge?: DurationLike;
  /** Folder of the storage that holds tables, none of bronze, silver, gold or runs, nor of a dataset. Default: `versions`. */
  readonly folder?: string;
  /** How many rows a file has at most. Default: 250,000. */
  readonly rowsPerFile?: number;
}

/** Where versions tables lie, unless another folder is given. */
export const VERSIONS_FOLDER = "versions";

const EXPORT_VERSIONS_OPTIONS: OptionTable<ExportVersionsOptions> = {
  axes: required(oneOf("valid", "known", "both")),
  maxAge: given,
  folder: text,
  rowsPerFile: whole(1),
};

/**
 * Where a versions table lies.
 *
 * @category Bronze
 */
export interface VersionsExport {
  /** `unchanged`: it was there already, made from the same, and was made again to the same bytes. */
  readonly status: "written" | "unchanged";
  /** Its folder, relative to the storage's root: `versions/<dataset>/<16 hex>`. */
  readonly path: string;
  /** Its files, relative to the storage's root. */
  readonly files: readonly string[];
  readonly manifest: VersionsManifest;
}

/** Writes the answers to all questions about some days as a table: its files first, its manifest last, each once. */
export async function writeVersions(
  storage: Storage,
  dataset: AnyDataset,
  span: TimelineOptions<string>,
  options: ExportVersionsOptions,
  taken: readonly string[],
): Promise<VersionsExport> {
  assertOptions(options, EXPORT_VERSIONS_OPTIONS, "exportVersions");
  const { axes, folder = VERSIONS_FOLDER, rowsPerFile = 250_000 } = options;
  const maxAgeNs = options.maxAge === undefined ? undefined : toDurationNs(options.maxAge, "maxAge");
  assertApart(joinPath(folder, dataset.name), taken);
  const dates = datesAsked(dataset, span);
  const loaded = await tracedRead(
    { verb: "exportVersions", dataset, dates },
    () => loadDays(storage, dataset, dates, span),
    ({ frame }) => outcomeOf(frame),
  );
  assertNamesFree(loaded.frame, axes);
  const table = versionsTable(loaded.frame, { axes, maxAgeNs });
  const source = sourceOf(dataset, loaded, { dates, options: span }, { axes, maxAgeNs, rowsPerFile });
  const path = joinPath(folder, dataset.name, folderNameOf(source));

  const files: VersionsManifest["files"][number][] = [];
  let columns: VersionsFile["columns"] = [];
  let pending: Rectangle[] = [];
  const publish = async (rectangles: readonly Rectangle[]) => {
    const file = encodeVersions(table, rectangles, axes);
    columns = file.columns;
    const name = `part-${String(files.length).padStart(6, "0")}.parquet`;
    await publishSame(storage, joinPath(path, name), file.bytes);
    const { bytes } = file;
    files.push({ name, sha256: sha256(bytes), size_bytes: bytes.byteLength, rows: rectangles.length });
  };
  for (let key = 0; key < table.keyCount; key++) {
    for (const rectangle of table.rectanglesOf(key)) {
      pending.push(rectangle);
      if (pending.length < rowsPerFile) continue;
      await publish(pending);
      pending = [];
    }
  }
  // An empty one has its columns all the same.
  if (pending.length > 0 || files.length === 0) await publish(pending);

  const manifest: VersionsManifest = seal({
    format: "bronzestore.versions" as const,
    version: 1 as const,
    made_from: source,
    keys: table.keyCount,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    columns: columns.map(({ name, type }) => ({ name, type: describeType(type) })),
    files,
  });
  const isNew = await publishSame(storage, joinPath(path, "manifest.json"), encodeSealed(manifest));
  const written: VersionsExport = {
    status: isNew ? "written" : "unchanged",
    path,
    files: files.map(({ name }) => joinPath(path, name)),
    manifest,
  };
  return withText(written, exportText);
}

/**
 * Publishes what can only be these bytes: its folder is named by what it was made from. Whether it was not there.
 *
 * @throws BronzeError `CORRUPT_FILE` where something else is there
 */
async function publishSame(storage: Storage, path: string, bytes: Uint8Array): Promise<boolean> {
  if (await storage.publish(path, bytes)) return true;
  if (sha256(await storage.read(path)) === sha256(bytes)) return false;
  throw new BronzeError(
    "CORRUPT_FILE",
    `${path} is not what the same files give now: it was changed, or a function of the dataset's definition was. Remove its folder, and export again.`,
    { file: path },
  );
}

/**
 * A table's files are Parquet: where data is looked for they would be read as rows.
 *
 * @param taken the folders of the store's datasets
 * @throws BronzeError `INVALID_ARGUMENT`
 */
function assertApart(folder: string, taken: readonly string[]): void {
  const isWithin = (inner: string, outer: string) =>
    outer === "" || inner === outer || inner.startsWith(`${outer}/`);
  const found = ["bronze", "silver", "gold", "runs", ...taken].find(
    (other) => isWithin(folder, other) || isWithin(other, folder),
  );
  if (found === undefined) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `exportVersions would write below "${folder}", and ${found === "" ? "anywhere" : `in "${found}"`} files are read as something else. Give a folder of its own, such as "versions".`,
    { folder },
  );
}

function exportText({ status, path, manifest }: VersionsExport): string {
  const { made_from, rows, keys, files } = manifest;
  return summary(
    `VersionsExport of ${made_from.dataset}, ${made_from.axes}: ${counted(rows, "row")} of ${counted(keys, "key")}`,
    [`${status}  ${path}, ${counted(files.length, "file")}`],
  );
}

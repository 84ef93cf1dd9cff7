import { type AnyDataset, comparePlaces, isCompactedName } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { joinPath } from "../../storage/index.js";
import { KEY_DIGEST_KEY, openParquet, type ParquetFile } from "../../table/index.js";
import { type PartFacts, readPartFacts } from "../retained/part-facts.js";
import { ROWS_AHEAD_KEY } from "./data-skipping.js";
import { type DayFile, dayFileOf } from "./day-file.js";
import { ownNameOf, underOwnNames } from "./open-file.js";
import { snapshotEntries } from "./snapshot-metadata.js";

/** A part of a day's history, opened: a file, or a range of rows of a compacted one. */
export interface OpenedFile {
  /** Where it lies; of a part of a compacted file, where it lay. */
  readonly file: DayFile;
  /** Only its own rows, under the dataset's names. */
  readonly parquet: ParquetFile;
  /** Where its rows are, if they are in a compacted file. */
  readonly held?: HeldPart;
}

/** Where a part of a compacted file is. */
export interface HeldPart {
  readonly holder: DayFile;
  /** How many rows that has. */
  readonly rowCount: number;
  /** The number in the compacted file of the part's first row. */
  readonly firstRow: number;
  readonly facts: PartFacts;
}

/**
 * Opens a file of history: its parts, as `openParts` has them.
 * @throws BronzeError as `openParquet` and `openParts`
 */
export function openDayFile(
  dataset: AnyDataset,
  file: DayFile,
  bytes: Uint8Array<ArrayBuffer>,
): OpenedFile[] {
  return openParts(dataset, file, openParquet(bytes, file.path));
}

/**
 * The parts of a file of history, each as the file it was: a compacted file becomes those it was made from, with their
 * places, rows, footers and statistics; any other is its own only part. Every reader of rows or statistics of history
 * opens files so; from there on it makes no difference where a part lies.
 *
 * @param parquet as `openParquet` made it
 * @throws BronzeError `RETENTION_INVALID` for part facts that cannot be read, or that name what the layout cannot reach
 */
export function openParts(dataset: AnyDataset, file: DayFile, parquet: ParquetFile): OpenedFile[] {
  const list = isCompactedName(file.path) ? readPartFacts(parquet) : undefined;
  // Files of before do not say enough of their parts: they are read as one.
  if (list?.version !== 2) return [{ file, parquet: underOwnNames(dataset, parquet) }];
  let firstRow = 0;
  return list.parts.map((facts) => {
    const place = placeOfPart(dataset, file, facts);
    const own = { ...asItWas(dataset, parquet.rows(firstRow, facts.rows), facts), path: place.path };
    const held = { holder: file, rowCount: parquet.rowCount, firstRow, facts };
    firstRow += facts.rows;
    return { file: place, parquet: underOwnNames(dataset, own), held };
  });
}

/**
 * The order of a unit's parts: by where they lie or lay. Of two with one path, the compacted one comes first.
 *
 * @param placeOf where a part lies or lay
 * @param isCompacted whether it is in a compacted file now
 */
export function partOrder<Part>(
  placeOf: (part: Part) => DayFile,
  isCompacted: (part: Part) => boolean,
): (a: Part, b: Part) => number {
  return (a, b) => comparePlaces(placeOf(a), placeOf(b)) || Number(isCompacted(b)) - Number(isCompacted(a));
}

const byPlace = partOrder<Placed>(
  ({ file }) => file,
  ({ held }) => held !== undefined,
);

/** A part as far as its place among others goes. */
type Placed = Pick<OpenedFile, "file"> & { readonly held?: unknown };

/** @param parts of one file after the other, the files in partition order */
export function inPartitionOrder<Part extends Placed>(parts: readonly Part[]): readonly Part[] {
  return parts.some(({ held }) => held) ? [...parts].sort(byPlace) : parts;
}

function placeOfPart(dataset: AnyDataset, { path: holder, folder }: DayFile, { path }: PartFacts): DayFile {
  const place = dayFileOf(dataset, joinPath(folder, path));
  if (place && !place.isLatest && place.folder === folder) return place;
  throw new BronzeError(
    "RETENTION_INVALID",
    `${holder} has rows of ${joinPath(folder, path)}, which the layout of "${dataset.name}" does not reach. ` +
      "Give the dataset the layout it was compacted with.",
    { file: holder, part: path, dataset: dataset.name },
  );
}

/** A range of rows with the footer and the statistics of the file that it was. */
function asItWas(dataset: AnyDataset, rows: ParquetFile, facts: PartFacts): ParquetFile {
  return {
    ...rows,
    sizeBytes: facts.size_bytes,
    keyValues: keyValuesOf(dataset, facts),
    timestampRange(name) {
      const times = Object.hasOwn(facts.times, name) ? facts.times[name] : undefined;
      return times && { minNs: BigInt(times[0]), maxNs: BigInt(times[1]), nullCount: times[2] };
    },
  };
}

/** The footer's entries of the file that a part was, as its facts have them. */
export function keyValuesOf(dataset: AnyDataset, facts: PartFacts): ReadonlyMap<string, string> {
  const { timestamps } = dataset;
  const { keys, key_digest: keyDigest, rows_ahead: ahead } = facts;
  const entries = new Map([...Object.entries(keys), ...snapshotEntries(facts)]);
  if (keyDigest !== null) entries.set(KEY_DIGEST_KEY, keyDigest);
  // What was counted under other rules says nothing under these.
  const isOwn = (stored: string, name: string | null) => ownNameOf(dataset, stored) === name;
  if (ahead && isOwn(ahead.as_of, timestamps.asOf) && isOwn(ahead.ingested, timestamps.ingested))
    entries.set(ROWS_AHEAD_KEY, String(ahead.rows));
  return entries;
}

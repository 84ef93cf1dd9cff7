import {
  contentOf,
  contentsOf,
  type DayFile,
  encodeCompacted,
  openParts,
  type PartFacts,
  partFactsOf,
  partOrder,
  snapshotEntries,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import {
  type CellReader,
  type ColumnToWrite,
  cellReader,
  encodeParquet,
  exactText,
  openParquet,
  type ParquetFile,
  sameType,
} from "../../table/index.js";
import type { SurveyedFile } from "./survey-day.js";

/** A part of a file as it is stored: the file, or what a compacted one says was one. */
export interface StoredPart {
  /** Where it lies, or lay before it was compacted. */
  readonly place: DayFile;
  /** Its rows under the names that they are stored with. */
  readonly parquet: ParquetFile;
  readonly facts: PartFacts;
}

/** A part that a compacted file can take in, wherever it is now. */
export interface SourcePart extends StoredPart {
  /** The file it is in. */
  readonly source: SurveyedFile;
}

/** The parts of a file: itself, or those that it was made from. @throws BronzeError as `partFactsOf` and `openParts` */
export function sourceParts(dataset: AnyDataset, source: SurveyedFile): SourcePart[] {
  const bytes = { sha256: source.sha256, size_bytes: source.sizeBytes };
  return storedParts(dataset, source, source.parquet!, bytes).map((part) => ({ ...part, source }));
}

/** @param bytes of the file, for one that is a part itself */
export function storedParts(
  dataset: AnyDataset,
  file: DayFile,
  parquet: ParquetFile,
  bytes: Pick<PartFacts, "sha256" | "size_bytes">,
): StoredPart[] {
  return openParts(dataset, file, parquet).map(({ file: place, held }) =>
    held
      ? { place, parquet: parquet.rows(held.firstRow, held.facts.rows), facts: held.facts }
      : { place, parquet, facts: partFactsOf(dataset, file, parquet, bytes) },
  );
}

export const comparePartPlaces = partOrder<Pick<SourcePart, "place" | "source">>(
  ({ place }) => place,
  ({ source }) => source.isCompacted,
);

/** A column that cannot be written back as its part has it. */
interface Unwritable {
  readonly part: SourcePart;
  readonly why: string;
}

/** The bytes of a compacted file, or what keeps parts out of it. */
type Packed = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly unwritable: readonly Unwritable[] };

/**
 * Parts of one schema as one compacted file, proven: what is read back of each part has the content it had.
 *
 * @param parts in partition order
 * @throws BronzeError as decoding the parts' columns
 */
export function packParts(parts: readonly SourcePart[]): Packed {
  const isWhole = parts.every(({ parquet }) => parquet.refused.size === 0);
  const bytes = isWhole ? encoded(parts) : undefined;
  if (bytes && holdsAll(bytes, parts)) return { bytes };
  const unwritable = parts.flatMap((part) => unwritableOf(part));
  // Each alone comes out as it was, and all together do not.
  if (unwritable.length === 0)
    throw new Error(`the parts of ${parts[0]!.place.folder} cannot lie in one file`);
  return { unwritable };
}

function encoded(parts: readonly SourcePart[]): Uint8Array<ArrayBuffer> | undefined {
  return unlessUnwritable(() =>
    encodeCompacted(parts.map(({ parquet, facts }) => ({ facts, columns: storedColumns(parquet) }))),
  );
}

/** The writer throws what it likes for values and names that it does not take. */
function unlessUnwritable<T>(write: () => T): T | undefined {
  try {
    return write();
  } catch (error) {
    if (isBronzeError(error) && !["UNSUPPORTED_TYPE", "INVALID_ROWS"].includes(error.code)) throw error;
    return undefined;
  }
}

function holdsAll(bytes: Uint8Array<ArrayBuffer>, parts: readonly SourcePart[]): boolean {
  const file = openParquet(bytes, "a compacted file");
  let first = 0;
  const own = parts.map(({ facts }) => {
    const parquet = file.rows(first, facts.rows);
    first += facts.rows;
    return { parquet, facts };
  });
  return contentsOf(own).every((content, i) => content === parts[i]!.facts.content);
}

/**
 * A part as a file again, with the footer that it had; where the library that wrote it is this one, with the very bytes.
 * `undefined` where it does not come out with the content it had.
 */
export function fileOfPart({ parquet, facts }: StoredPart): Uint8Array<ArrayBuffer> | undefined {
  if (contentOf(parquet, facts) !== facts.content) return undefined;
  const keyValues = new Map([...Object.entries(facts.keys), ...snapshotEntries(facts)]);
  const bytes = unlessUnwritable(() =>
    encodeParquet(storedColumns(parquet), keyValues, keyOf(facts.key_digest)),
  );
  return bytes && contentOf(openParquet(bytes, facts.path), facts) === facts.content ? bytes : undefined;
}

/** The columns of which an entry of keys was made. */
function keyOf(entry: string | null): string[] {
  const { columns } = entry === null ? { columns: [] } : (JSON.parse(entry) as { columns: string[] });
  return columns;
}

function storedColumns(parquet: ParquetFile): ColumnToWrite[] {
  return [...parquet.columns.keys()].map((name) => ({
    name,
    column: parquet.column(name),
    elements: parquet.elements(name),
  }));
}

/** Why a part cannot be written back, by its first column that cannot; empty where it can. */
function unwritableOf(part: SourcePart): Unwritable[] {
  const { parquet, facts } = part;
  const [refused] = parquet.refused;
  if (refused) return [{ part, why: `its column "${refused[0]}" cannot be written back: ${refused[1]}` }];
  const alone = encoded([part]);
  if (alone && holdsAll(alone, [part])) return [];
  const wrong = [...parquet.columns.keys()].find((name) => {
    const only = encoded([{ ...part, parquet: onlyColumn(parquet, name) }]);
    return !only || !isSameColumn(parquet, openParquet(only, part.place.path).rows(0, facts.rows), name);
  });
  const which = wrong === undefined ? "its columns" : `its column "${wrong}"`;
  return [{ part, why: `${which} cannot be written back value for value in its own type` }];
}

function onlyColumn(parquet: ParquetFile, name: string): ParquetFile {
  return { ...parquet, columns: new Map([...parquet.columns].filter(([own]) => own === name)) };
}

/** Of files with only this column: whether it has the same types, and the same cells. */
function isSameColumn(before: ParquetFile, after: ParquetFile, name: string): boolean {
  const [own] = before.elements(name);
  const [other] = after.elements(name);
  if (own?.type !== other?.type || own?.type_length !== other?.type_length) return false;
  if (own?.repetition_type !== other?.repetition_type) return false;
  if (!sameType(before.columns.get(name)!, after.columns.get(name)!)) return false;
  const [was, is] = [before, after].map((file) => cellReader(file.column(name))) as [CellReader, CellReader];
  for (let row = 0; row < before.rowCount; row++)
    if (exactText([was(row)]) !== exactText([is(row)])) return false;
  return true;
}

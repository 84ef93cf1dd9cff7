import { guard } from "./file-error.js";
import { findFooter } from "./find-footer.js";
import type { Footer } from "./footer.js";
import { readSchema } from "./footer-schema.js";
import { maxRows } from "./limits.js";
import { fileOf, type Opened, type ParquetFile } from "./parquet-file.js";
import { knownSchema, type SharedChunks, sharedChunks } from "./shared-chunks.js";

/**
 * Opens a Parquet file held in memory.
 *
 * Nothing here is asynchronous, so a damaged file throws at the call and can never end the process through an unhandled
 * rejection. A file written by this library has a CRC-32 of all its bytes, checked here.
 *
 * @param known what earlier files of the same feed, opened with the same record, have in common with this one
 * @throws BronzeError `CORRUPT_FILE` naming the file
 */
export function openParquet(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  known: SharedChunks = sharedChunks(),
): ParquetFile {
  return fileOf(
    bytes,
    path,
    guard(path, undefined, () => openedOf(bytes, findFooter(bytes, path, known.footer), path, known)),
    known,
  );
}

/** Reads what a footer says of the columns. */
export function openedOf(
  bytes: Uint8Array<ArrayBuffer>,
  { footer, isChecked }: Pick<Opened, "footer" | "isChecked">,
  path: string,
  known: SharedChunks,
): Opened {
  known.footer = footer;
  const schema = knownSchema(known, bytes, footer.schema, () =>
    readSchema(bytes, footer.schema, (name, work) => guard(path, name, work)),
  );
  return { footer, isChecked, schema, rowCount: countRows(footer, bytes.byteLength) };
}

function countRows({ rowCount, rowGroups }: Footer, sizeBytes: number): number {
  let inGroups = 0;
  for (const group of rowGroups) {
    if (!(group.rowCount >= 0)) throw new Error(`a row group claims ${group.rowCount} rows`);
    inGroups += group.rowCount;
  }
  if (!(rowCount >= 0 && rowCount <= maxRows(sizeBytes))) throw new Error(`it claims ${rowCount} rows`);
  if (rowCount !== inGroups) throw new Error(`it claims ${rowCount} rows, its row groups ${inGroups}`);
  return rowCount;
}

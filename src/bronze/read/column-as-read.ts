import { isBronzeError } from "../../errors.js";
import type { Column, ParquetFile } from "../../table/index.js";
import type { Part } from "../../travel/index.js";

/**
 * A file's column as a reader gets it. What cannot be read as declared is an error to whoever asks for it; here it is what
 * is stored.
 *
 * @param part the file in a frame; `undefined` where its schema does not fit the dataset's
 */
export function columnAsRead(part: Part | undefined, parquet: ParquetFile, name: string): Column {
  try {
    return part?.column(name) ?? parquet.column(name);
  } catch (error) {
    if (!isBronzeError(error, "TYPE_CLASH") && !isBronzeError(error, "NAIVE_TIMESTAMP")) throw error;
    return parquet.column(name);
  }
}

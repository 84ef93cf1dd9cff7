import { BronzeError } from "../../errors.js";
import { Damage, describePlace, NotKept, reasonOf } from "./damage.js";

/**
 * Does some work on a file; whatever it throws becomes an error that names the file.
 *
 * @param column the one that is read; `undefined` for the file as a whole
 * @throws BronzeError `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
 */
export function guard<T>(path: string, column: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    throw error instanceof NotKept ? notKept(path, column!, error.message) : corrupt(path, column, error);
  }
}

export function notKept(path: string, column: string, reason: string): BronzeError {
  return new BronzeError(
    "UNSUPPORTED_TYPE",
    `Column "${column}" of ${path} cannot be read exactly: ${reason}`,
    { file: path, column },
  );
}

function corrupt(path: string, column: string | undefined, cause: unknown): BronzeError {
  const place = cause instanceof Damage ? cause.place : {};
  const where = `${path}${column === undefined ? "" : `, column "${column}"`}${describePlace(place)}`;
  const reason = reasonOf(
    cause,
    column === undefined ? "the footer of a Parquet file" : "values of the column",
  );
  return new BronzeError(
    "CORRUPT_FILE",
    `${where} cannot be read as Parquet: ${reason}. Restore the file, or read with onCorrupt: "skip" to go on without it.`,
    { file: path, column, reason, ...place },
    { cause },
  );
}

/** What to do about encryption. */
export const DECRYPT_FIRST =
  "This library holds no keys: write the file decrypted, with a tool that has them, and read that.";

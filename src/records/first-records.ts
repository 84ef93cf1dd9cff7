import { bytesOfInput } from "../storage/index.js";
import { formatOf } from "./import-format.js";
import { openRecords } from "./open-records.js";

/** Some of a file of text, as it stands in it. */
interface FirstRecords {
  /** By the file's own names. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** The columns of a head; `undefined` for JSON lines. */
  readonly names: readonly string[] | undefined;
}

/**
 * The first records of a CSV file or of JSON lines, before anybody says what they are; `undefined` of a Parquet file, whose schema says it.
 *
 * @param most how many
 * @throws BronzeError `INVALID_ARGUMENT` where the name does not say what it is; `INVALID_ROWS`, `CORRUPT_FILE`, `STORAGE_FAILED`
 */
export async function firstRecords(
  path: string,
  { delimiter, most }: { readonly delimiter?: string | undefined; readonly most: number },
): Promise<FirstRecords | undefined> {
  const { format, isGzip } = formatOf(path, undefined);
  if (format === "parquet") return undefined;
  const source = { path, format, isGzip, delimiter, bytes: bytesOfInput(path) };
  const { names, records } = await openRecords(source, () => []);
  const first: Readonly<Record<string, unknown>>[] = [];
  for await (const { values } of records) {
    first.push(values);
    if (first.length >= most) break;
  }
  return { records: first, names };
}

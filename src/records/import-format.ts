import { BronzeError } from "../errors.js";

/**
 * What a file to import is.
 *
 * @category Import
 */
export type ImportFormat = "csv" | "jsonl" | "parquet";

const FORMATS: Readonly<Record<string, ImportFormat>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  parquet: "parquet",
};

/** Whether the end of a name says what can be imported. */
export function isImportable(name: string): boolean {
  const ending = /\.(\w+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(FORMATS, ending);
}

/** A file's format by the end of its name, if nobody says. @throws BronzeError `INVALID_ARGUMENT` */
export function formatOf(
  path: string,
  given: ImportFormat | undefined,
): { readonly format: ImportFormat; readonly isGzip: boolean } {
  const isGzip = /\.gz$/i.test(path);
  const ending = /\.(\w+)$/.exec(isGzip ? path.slice(0, -3) : path)?.[1]?.toLowerCase();
  const format = given ?? (ending === undefined ? undefined : FORMATS[ending]);
  if (format !== undefined && !(isGzip && format === "parquet")) return { format, isGzip };
  throw new BronzeError(
    "INVALID_ARGUMENT",
    isGzip && format === "parquet"
      ? `${path} is a Parquet file in gzip; Parquet compresses inside, so unpack it first.`
      : `The name of ${path} does not say what it is (.csv, .tsv, .jsonl, .ndjson, .json, .parquet; all but the last with .gz too); say it: { format: "csv" }.`,
    { file: path },
  );
}

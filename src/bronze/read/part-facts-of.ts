import type { AnyDataset } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import {
  CHECKSUM_KEY,
  FOOTER_CHECKSUM_KEY,
  GROUP_CHECKSUMS_KEY,
  KEY_DIGEST_KEY,
  type ParquetFile,
} from "../../table/index.js";
import { rowTimes } from "../../travel/index.js";
import type { PartFacts } from "../retained/part-facts.js";
import { PARTS_KEY } from "../retained/part-facts.js";
import { ROWS_AHEAD_KEY } from "./data-skipping.js";
import type { DayFile } from "./day-file.js";
import { frameOf } from "./load-frame.js";
import { ownNameOf, underOwnNames } from "./open-file.js";
import { contentOf } from "./part-content.js";
import { SNAPSHOT_KEYS, snapshotFacts } from "./snapshot-metadata.js";

/** What of a footer is said by other facts, or is true of its own bytes alone. */
const SAID_OTHERWISE: ReadonlySet<string> = new Set([
  ...SNAPSHOT_KEYS,
  CHECKSUM_KEY,
  FOOTER_CHECKSUM_KEY,
  GROUP_CHECKSUMS_KEY,
  KEY_DIGEST_KEY,
  PARTS_KEY,
  ROWS_AHEAD_KEY,
]);

/**
 * What a compacted file says of a file that becomes a part of it.
 *
 * @param parquet under the names that its columns are stored with
 * @param bytes of the file: its digest and size
 * @throws BronzeError of columns that cannot be decoded, `CORRUPT_FILE` and `UNSUPPORTED_TYPE`
 */
export function partFactsOf(
  dataset: AnyDataset,
  file: DayFile,
  parquet: ParquetFile,
  bytes: Pick<PartFacts, "sha256" | "size_bytes">,
): PartFacts {
  const { keyValues, rowCount } = parquet;
  const snapshot = snapshotFacts(file.path, keyValues);
  const times: PartFacts["times"] = {};
  for (const name of parquet.columns.keys()) {
    const range = parquet.timestampRange(name);
    if (range) times[name] = [String(range.minNs), String(range.maxNs), range.nullCount];
  }
  return {
    path: file.path.slice(file.folder.length + 1),
    ...bytes,
    rows: rowCount,
    content: contentOf(parquet, snapshot),
    ...snapshot,
    times,
    rows_ahead: rowsAhead(dataset, file, parquet),
    key_digest: keyValues.get(KEY_DIGEST_KEY) ?? null,
    keys: Object.fromEntries([...keyValues].filter(([key]) => !SAID_OTHERWISE.has(key))),
  };
}

/** Footers prove no row ahead only where no time of the one column is after any of the other. */
function rowsAhead(dataset: AnyDataset, file: DayFile, parquet: ParquetFile): PartFacts["rows_ahead"] {
  const { asOf, ingested, maxLeadNs } = dataset.timestamps;
  if (asOf === null || maxLeadNs !== undefined) return null;
  const storedAs = (name: string) =>
    [...parquet.columns.keys()].find((stored) => ownNameOf(dataset, stored) === name);
  const [as_of, captured] = [storedAs(asOf), storedAs(ingested)];
  if (as_of === undefined || captured === undefined) return null;
  try {
    const own = underOwnNames(dataset, parquet);
    const times = rowTimes(frameOf(dataset, [{ file, parquet: own }], { columns: [] }));
    let rows = 0;
    for (let row = 0; row < times.rows; row++) if (times.isAhead(row)) rows++;
    return { as_of, ingested: captured, rows };
  } catch (error) {
    // What does not fit the definition is an error to whoever reads it, and no reason to keep the file apart.
    if (!isBronzeError(error) || error.code === "CORRUPT_FILE") throw error;
    return null;
  }
}

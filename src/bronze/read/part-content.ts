import { contentDigest, contentDigests, openParquet, type ParquetFile } from "../../table/index.js";
import { type PartFacts, readPartFacts } from "../retained/part-facts.js";
import { declaredByFacts, snapshotFacts } from "./snapshot-metadata.js";

/**
 * The content digest of a file: of its rows, and of what its writer declared, however they are stored.
 *
 * @throws BronzeError `CORRUPT_FILE`, `UNSUPPORTED_TYPE`
 */
export function contentOfFile(bytes: Uint8Array<ArrayBuffer>, path: string): string {
  const parquet = openParquet(bytes, path);
  return contentOf(parquet, snapshotFacts(path, parquet.keyValues));
}

/** The content digest of a part, of its rows as they are read now. @throws BronzeError as decoding its columns */
export function contentOf(
  { stored }: Pick<ParquetFile, "stored">,
  facts: Pick<PartFacts, "snapshot_ts" | "snapshot_ingested_ts" | "covers">,
): string {
  return contentDigest(stored, declaredByFacts(facts));
}

/**
 * The same of parts of one file, in the order of their rows: each of its pages is read once for all of them.
 * @throws BronzeError as decoding its columns
 */
export function contentsOf(
  parts: readonly {
    readonly parquet: Pick<ParquetFile, "stored" | "rowCount">;
    readonly facts: Parameters<typeof contentOf>[1];
  }[],
): string[] {
  const [first] = parts;
  if (!first) return [];
  return contentDigests(
    first.parquet.stored,
    parts.map(({ parquet: { stored, rowCount }, facts }) => ({
      rows: stored.rows ?? { start: 0, end: rowCount },
      declared: declaredByFacts(facts),
    })),
  );
}

/**
 * The content digests of the parts of a compacted file, each computed from its rows; none of a file that does not say
 * enough of them (0.1).
 *
 * @throws BronzeError `CORRUPT_FILE`, `UNSUPPORTED_TYPE`; `RETENTION_INVALID` where its parts do not add up
 */
export function contentsOfParts(file: ParquetFile): string[] {
  const list = readPartFacts(file);
  if (list?.version !== 2) return [];
  let first = 0;
  const parts = list.parts.map((facts) => {
    const parquet = file.rows(first, facts.rows);
    first += facts.rows;
    return { parquet, facts };
  });
  return contentsOf(parts);
}

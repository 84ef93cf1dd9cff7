import { BronzeError } from "../../errors.js";
import { clickhouseText as text } from "./clickhouse-text.js";
import { listPattern } from "./common-folder.js";

/** Where ClickHouse reads and writes files: a disk, or buckets. */
export interface ClickHousePlace {
  /** Why a file cannot be addressed exactly by its path; undefined where it can. */
  refusesPath(path: string): string | undefined;
  /** Files as a table. */
  files(addresses: readonly string[], structure: string): string;
  /** All Parquet files below a folder; left out where some of them cannot be chosen by their paths before they are opened. */
  readonly below?: (folder: string, structure: string) => string;
  /** The address of a file, by the path that ClickHouse has of it. */
  address(path: string): string;
  /** What writes the rows of a query to a file. */
  writing(query: string, target: string): string;
}

/**
 * The place of a root, or of a file.
 *
 * @param cluster whose servers share the files of a bucket; undefined where one reads them
 * @throws BronzeError `INVALID_ARGUMENT` for a cluster over a disk, which is another one on each of its servers
 */
export function clickhousePlace(root: string, cluster?: string): ClickHousePlace {
  // What stands before a bucket's name.
  const [server] = /^(?:s3:\/\/|https?:\/\/[^/]+\/)/.exec(root) ?? [];
  if (server !== undefined) return bucketsOf(server, cluster);
  if (cluster === undefined) return DISK;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `The cluster "${cluster}" would read ${root}, a folder of one server; give a root that all of its servers see: s3://bucket/prefix, or https://endpoint/bucket/prefix.`,
    { cluster, root },
  );
}

const DISK: ClickHousePlace = {
  refusesPath: (path) => (/[*?{}]/.test(path) ? "it would be a pattern" : undefined),
  files: (addresses, structure) => `file([${addresses.map(text).join(", ")}], Parquet, ${text(structure)})`,
  below: (folder, structure) => `file(${text(`${folder}/**/*.parquet`)}, Parquet, ${text(structure)})`,
  address: (path) => path,
  writing: (query, target) =>
    `INSERT INTO FUNCTION file(${text(target)}, Parquet) ${query}, engine_file_truncate_on_insert=1`,
};

/** Buckets of a server, whose keys ClickHouse has of its own configuration. */
function bucketsOf(server: string, cluster?: string): ClickHousePlace {
  const reading = cluster === undefined ? "s3(" : `s3Cluster(${text(cluster)}, `;
  return {
    // Patterns, their lists, and what an address has in another spelling.
    refusesPath: (path) =>
      /^[\w./=:@~-]*$/.test(path) ? undefined : "it would be a pattern, or be spelt otherwise in an address",
    files: (addresses, structure) =>
      `${reading}${text(listPattern(addresses))}, Parquet, ${text(structure)})`,
    address: (path) => `concat(${text(server)}, ${path})`,
    writing: (query, target) =>
      `INSERT INTO FUNCTION s3(${text(target)}, Parquet) ${query}, s3_truncate_on_insert=1`,
  };
}

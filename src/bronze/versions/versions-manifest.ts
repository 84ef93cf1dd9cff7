import { type AnyDataset, definitionDigest } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { canonicalJson } from "../../json/index.js";
import { durationText } from "../../time/index.js";
import type { VersionsAxes } from "../../travel/index.js";
import { LIBRARY_VERSION } from "../../version.js";
import type { Loaded } from "../read/load-frame.js";
import type { ReadOptions } from "../read/question.js";

/**
 * What a versions table was made from. Equal ones give equal bytes.
 *
 * @category Bronze
 */
export interface VersionsSource {
  readonly dataset: string;
  /** Digest of the dataset's definition, and what of it that does not cover, in words. */
  readonly definition: string;
  readonly unknown: readonly string[];
  /** The domain dates that were read; empty where the dataset's paths say none. */
  readonly dates: readonly string[];
  readonly axes: VersionsAxes;
  /** An ISO 8601 duration; null: no bound. */
  readonly max_age: string | null;
  /** The columns asked for; null: all. */
  readonly columns: readonly string[] | null;
  readonly prefer: "history" | "latest";
  readonly include_runs: boolean;
  /** Every file that was read, in partition order, each by the digest of its content, as manifests of slates name it. */
  readonly files: readonly { readonly path: string; readonly rows: number; readonly content: string }[];
  /** Corrupt files that were passed over, on request. */
  readonly skipped: readonly string[];
  /** Parts that retention had pruned, and that were done without, on request. */
  readonly pruned: readonly string[];
  readonly rows_per_file: number;
  readonly library: { readonly name: "bronzestore"; readonly version: string };
}

/**
 * The manifest of a versions table: `manifest.json` beside its files, canonical JSON (RFC 8785) with its own digest.
 *
 * @category Bronze
 */
export interface VersionsManifest {
  readonly format: "bronzestore.versions";
  readonly version: 1;
  readonly made_from: VersionsSource;
  readonly keys: number;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly files: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly size_bytes: number;
    readonly rows: number;
  }[];
  /** SHA-256 of this manifest's canonical JSON without this member. */
  readonly digest: string;
}

/** What a table is asked for, besides its days. */
interface AskedVersions {
  readonly axes: VersionsAxes;
  readonly maxAgeNs: bigint | undefined;
  readonly rowsPerFile: number;
}

/** What a table is made from: files by their content, so that it is the same wherever their rows lie now. */
export function sourceOf(
  dataset: AnyDataset,
  loaded: Pick<Loaded, "frame" | "files" | "skipped">,
  read: { readonly dates: readonly string[]; readonly options: ReadOptions<string> },
  { axes, maxAgeNs, rowsPerFile }: AskedVersions,
): VersionsSource {
  const { columns, prefer = "history", includeRuns = true } = read.options;
  const { sha256: definition, unknown } = definitionDigest(dataset);
  return {
    dataset: dataset.name,
    definition,
    unknown,
    dates: read.dates,
    axes,
    max_age: maxAgeNs === undefined ? null : durationText(maxAgeNs),
    columns: columns ? [...columns] : null,
    prefer,
    include_runs: includeRuns,
    files: loaded.files().map(({ path, rows, content }) => ({ path, rows, content })),
    skipped: loaded.skipped.map(({ path }) => path),
    pruned: loaded.frame.gone?.parts.map(({ path }) => path) ?? [],
    rows_per_file: rowsPerFile,
    library: { name: "bronzestore", version: LIBRARY_VERSION },
  };
}

/** The name of the folder of a table: of what it is made from, so that no two tables meet in one. */
export function folderNameOf(source: VersionsSource): string {
  return sha256(canonicalJson(source)).slice(0, 16);
}

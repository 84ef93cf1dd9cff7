import type { BronzeView, ViewRead } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { canonicalJson, type Json } from "../json/index.js";
import { saidBy, shown } from "../shown.js";
import { type DurationLike, formatInstant, toDurationNs } from "../time/index.js";
import type { GoldContext } from "./gold-context.js";
import type { ManifestInput } from "./manifest.js";
import { encodeOutput, type OutputRow } from "./output.js";
import type { SlateKey } from "./slate.js";

/**
 * What a builder is told besides the view.
 *
 * @category Gold
 */
export interface BuildContext {
  readonly slate: SlateKey;
  /** Snapshot type. */
  readonly snapshot: string;
  /** Tip-off, epoch nanoseconds. */
  readonly tip: bigint;
  /** Epoch nanoseconds; also the view's. */
  readonly cutoff: bigint;
  readonly parameters: Readonly<Record<string, Json>>;
}

/**
 * Makes the rows of a slate from a view pinned at its cutoff. It must be a pure function of what it reads through the
 * view and of its context: no clock, no randomness, no other files, or a replay cannot agree.
 *
 * @category Gold
 */
export type Build<Datasets extends readonly AnyDataset[]> = (
  at: BronzeView<Datasets>,
  context: BuildContext,
) => readonly OutputRow[] | Promise<readonly OutputRow[]>;

/** The result of a build, ready to be frozen or compared. */
export interface Built {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly outputSha256: string;
  readonly rows: number;
  readonly columns: readonly { name: string; type: string; nullable: boolean }[];
  readonly inputs: ManifestInput[];
}

/** A slate as passed to its builder; its parts have been checked. */
interface SlateToMake {
  readonly slate: SlateKey;
  readonly snapshot: string;
  readonly tip: bigint;
  readonly parameters: Readonly<Record<string, Json>>;
}

/** Runs the builder on a view and records what it read. @throws BronzeError `BUILD_FAILED`, `INVALID_ROWS` */
export async function buildSlate<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  view: BronzeView<Datasets>,
  { slate, snapshot, tip, parameters }: SlateToMake,
  build: Build<Datasets>,
): Promise<Built> {
  let rows: readonly OutputRow[];
  try {
    rows = await build(view, {
      slate: { ...slate },
      snapshot,
      tip,
      cutoff: view.cutoff,
      // Each build has a copy, in the order of JSON: a replay gets exactly the same.
      parameters: JSON.parse(canonicalJson(parameters, "parameters")) as Record<string, Json>,
    });
  } catch (cause) {
    if (isBronzeError(cause)) throw cause;
    throw new BronzeError(
      "BUILD_FAILED",
      `The builder of ${shown(slate)} (${snapshot}) threw: ${saidBy(cause)}`,
      { slate, snapshot },
      { cause },
    );
  }
  const output = encodeOutput(rows, gold.schema);
  return { ...output, outputSha256: sha256(output.bytes), inputs: view.reads.map(inputOf) };
}

function inputOf(read: ViewRead): ManifestInput {
  const { provenance, files, dates, dataset, options } = read;
  const rowsSeen = files.reduce((rows, file) => rows + file.rows, 0);
  return {
    dataset,
    dates: [...dates],
    max_age: maxAgeText(options.maxAge),
    prefer: options.prefer ?? "history",
    include_runs: options.includeRuns ?? true,
    files: files.map(({ path, sha256, sizeBytes, rows }) => ({ path, sha256, size_bytes: sizeBytes, rows })),
    rows_seen: rowsSeen,
    rows_eligible: provenance.rowsEligible,
    rows_selected: provenance.rowsSelected,
    rows_by_fallback: provenance.rowsByFallback,
    rows_not_selectable: read.rowsNotSelectable,
    rows_ahead: read.rowsAhead,
    max_as_of_ts: instantText(provenance.maxAsOfTs),
    max_ingested_ts: instantText(provenance.maxIngestedTs),
    empty_because: emptyBecause(provenance),
  };
}

/** In the words of this version's manifests. */
function emptyBecause({ emptyBecause: reason }: ViewRead["provenance"]): ManifestInput["empty_because"] {
  return reason === "nothing in the root" || reason === "nothing in the folder" ? "no files" : reason;
}

function maxAgeText(maxAge: DurationLike | undefined): string | null {
  return maxAge === undefined ? null : String(toDurationNs(maxAge, "maxAge"));
}

function instantText(ns: bigint | null): string | null {
  return ns === null ? null : formatInstant(ns);
}

/** Input files by name and digest, one line per difference. */
export function inputDifferences(
  frozen: readonly ManifestInput[],
  built: readonly ManifestInput[],
): string[] {
  const before = new Map(frozen.flatMap(({ files }) => files).map((file) => [file.path, file.sha256]));
  const after = new Map(built.flatMap(({ files }) => files).map((file) => [file.path, file.sha256]));
  const differences: string[] = [];
  for (const [path, digest] of before) {
    if (!after.has(path)) differences.push(`input ${path} is gone or was not read`);
    else if (after.get(path) !== digest) differences.push(`input ${path} has other content`);
  }
  for (const path of after.keys()) if (!before.has(path)) differences.push(`input ${path} is new`);
  return differences;
}

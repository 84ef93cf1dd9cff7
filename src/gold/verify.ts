import { type DayFile, filesOf, frameOf, listDays, openFile } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { isBronzeError } from "../errors.js";
import { filesAtOnce, mapConcurrently, mapReads, readIfThere } from "../storage/index.js";
import { toEpochNs } from "../time/index.js";
import { Timeline } from "../travel/index.js";
import { isForeignManifest } from "./foreign.js";
import type { GoldContext } from "./gold-context.js";
import { type Manifest, type ManifestFile, parseManifest } from "./manifest.js";
import { revisionFiles, slateFolder } from "./slate.js";

/**
 * One file that is not as the manifest says.
 *
 * @category Gold
 */
export interface VerifyProblem {
  /**
   * - `output-missing`, `output-changed`: the frozen data itself;
   * - `input-missing`, `input-changed`: a bronze file it was built from;
   * - `revision-missing`, `revision-changed`: the manifest of an earlier revision, whose digest the next one names;
   * - `input-extra`: a bronze file in the days that were read which the manifest does not name and which may hold rows
   *   known by the cutoff: a late arrival. The frozen result stands; a replay may differ.
   */
  readonly kind:
    | "output-missing"
    | "output-changed"
    | "input-missing"
    | "input-changed"
    | "input-extra"
    | "revision-missing"
    | "revision-changed";
  readonly path: string;
  readonly expected?: string;
  readonly actual?: string;
}

/**
 * What verifying found.
 *
 * @category Gold
 */
export interface Verification {
  /** Whether every hash still holds; late arrivals alone do not break it. */
  readonly ok: boolean;
  readonly manifest: Manifest;
  readonly problems: readonly VerifyProblem[];
}

/** Computes every hash of a manifest again, and looks for files in the days it read that it does not name. */
export async function verifyManifest(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
): Promise<Verification> {
  const problems: VerifyProblem[] = [];
  const output = await checkFile(gold.storage.read.bind(gold.storage), manifest.output);
  if (output)
    problems.push({ ...output, kind: output.actual === undefined ? "output-missing" : "output-changed" });
  problems.push(...(await inputProblems(gold, manifest)));
  problems.push(...(await extraInputs(gold, manifest)));
  problems.push(...(await chainProblems(gold, manifest)));
  return { ok: problems.every(({ kind }) => kind === "input-extra"), manifest, problems };
}

/** Follows the revisions back: each names the digest of the one before it, so a changed past shows. */
async function chainProblems(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
): Promise<VerifyProblem[]> {
  const folder = slateFolder(gold.rules, manifest.slate);
  let expected = manifest.previous;
  let passed: string | undefined;
  for (let revision = manifest.revision - 1; revision >= 1 && expected !== null; revision--) {
    const path = revisionFiles(folder, manifest.snapshot, revision).manifest;
    const bytes = await readIfThere(gold.storage, path);
    const known: string = expected;
    if (bytes && isForeignManifest(bytes)) {
      passed = path; // a number that was taken when ours was frozen, unless nothing before it is what the chain names
      continue;
    }
    if (!bytes) return [{ kind: "revision-missing", path, expected: known }];
    try {
      const earlier = parseManifest(bytes, path);
      if (earlier.digest !== expected)
        return [{ kind: "revision-changed", path, expected, actual: earlier.digest }];
      expected = earlier.previous;
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      return [{ kind: "revision-changed", path, expected: known, actual: error.code }];
    }
  }
  if (expected !== null && passed !== undefined)
    return [{ kind: "revision-missing", path: passed, expected }];
  return [];
}

/** Inputs that are gone or have other content. */
export async function inputProblems(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
): Promise<VerifyProblem[]> {
  const files = new Map<string, ManifestFile>();
  for (const file of manifest.inputs.flatMap(({ files }) => files))
    if (!files.has(file.path)) files.set(file.path, file);
  const largest = Math.max(...[...files.values()].map(({ size_bytes }) => size_bytes));
  const problems = await mapConcurrently([...files.values()], filesAtOnce(largest), (file) =>
    checkFile((path) => gold.bronze.storage.read(path), file),
  );
  return problems
    .filter((problem) => problem !== undefined)
    .map((problem) => ({
      ...problem,
      kind: problem.actual === undefined ? "input-missing" : "input-changed",
    }));
}

async function checkFile(
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>,
  { path, sha256: expected }: ManifestFile,
): Promise<Omit<VerifyProblem, "kind"> | undefined> {
  try {
    const actual = sha256(await read(path));
    return actual === expected ? undefined : { path, expected, actual };
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return { path, expected };
    throw error;
  }
}

async function extraInputs(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
): Promise<VerifyProblem[]> {
  const cutoffNs = toEpochNs(manifest.snapshot_ts);
  const found = await mapReads(gold.bronze.storage, manifest.inputs, async (storage, input) => {
    const named = new Set(input.files.map(({ path }) => path));
    const dataset = gold.bronze.dataset(input.dataset);
    const options = { prefer: input.prefer, includeRuns: input.include_runs };
    const files = filesOf(await listDays(storage, dataset, input.dates, options));
    const others = files.filter(({ path }) => !named.has(path));
    return await mapReads(storage, others, async (storage, file): Promise<VerifyProblem | undefined> => {
      const { path } = file;
      const bytes = await readIfThere(storage, path);
      if (!bytes || !mayMatter(bytes, file, dataset, cutoffNs)) return undefined;
      return { kind: "input-extra", path, actual: sha256(bytes) };
    });
  });
  const problems = new Map<string, VerifyProblem>();
  for (const problem of found.flat())
    if (problem && !problems.has(problem.path)) problems.set(problem.path, problem);
  return [...problems.values()];
}

/** Whether a new file holds anything at or before the cutoff. */
function mayMatter(
  bytes: Uint8Array<ArrayBuffer>,
  file: DayFile,
  dataset: AnyDataset,
  cutoffNs: bigint,
): boolean {
  try {
    const frame = frameOf(dataset, [{ file, parquet: openFile(dataset, bytes, file.path) }]);
    return new Timeline(frame).inputFiles(cutoffNs).paths.size > 0;
  } catch (error) {
    // A file that cannot be read, or clashes with the schema, would stop a replay: it matters.
    if (isBronzeError(error)) return true;
    throw error;
  }
}

import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { isBronzeError } from "../../errors.js";
import { filesAtOnce, MAX_IN_FLIGHT, mapConcurrently, readIfThere } from "../../storage/index.js";
import { toEpochNs } from "../../time/index.js";
import { type AttestedFile, attestedFiles } from "../manifest/attestation.js";
import { isForeignManifest } from "../manifest/foreign.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { type Manifest, type ManifestFile, parseManifest } from "../manifest/manifest.js";
import { revisionFiles, slateFolder } from "../manifest/slate.js";
import { type InputChecker, type InputState, inputChecker } from "./check-inputs.js";
import { lateArrivals } from "./late-arrivals.js";
import { problemWith, type VerifyProblem } from "./verify-problem.js";

/**
 * What verifying found.
 *
 * @category Gold
 */
export interface Verification {
  /** Whether all that was frozen still holds; late arrivals, and what was rewritten or pruned, do not break it. */
  readonly ok: boolean;
  readonly manifest: Manifest;
  readonly problems: readonly VerifyProblem[];
}

/** Computes every hash of a manifest again, and looks for files in the days it read that it does not name. */
export async function verifyManifest(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
): Promise<Verification> {
  const checker = inputChecker(gold.bronze.storage);
  const problems = await namedProblems(gold, manifest, checker);
  problems.push(...(await extraInputs(gold, manifest, checker)));
  return { ok: problems.every(({ ok }) => ok), manifest, problems };
}

/** Computes every hash of a manifest again: what is not as it names it. */
export async function namedProblems(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
  checker: InputChecker,
): Promise<VerifyProblem[]> {
  const output = await outputProblem(gold, manifest.output);
  return [
    ...(output ? [output] : []),
    ...(await inputProblems(gold, manifest, checker)),
    ...(await chainProblems(gold, manifest)),
  ];
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
    if (!bytes) return [problemWith({ kind: "revision-missing", path, expected: known })];
    try {
      const earlier = parseManifest(bytes, path);
      if (earlier.digest !== expected)
        return [problemWith({ kind: "revision-changed", path, expected, actual: earlier.digest })];
      expected = earlier.previous;
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      return [problemWith({ kind: "revision-changed", path, expected: known, actual: error.code })];
    }
  }
  if (expected !== null && passed !== undefined)
    return [problemWith({ kind: "revision-missing", path: passed, expected })];
  return [];
}

/** The inputs of a manifest that are not as they were read, each once. */
async function inputProblems(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
  { check }: InputChecker,
): Promise<VerifyProblem[]> {
  const inputs = inputsOf(gold, manifest);
  const largest = Math.max(...inputs.map(({ file }) => file.size_bytes));
  const attested = await attestedFiles(gold, manifest);
  const problems = await mapConcurrently(inputs, filesAtOnce(largest), async ({ dataset, file }) => {
    const known = attested?.get(file.path);
    return problemOf(file, await check(dataset, file, known?.content), decides(file, known));
  });
  const distinct = new Map<string, VerifyProblem>();
  for (const problem of problems) if (problem) distinct.set(`${problem.kind} ${problem.path}`, problem);
  return [...distinct.values()];
}

/** What became of a manifest's inputs. */
interface InputsNow {
  /** Those that are gone, or have other rows. */
  readonly broken: readonly VerifyProblem[];
  /** Paths of those that were pruned, and that no answer needs. */
  readonly pruned: ReadonlySet<string>;
}

export async function inputsNow(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
): Promise<InputsNow> {
  const problems = await inputProblems(gold, manifest, inputChecker(gold.bronze.storage));
  return {
    broken: problems.filter(({ ok }) => !ok),
    pruned: new Set(problems.filter(({ kind }) => kind === "input-pruned").map(({ path }) => path)),
  };
}

/** An input as a manifest names it, with its dataset. */
export interface NamedInput {
  readonly dataset: AnyDataset;
  readonly file: ManifestFile;
}

/** The inputs of a manifest, each once; one that several reads name decides where it does for any of them. */
export function inputsOf(
  { bronze }: Pick<GoldContext<readonly AnyDataset[]>, "bronze">,
  { inputs }: Manifest,
): NamedInput[] {
  const named = new Map<string, NamedInput>();
  for (const { dataset, files } of inputs) {
    for (const file of files) {
      const id = `${file.sha256} ${file.path}`;
      const isWeaker = named.has(id) && !decides(file, undefined);
      if (!isWeaker) named.set(id, { dataset: bronze.dataset(dataset), file });
    }
  }
  return [...named.values()];
}

/** Whether an answer may be another without a part; in version 1 only an attestation tells. */
export function decides(file: ManifestFile, attested: AttestedFile | undefined): boolean {
  return "decides" in file ? file.decides : (attested?.decides ?? true);
}

/**
 * What verifying says of an input; `undefined` where all is as it was.
 * @param isNeeded whether it decides an answer
 */
export function problemOf(
  file: ManifestFile,
  { state, actual, damaged }: InputState,
  isNeeded: boolean,
): VerifyProblem | undefined {
  if (state === "intact") return undefined;
  if (damaged !== undefined) return problemWith({ kind: "input-changed", path: damaged });
  const there = actual === undefined ? "missing" : "changed";
  return problemWith({
    // What an answer rests on is missed, whatever a record says of it.
    kind: `input-${state === "pruned" && isNeeded ? there : state}`,
    path: file.path,
    expected: file.sha256,
    ...(actual !== undefined && { actual }),
  });
}

/** Whether frozen data is what was frozen. */
export async function outputProblem(
  { storage }: Pick<GoldContext<readonly AnyDataset[]>, "storage">,
  { path, sha256: expected }: Manifest["output"],
): Promise<VerifyProblem | undefined> {
  const bytes = await readIfThere(storage, path);
  if (!bytes) return problemWith({ kind: "output-missing", path, expected });
  const actual = sha256(bytes);
  return actual === expected ? undefined : problemWith({ kind: "output-changed", path, expected, actual });
}

/** What the days that were read hold now, and the manifest does not name. */
async function extraInputs(
  gold: GoldContext<readonly AnyDataset[]>,
  { snapshot_ts, inputs }: Manifest,
  checker: InputChecker,
): Promise<VerifyProblem[]> {
  const named = new Set(inputs.flatMap(({ files }) => files.map(({ path }) => path)));
  const asks = [{ cutoffNs: toEpochNs(snapshot_ts) }];
  const reads = new Map(
    inputs.map(({ dataset, prefer, include_runs, dates }) => {
      const read = { dataset, prefer, include_runs, dates, asks };
      return [[dataset, prefer, include_runs, ...dates].join(" "), read];
    }),
  );
  const problems: VerifyProblem[] = [];
  const isNamed = (path: string) => named.has(path);
  for await (const { problem } of lateArrivals(gold, checker, [...reads.values()], {
    isNamed,
    atOnce: MAX_IN_FLIGHT,
  }))
    problems.push(problem);
  return problems;
}

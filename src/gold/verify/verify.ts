import { type DayFile, filesOf, frameOf, listDays, openDayFile } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { isBronzeError } from "../../errors.js";
import {
  filesAtOnce,
  MAX_IN_FLIGHT,
  mapConcurrently,
  mapReads,
  readIfThere,
  type Storage,
} from "../../storage/index.js";
import { toEpochNs } from "../../time/index.js";
import { Timeline } from "../../travel/index.js";
import { type AttestedFile, attestedFiles } from "../manifest/attestation.js";
import { isForeignManifest } from "../manifest/foreign.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { type Manifest, type ManifestFile, type ManifestInput, parseManifest } from "../manifest/manifest.js";
import { revisionFiles, slateFolder } from "../manifest/slate.js";
import { type InputChecker, type InputState, inputChecker } from "./check-inputs.js";

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
   *   known by the cutoff: a late arrival. The frozen result stands; a replay may differ;
   * - `input-rewritten`: a bronze file with the same rows in other bytes; all is well;
   * - `input-pruned`: a bronze file that retention took, by the day's own record. The answer does not rest on it; all is well.
   */
  readonly kind:
    | "output-missing"
    | "output-changed"
    | "input-missing"
    | "input-changed"
    | "input-extra"
    | "input-rewritten"
    | "input-pruned"
    | "revision-missing"
    | "revision-changed";
  /** Whether what was frozen is whole all the same: a late arrival, and what was rewritten or pruned. */
  readonly ok: boolean;
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

/** A problem, with what its kind says of what was frozen. */
export function problemWith(found: Omit<VerifyProblem, "ok">): VerifyProblem {
  return { ok: HARMLESS.has(found.kind), ...found };
}

const HARMLESS: ReadonlySet<VerifyProblem["kind"]> = new Set([
  "input-extra",
  "input-rewritten",
  "input-pruned",
]);

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

/**
 * What the days that were read hold now, and the manifest does not name. Each file is looked at once, however many reads
 * find it.
 */
async function extraInputs(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
  checker: InputChecker,
): Promise<VerifyProblem[]> {
  const cutoffNs = toEpochNs(manifest.snapshot_ts);
  const named = new Set(manifest.inputs.flatMap(({ files }) => files.map(({ path }) => path)));
  const reads = new Map(
    manifest.inputs.map((input) => {
      const { dataset, prefer, include_runs, dates } = input;
      return [[dataset, prefer, include_runs, ...dates].join(" "), input];
    }),
  );
  const problems = new Map<string, VerifyProblem>();
  const looked = new Set<string>();
  const gone = new Set<string>();
  // What is gone since it was listed may be in another file by now: then the days are listed again.
  for (let isAllThere = false; !isAllThere; ) {
    isAllThere = true;
    const beside = new Map<string, { readonly dataset: AnyDataset; readonly file: DayFile }>();
    for (const input of reads.values()) {
      const dataset = gold.bronze.dataset(input.dataset);
      for (const { file, parts } of await filesNow(gold, checker, input))
        if (!looked.has(file.path) && !parts.every((path) => named.has(path)))
          beside.set(file.path, { dataset, file });
    }
    const extras = await mapReads(gold.bronze.storage, [...beside.values()], async (storage, own) => {
      const opened = await openBeside(storage, own.dataset, own.file);
      isAllThere &&= opened !== undefined || gone.has(own.file.path);
      (opened ? looked : gone).add(own.file.path);
      return opened ? extrasOf(opened, cutoffNs) : [];
    });
    for (const problem of extras.flat())
      if (!named.has(problem.path) && !problems.has(problem.path)) problems.set(problem.path, problem);
  }
  return [...problems.values()];
}

/** The files that a read would find now, each with the paths of its parts. */
export async function filesNow(
  { bronze }: GoldContext<readonly AnyDataset[]>,
  { partsOf }: InputChecker,
  {
    dataset,
    dates,
    prefer,
    include_runs,
  }: Pick<ManifestInput, "dataset" | "dates" | "prefer" | "include_runs">,
): Promise<{ readonly file: DayFile; readonly parts: readonly string[] }[]> {
  const { storage } = bronze;
  const options = { prefer, includeRuns: include_runs };
  const listed = filesOf(await listDays(storage, bronze.dataset(dataset), dates, options));
  return mapConcurrently(listed, MAX_IN_FLIGHT, async (file) => ({ file, parts: await partsOf(file) }));
}

/** A file with parts that a manifest does not name. */
export interface FileBeside {
  readonly path: string;
  readonly sha256: string;
  /** By path, the SHA-256 of the file that each part was. */
  readonly parts: ReadonlyMap<string, string>;
  /** `undefined` where it cannot be read. */
  readonly timeline: Timeline | undefined;
}

/** Opens such a file; `undefined` where it is gone. */
export async function openBeside(
  storage: Pick<Storage, "read">,
  dataset: AnyDataset,
  file: DayFile,
): Promise<FileBeside | undefined> {
  const { path } = file;
  const bytes = await readIfThere(storage, path);
  if (!bytes) return undefined;
  const own = { path, sha256: sha256(bytes) };
  try {
    const opened = openDayFile(dataset, file, bytes);
    const parts = new Map(opened.map((part) => [part.file.path, part.held?.facts.sha256 ?? own.sha256]));
    return { ...own, parts, timeline: new Timeline(frameOf(dataset, opened)) };
  } catch (error) {
    if (isBronzeError(error)) return { ...own, parts: new Map(), timeline: undefined };
    throw error;
  }
}

/**
 * What of it holds anything at or before a cutoff. A file that cannot be read, or clashes with the schema, would stop a
 * replay: it matters.
 */
export function extrasOf({ path, sha256, parts, timeline }: FileBeside, cutoffNs: bigint): VerifyProblem[] {
  const whole = problemWith({ kind: "input-extra", path, actual: sha256 });
  if (!timeline) return [whole];
  try {
    const { paths } = timeline.inputFiles(cutoffNs);
    return [...paths].map((own) =>
      problemWith({ kind: "input-extra", path: own, actual: parts.get(own) ?? sha256 }),
    );
  } catch (error) {
    if (isBronzeError(error)) return [whole];
    throw error;
  }
}

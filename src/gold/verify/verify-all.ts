import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { filesAtOnce, mapConcurrently } from "../../storage/index.js";
import { toEpochNs } from "../../time/index.js";
import { type AttestedFile, attestedFiles } from "../manifest/attestation.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { contentOf, type Manifest, type ManifestFile, type ManifestInput } from "../manifest/manifest.js";
import {
  manifestsIn,
  type RevisionPath,
  readManifest,
  type SlateRange,
  slateFolders,
} from "../manifest/revisions.js";
import type { SlateKey } from "../manifest/slate.js";
import { type InputState, inputChecker } from "./check-inputs.js";
import { type DaysRead, lateArrivals } from "./late-arrivals.js";
import { decides, inputsOf, outputProblem, problemOf } from "./verify.js";
import { problemWith, type VerifyProblem } from "./verify-problem.js";

/**
 * One thing that is wrong below a store, with every slate that it touches.
 *
 * @category Gold
 */
export interface VerifyFinding extends Omit<VerifyProblem, "kind"> {
  /** `manifest-damaged`: the manifest itself, or its attestation, cannot be read; the others as `verify` says them. */
  readonly kind: VerifyProblem["kind"] | "manifest-damaged";
  /** The slates whose manifests name it, in the order of their folders. */
  readonly slates: readonly VerifiedSlate[];
  /** What the error says, where a manifest cannot be read. */
  readonly message?: string;
}

/**
 * A slate's revision among those that were verified.
 *
 * @category Gold
 */
export interface VerifiedSlate {
  readonly slate: SlateKey;
  /** Snapshot type. */
  readonly snapshot: string;
  readonly revision: number;
  /** Path of the manifest. */
  readonly path: string;
}

/**
 * How much was looked at.
 *
 * @category Gold
 */
export interface VerifySummary {
  readonly manifests: number;
  /** Bronze files and parts that the manifests name, each once. */
  readonly inputs: number;
  readonly findings: number;
  /** Whether all that was frozen still holds. */
  readonly ok: boolean;
}

/**
 * Verifies every revision of every slate of a range: each manifest is read once, each file is read once, and what is
 * wrong with one is said once. Held in memory are digests, and of each input which slates name it; never rows.
 *
 * Findings come grouped by cause: manifests and their chains, then data, then inputs, then late arrivals.
 *
 * @throws BronzeError `NOTHING_CHECKED` where there is no manifest
 */
export async function* verifyAll(
  gold: GoldContext<readonly AnyDataset[]>,
  { snapshot, ...range }: SlateRange & { readonly snapshot?: string },
): AsyncGenerator<VerifyFinding, VerifySummary> {
  const survey = new Survey();
  let [findings, ok] = [0, true];
  const count = (finding: VerifyFinding): VerifyFinding => {
    findings++;
    ok &&= finding.ok;
    return finding;
  };

  for await (const folder of slateFolders(gold.storage, gold.rules, range)) {
    const names = (await manifestsIn(gold.storage, folder)).filter(
      (name) => snapshot === undefined || name.snapshot === snapshot,
    );
    for (const finding of await readChains(gold, names, survey)) yield count(finding);
  }
  if (survey.manifests === 0) {
    throw new BronzeError(
      "NOTHING_CHECKED",
      "There is no manifest of a slate in this store and range, so nothing was verified; freeze first, or widen the range.",
      { ...range, ...(snapshot !== undefined && { snapshot }) },
    );
  }
  for (const { slate, output } of survey.outputs) {
    const problem = await outputProblem(gold, output);
    if (problem) yield count(findingOf(problem, [slate]));
  }
  const checker = inputChecker(gold.bronze.storage);
  /** One damaged file is one finding, however many parts it held. */
  const ofCompacted = new Map<string, VerifyFinding>();
  for (const batch of batches(survey.inputs())) {
    const largest = Math.max(1, ...batch.map(({ file }) => file.size_bytes));
    const found = await mapConcurrently(batch, filesAtOnce(largest), async (input) =>
      findingsOf(input, await checker.check(input.dataset, input.file, input.content)),
    );
    for (const finding of found.flat()) {
      const known = ofCompacted.get(finding.path);
      if (!isCompactedName(finding.path)) yield count(finding);
      else if (!known) ofCompacted.set(finding.path, finding);
      else
        ofCompacted.set(finding.path, {
          ...known,
          slates: [...new Set([...known.slates, ...finding.slates])],
        });
    }
  }
  for (const finding of ofCompacted.values()) yield count(finding);
  const named = survey.named();
  const isNamed = (path: string, { slate }: Ask) => named.get(path)?.has(slate) === true;
  // One at a time: the days of all slates may be many.
  const late = lateArrivals(gold, checker, [...survey.reads()], { isNamed, atOnce: 1 });
  for await (const { problem, asks } of late)
    yield count(findingOf(problem, [...new Set(asks.map(({ slate }) => slate))]));
  return { manifests: survey.manifests, inputs: survey.size, findings, ok };
}

/** Reads the manifests of one slate's folder, each once, and follows their chains. */
async function readChains(
  gold: GoldContext<readonly AnyDataset[]>,
  names: readonly RevisionPath[],
  survey: Survey,
): Promise<VerifyFinding[]> {
  const findings: VerifyFinding[] = [];
  /** By snapshot type, the digest of the revision before, and where it lies. */
  const before = new Map<string, { readonly digest: string | undefined; readonly path: string }>();
  for (const name of names) {
    const { path } = name;
    let manifest: Manifest | undefined;
    try {
      manifest = await readManifest(gold.storage, path);
      if (!manifest) continue; // another program's
      survey.add(gold, name, manifest, await attestedFiles(gold, manifest));
    } catch (error) {
      if (!isBronzeError(error) || !DAMAGE.has(error.code)) throw error;
      survey.manifests++;
      before.set(name.snapshot, { digest: undefined, path });
      findings.push({ kind: "manifest-damaged", path, ok: false, slates: [], message: error.message });
      continue;
    }
    const earlier = before.get(name.snapshot);
    before.set(name.snapshot, { digest: manifest.digest, path });
    const expected = manifest.previous;
    if (expected === null || earlier?.digest === expected) continue;
    const slates = [slateOf(name, manifest)];
    // A damaged one was said already.
    if (!earlier) findings.push(findingOf(problemWith({ kind: "revision-missing", path, expected }), slates));
    else if (earlier.digest !== undefined) {
      const changed = { path: earlier.path, expected, actual: earlier.digest };
      findings.push(findingOf(problemWith({ kind: "revision-changed", ...changed }), slates));
    }
  }
  return findings;
}

const DAMAGE: ReadonlySet<string> = new Set([
  "MANIFEST_INVALID",
  "MANIFEST_VERSION",
  "MANIFEST_TAMPERED",
  "INVALID_PATH",
]);

function findingOf(problem: VerifyProblem, slates: readonly VerifiedSlate[]): VerifyFinding {
  return { ...problem, slates };
}

/** What is wrong with one input: the same for all that name it, but that pruning harms only those it decides for. */
function findingsOf({ file, slates, decidesFor }: SharedInput, state: InputState): VerifyFinding[] {
  const groups =
    state.state === "pruned"
      ? [
          { isNeeded: true, own: slates.filter((slate) => decidesFor.has(slate)) },
          { isNeeded: false, own: slates.filter((slate) => !decidesFor.has(slate)) },
        ]
      : [{ isNeeded: true, own: slates }];
  return groups.flatMap(({ isNeeded, own }) => {
    const problem = own.length > 0 ? problemOf(file, state, isNeeded) : undefined;
    return problem ? [findingOf(problem, own)] : [];
  });
}

/** An input with all that name it. */
interface SharedInput {
  readonly dataset: AnyDataset;
  readonly file: ManifestFile;
  /** Where an attestation says it. */
  readonly content: string | undefined;
  readonly slates: VerifiedSlate[];
  readonly decidesFor: Set<VerifiedSlate>;
}

/** A slate that reads a day. */
interface Ask {
  readonly slate: VerifiedSlate;
  readonly cutoffNs: bigint;
}

/** A day as manifests read it. */
type DayRead = DaysRead<Ask> & { readonly asks: Ask[] };

/** What the manifests say, as far as it is needed once they are read. */
class Survey {
  manifests = 0;
  readonly outputs: { readonly slate: VerifiedSlate; readonly output: Manifest["output"] }[] = [];
  readonly #reads = new Map<string, DayRead>();
  readonly #inputs = new Map<string, SharedInput>();

  get size(): number {
    return this.#inputs.size;
  }

  inputs(): Iterable<SharedInput> {
    return this.#inputs.values();
  }

  reads(): Iterable<DayRead> {
    return this.#reads.values();
  }

  /** By path, the slates whose manifests name it. */
  named(): Map<string, Set<VerifiedSlate>> {
    const named = new Map<string, Set<VerifiedSlate>>();
    for (const { file, slates } of this.#inputs.values()) {
      const known = named.get(file.path);
      if (!known) named.set(file.path, new Set(slates));
      else for (const slate of slates) known.add(slate);
    }
    return named;
  }

  add(
    gold: GoldContext<readonly AnyDataset[]>,
    name: RevisionPath,
    manifest: Manifest,
    attested: ReadonlyMap<string, AttestedFile> | undefined,
  ): void {
    const slate = slateOf(name, manifest);
    this.manifests++;
    this.outputs.push({ slate, output: manifest.output });
    this.#addReads({ slate, cutoffNs: toEpochNs(manifest.snapshot_ts) }, manifest.inputs);
    for (const { dataset, file } of inputsOf(gold, manifest)) {
      const own = attested?.get(file.path);
      const content = own?.content;
      const id = [file.path, file.sha256, contentOf(file) ?? content ?? ""].join(" ");
      let known = this.#inputs.get(id);
      if (!known) {
        known = { dataset, file, content, slates: [], decidesFor: new Set() };
        this.#inputs.set(id, known);
      }
      known.slates.push(slate);
      if (decides(file, own)) known.decidesFor.add(slate);
    }
  }

  #addReads(ask: Ask, inputs: readonly ManifestInput[]): void {
    for (const { dataset, dates, prefer, include_runs } of inputs) {
      // Without dates a read is of all there is.
      for (const own of dates.length === 0 ? [[]] : dates.map((date) => [date])) {
        const id = [dataset, prefer, include_runs, ...own].join(" ");
        const known = this.#reads.get(id);
        if (!known) this.#reads.set(id, { dataset, dates: own, prefer, include_runs, asks: [ask] });
        else if (known.asks.at(-1)?.slate !== ask.slate) known.asks.push(ask);
      }
    }
  }
}

function slateOf({ snapshot, revision, path }: RevisionPath, { slate }: Manifest): VerifiedSlate {
  return { slate, snapshot, revision, path };
}

/** A finding may come as soon as its batch is done. */
const BATCH = 256;

function* batches<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

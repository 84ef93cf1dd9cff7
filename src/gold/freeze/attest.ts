import { contentOfFile, RETENTION_FILE } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { seal } from "../../json/index.js";
import { shown } from "../../shown.js";
import { KeptReads } from "../../storage/index.js";
import { durationText, formatInstant } from "../../time/index.js";
import { LIBRARY_VERSION } from "../../version.js";
import { type Attestation, encodeAttestation, readAttestation } from "../manifest/attestation.js";
import type { GoldContext } from "../manifest/gold-context.js";
import type { Manifest, ManifestV1 } from "../manifest/manifest.js";
import { readManifest } from "../manifest/revisions.js";
import { revisionFiles, slateFolder } from "../manifest/slate.js";
import { type InputChecker, inputChecker } from "../verify/check-inputs.js";
import { inputsOf, type NamedInput, namedProblems } from "../verify/verify.js";
import { commitOver, locksToCommit } from "./commit.js";

/**
 * What attesting did.
 *
 * @category Gold
 */
export interface AttestResult {
  /** `unchanged`: it was attested before; `not-needed`: its manifest names its inputs by content itself. */
  readonly status: "attested" | "unchanged" | "not-needed";
  readonly attestation: Attestation | undefined;
  /** Where the attestation lies, or would. */
  readonly path: string;
}

/**
 * Attests manifests of version 1, each input read once as long as it is kept: hashed, looked into, and asked again.
 */
export class Attester {
  readonly #gold: GoldContext<readonly AnyDataset[]>;
  readonly #manifests: KeptReads;
  readonly #files: KeptReads;
  readonly #checker: InputChecker;

  constructor(gold: GoldContext<readonly AnyDataset[]>) {
    const { bronze } = gold;
    this.#manifests = new KeptReads(gold.storage);
    // What a day's state says is asked for each time: it is of one moment with the day's listing.
    this.#files = new KeptReads(bronze.storage, (path) => !path.endsWith(`/${RETENTION_FILE}`));
    this.#gold = { ...gold, storage: this.#manifests };
    this.#checker = inputChecker(this.#files);
  }

  /** @throws BronzeError as `parseManifest` */
  manifestAt(path: string): Promise<Manifest | undefined> {
    return readManifest(this.#manifests, path);
  }

  /** @throws BronzeError `ATTESTATION_REFUSED` */
  attest(manifest: Manifest): Promise<AttestResult> {
    const gold = this.#gold;
    return gold.bronze.withStorage(this.#files, () => attestManifest(gold, manifest, this.#checker));
  }

  /** Lets go of the bytes of all but some files; digests stay. */
  keepOnly(isNeeded: (path: string) => boolean): void {
    this.#manifests.keepOnly(isNeeded);
    this.#files.keepOnly(isNeeded);
  }
}

/**
 * Writes beside a manifest of version 1 what its inputs contain and which of them decide, after every hash of it was found
 * to hold; so that retention may put them into other files.
 *
 * @throws BronzeError `ATTESTATION_REFUSED`
 */
async function attestManifest(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: Manifest,
  checker: InputChecker,
): Promise<AttestResult> {
  const folder = slateFolder(gold.rules, manifest.slate);
  const files = revisionFiles(folder, manifest.snapshot, manifest.revision);
  const path = files.attestation;
  if (manifest.version !== 1) return { status: "not-needed", attestation: undefined, path };
  const known = await readAttestation(gold.storage, files.manifest, manifest);
  if (known) return { status: "unchanged", attestation: known, path };
  locksToCommit(gold, "an attestation");

  const problems = await namedProblems(gold, manifest, checker);
  const broken = problems.filter(({ ok }) => !ok);
  if (broken.length > 0)
    throw refused(
      manifest,
      broken.map(({ kind, path }) => `${path}: ${kind}`),
    );
  const decides = await decidingPaths(gold, manifest);
  const attested: Attestation["files"] = [];
  for (const input of inputsOf(gold, manifest))
    attested.push(await attest(gold, checker, manifest, input, decides));
  const attestation = seal({
    format: "bronzestore.attestation" as const,
    version: 1 as const,
    manifest: manifest.digest,
    attested_at: formatInstant(gold.clock()),
    library: { name: "bronzestore" as const, version: LIBRARY_VERSION },
    files: attested,
  });
  const bytes = encodeAttestation(attestation, path);
  // Under the lock of commits: what it names is not moved between the look and the word.
  if (await commitOver(gold, manifest.inputs, { path, bytes }))
    return { status: "attested", attestation, path };
  const theirs = await readAttestation(gold.storage, files.manifest, manifest);
  return { status: "unchanged", attestation: theirs, path };
}

async function attest(
  { bronze }: GoldContext<readonly AnyDataset[]>,
  checker: InputChecker,
  manifest: ManifestV1,
  { file }: NamedInput,
  decides: ReadonlySet<string> | undefined,
): Promise<Attestation["files"][number]> {
  const { path, sha256 } = file;
  const there = await checker.there(path);
  if (there?.sha256 !== sha256) throw refused(manifest, [`${path}: input-changed`]);
  // One that cannot be read says why.
  const content = (await there.content()) ?? contentOfFile(await bronze.storage.read(path), path);
  return { path, sha256, content, decides: decides?.has(path) ?? true };
}

/**
 * The inputs that the answers of a manifest rest on, by asking each question again from the recorded files; `undefined`,
 * all of them, where that does not count what was counted then.
 */
async function decidingPaths(
  gold: GoldContext<readonly AnyDataset[]>,
  manifest: ManifestV1,
): Promise<ReadonlySet<string> | undefined> {
  const decides = new Set<string>();
  for (const input of manifest.inputs) {
    const recorded = new Set(input.files.map(({ path }) => path));
    const view = gold.bronze.viewWith(manifest.snapshot_ts, {
      asInputs: true,
      onlyFiles: (path) => recorded.has(path),
      ...(manifest.known_by !== null && { knownBy: manifest.known_by }),
    });
    try {
      const { dataset, dates, prefer, include_runs: includeRuns, max_age: ns } = input;
      const maxAge = ns === null ? undefined : durationText(BigInt(ns));
      await view.read(dataset, { dates, prefer, includeRuns, maxAge });
      const { files, provenance } = view.reads[0]!;
      const isSame =
        files.length === recorded.size &&
        provenance.rowsEligible === input.rows_eligible &&
        provenance.rowsSelected === input.rows_selected &&
        provenance.rowsByFallback === input.rows_by_fallback &&
        textOf(provenance.maxAsOfTs) === input.max_as_of_ts &&
        textOf(provenance.maxIngestedTs) === input.max_ingested_ts;
      if (!isSame) return undefined;
      for (const { path, decides: own } of files) if (own) decides.add(path);
    } catch (error) {
      // The builder may have asked for fewer columns, which version 1 does not say.
      if (isBronzeError(error) && CANNOT_BE_ASKED.has(error.code)) return undefined;
      throw error;
    }
  }
  return decides;
}

const CANNOT_BE_ASKED: ReadonlySet<string> = new Set([
  "MISSING_COLUMN",
  "MISSING_KEY_COLUMN",
  "NAIVE_TIMESTAMP",
  "TYPE_CLASH",
  "UNKNOWN_LOOKUP",
  "UNREACHABLE_FILES",
  "UNSUPPORTED_TYPE",
]);

function textOf(ns: bigint | null): string | null {
  return ns === null ? null : formatInstant(ns);
}

function refused(manifest: Manifest, problems: readonly string[]): BronzeError {
  return new BronzeError(
    "ATTESTATION_REFUSED",
    `The ${manifest.snapshot} of ${shown(manifest.slate)} cannot be attested, because what it names is not as it was frozen: ` +
      `${problems.join("; ")}. Restore that first; nothing was written.`,
    { slate: manifest.slate, snapshot: manifest.snapshot, problems },
  );
}

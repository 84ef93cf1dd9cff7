import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import type { GoldContext } from "../manifest/gold-context.js";
import type { Manifest } from "../manifest/manifest.js";
import { manifestsIn, type RevisionPath, type SlateRange, slateFolders } from "../manifest/revisions.js";
import { slateOfFolder } from "../manifest/slate.js";
import type { VerifiedSlate } from "../verify/verify-all.js";
import { Attester, type AttestResult } from "./attest.js";
import { locksToCommit } from "./commit.js";

/**
 * What attesting a range did with one revision.
 *
 * @category Gold
 */
export interface AttestedSlate extends VerifiedSlate {
  /** `refused`: nothing was written, for what `error` says; the others as `attest` says them. */
  readonly status: AttestResult["status"] | "refused";
  readonly attestation: AttestResult["attestation"];
  /** Why it was refused. */
  readonly error?: BronzeError;
}

/**
 * Attests every revision of every slate of a range, each manifest read once; each input is read and hashed once too, where
 * the slates that name it lie side by side, as those of one day do. Of bytes only what one folder's manifests name is kept.
 *
 * @throws BronzeError `NOTHING_CHECKED` where there is no manifest
 */
export async function* attestAll(
  gold: GoldContext<readonly AnyDataset[]>,
  { snapshot, ...range }: SlateRange & { readonly snapshot?: string },
): AsyncGenerator<AttestedSlate> {
  locksToCommit(gold, "an attestation");
  const attester = new Attester(gold);
  let manifests = 0;
  for await (const folder of slateFolders(gold.storage, gold.rules, range)) {
    const needed = new Set<string>();
    for (const name of await manifestsIn(gold.storage, folder)) {
      if (snapshot !== undefined && name.snapshot !== snapshot) continue;
      const of: VerifiedSlate = { slate: slateOfFolder(gold.rules, folder) ?? {}, ...name };
      let done: AttestedSlate | undefined;
      try {
        done = await attestOne(attester, name, of, needed);
      } catch (error) {
        if (!isBronzeError(error) || !OF_ONE_SLATE.has(error.code)) throw error;
        done = { ...of, status: "refused", attestation: undefined, error };
      }
      if (!done) continue;
      manifests++;
      yield done;
    }
    attester.keepOnly((path) => needed.has(path));
  }
  if (manifests > 0) return;
  throw new BronzeError(
    "NOTHING_CHECKED",
    "There is no manifest of a slate in this store and range, so nothing was attested; widen the range.",
    { ...range, ...(snapshot !== undefined && { snapshot }) },
  );
}

/** @param needed takes the inputs that the manifest names. @returns `undefined` for another program's */
async function attestOne(
  attester: Attester,
  { path }: RevisionPath,
  of: VerifiedSlate,
  needed: Set<string>,
): Promise<AttestedSlate | undefined> {
  const manifest: Manifest | undefined = await attester.manifestAt(path);
  if (!manifest) return undefined;
  for (const { files } of manifest.inputs) for (const file of files) needed.add(file.path);
  const { status, attestation } = await attester.attest(manifest);
  return { ...of, status, attestation };
}

/** What is wrong with one slate, and says nothing of the next. */
const OF_ONE_SLATE: ReadonlySet<string> = new Set([
  "ATTESTATION_REFUSED",
  "CORRUPT_FILE",
  "INPUTS_MOVED",
  "INVALID_PATH",
  "MANIFEST_INVALID",
  "MANIFEST_TAMPERED",
  "MANIFEST_VERSION",
  "MISFILED_DAY",
  "RETENTION_INVALID",
  "UNSUPPORTED_TYPE",
]);

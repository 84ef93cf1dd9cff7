import type * as z from "zod";
import { BronzeError } from "../../errors.js";
import { encodeReadBack, parseSealed, type SealedKind } from "../../json/index.js";
import { readIfThere, type Storage } from "../../storage/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { MANIFEST_CODES, type Manifest } from "./manifest.js";
import { manifestForms } from "./manifest-forms.js";
import { revisionFiles, type SlateRules, slateFolder } from "./slate.js";

/**
 * The attestation of a slate that was frozen with a manifest of version 1, version 1.
 *
 * @category Gold
 */
export const attestationSchema = lazySchema(() => {
  const { hex, utc, path } = manifestForms();
  const z = zod();
  return z.strictObject({
    format: z.literal("bronzestore.attestation"),
    version: z.literal(1),
    manifest: hex.describe("digest of the manifest it stands beside"),
    attested_at: utc,
    library: z.strictObject({ name: z.literal("bronzestore"), version: z.string() }),
    files: z
      .array(
        z.strictObject({
          path,
          sha256: hex,
          content: hex.describe("content digest"),
          decides: z.boolean().describe("false: the answers are the same without all that do not decide"),
        }),
      )
      .describe("every input of the manifest, after each was found to be what the manifest says"),
    digest: hex.describe("SHA-256 of this document's canonical JSON (RFC 8785) without this member"),
  });
});

/**
 * What an attestation says: the content of each input of a manifest that names its inputs by their bytes.
 *
 * @category Gold
 */
export type Attestation = z.output<typeof attestationSchema>;

const KIND: SealedKind<typeof attestationSchema> = {
  schema: attestationSchema,
  name: "attestation",
  version: 1,
  codes: MANIFEST_CODES,
  advice: "Restore it; what it names may lie in other files by now.",
};

/** @throws BronzeError `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED` */
function parseAttestation(bytes: Uint8Array, at: string): Attestation {
  return parseSealed(bytes, at, KIND);
}

/** Where the attestation of a manifest lies, if there is one. */
export function attestationBeside(manifestPath: string): string {
  return manifestPath.replace(/(^|\/)manifest\.([^/]*)$/, "$1attestation.$2");
}

/**
 * The attestation beside a manifest; `undefined` where there is none.
 *
 * @param manifestPath where the manifest lies
 * @throws BronzeError as `parseAttestation`; `MANIFEST_TAMPERED` where it is another manifest's
 */
export async function readAttestation(
  storage: Pick<Storage, "read">,
  manifestPath: string,
  manifest: Manifest,
): Promise<Attestation | undefined> {
  if (manifest.version !== 1) return undefined;
  const path = attestationBeside(manifestPath);
  const bytes = await readIfThere(storage, path);
  if (!bytes) return undefined;
  const attestation = parseAttestation(bytes, path);
  if (attestation.manifest === manifest.digest) return attestation;
  throw new BronzeError("MANIFEST_TAMPERED", `${path} attests another manifest than ${manifestPath}.`, {
    file: path,
    expected: manifest.digest,
    actual: attestation.manifest,
  });
}

/** What an attestation says of an input of a manifest of version 1. */
export type AttestedFile = Attestation["files"][number];

/** What is attested of each input, by its path; `undefined` where nothing is. @throws BronzeError as `readAttestation` */
export async function attestedFiles(
  { storage, rules }: { readonly storage: Pick<Storage, "read">; readonly rules: SlateRules },
  manifest: Manifest,
): Promise<ReadonlyMap<string, AttestedFile> | undefined> {
  const folder = slateFolder(rules, manifest.slate);
  const { manifest: path } = revisionFiles(folder, manifest.snapshot, manifest.revision);
  const attestation = await readAttestation(storage, path, manifest);
  return attestation && new Map(attestation.files.map((file) => [file.path, file]));
}

/** The bytes of an attestation, after they were read back. @throws BronzeError `INVALID_ARGUMENT` */
export function encodeAttestation(attestation: Attestation, at: string): Uint8Array<ArrayBuffer> {
  return encodeReadBack(attestation, at, parseAttestation);
}

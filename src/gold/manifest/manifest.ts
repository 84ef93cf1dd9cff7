import type * as z from "zod";
import { BronzeError } from "../../errors.js";
import { checkSealed, encodeReadBack, parseJson, seal } from "../../json/index.js";
import { type OptionTable, required, text } from "../../options.js";
import { assertPath } from "../../storage/index.js";
import { manifestV1Schema } from "./manifest-v1.js";
import { manifestSchema } from "./manifest-v2.js";

/** The version of the manifest format that this library writes, and the newest it reads. */
export const MANIFEST_VERSION = 2;

export { manifestSchema, manifestV1Schema };

/** Error codes for reading a manifest of any kind. */
export const MANIFEST_CODES = {
  invalid: "MANIFEST_INVALID",
  newer: "MANIFEST_VERSION",
  tampered: "MANIFEST_TAMPERED",
} as const;

/**
 * What a manifest of version 1 says.
 *
 * @category Gold
 */
export type ManifestV1 = z.output<typeof manifestV1Schema>;

/**
 * What a manifest of version 2 says.
 *
 * @category Gold
 */
export type ManifestV2 = z.output<typeof manifestSchema>;

/**
 * What a manifest says. Instants are ISO-8601 UTC text, so that it can be read without this library. `version` tells
 * the two forms apart.
 *
 * @category Gold
 */
export type Manifest = ManifestV1 | ManifestV2;

/**
 * One dataset as it was read.
 *
 * @category Gold
 */
export type ManifestInput = Manifest["inputs"][number];

/** One dataset as it was read, in the version that is written. */
export type ManifestInputV2 = ManifestV2["inputs"][number];

/**
 * A file, or a part of one, with its digests.
 *
 * @category Gold
 */
export type ManifestFile = ManifestInput["files"][number];

/** When the event of a slate begins, as its manifest says it. */
export function eventTsOf(manifest: Manifest): string {
  return manifest.version === 1 ? manifest.tip_ts : manifest.event_ts;
}

/** The content digest of an input, where its manifest has one. */
export function contentOf(file: ManifestFile): string | undefined {
  return "content" in file ? file.content : undefined;
}

/** The run that a manifest names. */
export const RUN_OPTIONS: OptionTable<{ readonly id: string }> = { id: required(text) };

/** The run id for a manifest. @throws BronzeError `INVALID_ARGUMENT` */
export function runIdOf(run: { readonly id: string } | undefined): string | null {
  if (run === undefined) return null;
  const id: unknown = (run as { id?: unknown } | null)?.id;
  if (typeof id === "string" && id !== "" && !/\p{Surrogate}/u.test(id)) return id;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    "run.id must be a text that is not empty: the id of the run, for the manifest.",
    { run },
  );
}

/** Adds the digest. */
export function sealManifest<Version extends Manifest>(manifest: Omit<Version, "digest">): Version {
  return seal(manifest) as unknown as Version;
}

/**
 * The bytes of a manifest, after they were read back: canonical JSON and a newline.
 * @param at where it will be written
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function encodeManifest(manifest: Manifest, at: string): Uint8Array<ArrayBuffer> {
  return encodeReadBack(manifest, at, parseManifest);
}

/**
 * Reads and checks a manifest: its form, its version, its digest, and that every path stays inside the root.
 *
 * @throws BronzeError `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, `INVALID_PATH`
 */
export function parseManifest(bytes: Uint8Array, at: string): Manifest {
  const json = parseJson(bytes, at, MANIFEST_CODES.invalid);
  const shared = { name: "slate manifest", version: MANIFEST_VERSION, codes: MANIFEST_CODES };
  const manifest = isOfVersion1(json)
    ? checkSealed(json, at, { ...shared, schema: manifestV1Schema })
    : checkSealed(json, at, { ...shared, schema: manifestSchema });
  for (const file of [manifest.output, ...manifest.inputs.flatMap((input): ManifestFile[] => input.files)])
    assertPath(file.path);
  return manifest;
}

/** Whether a document has the form of version 1: damage to a version cannot make members of version 2 go unread. */
function isOfVersion1(json: unknown): boolean {
  if (!isRecord(json) || json.version !== 1) return false;
  membersOf2 ??= findMembersOf2();
  const { ofManifest, ofInput, ofFile } = membersOf2;
  const inputs = listOf(json.inputs).filter(isRecord);
  const files = [json.output, ...inputs.flatMap((input) => listOf(input.files))];
  return (
    !hasAny(json, ofManifest) &&
    !inputs.some((input) => hasAny(input, ofInput)) &&
    !files.some((file) => hasAny(file, ofFile))
  );
}

/** The members that only version 2 has. Found with the first manifest of version 1, as its schema is made. */
let membersOf2: ReturnType<typeof findMembersOf2> | undefined;

function findMembersOf2() {
  const [newer, older] = [manifestSchema.shape, manifestV1Schema.shape];
  const [input, firstInput] = [newer.inputs.element.shape, older.inputs.element.shape];
  const only = (own: object, before: object) =>
    Object.keys(own).filter((name) => !Object.hasOwn(before, name));
  return {
    ofManifest: only(newer, older),
    ofInput: only(input, firstInput),
    ofFile: only(input.files.element.shape, firstInput.files.element.shape),
  };
}

function hasAny(value: unknown, members: readonly string[]): boolean {
  return isRecord(value) && members.some((member) => Object.hasOwn(value, member));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

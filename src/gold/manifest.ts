import * as z from "zod";
import { BronzeError } from "../errors.js";
import { assertPath } from "../storage/index.js";
import { canonicalJson, type Json, sha256 } from "./canonical-json.js";

/** The version of the manifest format this library writes, and the newest it reads. */
export const MANIFEST_VERSION = 1;

const hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe("SHA-256, hex");
const utc = z
  .string()
  .regex(/^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
  .describe("instant, ISO-8601 UTC");
const path = z.string().describe("relative to the storage's root, parts separated by /");
const count = z.int().nonnegative();

const fileSchema = z.object({ path, sha256: hex, size_bytes: count, rows: count });

const inputSchema = z.object({
  dataset: z.string(),
  dates: z.array(z.string()).describe("domain dates read"),
  max_age: z.string().nullable().describe("bound on a row's age at the cutoff, in nanoseconds"),
  prefer: z.enum(["history", "latest"]).describe("what was read where a day has both"),
  include_runs: z.boolean(),
  files: z.array(fileSchema).describe("every file that could have mattered, in partition order"),
  rows_seen: count,
  rows_eligible: count,
  rows_selected: count,
  rows_by_fallback: count.describe("selected by ingested_ts"),
  rows_not_selectable: count.describe("without any usable time"),
  rows_ahead: count.describe("as_of_ts later than ingested_ts"),
  max_as_of_ts: utc.nullable(),
  max_ingested_ts: utc.nullable(),
  empty_because: z
    .enum(["no files", "no rows", "nothing known by the cutoff", "nothing held at the cutoff"])
    .nullable(),
});

/** The manifest of a frozen slate, version 1. */
export const manifestSchema = z.object({
  format: z.literal("bronzestore.slate"),
  version: z.literal(MANIFEST_VERSION),
  slate: z.record(z.string(), z.union([z.string(), z.int()])),
  snapshot: z.string().describe("snapshot type"),
  revision: z.int().positive(),
  previous: hex.nullable().describe("digest of the manifest of the revision before"),
  tip_ts: utc,
  snapshot_ts: utc.describe("the cutoff"),
  known_by: utc.nullable(),
  frozen_at: utc,
  run_id: z.string().nullable(),
  git_sha: z.string().nullable(),
  library: z.object({ name: z.literal("bronzestore"), version: z.string() }),
  parameters: z.record(z.string(), z.json()),
  inputs: z.array(inputSchema),
  output: fileSchema.extend({
    columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
  }),
  digest: hex.describe("SHA-256 of this manifest's canonical JSON (RFC 8785) without this member"),
});

/** What a manifest says. Instants are ISO-8601 UTC text, so that it can be read without this library. */
export type Manifest = z.output<typeof manifestSchema>;

/** One dataset as it was read. */
export type ManifestInput = Manifest["inputs"][number];

/** A file with its digest. */
export type ManifestFile = ManifestInput["files"][number];

/** Adds the digest. */
export function sealManifest(manifest: Omit<Manifest, "digest">): Manifest {
  return { ...manifest, digest: digestOf(manifest) };
}

/** The bytes of a manifest: canonical JSON and a newline. */
export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${canonicalJson(manifest as unknown as Json)}\n`);
}

/**
 * Reads and checks a manifest: its form, its version, its digest, and that every path stays inside the root.
 *
 * @throws BronzeError `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, `INVALID_PATH`
 */
export function parseManifest(bytes: Uint8Array, at: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BronzeError(
      "MANIFEST_INVALID",
      `${at} is not JSON: ${(cause as Error).message}.`,
      { file: at },
      { cause },
    );
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > MANIFEST_VERSION) {
    throw new BronzeError(
      "MANIFEST_VERSION",
      `${at} is a manifest of version ${version}; this library reads up to ${MANIFEST_VERSION}. Use a newer one.`,
      { file: at, version },
    );
  }
  const parsed = manifestSchema.strict().safeParse(json);
  if (!parsed.success) {
    throw new BronzeError(
      "MANIFEST_INVALID",
      `${at} is no slate manifest:\n${z.prettifyError(parsed.error)}`,
      { file: at },
    );
  }
  const manifest = parsed.data;
  const { digest, ...rest } = manifest;
  const actual = digestOf(rest);
  if (actual !== digest) {
    throw new BronzeError(
      "MANIFEST_TAMPERED",
      `${at} says its digest is ${digest}, but it is ${actual}: it was changed.`,
      {
        file: at,
        expected: digest,
        actual,
      },
    );
  }
  for (const file of [manifest.output, ...manifest.inputs.flatMap((input) => input.files)])
    assertPath(file.path);
  return manifest;
}

function digestOf(manifest: Omit<Manifest, "digest">): string {
  return sha256(canonicalJson(manifest as unknown as Json));
}

import type * as z from "zod";
import { BronzeError } from "../errors.js";
import { encodeReadBack, parseSealed, seal } from "../json/index.js";
import { type OptionTable, required, text } from "../options.js";
import { assertPath } from "../storage/index.js";
import { lazySchema, zod } from "../zod/index.js";

/** The version of the manifest format that this library writes, and the newest it reads. */
export const MANIFEST_VERSION = 1;

/** Error codes for reading a manifest of any kind. */
export const MANIFEST_CODES = {
  invalid: "MANIFEST_INVALID",
  newer: "MANIFEST_VERSION",
  tampered: "MANIFEST_TAMPERED",
} as const;

/**
 * The manifest of a frozen slate, version 1.
 *
 * @category Gold
 */
export const manifestSchema = lazySchema(() => {
  const z = zod();
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

  const fileSchema = () => z.object({ path, sha256: hex, size_bytes: count, rows: count });

  const inputSchema = () =>
    z.object({
      dataset: z.string(),
      dates: z.array(z.string()).describe("domain dates read"),
      max_age: z.string().nullable().describe("bound on a row's age at the cutoff, in nanoseconds"),
      prefer: z.enum(["history", "latest"]).describe("what was read where a day has both"),
      include_runs: z.boolean(),
      files: z.array(fileSchema()).describe("every file that could have mattered, in partition order"),
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

  return z.object({
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
    get inputs() {
      return z.array(inputSchema());
    },
    get output() {
      return fileSchema().extend({
        columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
      });
    },
    digest: hex.describe("SHA-256 of this manifest's canonical JSON (RFC 8785) without this member"),
  });
});

/**
 * What a manifest says. Instants are ISO-8601 UTC text, so that it can be read without this library.
 *
 * @category Gold
 */
export type Manifest = z.output<typeof manifestSchema>;

/**
 * One dataset as it was read.
 *
 * @category Gold
 */
export type ManifestInput = Manifest["inputs"][number];

/**
 * A file with its digest.
 *
 * @category Gold
 */
export type ManifestFile = ManifestInput["files"][number];

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
export function sealManifest(manifest: Omit<Manifest, "digest">): Manifest {
  return seal(manifest);
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
  const kind = {
    schema: manifestSchema,
    name: "slate manifest",
    version: MANIFEST_VERSION,
    codes: MANIFEST_CODES,
  };
  const manifest = parseSealed(bytes, at, kind);
  for (const file of [manifest.output, ...manifest.inputs.flatMap((input) => input.files)])
    assertPath(file.path);
  return manifest;
}

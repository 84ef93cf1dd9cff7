import type * as z from "zod";
import { parseSealed } from "../../json/index.js";
import { assertPath } from "../../storage/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { MANIFEST_CODES } from "../manifest/manifest.js";

/** The version of the training manifest's format. */
export const TRAINING_MANIFEST_VERSION = 1;

/** The parts of a training set, in order of time. */
export const SPLITS = ["train", "val", "test"] as const satisfies readonly Split[];

/**
 * One of them.
 *
 * @category Gold
 */
export type Split = "train" | "val" | "test";

/**
 * The manifest of a training set, version 1.
 *
 * @category Gold
 */
export const trainingManifestSchema = lazySchema(() => {
  const z = zod();
  const hex = z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256, hex");
  const date = z.string().regex(/^\d{4}-\d\d-\d\d$/);
  const count = z.int().nonnegative();
  const columns = () => z.array(z.object({ name: z.string(), type: z.string() }));

  const slateSchema = () =>
    z.object({
      slate: z.record(z.string(), z.union([z.string(), z.int()])),
      revision: z.int().positive(),
      digest: hex.describe("digest of the slate's manifest"),
      output_sha256: hex,
      snapshot_ts: z.string().describe("the slate's cutoff"),
      split: z.enum(SPLITS),
      feature_rows: count,
      rows: count.describe("feature rows that have a label"),
    });

  const fileSchema = () =>
    z.object({
      path: z.string().describe("relative to the storage's root, parts separated by /"),
      sha256: hex,
      size_bytes: count,
      rows: count,
      slates: count.describe("slates with rows in it"),
    });

  return z.object({
    format: z.literal("bronzestore.training"),
    version: z.literal(TRAINING_MANIFEST_VERSION),
    name: z.string().describe("the training set's version"),
    snapshot: z.string().describe("snapshot type of the slates"),
    from: date,
    to: date,
    on: z.array(z.string()).describe("columns that features and labels were joined on"),
    splits: z.object({
      train_end: date.describe("last slate date in train"),
      val_end: date.describe("last slate date in val; later ones are in test"),
    }),
    created_at: z.string(),
    run_id: z.string().nullable(),
    git_sha: z.string().nullable(),
    library: z.object({ name: z.literal("bronzestore"), version: z.string() }),
    get slates() {
      return z.array(slateSchema());
    },
    get keys() {
      return columns().describe("columns that say which slate and thing a row is about");
    },
    get features() {
      return z.object({ columns: columns(), sha256: hex.describe("of the canonical JSON of columns") });
    },
    get labels() {
      return z.object({ columns: columns(), rows: count, rows_without_features: count });
    },
    get files() {
      return z.object({ train: fileSchema(), val: fileSchema(), test: fileSchema() });
    },
    digest: hex.describe("SHA-256 of this manifest's canonical JSON (RFC 8785) without this member"),
  });
});

/**
 * What a training set's manifest says.
 *
 * @category Gold
 */
export type TrainingManifest = z.output<typeof trainingManifestSchema>;

/** @throws BronzeError `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, `INVALID_PATH` */
export function parseTrainingManifest(bytes: Uint8Array, at: string): TrainingManifest {
  const manifest = parseSealed(bytes, at, {
    schema: trainingManifestSchema,
    name: "training manifest",
    version: TRAINING_MANIFEST_VERSION,
    codes: MANIFEST_CODES,
  });
  for (const split of SPLITS) assertPath(manifest.files[split].path);
  return manifest;
}

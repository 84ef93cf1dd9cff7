import { lazySchema } from "../../zod/index.js";
import { manifestForms } from "./manifest-forms.js";

/**
 * The manifest of a frozen slate, version 1: read for ever, and never written again.
 *
 * @category Gold
 */
export const manifestV1Schema = lazySchema(() => {
  const { z, count, hex, utc, path, slate, counts, asked } = manifestForms();
  const fileSchema = () => z.object({ path, sha256: hex, size_bytes: count, rows: count });

  const inputSchema = () =>
    z.object({
      ...asked,
      files: z.array(fileSchema()).describe("every file that could have mattered, in partition order"),
      ...counts,
      empty_because: z
        .enum(["no files", "no rows", "nothing known by the cutoff", "nothing held at the cutoff"])
        .nullable(),
    });

  return z.object({
    format: z.literal("bronzestore.slate"),
    version: z.literal(1),
    slate,
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

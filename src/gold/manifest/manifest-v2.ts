import { lazySchema } from "../../zod/index.js";
import { manifestForms } from "./manifest-forms.js";

/**
 * The manifest of a frozen slate, version 2: the one that is written. No member may be missing, and none may be there
 * that is not named here.
 *
 * @category Gold
 */
export const manifestSchema = lazySchema(() => {
  const { z, count, hex, utc, path, slate, counts, asked } = manifestForms();
  const ofBytes = { path, sha256: hex, size_bytes: count, rows: count };

  const partSchema = () =>
    z.strictObject({
      ...ofBytes,
      path: path.describe("where it was written first, wherever its rows lie now"),
      content: hex.describe("digest of its rows and of what its writer declared, whatever file they are in"),
      decides: z.boolean().describe("false: the answer is the same without all parts that do not decide"),
      kept: path.nullable().describe("its bytes, kept in gold because their owner replaces them"),
    });

  const inputSchema = () =>
    z.strictObject({
      ...asked,
      definition: hex.describe("digest of the dataset's definition"),
      columns: z.array(z.string()).nullable().describe("the columns asked for; null: all"),
      files: z.array(partSchema()).describe("every part that could have mattered, in partition order"),
      ...counts,
      rows_captured_later: count.describe("selected rows captured after the cutoff"),
      rows_capture_unknown: count.describe("selected rows of which nobody knows when they were captured"),
      keys_by_later_evidence: count.describe(
        "other keys there or gone only by a snapshot or tombstone captured after the cutoff, or nobody knows when",
      ),
      as_of_usable_by_cutoff: z.boolean(),
      ignored: z
        .array(z.strictObject({ path: z.string(), reason: z.string() }))
        .describe("names in the folders that were passed over, and why"),
      unknown: z.array(z.string()).describe("what this record does not vouch for, in words"),
      empty_because: z
        .enum([
          "nothing in the root",
          "nothing in the folder",
          "no files",
          "no rows",
          "nothing known by the cutoff",
          "nothing held at the cutoff",
        ])
        .nullable(),
    });

  const externalSchema = () =>
    z.strictObject({
      name: z.string(),
      sha256: hex,
      size_bytes: count.nullable(),
      note: z.string().nullable().describe("where it is from, or what it is"),
    });

  return z.strictObject({
    format: z.literal("bronzestore.slate"),
    version: z.literal(2),
    slate,
    snapshot: z.string().describe("snapshot type"),
    revision: z.int().positive(),
    previous: hex.nullable().describe("digest of the manifest of the revision before"),
    event_ts: utc.describe("when the event begins, from which the cutoff is counted back"),
    snapshot_ts: utc.describe("the cutoff"),
    boundary: z.enum(["inclusive", "exclusive"]).describe("whether a row exactly at the cutoff counts"),
    delay: z
      .string()
      .regex(/^\d+$/)
      .nullable()
      .describe("how long after its time a row counts, in nanoseconds; null: at once"),
    known_by: utc.nullable(),
    frozen_at: utc,
    run_id: z.string().nullable(),
    git_sha: z.string().nullable(),
    library: z.strictObject({ name: z.literal("bronzestore"), version: z.string() }),
    parameters: z.record(z.string(), z.json()),
    notes: z.record(z.string(), z.json()).describe("what the builder recorded beside the rows"),
    get external() {
      return z.array(externalSchema()).describe("what the builder used that is not in bronze, by digest");
    },
    row_key: z
      .array(z.string())
      .nullable()
      .describe("columns that are unique together; null: none was named"),
    get inputs() {
      return z.array(inputSchema());
    },
    get output() {
      return z.strictObject({
        ...ofBytes,
        content: hex.describe("content digest: the same rows in other bytes are the same result"),
        columns: z.array(z.strictObject({ name: z.string(), type: z.string(), nullable: z.boolean() })),
      });
    },
    digest: hex.describe("SHA-256 of this manifest's canonical JSON (RFC 8785) without this member"),
  });
});

import type * as z from "zod";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../../json/index.js";
import { lazySchema, zod } from "../../zod/index.js";

/**
 * The name, in a `date=` folder, of the single record of what retention has done to that day. It starts with `_`, so
 * that no engine reads it as data; replacing it is the commit point of a prune, a compaction and a restore.
 */
export const RETENTION_FILE = "_retention.json";

/** Error codes for reading a plan, a trash record or a day's state. */
export const RETENTION_CODES = {
  invalid: "RETENTION_INVALID",
  newer: "RETENTION_INVALID",
  tampered: "RETENTION_INVALID",
} as const;

// Version 2 shares only `format` and `version` with version 1, so that no damage turns one into the other.
const stateSchema = lazySchema(() => {
  const z = zod();
  const path = z.string().describe("relative to the date= folder");
  const hex = z.string().regex(/^[0-9a-f]{64}$/);
  const count = z.int().nonnegative();
  const file = { path, sha256: hex, size_bytes: count, rows: count };
  return z.object({
    format: z.literal("bronzestore.retention"),
    version: z.literal(2),
    compacted: z.array(z.strictObject(file)).describe("compacted files that are data"),
    gone: z
      .array(
        z.strictObject({
          ...file,
          into: z.string().nullable().describe("the compacted file its rows went into; null: pruned"),
          plan: z.string().describe("the plan that took it"),
        }),
      )
      .describe("files that are data no more, for good: their names are never given out again"),
    digest: hex,
  });
});

const firstSchema = lazySchema(() => {
  const z = zod();
  return z.object({
    format: z.literal("bronzestore.retention"),
    version: z.literal(1),
    plan: z.string(),
    files: z.array(z.string()),
    replaced: z.array(z.strictObject({ path: z.string(), sha256: z.string() })),
  });
});

/** The newest version, which is the one written. */
const SEALED: SealedKind<typeof stateSchema> = {
  schema: stateSchema,
  name: "retention state",
  version: 2,
  codes: RETENTION_CODES,
  advice: "Without it it is unknown which files of the day are data; restore it.",
};
const STATE: SealedKind<typeof stateSchema, typeof firstSchema> = { ...SEALED, unsealed: firstSchema };

/** The content of a day's `_retention.json`. Paths are relative to the day's folder. */
export type RetentionState = Pick<z.output<typeof stateSchema>, "compacted" | "gone">;

/** A state of version 1, which has no digest: nothing is removed because of it alone. */
export type FirstState = z.output<typeof firstSchema>;

/** A file that retention made. */
export type CompactedFile = RetentionState["compacted"][number];

/** A file that retention replaced or removed. */
export type GoneFile = RetentionState["gone"][number];

/** Reads a `_retention.json` of any version. @throws BronzeError `RETENTION_INVALID` */
export function parseRetention(
  bytes: Uint8Array,
  at: string,
): (RetentionState & { readonly version: 2 }) | FirstState {
  return parseSealed(bytes, at, STATE);
}

/** The bytes of a `_retention.json`, read back. @throws BronzeError `RETENTION_INVALID` */
export function encodeRetention({ compacted, gone }: RetentionState, at: string): Uint8Array<ArrayBuffer> {
  const state = seal({ format: "bronzestore.retention", version: 2, compacted, gone });
  return encodeReadBack(state, at, (bytes) => parseSealed(bytes, at, SEALED));
}

/** Where the rows of a file are now, however often they were compacted since. */
export function holderOf(
  { compacted, gone }: RetentionState,
  file: GoneFile,
): CompactedFile | "pruned" | undefined {
  // Each compaction is newer than its parts, so this ends; the bound is for a state that contradicts itself.
  for (let steps = 0; steps <= gone.length; steps++) {
    const { into } = file;
    if (into === null) return "pruned";
    const holder = compacted.find(({ path }) => path === into);
    if (holder) return holder;
    const next = gone.find(({ path }) => path === into);
    if (!next) return undefined;
    file = next;
  }
  return undefined;
}

import type * as z from "zod";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../../json/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { partFactsSchema } from "./part-facts.js";

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

// Versions 2 and 3 share only `format` and `version` with version 1, so that no damage turns one into the other; between them
// the digest tells. Version 3 records what was pruned.
const stateSchema = lazySchema(() => {
  const z = zod();
  const path = z.string().describe("relative to the date= folder");
  const hex = z.string().regex(/^[0-9a-f]{64}$/);
  const count = z.int().nonnegative();
  const file = { path, sha256: hex, size_bytes: count, rows: count };
  return z.object({
    format: z.literal("bronzestore.retention"),
    version: z.union([z.literal(2), z.literal(3)]),
    compacted: z.array(z.strictObject(file)).describe("compacted files that are data"),
    gone: z
      .array(
        z.strictObject({
          ...file,
          into: z.string().nullable().describe("the compacted file its rows went into; null: pruned"),
          plan: z.string().describe("the plan that took it"),
          pruned: z
            .array(z.strictObject({ ...partFactsSchema(z).shape, schema: hex }))
            .optional()
            .describe(
              "the parts that were pruned: all of a file without into, where they are known; some of one whose others went into another",
            ),
          returned: z
            .literal(true)
            .optional()
            .describe("data again: the plan wrote it from a compacted file"),
        }),
      )
      .describe("files that are data no more, for good: their names are never given out again"),
    unrecorded: z
      .literal(true)
      .optional()
      .describe(
        "more may have been pruned than the entries name: by an earlier version, or before a lost state was made again",
      ),
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
  version: 3,
  codes: RETENTION_CODES,
  advice:
    "Without it it is unknown which files of the day are data; restore it, or let doctor make it again (fix: true).",
};
const STATE: SealedKind<typeof stateSchema, typeof firstSchema> = { ...SEALED, unsealed: firstSchema };

/** The content of a day's `_retention.json`. Paths are relative to the day's folder. */
export type RetentionState = Pick<z.output<typeof stateSchema>, "compacted" | "gone" | "unrecorded">;

/** A state of version 1, which has no digest: nothing is removed because of it alone. */
export type FirstState = z.output<typeof firstSchema>;

/** A file that retention made. */
export type CompactedFile = RetentionState["compacted"][number];

/** A file that retention replaced or removed. */
export type GoneFile = RetentionState["gone"][number];

/** What is known for good of a part that was pruned. */
export type PrunedPart = NonNullable<GoneFile["pruned"]>[number];

/** Reads a `_retention.json` of any version. @throws BronzeError `RETENTION_INVALID` */
export function parseRetention(
  bytes: Uint8Array,
  at: string,
): (RetentionState & { readonly version: 2 | 3 }) | FirstState {
  return parseSealed(bytes, at, STATE);
}

/** The bytes of a `_retention.json`, read back. @throws BronzeError `RETENTION_INVALID` */
export function encodeRetention(
  { compacted, gone, unrecorded }: RetentionState,
  at: string,
): Uint8Array<ArrayBuffer> {
  const state = seal({
    format: "bronzestore.retention",
    version: 3,
    compacted,
    gone,
    ...(unrecorded && { unrecorded }),
  });
  return encodeReadBack(state, at, (bytes) => parseSealed(bytes, at, SEALED));
}

/** What of a day's history was pruned, as far as it is recorded. */
export interface PrunedHistory {
  /** Its parts, by where they lay. */
  readonly parts: readonly PrunedPart[];
  /** Files of which nothing more is known; also the name of the state, where not even the files are. */
  readonly unknown: readonly string[];
}

/** What of a day's history was pruned by what its state says. */
export function prunedHistory(state: RetentionState | FirstState): PrunedHistory {
  // A state of version 1 does not record what a plan did; what remains shows it.
  if ("files" in state) return { parts: [], unknown: hasLost(state) ? [RETENTION_FILE] : [] };
  return {
    parts: state.gone.flatMap((file) => file.pruned ?? []),
    unknown: [
      ...state.gone.filter(({ into, pruned }) => into === null && !pruned).map(({ path }) => path),
      ...(state.unrecorded ? [RETENTION_FILE] : []),
    ],
  };
}

/** Whether a state of version 1 is of a day that was pruned: a plan was applied, and left no file of its own. */
export function hasLost({ plan, files }: FirstState): boolean {
  return plan !== "" && !plan.startsWith("restored ") && files.length === 0;
}

/** Where the rows of a file are now, however often they were compacted since; some of a compacted file may be pruned. */
export function holderOf(
  { compacted, gone }: RetentionState,
  file: GoneFile,
): CompactedFile | "pruned" | undefined {
  const { path: part, sha256 } = file;
  // Each compaction is newer than its parts, so this ends; the bound is for a state that contradicts itself.
  for (let steps = 0; steps <= gone.length; steps++) {
    const { into } = file;
    if (into === null) return "pruned";
    const holder = compacted.find(({ path }) => path === into);
    if (holder) return holder;
    const next = gone.find(({ path, returned }) => path === into && !returned);
    if (!next) return undefined;
    if (next.pruned?.some((own) => own.path === part && own.sha256 === sha256)) return "pruned";
    file = next;
  }
  return undefined;
}

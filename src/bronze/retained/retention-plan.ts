import type * as z from "zod";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import {
  canonicalJson,
  checkSealed,
  encodeReadBack,
  parseSealed,
  type SealedKind,
  seal,
} from "../../json/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { RETENTION_CODES } from "./retained-files.js";

/**
 * What a plan does to the files it takes.
 *
 * | rule | files taken | questions it promises to keep, besides every manifest's |
 * |---|---|---|
 * | `prune` | all, or parts of compacted ones, but for what decides a manifest's answer | none of the pruned days |
 * | `last-run-of-hour` | all but the last run of each hour, and but for the same | what was known right after each run that stays |
 * | `into-day` | all, put together into compacted files, of which each is a part | every one |
 * | `into-files` | compacted ones, their parts written as files again | every one |
 *
 * @category Retention
 */
export type RetentionRule = "prune" | "last-run-of-hour" | "into-day" | "into-files";

// Made when a plan is read, not on import: each schema costs time that a read of bronze need not spend.
const fileSchema = (z = zod()) =>
  z.strictObject({
    path: z.string(),
    sha256: z.string(),
    sizeBytes: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    why: z.string(),
    parts: z
      .array(
        z.strictObject({
          path: z.string(),
          sha256: z.string(),
          content: z.string(),
          rows: z.int().nonnegative(),
        }),
      )
      .optional()
      .describe("of a compacted file, the parts that are pruned"),
  });

const outputSchema = (z = zod()) =>
  z.strictObject({
    path: z.string(),
    sha256: z.string(),
    sizeBytes: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    from: z.array(z.string()).describe("the files it holds, in the order of history"),
  });

const daySchema = (z = zod()) =>
  z.strictObject({
    dataset: z.string(),
    date: z.string(),
    folder: z.string(),
    remove: z.array(fileSchema()),
    outputs: z.array(outputSchema()),
  });

const members = (z = zod()) => ({
  format: z.literal("bronzestore.plan"),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  rule: z.enum(["prune", "last-run-of-hour", "into-day", "into-files"]),
  hours: z.boolean(),
  keep: z.strictObject({ firstOfHour: z.boolean(), locks: z.array(z.string()) }).optional(),
  daysWithoutSlate: z.literal(true).optional(),
  window: z.string(),
  madeAt: z.string(),
  days: z.array(daySchema()),
  refused: z.array(
    z.strictObject({
      dataset: z.string(),
      date: z.string(),
      path: z.string().nullable(),
      sizeBytes: z.int().nonnegative(),
      reason: z.string(),
    }),
  ),
  bytes: z.strictObject({ removed: z.int(), added: z.int(), refused: z.int() }),
  certificate: z.strictObject({
    seed: z.int(),
    cutoffs: z.int().nonnegative(),
    manifests: z.int().nonnegative(),
    questions: z.int().nonnegative(),
  }),
  pending: z.array(z.string()),
});

const planSchema = lazySchema(() =>
  zod().object({ ...members(), version: zod().literal(2), digest: zod().string() }),
);
const firstSchema = lazySchema(() => zod().object({ ...members(), version: zod().literal(1) }));

/** The newest version, which is the one written. */
const SEALED: SealedKind<typeof planSchema> = {
  schema: planSchema,
  name: "plan",
  version: 2,
  codes: RETENTION_CODES,
  advice: "Plan again.",
};
const KIND: SealedKind<typeof planSchema, typeof firstSchema> = { ...SEALED, unsealed: firstSchema };

/**
 * What is to be done, as plain data: it can be printed, kept as JSON, read by a person, and applied later; applying
 * checks every word of it against the tree again.
 *
 * @category Retention
 */
export interface RetentionPlan {
  readonly format: "bronzestore.plan";
  readonly version: 2;
  /** Follows from what the plan does; names its folder in the trash. */
  readonly id: string;
  readonly rule: RetentionRule;
  /** Whether files whose paths name no run are pruned too. */
  readonly hours: boolean;
  /** Which runs a prune keeps, where it keeps any: the first of each UTC hour, and the last before each of these instants. */
  readonly keep?: { readonly firstOfHour: boolean; readonly locks: readonly string[] } | undefined;
  /** Present where days are pruned too that no slate was frozen from. */
  readonly daysWithoutSlate?: true | undefined;
  /** Which days were looked at, in words. */
  readonly window: string;
  readonly madeAt: string;
  readonly days: readonly PlannedDay[];
  /** What is kept as it is, and why. */
  readonly refused: readonly RefusedFile[];
  readonly bytes: { readonly removed: number; readonly added: number; readonly refused: number };
  /** What was asked before and after, without a difference. */
  readonly certificate: CertificateTerms & { readonly manifests: number; readonly questions: number };
  /** Earlier plans that were interrupted; applying any plan, even an empty one, finishes them first. */
  readonly pending: readonly string[];
  /** SHA-256 of all the rest as canonical JSON, so that a plan changed on its way is refused. */
  readonly digest: string;
}

/** A plan of version 1, before plans had a digest; its id still protects what it does. */
export type FirstPlan = Omit<RetentionPlan, "version" | "digest"> & { readonly version: 1 };

/** What a trash record may hold. */
export type StoredPlan = RetentionPlan | FirstPlan;

/**
 * How promised questions are drawn.
 *
 * @category Retention
 */
export interface CertificateTerms {
  readonly seed: number;
  /** How many a day. */
  readonly cutoffs: number;
}

/**
 * One day of a plan: all of it takes effect at one moment.
 *
 * @category Retention
 */
export interface PlannedDay {
  readonly dataset: string;
  readonly date: string;
  readonly folder: string;
  readonly remove: readonly PlannedFile[];
  readonly outputs: readonly PlannedOutput[];
}

/**
 * A file that goes to the trash.
 *
 * @category Retention
 */
export interface PlannedFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly rows: number;
  readonly why: string;
  /** The parts of a compacted file that are pruned; the others lie in an output. Other files have none. */
  readonly parts?: readonly PlannedPart[];
}

/**
 * A part that is pruned out of a compacted file.
 *
 * @category Retention
 */
export interface PlannedPart {
  /** Where it lay before it was compacted. */
  readonly path: string;
  /** Of the file it was. */
  readonly sha256: string;
  /** Content digest. */
  readonly content: string;
  readonly rows: number;
}

/**
 * A file that takes the place of others.
 *
 * @category Retention
 */
export interface PlannedOutput {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly rows: number;
  /** The files whose rows it holds, in the order of history. */
  readonly from: readonly string[];
}

/**
 * Something that is kept as it is.
 *
 * @category Retention
 */
export interface RefusedFile {
  readonly dataset: string;
  readonly date: string;
  /** `null`: the whole day. */
  readonly path: string | null;
  readonly sizeBytes: number;
  readonly reason: string;
}

/** The id of a plan: equal work has an equal id. */
export function planId(rule: RetentionRule, days: readonly PlannedDay[]): string {
  return sha256(canonicalJson({ rule, days })).slice(0, 16);
}

/** A plan with its digest, read back. @throws BronzeError `RETENTION_INVALID` */
export function sealPlan(plan: Omit<RetentionPlan, "digest">): RetentionPlan {
  const sealed = seal(plan);
  encodeReadBack(sealed, `Plan ${plan.id}`, (bytes, at) => parseSealed(bytes, at, SEALED));
  return sealed;
}

/**
 * Checks a plan to apply, which may have been stored in a file or edited.
 * @throws BronzeError `RETENTION_INVALID`; `PLAN_STALE` for a plan of version 1
 */
export function parsePlan(value: unknown, at: string): RetentionPlan {
  const plan = parseStoredPlan(value, at);
  if (plan.version === 2) return plan;
  throw new BronzeError(
    "PLAN_STALE",
    `Plan ${plan.id} is of version 1, from before plans had a digest. Nothing was removed; plan again.`,
    { plan: plan.id },
  );
}

/** Checks a plan of any version. @throws BronzeError `RETENTION_INVALID` */
export function parseStoredPlan(value: unknown, at: string): StoredPlan {
  const plan: z.output<typeof planSchema> | z.output<typeof firstSchema> = checkSealed(value, at, KIND);
  const id = planId(plan.rule, plan.days);
  if (id === plan.id) return plan;
  throw new BronzeError(
    "RETENTION_INVALID",
    `${at} says its id is ${plan.id}, but what it does has the id ${id}: it was changed. Plan again.`,
    { plan: plan.id },
  );
}

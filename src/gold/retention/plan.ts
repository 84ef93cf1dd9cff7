import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { canonicalJson, type Json } from "../../json/index.js";
import { zod } from "../../zod/index.js";

/**
 * What a plan does to the files it takes.
 *
 * | rule | files taken | questions it promises to keep, besides every manifest's |
 * |---|---|---|
 * | `prune` | all | none of the pruned days |
 * | `last-run-of-hour` | all but the last run of each hour | what was known right after each run that stays |
 * | `into-day` | all, their rows merged into one file | every one |
 */
export type RetentionRule = "prune" | "last-run-of-hour" | "into-day";

// Made when a plan is read, not on import: each schema costs time that a read of bronze has no use for.
const fileSchema = (z = zod()) =>
  z.strictObject({
    path: z.string(),
    sha256: z.string(),
    sizeBytes: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    why: z.string(),
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

const planSchema = (z = zod()) =>
  z.strictObject({
    format: z.literal("bronzestore.plan"),
    version: z.literal(1),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    rule: z.enum(["prune", "last-run-of-hour", "into-day"]),
    hours: z.boolean(),
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

/**
 * What is to be done, as plain data: it can be printed, kept as JSON, read by a person, and applied later; applying
 * checks every word of it against the tree again.
 */
export interface RetentionPlan {
  readonly format: "bronzestore.plan";
  readonly version: 1;
  /** Follows from what the plan does; names its folder in the trash. */
  readonly id: string;
  readonly rule: RetentionRule;
  /** Whether `hour=` files are pruned too. */
  readonly hours: boolean;
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
}

/** How promised questions are drawn. */
export interface CertificateTerms {
  readonly seed: number;
  /** How many a day. */
  readonly cutoffs: number;
}

/** One day of a plan: all of it takes effect at one moment. */
export interface PlannedDay {
  readonly dataset: string;
  readonly date: string;
  readonly folder: string;
  readonly remove: readonly PlannedFile[];
  readonly outputs: readonly PlannedOutput[];
}

/** A file that goes to the trash. */
export interface PlannedFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly rows: number;
  readonly why: string;
}

/** A file that takes the place of others. */
export interface PlannedOutput {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly rows: number;
  /** The files whose rows it holds, in the order of history. */
  readonly from: readonly string[];
}

/** Something that is kept as it is. */
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
  return sha256(canonicalJson({ rule, days } as unknown as Json)).slice(0, 16);
}

/** Checks a plan that may have been through a file or a hand. @throws BronzeError `RETENTION_INVALID` */
export function parsePlan(value: unknown, at: string): RetentionPlan {
  const parsed = planSchema().safeParse(value);
  if (!parsed.success)
    throw new BronzeError("RETENTION_INVALID", `${at} is no plan:\n${zod().prettifyError(parsed.error)}`);
  const plan = parsed.data;
  const id = planId(plan.rule, plan.days);
  if (id === plan.id) return plan;
  throw new BronzeError(
    "RETENTION_INVALID",
    `${at} says its id is ${plan.id}, but what it does has the id ${id}: it was changed. Plan again.`,
    { plan: plan.id },
  );
}

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
import type { KeepRules } from "../../retention/index.js";
import { lazySchema, zod } from "../../zod/index.js";

const planSchema = lazySchema(() => {
  const z = zod();
  const size = z.int().nonnegative();
  const sha = z.string().regex(/^[0-9a-f]{64}$/);
  const run = z.strictObject({
    runId: z.string(),
    name: z.string(),
    status: z.string(),
    record: z.boolean(),
    remove: z.array(z.strictObject({ path: z.string(), sha256: sha, sizeBytes: size })),
  });
  return z.object({
    format: z.literal("bronzestore.runs-plan"),
    version: z.literal(1),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    records: z.boolean(),
    firstOfHour: z.boolean(),
    locks: z.array(z.string()),
    window: z.string(),
    madeAt: z.string(),
    days: z.array(z.strictObject({ folder: z.string(), runs: z.array(run) })),
    kept: z.array(z.strictObject({ path: z.string(), sizeBytes: size, reason: z.string() })),
    bytes: z.strictObject({ removed: size, kept: size }),
    pending: z.array(z.string()),
    digest: z.string(),
  });
});

const KIND: SealedKind<typeof planSchema> = {
  schema: planSchema,
  name: "plan over runs",
  version: 1,
  advice: "Plan again.",
  codes: { invalid: "RETENTION_INVALID", newer: "RETENTION_INVALID", tampered: "RETENTION_INVALID" },
};

/**
 * What is to be pruned of runs, as plain data: it can be printed, kept as JSON, read by a person, and applied later;
 * applying checks every word of it against the tree again.
 *
 * @category Retention
 */
export interface RunPlan extends KeepRules {
  readonly format: "bronzestore.runs-plan";
  readonly version: 1;
  /** Follows from what the plan does; names its folder in the trash. */
  readonly id: string;
  /** Whether run files go too. */
  readonly records: boolean;
  /** Which runs were looked at, in words. */
  readonly window: string;
  /** Instant, ISO-8601 UTC. */
  readonly madeAt: string;
  readonly days: readonly PlannedRuns[];
  /** What is kept as it is, and why. */
  readonly kept: readonly KeptRun[];
  readonly bytes: { readonly removed: number; readonly kept: number };
  /** Earlier plans that were interrupted; applying any plan, even an empty one, finishes them first. */
  readonly pending: readonly string[];
  /** SHA-256 of all the rest as canonical JSON, so that a plan changed on its way is refused. */
  readonly digest: string;
}

/**
 * The runs of one day in a plan: they go at one moment.
 *
 * @category Retention
 */
export interface PlannedRuns {
  /** `runs/2026-01-15` */
  readonly folder: string;
  readonly runs: readonly PlannedRun[];
}

/**
 * What goes of one run.
 *
 * @category Retention
 */
export interface PlannedRun {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  /** Whether its run file goes too. */
  readonly record: boolean;
  /** Paths relative to the storage's root, sizes in bytes. */
  readonly remove: readonly PlannedRunFile[];
}

/**
 * A file of a run that goes to the trash.
 *
 * @category Retention
 */
export interface PlannedRunFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * A run that is kept as it is.
 *
 * @category Retention
 */
export interface KeptRun {
  /** Its folder. */
  readonly path: string;
  /** Of what would have gone, in bytes. */
  readonly sizeBytes: number;
  readonly reason: string;
}

/** A plan with its id and digest, read back. @throws BronzeError `RETENTION_INVALID` */
export function sealRunPlan(plan: Omit<RunPlan, "format" | "version" | "id" | "digest">): RunPlan {
  const id = runPlanId(plan);
  const sealed: RunPlan = seal({ ...plan, format: "bronzestore.runs-plan", version: 1, id } as const);
  encodeReadBack(sealed, `Plan ${id}`, (bytes, at) => parseSealed(bytes, at, KIND));
  return sealed;
}

/** Checks a plan, which may have been stored in a file or edited. @throws BronzeError `RETENTION_INVALID` */
export function parseRunPlan(value: unknown, at: string): RunPlan {
  const plan = checkSealed(value, at, KIND) as z.output<typeof planSchema>;
  const id = runPlanId(plan);
  if (id === plan.id) return plan;
  throw new BronzeError(
    "RETENTION_INVALID",
    `${at} says its id is ${plan.id}, but what it does has the id ${id}: it was changed. Plan again.`,
    { plan: plan.id },
  );
}

/** Equal work has an equal id. */
function runPlanId({ days }: Pick<RunPlan, "days">): string {
  return sha256(canonicalJson({ rule: "runs", days })).slice(0, 16);
}

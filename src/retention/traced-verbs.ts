import type { RetentionPlan } from "../bronze/index.js";
import { type RetentionMessage, traced } from "../telemetry/index.js";
import type { ApplyResult } from "./apply-plan.js";
import type { EmptiedTrash } from "./empty-trash.js";
import type { RestoredPlan } from "./restore-plan.js";

/** The verbs of `Retention`, as telemetry tells of them. */

export function tracedPlan(
  verb: "planPrune" | "planCompact",
  work: () => Promise<RetentionPlan>,
): Promise<RetentionPlan> {
  return tracedVerb(verb, work, ({ id, days, bytes }) => ({
    plans: [id],
    files: days.reduce((sum, { remove }) => sum + remove.length, 0),
    bytes: bytes.removed,
  }));
}

export function tracedApply(work: () => Promise<ApplyResult>): Promise<ApplyResult> {
  return tracedVerb("apply", work, ({ plan, filesRemoved, bytesRemoved }) => ({
    plans: [plan],
    files: filesRemoved,
    bytes: bytesRemoved,
  }));
}

export function tracedRestore(work: () => Promise<RestoredPlan>): Promise<RestoredPlan> {
  return tracedVerb("restore", work, ({ plan, filesRestored }) => ({
    plans: [plan],
    files: filesRestored,
    bytes: undefined,
  }));
}

export function tracedEmptying(work: () => Promise<EmptiedTrash>): Promise<EmptiedTrash> {
  return tracedVerb("emptyTrash", work, ({ plans, filesDeleted, bytesDeleted }) => ({
    plans,
    files: filesDeleted,
    bytes: bytesDeleted,
  }));
}

function tracedVerb<T>(
  verb: RetentionMessage["verb"],
  work: () => Promise<T>,
  end: (value: T) => NonNullable<RetentionMessage["result"]>,
): Promise<T> {
  return traced("bronzestore:retention", () => ({ verb }), work, end);
}

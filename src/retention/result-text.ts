import { summary } from "../printed.js";
import { counted } from "../shown.js";
import type { ApplyResult } from "./apply-plan.js";
import type { EmptiedTrash } from "./empty-trash.js";
import type { RestoredPlan } from "./restore-plan.js";

export function applyText(result: ApplyResult): string {
  const { status, plan, days, filesRemoved, bytesRemoved, bytesAdded, finished, forgotten } = result;
  return summary(`ApplyResult of plan ${plan}: ${status}`, [
    `${counted(days, "day")}, ${counted(filesRemoved, "file")} to the trash, ${bytesRemoved} bytes; ${bytesAdded} bytes new`,
    ...finished.map((id) => `finished the interrupted plan ${id}`),
    ...forgotten.map((id) => `forgot the gold store ${id}`),
  ]);
}

export function restoreText({ plan, filesRestored }: RestoredPlan): string {
  return summary(`RestoredPlan ${plan}: ${counted(filesRestored, "file")} restored`);
}

export function emptiedText({ plans, filesDeleted, bytesDeleted, left, givenBack }: EmptiedTrash): string {
  return summary(
    `EmptiedTrash: ${counted(filesDeleted, "file")} of ${counted(plans.length, "plan")} deleted, ${bytesDeleted} bytes`,
    left.map((id) => (givenBack.includes(id) ? `gave plan ${id} back` : `left plan ${id}`)),
  );
}

import type { RetentionPlan } from "bronzestore";
import { flagOf, type OutputFlags } from "../../arguments/flags.js";
import { answerOfRows } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { note } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

/** Where a plan goes. */
export const PLAN = { output: flagOf("write the plan into a new file, for apply", "FILE") } as const;

export interface PlanFlags {
  readonly output?: string;
}

/** Shows what a plan would do, day by day, and keeps it for `apply` where that is asked. */
export async function showPlan(
  context: Context,
  plan: RetentionPlan,
  flags: OutputFlags & PlanFlags,
): Promise<void> {
  const { io } = context;
  notes(context, String(plan).split("\n"));
  if (flags.output !== undefined) {
    const { writeNew } = await import("../../open/user-files.js");
    await writeNew(io.cwd, flags.output, `${JSON.stringify(plan, null, 2)}\n`);
    note(io, `Nothing is changed yet: bronzestore apply ${flags.output}`);
  } else
    note(io, "Nothing is changed: --output plan.json keeps the plan, and apply plan.json carries it out.");
  const sum = (files: readonly { readonly sizeBytes: number }[]) =>
    files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const rows = plan.days.map(({ dataset, date, remove, outputs }) => ({
    dataset,
    date,
    removed: remove.length,
    removedBytes: sum(remove),
    added: outputs.length,
    addedBytes: sum(outputs),
  }));
  await showAnswer(io, answerOfRows(DAYS, rows, plan), flags);
}

const DAYS = ["dataset", "date", "removed", "removedBytes", "added", "addedBytes"];

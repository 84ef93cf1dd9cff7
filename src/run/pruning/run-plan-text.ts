import { summary } from "../../printed.js";
import { counted } from "../../shown.js";
import type { RunApplyResult } from "./apply-run-plan.js";
import { parseRunPlan, type RunPlan } from "./run-plan.js";
import { filesOf } from "./run-trash.js";

/**
 * A plan over runs as text for people: what goes, how many bytes, and what is kept for which reason.
 *
 * @throws BronzeError `RETENTION_INVALID` for what is no plan over runs, or was changed
 * @example
 * ```ts
 * console.log(describeRunPlan(await pruning.plan({ olderThan: "P30D", locks })));
 * ```
 * @category Retention
 */
export function describeRunPlan(plan: RunPlan): string {
  return linesOf(parseRunPlan(plan, "What is to be described")).join("\n");
}

/** The same, of a plan that this process made, in a few lines. */
export function runPlanText(plan: RunPlan): string {
  const [title, ...more] = linesOf(plan);
  return summary(
    `RunPlan ${title!}`,
    more.map((line) => line.trim()),
  );
}

function linesOf({ id, window, records, days, kept, bytes, pending }: RunPlan): string[] {
  const what = records ? "kept outputs, own files and run files" : "kept outputs and own files";
  const lines = [`${id}: ${what} of ${window}`];
  lines.push(`  ${bytes.removed} bytes to the trash, ${bytes.kept} bytes kept`);
  for (const plan of pending) lines.push(`  finishes the interrupted plan ${plan} first`);
  for (const day of days) {
    const files = filesOf(day);
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    lines.push(
      `  ${day.folder}: ${counted(files.length, "file")} of ${counted(day.runs.length, "run")}, ${sizeBytes} bytes`,
    );
  }
  if (days.length === 0) lines.push("  nothing to remove");
  const byReason = new Map<string, { first: string; count: number; sizeBytes: number }>();
  for (const { reason, path, sizeBytes } of kept) {
    const kind = reason.replace(/ (lock at \S+|stage ".*" of run \S+)/, "");
    const known = byReason.get(kind);
    if (known) {
      known.count++;
      known.sizeBytes += sizeBytes;
    } else byReason.set(kind, { first: `${path}: ${reason}`, count: 1, sizeBytes });
  }
  for (const { first, count, sizeBytes } of byReason.values())
    lines.push(
      `  kept, ${counted(count, "run")}, ${sizeBytes} bytes: ${first}${count > 1 ? ", and others alike" : ""}`,
    );
  return lines;
}

export function runApplyText(result: RunApplyResult): string {
  const { status, plan, runs, filesRemoved, bytesRemoved, finished, forgotten } = result;
  return summary(`RunApplyResult of plan ${plan}: ${status}`, [
    `${counted(filesRemoved, "file")} of ${counted(runs, "run")} to the trash, ${bytesRemoved} bytes`,
    ...finished.map((id) => `finished the interrupted plan ${id}`),
    ...forgotten.map((id) => `forgot the gold store ${id}`),
  ]);
}

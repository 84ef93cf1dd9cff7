import { type PlannedDay, parsePlan, type RetentionPlan } from "../bronze/index.js";

/**
 * A plan as text for people: what, why, how many bytes, and what is refused.
 *
 * @throws BronzeError `RETENTION_INVALID` for what is no plan, or was changed; `PLAN_STALE` for one of version 1
 * @example
 * ```ts
 * console.log(describePlan(await retention.planPrune({ datasets: ["odds_raw"], olderThan: "P30D" })));
 * ```
 * @category Retention
 */
export function describePlan(plan: RetentionPlan): string {
  return planText(parsePlan(plan, "What is to be described"));
}

/** The same of a plan that is known to be one. */
export function planText(plan: RetentionPlan): string {
  const { rule, window, days, refused, bytes, certificate, pending } = plan;
  const lines = [`${rule} ${plan.id}: ${window}`];
  for (const id of pending) lines.push(`  finishes the interrupted plan ${id} first`);
  for (const day of days) lines.push(`  ${dayLine(day)}`);
  if (days.length === 0) lines.push("  nothing to remove");
  const reasons = new Map<string, { reason: string; count: number; sizeBytes: number }>();
  for (const { dataset, date, reason, sizeBytes } of refused) {
    // A day may have a hundred files of a dozen manifests; the plan has every name.
    const kind = reason.startsWith("named by ") ? "named" : reason;
    const known = reasons.get(`${dataset} ${date}: ${kind}`);
    reasons.set(`${dataset} ${date}: ${kind}`, {
      reason: known?.reason ?? `${dataset} ${date}: ${reason}`,
      count: (known?.count ?? 0) + 1,
      sizeBytes: (known?.sizeBytes ?? 0) + sizeBytes,
    });
  }
  for (const { reason, count, sizeBytes } of reasons.values()) {
    const more = count > 1 && reason.includes(": named by ") ? " and perhaps others" : "";
    lines.push(`  kept, ${files(count)}, ${sizeBytes} bytes: ${reason}${more}`);
  }
  lines.push(
    `  ${bytes.removed} bytes to the trash, ${bytes.added} bytes new, ${bytes.refused} bytes kept`,
    `  certificate: ${certificate.questions} questions of ${certificate.manifests} manifests and of seed ${certificate.seed} have the same answer before and after`,
  );
  return lines.join("\n");
}

function dayLine({ dataset, date, remove, outputs }: PlannedDay): string {
  const sizeBytes = remove.reduce((sum, file) => sum + file.sizeBytes, 0);
  const taken = `${dataset} ${date}: ${files(remove.length)}, ${sizeBytes} bytes`;
  const into = outputs.map(({ path, sizeBytes }) => `${path}, ${sizeBytes} bytes`);
  if (into.length > 0) return `${taken}, into ${into.join(" and ")}`;
  const whys = [...new Set(remove.map(({ why }) => why))];
  return `${taken} (${whys.slice(0, 3).join("; ")}${whys.length > 3 ? "; ..." : ""})`;
}

function files(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}

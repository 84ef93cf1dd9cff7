import { type PlannedDay, parsePlan, type RetentionPlan } from "../bronze/index.js";
import { lostOf } from "../trash/index.js";

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
  const lines = [`${rule} ${plan.id}: ${window}${plan.daysWithoutSlate ? ", also without a slate" : ""}`];
  for (const id of pending) lines.push(`  finishes the interrupted plan ${id} first`);
  for (const day of days) lines.push(`  ${dayLine(day)}`);
  if (days.length === 0) lines.push("  nothing to remove");
  const reasons = new Map<string, { reason: string; count: number; sizeBytes: number }>();
  for (const { dataset, date, reason, sizeBytes } of refused) {
    // A day may have a hundred files of a dozen manifests; the plan has every name.
    const kind = BY_MANIFEST.find((start) => reason.startsWith(start)) ?? reason;
    const known = reasons.get(`${dataset} ${date}: ${kind}`);
    reasons.set(`${dataset} ${date}: ${kind}`, {
      reason: known?.reason ?? `${dataset} ${date}: ${reason}`,
      count: (known?.count ?? 0) + 1,
      sizeBytes: (known?.sizeBytes ?? 0) + sizeBytes,
    });
  }
  for (const { reason, count, sizeBytes } of reasons.values()) {
    const isOfManifest = BY_MANIFEST.some((start) => reason.includes(`: ${start}`));
    const more = count > 1 && isOfManifest ? " and perhaps others" : "";
    lines.push(`  kept, ${files(count)}, ${sizeBytes} bytes: ${reason}${more}`);
  }
  lines.push(
    `  ${bytes.removed} bytes to the trash, ${bytes.added} bytes new, ${bytes.refused} bytes kept`,
    `  certificate: ${certificate.questions} questions of ${certificate.manifests} manifests and of seed ${certificate.seed} have the same answer before and after`,
  );
  return lines.join("\n");
}

/** How reasons begin that name one manifest of perhaps many. */
const BY_MANIFEST = ["named by ", "decides the answer of "];

function dayLine(day: PlannedDay): string {
  const { dataset, date, remove, outputs } = day;
  const sizeBytes = remove.reduce((sum, file) => sum + file.sizeBytes, 0);
  const into = outputs.map(({ path, sizeBytes }) => `${path}, ${sizeBytes} bytes`);
  const made = into.length > 0 ? `, into ${into.join(" and ")}` : "";
  const taken = `${dataset} ${date}: ${files(remove.length)}, ${sizeBytes} bytes${made}`;
  const whys = [...new Set(remove.filter((file) => lostOf(day, file).length > 0).map(({ why }) => why))];
  if (whys.length === 0) return taken;
  return `${taken} (${whys.slice(0, 3).join("; ")}${whys.length > 3 ? "; ..." : ""})`;
}

function files(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}

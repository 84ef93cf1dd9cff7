import { isColumnToken, type Place } from "../../dataset/index.js";
import type { Cell } from "../../table/index.js";

export function isOfRun({ values }: Pick<Place, "values">): boolean {
  return values.has("run");
}

/** The run of a file, where it says a time. */
export function timedRun({ values }: Pick<Place, "values">): string | undefined {
  const run = values.get("run");
  return typeof run === "string" && /^\d{8}T\d{6}Z$/.test(run) ? run : undefined;
}

/** What a file's path says beside its time: runs are compared with those of the same place. */
export function columnsOf({ template, values }: Pick<Place, "template" | "values">): Cell[] {
  return template.tokens.filter(isColumnToken).map((token) => values.get(token) ?? null);
}

import type { RetentionPlan } from "../../bronze/index.js";
import type { Kept } from "../kept/manifests.js";
import { packByKind, unpack } from "./compact-day.js";
import { type DayPlan, Draft } from "./day-draft.js";
import { pruneDay } from "./prune-day.js";
import type { SurveyedDay, SurveyedFile } from "./survey-day.js";

/** What a plan says of every day. */
type DayRules = Pick<RetentionPlan, "rule" | "hours" | "keep" | "daysWithoutSlate">;

/** Plans one day: which files are removed, which are kept and why. Equal trees give equal plans. */
export function planDay(surveyed: SurveyedDay, rules: DayRules, kept: Kept): DayPlan {
  const draft = new Draft(surveyed);
  switch (rules.rule) {
    case "into-day":
      packByKind(draft, freeFiles(draft, kept));
      break;
    case "into-files":
      for (const file of freeFiles(draft, kept)) unpack(draft, file);
      break;
    case "prune":
    case "last-run-of-hour":
      pruneDay(draft, { ...rules, rule: rules.rule }, kept);
      break;
    default:
      rules.rule satisfies never;
  }
  return draft.done();
}

/** The files that may lie in others: what manifests name by content moves with it. */
function freeFiles(draft: Draft, kept: Kept): SurveyedFile[] {
  return draft.surveyed.files.filter((file) => {
    const manifest = kept.heldBy(file.path);
    if (manifest !== undefined) draft.refuse(file, `named by ${manifest}`);
    else if (!file.parquet) draft.refuse(file, "it cannot be read, so nobody knows what it holds");
    return manifest === undefined && file.parquet !== undefined;
  });
}

import { buildCommand } from "@stricli/core";
import {
  argument,
  OUTPUT,
  type OutputFlags,
  switchFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { WINDOW, type WindowFlags, windowOf } from "../../arguments/window.js";
import type { Context } from "../../output/context.js";
import { PLAN, type PlanFlags, showPlan } from "./plan.js";

type Flags = TreeFlags & OutputFlags & WindowFlags & PlanFlags & { readonly undo?: boolean };

export const compact = buildCommand({
  async func(this: Context, { undo = false, ...flags }: Flags, ...datasets: string[]) {
    const window = windowOf(flags);
    const [{ openTree }, { retentionOf }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/retention-of.js"),
    ]);
    const retention = await retentionOf(await openTree(this.io, flags));
    const plan = await retention.planCompact({ datasets, ...window, into: undo ? "files" : "day" } as never);
    return showPlan(this, plan, flags);
  },
  parameters: {
    flags: {
      ...WINDOW,
      undo: switchFlag("make files of compacted days again"),
      ...PLAN,
      ...OUTPUT,
      ...TREE,
    },
    positional: { kind: "array", parameter: argument("DATASET", "names of datasets"), minimum: 1 },
  },
  docs: {
    brief: "plan to put the files of closed days into one: no answer changes",
    fullDescription:
      "Plans to put the files of a day into one. Every question has the answer it had. Nothing is changed until the plan is applied.",
    customUsage: ["--older-than 2d DATASET... [--output plan.json]"],
  },
});

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

type Flags = TreeFlags &
  OutputFlags &
  WindowFlags &
  PlanFlags & {
    readonly hours?: boolean;
    readonly daysWithoutSlate?: boolean;
    readonly firstOfHour?: boolean;
  };

export const prune = buildCommand({
  async func(this: Context, flags: Flags, ...datasets: string[]) {
    const window = windowOf(flags);
    const [{ openTree }, { retentionOf }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/retention-of.js"),
    ]);
    const retention = await retentionOf(await openTree(this.io, flags));
    const { hours, daysWithoutSlate, firstOfHour } = flags;
    const plan = await retention.planPrune({
      datasets,
      ...window,
      ...(hours && { hours }),
      ...(daysWithoutSlate && { daysWithoutSlate }),
      ...(firstOfHour && { firstOfHour }),
    } as never);
    return showPlan(this, plan, flags);
  },
  parameters: {
    flags: {
      ...WINDOW,
      hours: switchFlag("files of hours go too, which no run made"),
      daysWithoutSlate: switchFlag("days go too that no slate was frozen from"),
      firstOfHour: switchFlag("the first run of each UTC hour stays"),
      ...PLAN,
      ...OUTPUT,
      ...TREE,
    },
    positional: { kind: "array", parameter: argument("DATASET", "names of datasets"), minimum: 1 },
  },
  docs: {
    brief: "plan to lose history that no frozen slate needs",
    fullDescription:
      "Plans which runs of past days go: those that no frozen slate's answer needs. Nothing is changed until the plan is applied,\n" +
      "and what goes lies in the trash, from which restore takes it back.",
    customUsage: ["--older-than 30d DATASET... [--output plan.json]"],
  },
});

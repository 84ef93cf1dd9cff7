import { buildCommand } from "@stricli/core";
import { argument, requiredFlag } from "../../arguments/flags.js";
import type { Context } from "../../output/context.js";
import { FREEZING, type FreezingFlags, freezeBy } from "./freezing.js";

type Flags = FreezingFlags & { readonly from: string; readonly to: string };

export const backfill = buildCommand({
  func(this: Context, { from, to, ...flags }: Flags, module?: string) {
    return freezeBy(this, flags, module, { from, to });
  },
  parameters: {
    flags: {
      from: requiredFlag("first day, YYYY-MM-DD", "DATE"),
      to: requiredFlag("last day, YYYY-MM-DD", "DATE"),
      ...FREEZING,
    },
    positional: {
      kind: "tuple",
      parameters: [
        { ...argument("MODULE", "module that exports build; default: the config's"), optional: true },
      ],
    },
  },
  docs: {
    brief: "freeze the slates of past days",
    fullDescription:
      "Freezes each event of a range of days that is not frozen yet. Can be stopped and run again. Exits with 1 where one failed.",
  },
});

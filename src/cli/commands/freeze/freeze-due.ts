import { buildCommand } from "@stricli/core";
import { argument } from "../../arguments/flags.js";
import type { Context } from "../../output/context.js";
import { FREEZING, type FreezingFlags, freezeBy } from "./freezing.js";

export const freezeDue = buildCommand({
  func(this: Context, flags: FreezingFlags, module?: string) {
    return freezeBy(this, flags, module);
  },
  parameters: {
    flags: FREEZING,
    positional: {
      kind: "tuple",
      parameters: [
        { ...argument("MODULE", "module that exports build; default: the config's"), optional: true },
      ],
    },
  },
  docs: {
    brief: "freeze every slate whose cutoff has come",
    fullDescription:
      "Freezes each event of the config's schedule whose cutoff has come and that is not frozen yet. Exits with 1 where one failed.",
  },
});

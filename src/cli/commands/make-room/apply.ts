import { buildCommand } from "@stricli/core";
import { argument, OUTPUT, type OutputFlags, TREE, type TreeFlags } from "../../arguments/flags.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { showAnswer } from "../../output/show-answer.js";

export const apply = buildCommand({
  async func(this: Context, flags: TreeFlags & OutputFlags, path: string) {
    const [{ openTree }, { retentionOf }, { readJson }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/retention-of.js"),
      import("../../open/user-files.js"),
    ]);
    const plan = await readJson(this.io.cwd, path);
    const retention = await retentionOf(await openTree(this.io, flags));
    const done = await retention.apply(plan as never);
    notes(this, [...String(done).split("\n"), `To take it back: bronzestore restore ${done.plan}`]);
    const row = { ...done } as unknown as Row;
    return showAnswer(this.io, answerOfRows(Object.keys(row), [row], done), flags);
  },
  parameters: {
    flags: { ...OUTPUT, ...TREE },
    positional: { kind: "tuple", parameters: [argument("PLAN", "file that compact or prune wrote")] },
  },
  docs: {
    brief: "carry out a plan of compact or prune",
    fullDescription:
      "Carries a plan out, after checking all of it against the tree again. What goes lies in the trash. Interrupted, do it again.",
  },
});

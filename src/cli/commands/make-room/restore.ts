import { buildCommand } from "@stricli/core";
import { argument, OUTPUT, type OutputFlags, TREE, type TreeFlags } from "../../arguments/flags.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { showAnswer } from "../../output/show-answer.js";

export const restore = buildCommand({
  async func(this: Context, flags: TreeFlags & OutputFlags, plan: string) {
    const [{ openTree }, { retentionOf }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/retention-of.js"),
    ]);
    const retention = await retentionOf(await openTree(this.io, flags));
    const done = await retention.restore(plan);
    notes(this, String(done).split("\n"));
    const row = { ...done } as unknown as Row;
    return showAnswer(this.io, answerOfRows(Object.keys(row), [row], done), flags);
  },
  parameters: {
    flags: { ...OUTPUT, ...TREE },
    positional: {
      kind: "tuple",
      parameters: [argument("ID", "of the plan: 16 hex digits, which apply says")],
    },
  },
  docs: { brief: "take a plan back, while its files are in the trash" },
});

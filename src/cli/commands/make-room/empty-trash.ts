import { buildCommand } from "@stricli/core";
import { OUTPUT, type OutputFlags, requiredFlag, TREE, type TreeFlags } from "../../arguments/flags.js";
import { isoDuration } from "../../arguments/instants.js";
import { answerOfRows } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { showAnswer } from "../../output/show-answer.js";

export const emptyTrash = buildCommand({
  async func(this: Context, flags: TreeFlags & OutputFlags & { readonly olderThan: string }) {
    const [{ openTree }, { retentionOf }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/retention-of.js"),
    ]);
    const retention = await retentionOf(await openTree(this.io, flags));
    const done = await retention.emptyTrash({ olderThan: isoDuration(flags.olderThan) });
    notes(this, String(done).split("\n"));
    const { plans, left, givenBack } = done;
    const rows = [
      ...plans.map((plan) => ({ plan, status: "deleted" })),
      ...left.map((plan) => ({ plan, status: givenBack.includes(plan) ? "given back" : "left" })),
    ];
    return showAnswer(this.io, answerOfRows(["plan", "status"], rows, done), flags);
  },
  parameters: {
    flags: {
      olderThan: requiredFlag("what went there at least so long ago, a day or more: 14d, P14D", "DURATION"),
      ...OUTPUT,
      ...TREE,
    },
  },
  docs: {
    brief: "delete for good what plans moved to the trash long ago",
    fullDescription:
      "Deletes the files of plans that were applied long enough ago, after reading every manifest again: what one needs is given back. " +
      "What is deleted cannot be restored. Interrupted, do it again.",
  },
});

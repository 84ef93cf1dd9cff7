import { buildCommand } from "@stricli/core";
import { pathFrom, writeOutput } from "../../../storage/index.js";
import {
  FROM_TO,
  type FromToFlags,
  flagOf,
  requiredFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { rangeOf } from "../../arguments/question.js";
import { type Context, notes } from "../../output/context.js";

type Flags = TreeFlags & FromToFlags & { readonly output: string; readonly title?: string };

export const reportCommand = buildCommand({
  async func(this: Context, flags: Flags, ...datasets: string[]) {
    const [{ doctorOf, goldOf, openOrGuess }, { eventsOf }, { report }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/events-of.js"),
      import("bronzestore/report"),
    ]);
    const tree = await openOrGuess(this.io, flags);
    const page = await report({
      bronze: tree.bronze,
      ...rangeOf(flags),
      ...(flags.title !== undefined && { title: flags.title }),
      ...(datasets.length > 0 && { datasets }),
      events: await eventsOf(this.io, tree),
      ...(tree.config?.gold && { gold: await goldOf(tree) }),
      ...(tree.config && { diagnose: await doctorOf(tree) }),
    });
    const file = pathFrom(this.io.cwd, flags.output);
    await writeOutput(file, page);
    notes(this, [`Wrote ${flags.output}; open it in a browser.`]);
  },
  parameters: {
    flags: {
      output: requiredFlag("the file to write", "FILE"),
      title: flagOf("what the page is called; default: where the tree lies", "TEXT"),
      ...FROM_TO,
      ...TREE,
    },
    aliases: { o: "output" },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "DATASET", brief: "names of datasets; default: all" },
    },
  },
  docs: {
    brief: "one HTML file to look at: what was captured, known and changed when, and why",
    fullDescription:
      "Works without a config too. Frozen slates are verified and shown where the config has gold, and the games of its schedule.",
  },
});

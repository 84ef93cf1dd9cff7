import { buildCommand } from "@stricli/core";
import {
  FROM_TO,
  type FromToFlags,
  flagOf,
  TREE,
  type TreeFlags,
  wholeNumberFlag,
} from "../../arguments/flags.js";
import { isoDuration } from "../../arguments/instants.js";
import { rangeOf } from "../../arguments/question.js";
import { type Context, notes } from "../../output/context.js";

type Flags = TreeFlags &
  FromToFlags & { readonly title?: string; readonly port?: number; readonly listEvery?: string };

export const ui = buildCommand({
  async func(this: Context, { title, port, listEvery, ...flags }: Flags, ...datasets: string[]) {
    const [{ doctorOf, goldOf, openOrGuess }, { eventsOf }, { serve }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/events-of.js"),
      import("bronzestore/report"),
    ]);
    // Reads go on as long as it is looked at: there is no end that a line of progress could tell.
    const { stderr } = this.io;
    const io = { ...this.io, stderr: { write: (chunk: string | Uint8Array) => stderr.write(chunk) } };
    const tree = await openOrGuess(io, flags);
    const server = await serve({
      bronze: tree.bronze,
      ...rangeOf(flags),
      ...(title !== undefined && { title }),
      ...(port !== undefined && { port }),
      ...(listEvery !== undefined && { listEvery: isoDuration(listEvery) }),
      ...(datasets.length > 0 && { datasets }),
      events: await eventsOf(io, tree),
      ...(tree.config?.gold && { gold: await goldOf(tree) }),
      ...(tree.config && { diagnose: await doctorOf(tree) }),
    });
    this.io.stdout.write(`${server.url}\n`);
    notes(this, ["Open this link in a browser, once; Ctrl-C ends the page."]);
    await this.io.untilAsked?.();
    await server.close();
  },
  parameters: {
    flags: {
      port: wholeNumberFlag("port of 127.0.0.1; default: one that is free", "N"),
      listEvery: flagOf(
        "how often the tree is listed to see changes; default: 1m on a disk, which tells of them too, else 5s",
        "DURATION",
      ),
      title: flagOf("what the page is called; default: where the tree lies", "TEXT"),
      ...FROM_TO,
      ...TREE,
    },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "DATASET", brief: "names of datasets; default: all" },
    },
  },
  docs: {
    brief: "the page of report, live: what it shows follows the tree",
    fullDescription:
      "Serves the page to one browser of this computer, until it is asked to end. Works without a config too. A day is answered when it is opened, and the slates of that day are verified then.",
  },
});

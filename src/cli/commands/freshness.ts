import { buildCommand } from "@stricli/core";
import { argument, flagOf, OUTPUT, type OutputFlags, TREE, type TreeFlags } from "../arguments/flags.js";
import { instantText } from "../arguments/instants.js";
import { answerOfRows } from "../output/answer.js";
import type { Context } from "../output/context.js";
import { EXIT } from "../output/io.js";
import { showAnswer } from "../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & { readonly at?: string };

export const freshness = buildCommand({
  async func(this: Context, { at, ...flags }: Flags, ...datasets: string[]) {
    const { openTree } = await import("../open/open.js");
    const { bronze, clock } = await openTree(this.io, flags);
    const found = await bronze.freshness({
      at: instantText(at ?? "now", "--at", clock()),
      ...(datasets.length > 0 && { datasets }),
    });
    if (found.datasets.some(({ status }) => status === "error")) this.exitCode = EXIT.found;
    const rows = found.datasets.map((own) => ({ ...own }));
    return showAnswer(this.io, answerOfRows(COLUMNS, rows, found), flags);
  },
  parameters: {
    flags: { at: flagOf("the instant to ask at; default: now", "INSTANT"), ...OUTPUT, ...TREE },
    positional: { kind: "array", parameter: argument("DATASET", "names of datasets; default: all") },
  },
  docs: {
    brief: "how old the newest row of each dataset is",
    fullDescription:
      "Shows how old the newest row of each dataset is. Exits with 1 where one is past its error limit.",
  },
});

const COLUMNS = [
  "dataset",
  "status",
  "newest",
  "ageSeconds",
  "readFrom",
  "proven",
  "filesRead",
  "filesDecoded",
];

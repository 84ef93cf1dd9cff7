import { buildCommand } from "@stricli/core";
import type { Coverage } from "bronzestore";
import { pathFrom } from "../../storage/index.js";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
} from "../arguments/flags.js";
import { instantText } from "../arguments/instants.js";
import { usage } from "../arguments/usage.js";
import { answerOfRows } from "../output/answer.js";
import { type Context, notes } from "../output/context.js";
import { EXIT } from "../output/io.js";
import { showAnswer } from "../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & FromToFlags & { readonly at?: string; readonly prom?: string };

export const freshness = buildCommand({
  async func(this: Context, { at, prom, from, to, ...flags }: Flags, ...datasets: string[]) {
    const [{ openTree }, { library }] = await Promise.all([
      import("../open/open.js"),
      import("../open/library.js"),
    ]);
    if ((from === undefined) !== (to === undefined) || (from !== undefined && prom === undefined))
      throw usage("--from and --to go together, and with --prom FILE: they add the coverage of these days.");
    const { bronze, clock } = await openTree(this.io, flags);
    const found = await bronze.freshness({
      at: instantText(at ?? "now", "--at", clock()),
      ...(datasets.length > 0 && { datasets }),
    });
    if (prom !== undefined) {
      const coverage: Coverage[] = [];
      const isDated = ({ dataset }: { readonly dataset: string }) => bronze.dataset(dataset).isDated;
      if (from !== undefined && to !== undefined)
        for (const { dataset } of found.datasets.filter(isDated))
          coverage.push(await bronze.coverage(dataset, { from, to }));
      const { writePrometheus } = await library();
      await writePrometheus(pathFrom(this.io.cwd, prom), {
        freshness: found,
        ...(coverage.length > 0 && { coverage }),
      });
      notes(this, [`Wrote ${prom}.`]);
    }
    if (found.datasets.some(({ status }) => status === "error")) this.exitCode = EXIT.found;
    const rows = found.datasets.map((own) => ({ ...own }));
    return showAnswer(this.io, answerOfRows(COLUMNS, rows, found), flags);
  },
  parameters: {
    flags: {
      at: flagOf("the instant to ask at; default: now", "INSTANT"),
      prom: flagOf("write a text file for Prometheus too", "FILE"),
      ...FROM_TO,
      ...OUTPUT,
      ...TREE,
    },
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

import { buildCommand } from "@stricli/core";
import type { BronzeError, BronzeStore, Coverage, DatasetFreshness } from "bronzestore";
import type { AnyDataset } from "../../../dataset/index.js";
import { pathFrom } from "../../../storage/index.js";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { instantText } from "../../arguments/instants.js";
import { usage } from "../../arguments/usage.js";
import type { Library } from "../../open/library.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { EXIT } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & FromToFlags & { readonly at?: string; readonly prom?: string };

export const freshness = buildCommand({
  async func(this: Context, { at, prom, from, to, ...flags }: Flags, ...datasets: string[]) {
    const [{ openTree }, lib] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/library.js").then(({ library }) => library()),
    ]);
    if ((from === undefined) !== (to === undefined) || (from !== undefined && prom === undefined))
      throw usage("--from and --to go together, and with --prom FILE: they add the coverage of these days.");
    const { bronze, clock } = await openTree(this.io, flags);
    const names = datasets.length > 0 ? datasets : bronze.datasets.map(({ name }) => name);
    const found = await freshnessOf(lib, bronze, names, instantText(at ?? "now", "--at", clock()));
    notes(
      this,
      found.unreadable.map(({ dataset, error }) => `${dataset} cannot be read: ${error.message}`),
    );
    // Metrics that leave a dataset out would look as if there were none.
    if (prom !== undefined && found.unreadable[0]) throw found.unreadable[0].error;
    if (prom !== undefined) {
      const coverage: Coverage[] = [];
      const isDated = ({ dataset }: { readonly dataset: string }) => bronze.dataset(dataset).isDated;
      if (from !== undefined && to !== undefined)
        for (const { dataset } of found.datasets.filter(isDated))
          coverage.push(await bronze.coverage(dataset, { from, to }));
      await lib.writePrometheus(pathFrom(this.io.cwd, prom), {
        freshness: found,
        ...(coverage.length > 0 && { coverage }),
      });
      notes(this, [`Wrote ${prom}.`]);
    }
    const isFound = found.datasets.some(({ status }) => status === "error") || found.unreadable.length > 0;
    if (isFound) this.exitCode = EXIT.found;
    const unreadable = found.unreadable.map(({ dataset, error: { code, message } }) => ({
      dataset,
      code,
      message,
    }));
    const rows: Row[] = [
      ...found.datasets.map((own) => ({ ...own })),
      ...unreadable.map(({ dataset }) => ({ dataset, status: "unreadable" })),
    ];
    const json = { at: found.at, datasets: found.datasets, ...(unreadable.length > 0 && { unreadable }) };
    return showAnswer(this.io, answerOfRows(COLUMNS, rows, json), flags);
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
      "Shows how old the newest row of each dataset is. Exits with 1 where one is past its error limit, or cannot be read.",
  },
});

interface SomeFreshness {
  readonly at: string;
  readonly datasets: readonly DatasetFreshness[];
  readonly unreadable: readonly { readonly dataset: string; readonly error: BronzeError }[];
}

/** Where one cannot be read the others are asked all the same. */
async function freshnessOf(
  { isBronzeError }: Library,
  bronze: BronzeStore<readonly AnyDataset[]>,
  names: readonly string[],
  at: string,
): Promise<SomeFreshness> {
  const unreadable: { dataset: string; error: BronzeError }[] = [];
  const datasets: DatasetFreshness[] = [];
  for (const name of names) {
    try {
      datasets.push(...(await bronze.freshness({ at, datasets: [name] })).datasets);
    } catch (error) {
      if (!isBronzeError(error) || error.code === "UNKNOWN_DATASET") throw error;
      unreadable.push({ dataset: name, error });
    }
  }
  return { at, datasets, unreadable };
}

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

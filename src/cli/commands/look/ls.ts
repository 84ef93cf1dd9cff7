import { buildCommand } from "@stricli/core";
import {
  argument,
  FROM_TO,
  type FromToFlags,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { rangeOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { answerOfRows } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { showAnswer } from "../../output/show-answer.js";

export const ls = buildCommand({
  async func(this: Context, flags: TreeFlags & OutputFlags & FromToFlags, dataset?: string) {
    const { openOrGuess } = await import("../../open/open.js");
    const { bronze, config } = await openOrGuess(this.io, flags, dataset);
    const range = rangeOf(flags);
    if (dataset !== undefined) {
      const { isDated } = bronze.dataset(dataset);
      if (!isDated) throw usage(`"${dataset}" does not lie by days: show ${dataset} has all of it.`);
      const dates = await bronze.dates(dataset, range);
      return showAnswer(
        this.io,
        answerOfRows(
          ["date"],
          dates.map((date) => ({ date })),
        ),
        flags,
      );
    }
    const names =
      config?.datasets.map(({ name }) => name) ??
      String(bronze)
        .split("\n")
        .slice(1)
        .map((line) => line.trim().split(" ")[0]!);
    const rows = [];
    for (const name of names) {
      const own = bronze.dataset(name);
      const dates = own.isDated ? await bronze.dates(name, range) : [];
      rows.push({
        dataset: name,
        days: own.isDated ? dates.length : null,
        first: dates[0] ?? null,
        last: dates.at(-1) ?? null,
        key: own.key.join(", "),
        files: own.partitionIs,
        zone: own.timeZone,
        folder: own.folder,
      });
    }
    return showAnswer(this.io, answerOfRows(COLUMNS, rows), flags);
  },
  parameters: {
    flags: { ...FROM_TO, ...OUTPUT, ...TREE },
    positional: {
      kind: "tuple",
      parameters: [{ ...argument("DATASET", "its days; default: all datasets"), optional: true }],
    },
  },
  docs: {
    brief: "the datasets there are, or the days of one",
    fullDescription:
      "Lists datasets, or the days of one. Without a config the layout of the folder is guessed, and stderr says what was guessed.",
  },
});

const COLUMNS = ["dataset", "days", "first", "last", "key", "files", "zone", "folder"];

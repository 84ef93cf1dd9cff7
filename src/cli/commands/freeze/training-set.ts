import { buildCommand } from "@stricli/core";
import {
  argument,
  flagOf,
  OUTPUT,
  type OutputFlags,
  requiredFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { answerOfRows } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags &
  OutputFlags & {
    readonly from: string;
    readonly to: string;
    readonly snapshot: string;
    readonly on: string;
    readonly trainEnd: string;
    readonly valEnd: string;
    readonly runId?: string;
  };

export const trainingSet = buildCommand({
  async func(this: Context, flags: Flags, version: string, module: string) {
    const [{ goldOf, openTree }, { labelsOf }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/builder-of.js"),
    ]);
    const { from, to, snapshot, on, trainEnd, valEnd, runId } = flags;
    const gold = await goldOf(await openTree(this.io, flags));
    const done = await gold.trainingSet({
      version,
      labels: await labelsOf(this.io.cwd, module),
      from,
      to,
      snapshot,
      on: on.split(",").map((name) => name.trim()),
      splits: { trainEnd, valEnd },
      ...(runId !== undefined && { run: { id: runId } }),
    });
    notes(this, String(done).split("\n"));
    const { train, val, test } = done.manifest.files;
    const rows = Object.entries({ train, val, test }).map(([split, { slates, rows, path, sha256 }]) => ({
      split,
      slates,
      rows,
      path,
      sha256,
    }));
    return showAnswer(
      this.io,
      answerOfRows(["split", "slates", "rows", "path", "sha256"], rows, done),
      flags,
    );
  },
  parameters: {
    flags: {
      from: requiredFlag("first slate date, YYYY-MM-DD", "DATE"),
      to: requiredFlag("last slate date, YYYY-MM-DD", "DATE"),
      snapshot: requiredFlag("snapshot type of the slates that are the features: lock", "TYPE"),
      on: requiredFlag("columns that features and labels share, with commas between", "NAMES"),
      trainEnd: requiredFlag("slates up to this date train", "DATE"),
      valEnd: requiredFlag("later ones up to this date validate, the rest test", "DATE"),
      runId: flagOf("the run that writes it", "ID"),
      ...OUTPUT,
      ...TREE,
    },
    positional: {
      kind: "tuple",
      parameters: [
        argument("VERSION", "name to write it under, once: v1"),
        argument("MODULE", "module that exports labels: a list of rows, or a function of a slate's manifest"),
      ],
    },
  },
  docs: {
    brief: "join frozen slates with labels, split by date, written once",
    fullDescription:
      "Joins frozen slates with labels and writes a training set, split by slate date. The same again changes nothing; " +
      "anything else under the same version is refused.",
  },
});

import { buildCommand } from "@stricli/core";
import {
  argument,
  BOUNDS,
  type BoundsFlags,
  DAYS,
  type DaysFlags,
  OUTPUT,
  type OutputFlags,
  READING,
  type ReadingFlags,
  requiredFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { instantText } from "../../arguments/instants.js";
import { keyArgument } from "../../arguments/key.js";
import { boundsOf, readingOf, spanOf } from "../../arguments/question.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { noteLeftOut } from "../../output/left-out.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & DaysFlags & ReadingFlags & BoundsFlags & { readonly asOf: string };

export const explain = buildCommand({
  async func(this: Context, flags: Flags, ...given: string[]) {
    const [dataset, date, ...pairs] = given as [string, string, ...string[]];
    const { openTree } = await import("../../open/open.js");
    const { bronze, clock } = await openTree(this.io, flags);
    const cutoff = instantText(flags.asOf, "--as-of", clock());
    const key = keyArgument(bronze.dataset(dataset), pairs, clock());
    const timeline = await bronze.timeline(dataset, { ...spanOf(date, flags), ...readingOf(flags) });
    const bounds = boundsOf(flags, cutoff, clock());
    const why = timeline.explain(key as never, cutoff, bounds);
    // Its first line is the outcome; the rows below say the rest.
    notes(this, [String(why).split("\n")[0]!]);
    await noteLeftOut(this, flags, () => timeline.at(cutoff, bounds).provenance);
    const json = why.toJSON() as unknown as {
      readonly winner: Version | null;
      readonly losers: readonly Version[];
    };
    const versions = [...(json.winner ? [{ ...json.winner, rule: "won" }] : []), ...json.losers];
    const columns = [...bronze.dataset(dataset).columns.keys()].filter((name) => !(name in key));
    const rows = versions.map(({ row, ...place }) => ({ ...row, ...place }) as Row);
    return showAnswer(this.io, answerOfRows(["rule", ...TIMES, ...columns, ...PLACE], rows, json), flags);
  },
  parameters: {
    flags: {
      asOf: requiredFlag("the instant that is asked about", "INSTANT"),
      ...BOUNDS,
      ...DAYS,
      ...READING,
      ...OUTPUT,
      ...TREE,
    },
    positional: {
      kind: "array",
      parameter: argument(
        "DATASET DATE COLUMN=VALUE",
        "dataset, domain date, and a value for each key column",
      ),
      minimum: 2,
    },
  },
  docs: {
    brief: "why a key has the row it has at an instant, or none",
    customUsage: ["--as-of INSTANT DATASET DATE COLUMN=VALUE..."],
  },
});

const TIMES = ["effective", "ingested"];
const PLACE = ["file", "rowInFile"];

interface Version {
  readonly row: Row;
  readonly rule: string;
}

import { buildCommand } from "@stricli/core";
import { counted } from "../../../shown.js";
import {
  argument,
  DAYS,
  type DaysFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  READING,
  type ReadingFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { keyArgument } from "../../arguments/key.js";
import { boundsOf, readingOf, spanOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { note } from "../../output/io.js";
import { noteLeftOut } from "../../output/left-out.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags & OutputFlags & DaysFlags & ReadingFlags & { readonly knownBy?: string };

export const history = buildCommand({
  async func(this: Context, flags: Flags, ...given: string[]) {
    const [dataset, date, ...pairs] = given as [string, string, ...string[]];
    if (flags.knownBy === "cutoff") throw usage("A history has no cutoff: give --known-by an instant.");
    const { openTree } = await import("../../open/open.js");
    const { bronze, clock } = await openTree(this.io, flags);
    const key = keyArgument(bronze.dataset(dataset), pairs, clock());
    const timeline = await bronze.timeline(dataset, { ...spanOf(date, flags), ...readingOf(flags) });
    const { knownBy } = boundsOf(flags, undefined, clock());
    const versions = timeline.history(key as never, knownBy === undefined ? {} : { knownBy });
    // An explanation at the end of time has the same rows, with each cell as JSON has it.
    const { winner, losers } = timeline.explain(key as never, LAST).toJSON() as unknown as Explained;
    const rowOf = new Map([...(winner ? [winner] : []), ...losers].map((own) => [placeOf(own), own]));
    const rows = versions.map((version) => {
      const { row, rule: _, ...place } = rowOf.get(placeOf(version))!;
      return { ...row, ...place } as Row;
    });
    note(this.io, `${counted(rows.length, "row")} of ${dataset} with this key, oldest first.`);
    await noteLeftOut(this, flags, () => timeline.at(LAST).provenance);
    const columns = [...bronze.dataset(dataset).columns.keys()].filter((name) => !(name in key));
    return showAnswer(
      this.io,
      answerOfRows(["effective", ...columns, "byFallback", "file", "rowInFile"], rows),
      flags,
    );
  },
  parameters: {
    flags: {
      knownBy: flagOf("only rows captured by then", "INSTANT"),
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
  docs: { brief: "every row of a key, oldest first", customUsage: ["DATASET DATE COLUMN=VALUE..."] },
});

const LAST = 2n ** 63n - 1n;

interface Explained {
  readonly winner: Version | null;
  readonly losers: readonly Version[];
}

interface Version extends Place {
  readonly row: Row;
  readonly rule?: string;
}

interface Place {
  readonly file: string;
  readonly rowInFile: number;
}

function placeOf({ file, rowInFile }: Place): string {
  return `${rowInFile} ${file}`;
}

import { buildCommand } from "@stricli/core";
import {
  argument,
  BOUNDS,
  type BoundsFlags,
  COLUMNS,
  type ColumnsFlags,
  DAYS,
  type DaysFlags,
  READING,
  type ReadingFlags,
  requiredFlag,
  switchFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { instantText } from "../../arguments/instants.js";
import { boundsOf, columnsOf, readingOf, spanOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { type Context, notes } from "../../output/context.js";
import { noteLeftOut } from "../../output/left-out.js";

type Flags = TreeFlags &
  DaysFlags &
  ReadingFlags &
  BoundsFlags &
  ColumnsFlags & {
    readonly asOf: string;
    readonly dialect: string;
    readonly at: string;
    readonly counts?: boolean;
  };

export const sql = buildCommand({
  async func(this: Context, flags: Flags, dataset: string, date?: string) {
    const { openTree } = await import("../../open/open.js");
    const { bronze, clock } = await openTree(this.io, flags);
    const cutoff = instantText(flags.asOf, "--as-of", clock());
    const columns = columnsOf(flags);
    const { dialects } = await import("bronzestore/sql");
    if (!Object.hasOwn(dialects, flags.dialect))
      throw usage(`--dialect is "${flags.dialect}"; it must be ${Object.keys(dialects).join(" or ")}.`);
    const { knownBy, maxAge } = boundsOf(flags, cutoff, clock());
    const asked = {
      ...(maxAge !== undefined && { maxAge }),
      ...(columns && { columns }),
      ...readingOf(flags),
      ...(date !== undefined && spanOf(date, flags)),
    };
    const known = { ...(knownBy !== undefined && { knownBy }) };
    const place = { dialect: Reflect.get(dialects, flags.dialect), root: flags.at, cutoff };
    const question = await bronze.sql(dataset, { ...place, ...known, ...asked } as never);
    notes(this, String(question).split("\n"));
    // Statements do not say what they go without: the answer does.
    await noteLeftOut(
      this,
      flags,
      async () => (await bronze.asOf(cutoff, known).read(dataset, asked as never)).provenance,
    );
    const { setup, query, teardown } = flags.counts ? question.counts : question.answer;
    for (const statement of [...setup, query, ...teardown]) this.io.stdout.write(`${statement};\n`);
  },
  parameters: {
    flags: {
      asOf: requiredFlag("the instant it is asked at", "INSTANT"),
      dialect: requiredFlag("the engine that the statements are for: duckdb, ...", "NAME"),
      at: requiredFlag(
        "the root of the tree as that engine names it: a folder, or s3://bucket/prefix",
        "ADDRESS",
      ),
      counts: switchFlag("what provenance counts, in place of the rows"),
      ...BOUNDS,
      ...DAYS,
      ...READING,
      ...COLUMNS,
      ...TREE,
    },
    positional: {
      kind: "tuple",
      parameters: [
        argument("DATASET", "name of a dataset"),
        { ...argument("DATE", "day to read, YYYY-MM-DD"), optional: true },
      ],
    },
  },
  docs: {
    brief: "the statements by which an engine gives what held at an instant",
    fullDescription:
      "The library plans which files and rows count; the statements are right as long as these files are there.",
  },
});

import { buildCommand } from "@stricli/core";
import {
  argument,
  COLUMNS,
  type ColumnsFlags,
  DAYS,
  type DaysFlags,
  FROM_TO,
  type FromToFlags,
  flagOf,
  OUTPUT,
  type OutputFlags,
  READING,
  type ReadingFlags,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { isoDuration } from "../../arguments/instants.js";
import { columnsOf, readingOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { answerOfRows } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { noteLeftOut } from "../../output/left-out.js";
import { showAnswer } from "../../output/show-answer.js";

const AXES = ["valid", "known", "both"] as const;

type Flags = TreeFlags &
  OutputFlags &
  FromToFlags &
  DaysFlags &
  ReadingFlags &
  ColumnsFlags & {
    readonly axes?: (typeof AXES)[number];
    readonly maxAge?: string;
    readonly folder?: string;
  };

export const exportCommand = buildCommand({
  async func(this: Context, flags: Flags, dataset: string) {
    const { openTree } = await import("../../open/open.js");
    const { bronze } = await openTree(this.io, flags);
    const { from, to, axes = "both", maxAge, folder, lookback } = flags;
    if (bronze.dataset(dataset).isDated && (from === undefined || to === undefined))
      throw usage(`"${dataset}" lies by days: say --from DATE and --to DATE.`);
    const columns = columnsOf(flags);
    const span = {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(lookback !== undefined && { lookbackDays: lookback }),
      ...(columns && { columns }),
      ...readingOf(flags),
    };
    const done = await bronze.exportVersions(dataset, span as never, {
      axes,
      ...(maxAge !== undefined && { maxAge: isoDuration(maxAge) }),
      ...(folder !== undefined && { folder }),
    });
    notes(this, String(done).split("\n"));
    const { skipped, pruned } = done.manifest.made_from;
    await noteLeftOut(this, flags, () => ({ filesSkipped: skipped, filesPruned: pruned }));
    const rows = done.manifest.files.map(({ name, rows, size_bytes, sha256 }) => ({
      path: `${done.path}/${name}`,
      rows,
      sizeBytes: size_bytes,
      sha256,
    }));
    return showAnswer(this.io, answerOfRows(["path", "rows", "sizeBytes", "sha256"], rows, done), flags);
  },
  parameters: {
    flags: {
      ...FROM_TO,
      axes: { kind: "enum", values: AXES, optional: true, brief: "whose intervals rows have; default: both" },
      maxAge: flagOf("rows hold at most so long: 6h, PT6H", "DURATION"),
      folder: flagOf("folder below the root; default: versions", "FOLDER"),
      ...DAYS,
      ...READING,
      ...COLUMNS,
      ...OUTPUT,
      ...TREE,
    },
    positional: { kind: "tuple", parameters: [argument("DATASET", "name of a dataset")] },
  },
  docs: {
    brief: "write all answers about some days as a table, for any SQL engine",
    fullDescription:
      "Writes a versions table into the tree: each row with the times from when to when it holds. Made again it is the same.",
  },
});

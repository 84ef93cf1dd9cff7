import { buildCommand } from "@stricli/core";
import {
  argument,
  BOUNDS,
  type BoundsFlags,
  COLUMNS,
  type ColumnsFlags,
  DAYS,
  type DaysFlags,
  ENGINE,
  type EngineFlags,
  OUTPUT,
  type OutputFlags,
  READING,
  type ReadingFlags,
  requiredFlag,
  TREE,
  type TreeFlags,
} from "../../arguments/flags.js";
import { instantText } from "../../arguments/instants.js";
import { boundsOf, columnsOf, readingOf, spanOf } from "../../arguments/question.js";
import { usage } from "../../arguments/usage.js";
import { onEngine } from "../../open/on-engine.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import type { Context } from "../../output/context.js";
import { note } from "../../output/io.js";
import { noteLeftOut } from "../../output/left-out.js";
import { showAnswer } from "../../output/show-answer.js";

type Flags = TreeFlags &
  OutputFlags &
  DaysFlags &
  ReadingFlags &
  BoundsFlags &
  ColumnsFlags &
  EngineFlags & { readonly from: string; readonly to: string };

export const diff = buildCommand({
  async func(this: Context, flags: Flags, dataset: string, date: string) {
    const { openTree } = await import("../../open/open.js");
    const tree = await openTree(this.io, flags);
    const { bronze, clock } = tree;
    const [from, to] = [instantText(flags.from, "--from", clock()), instantText(flags.to, "--to", clock())];
    const columns = columnsOf(flags);
    const days = { ...spanOf(date, flags), ...readingOf(flags), ...(columns && { columns }) };
    const bounds = boundsOf(flags, to, clock());
    const timeline = flags.engine === undefined ? await bronze.timeline(dataset, days as never) : undefined;
    if (!timeline && (flags.onCorrupt || flags.acceptPruned))
      throw usage(
        "--on-corrupt and --accept-pruned do not go with --engine: it names no file that is left out.",
      );
    const changes = timeline
      ? timeline.diff(from, to, bounds)
      : await (await onEngine(tree, flags.engine!))
          .diff(dataset, from, to, { ...days, ...bounds } as never)
          .read();
    note(this.io, String(changes).split("\n")[0]!);
    if (timeline) await noteLeftOut(this, flags, () => timeline.at(to, bounds).provenance);
    const { added, changed, gone } = changes.toJSON() as unknown as Lists;
    const rows = [
      ...added.map((row) => ({ change: "added", ...row })),
      ...changed.flatMap(({ before, after, columns }) => [
        { change: "before", columns: columns.join(", "), ...before },
        { change: "after", columns: columns.join(", "), ...after },
      ]),
      ...gone.map((row) => ({ change: "gone", ...row })),
    ];
    const names = ["change", "columns", ...(columns ?? bronze.dataset(dataset).columns.keys())];
    return showAnswer(this.io, answerOfRows(names, rows, { added, changed, gone }), flags);
  },
  parameters: {
    flags: {
      from: requiredFlag("the earlier instant", "INSTANT"),
      to: requiredFlag("the later instant", "INSTANT"),
      ...BOUNDS,
      ...ENGINE,
      ...DAYS,
      ...READING,
      ...COLUMNS,
      ...OUTPUT,
      ...TREE,
    },
    positional: {
      kind: "tuple",
      parameters: [argument("DATASET", "name of a dataset"), argument("DATE", "domain date, YYYY-MM-DD")],
    },
  },
  docs: { brief: "what changed between two instants" },
});

interface Lists {
  readonly added: readonly Row[];
  readonly changed: readonly {
    readonly before: Row;
    readonly after: Row;
    readonly columns: readonly string[];
  }[];
  readonly gone: readonly Row[];
}

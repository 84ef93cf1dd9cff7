import { buildCommand } from "@stricli/core";
import type { Replay } from "bronzestore";
import type { FromToFlags, OutputFlags, TreeFlags } from "../../arguments/flags.js";
import { moduleAndSlate } from "../../arguments/module-and-slate.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { EXIT } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";
import { BUILT_AGAIN, BUILT_AGAIN_USAGE, frozenSlates, MODULE_AND_SLATE } from "./frozen-slates.js";

type Flags = TreeFlags &
  OutputFlags &
  FromToFlags & { readonly all?: boolean; readonly snapshot?: string; readonly revision?: number };

export const replay = buildCommand({
  async func(this: Context, flags: Flags, ...words: string[]) {
    const [{ goldOf, openTree }, { builderOf }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/builder-of.js"),
    ]);
    const { module, pairs } = moduleAndSlate(words);
    const tree = await openTree(this.io, flags);
    const gold = await goldOf(tree);
    const build = await builderOf(this.io.cwd, tree.config, module);
    const slates = await frozenSlates(gold, pairs, flags);
    const progress = await this.io.begin("replaying");
    const replays: Replay[] = [];
    for (const { slate, snapshot, revision } of slates) {
      progress.tell({ done: replays.length, total: slates.length, unit: "slates" });
      replays.push(await gold.replay(slate, { snapshot, revision }, build));
    }
    progress.end();
    if (replays.some(({ same }) => !same)) this.exitCode = EXIT.found;
    if (replays.length === 1) notes(this, String(replays[0]).split("\n"));
    const rows = replays.map(({ manifest, because, differences, ...found }) => ({
      path: manifest.output.path,
      ...found,
      because: because.join("; "),
      differences: differences.length,
    }));
    return showAnswer(this.io, answerOfRows(COLUMNS, rows as unknown as Row[], replays.map(jsonOf)), flags);
  },
  parameters: {
    flags: BUILT_AGAIN,
    positional: MODULE_AND_SLATE,
  },
  docs: {
    brief: "build frozen slates again and compare row by row",
    fullDescription:
      "Builds slates again from bronze at their recorded cutoffs, by the module's build or the config's. Exits with 1 where one came out different.",
    customUsage: BUILT_AGAIN_USAGE,
  },
});

const COLUMNS = [
  "path",
  "same",
  "cause",
  "because",
  "rowsFrozen",
  "rowsRebuilt",
  "differences",
  "identicalBytes",
];

/** Cells of a difference may be instants, which JSON lacks. */
function jsonOf({ manifest, differences, ...found }: Replay): object {
  const text = (cell: unknown) => (typeof cell === "bigint" ? String(cell) : cell);
  return {
    path: manifest.output.path,
    ...found,
    differences: differences.map(({ frozen, rebuilt, ...at }) => ({
      ...at,
      frozen: text(frozen),
      rebuilt: text(rebuilt),
    })),
  };
}

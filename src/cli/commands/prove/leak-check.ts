import { buildCommand } from "@stricli/core";
import type { Manifest } from "bronzestore";
import {
  type FromToFlags,
  type OutputFlags,
  type TreeFlags,
  wholeNumberFlag,
} from "../../arguments/flags.js";
import { moduleAndSlate } from "../../arguments/module-and-slate.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { EXIT } from "../../output/io.js";
import { showAnswer } from "../../output/show-answer.js";
import { BUILT_AGAIN, BUILT_AGAIN_USAGE, frozenSlates, MODULE_AND_SLATE } from "./frozen-slates.js";

type Flags = TreeFlags &
  OutputFlags &
  FromToFlags & {
    readonly all?: boolean;
    readonly snapshot?: string;
    readonly revision?: number;
    readonly seed?: number;
  };

export const leakCheck = buildCommand({
  async func(this: Context, flags: Flags, ...words: string[]) {
    const [{ goldOf, openTree }, { builderOf }, { library }] = await Promise.all([
      import("../../open/open.js"),
      import("../../open/builder-of.js"),
      import("../../open/library.js"),
    ]);
    const { module, pairs } = moduleAndSlate(words);
    const tree = await openTree(this.io, flags);
    const gold = await goldOf(tree);
    const build = await builderOf(this.io.cwd, tree.config, module);
    const { isBronzeError } = await library();
    const slates = await frozenSlates(gold, pairs, flags);
    const progress = await this.io.begin("checking");
    const rows: Row[] = [];
    for (const manifest of slates) {
      const path = manifest.output.path;
      progress.tell({ done: rows.length, total: slates.length, unit: "slates" });
      try {
        const check = await gold.leakCheck(
          slateOf(manifest),
          build,
          flags.seed === undefined ? {} : { seed: flags.seed },
        );
        const { laterRows, files, rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence } = check;
        const captures = { rowsCapturedLater, rowsCaptureUnknown, keysByLaterEvidence };
        rows.push({ path, outcome: "no leak", laterRows, files: files.length, ...captures, said: null });
      } catch (error) {
        const outcome = isBronzeError(error, "LEAK")
          ? "leak"
          : isBronzeError(error, "NOTHING_CHECKED")
            ? "nothing checked"
            : undefined;
        if (outcome === undefined) throw error;
        this.exitCode = EXIT.found;
        notes(this, (error as Error).message.split("\n"));
        rows.push({ path, outcome, said: (error as Error).message });
      }
    }
    progress.end();
    return showAnswer(this.io, answerOfRows(COLUMNS, rows), flags);
  },
  parameters: {
    flags: {
      ...BUILT_AGAIN,
      seed: wholeNumberFlag("seed of what mangled rows hold; default: 1", "N"),
    },
    positional: MODULE_AND_SLATE,
  },
  docs: {
    brief: "prove that a builder depends on nothing after its cutoff",
    fullDescription:
      "Builds frozen slates with every later row dropped, then mangled, by the module's build or the config's: the rows must not move.\n" +
      "Exits with 1 where they do, or where nothing could have shown it.",
    customUsage: BUILT_AGAIN_USAGE,
  },
});

const COLUMNS = [
  "path",
  "outcome",
  "laterRows",
  "files",
  "rowsCapturedLater",
  "rowsCaptureUnknown",
  "keysByLaterEvidence",
  "said",
];

/** The slate as it was frozen, with what its builder was told. */
function slateOf(manifest: Manifest) {
  const { slate, snapshot, parameters, known_by } = manifest;
  const tip = manifest.version === 1 ? manifest.tip_ts : manifest.event_ts;
  return { slate, snapshot, tip, parameters, ...(known_by !== null && { knownBy: known_by }) };
}

import type { BackfillEvent, BackfillReport } from "bronzestore";
import {
  flagOf,
  OUTPUT,
  type OutputFlags,
  TREE,
  type TreeFlags,
  wholeNumberFlag,
} from "../../arguments/flags.js";
import { answerOfRows, type Row } from "../../output/answer.js";
import { type Context, notes } from "../../output/context.js";
import { EXIT } from "../../output/io.js";
import type { Progress } from "../../output/progress.js";
import { showAnswer } from "../../output/show-answer.js";

/** The flags of commands that freeze by the config's schedule. */
export const FREEZING = {
  snapshots: flagOf("snapshot types, with commas between; default: all", "TYPES"),
  now: flagOf("the present; default: now", "INSTANT"),
  concurrency: wholeNumberFlag("freezes under way at once; default: 2", "N"),
  runId: flagOf("the run that freezes; kept in the manifests", "ID"),
  status: flagOf("keep a JSON status there, below the root", "PATH"),
  ...OUTPUT,
  ...TREE,
} as const;

export type FreezingFlags = TreeFlags &
  OutputFlags & {
    readonly snapshots?: string;
    readonly now?: string;
    readonly concurrency?: number;
    readonly runId?: string;
    readonly status?: string;
  };

/** Opens what freezing by the config needs, does it, and shows what came of it, slate by slate. */
export async function freezeBy(
  context: Context,
  flags: FreezingFlags,
  module: string | undefined,
  range?: { readonly from: string; readonly to: string },
): Promise<void> {
  const { io } = context;
  const [{ goldOf, openTree }, { builderOf, scheduleOf }, { instantText }] = await Promise.all([
    import("../../open/open.js"),
    import("../../open/builder-of.js"),
    import("../../arguments/instants.js"),
  ]);
  const tree = await openTree(io, flags);
  const gold = await goldOf(tree);
  const build = await builderOf(io.cwd, tree.config, module);
  const schedule = await scheduleOf(tree);
  const { parameters, requireInputs, knownBy } = tree.config.gold ?? {};
  const progress = await io.begin("freezing");
  const rows: Row[] = [];
  const options = {
    ...(parameters !== undefined && { parameters }),
    ...(requireInputs !== undefined && { requireInputs }),
    ...(knownBy !== undefined && { knownBy }),
    ...(flags.snapshots !== undefined && { snapshots: flags.snapshots.split(",") }),
    now: instantText(flags.now ?? "now", "--now", tree.clock()),
    ...(flags.concurrency !== undefined && { concurrency: flags.concurrency }),
    ...(flags.runId !== undefined && { run: { id: flags.runId } }),
    ...(flags.status !== undefined && { statusPath: flags.status }),
    onEvent: (event: BackfillEvent) => {
      rows.push(rowOf(event));
      tell(progress, event);
    },
  };
  const report: BackfillReport = range
    ? await gold.backfill(schedule, build, { ...options, ...range })
    : await gold.freezeDue(schedule, build, options);
  progress.end();
  notes(context, String(report).split("\n"));
  // With no game at all nothing could have been frozen, and a job that does nothing should be looked at.
  if (report.failed.length > 0 || report.games === 0) context.exitCode = EXIT.found;
  const inOrder = rows.sort((a, b) => (String(a.slate) + a.snapshot < String(b.slate) + b.snapshot ? -1 : 1));
  await showAnswer(io, answerOfRows(COLUMNS, inOrder), flags);
}

const COLUMNS = ["slate", "snapshot", "status", "path", "error"];

function rowOf({ slate, snapshot, status, manifest, error }: BackfillEvent): Row {
  const text = Object.entries(slate).map(([name, value]) => `${name}=${value}`);
  return {
    slate: text.join(" "),
    snapshot,
    status,
    path: manifest?.output.path ?? null,
    error: error === undefined ? null : error instanceof Error ? error.message : String(error),
  };
}

function tell(progress: Progress, { done, total }: BackfillEvent): void {
  progress.tell({ done, total, unit: "slates" });
}

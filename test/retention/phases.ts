import { type BronzeDay, BronzeError, type RetentionPlan } from "bronzestore";
import { expect } from "vitest";
import { quote, report, run } from "../bronze/feeds.js";
import { hooked } from "../gold/hooked-storage.js";
import {
  ALL,
  DATE,
  filesBelow,
  LATER,
  OLD,
  retentionWorld,
  storageOf,
  type Tree,
  treeOf,
  type World,
} from "./world.js";

/**
 * Every tree that a plan goes through while it is applied, taken back, and its trash emptied, with what is true of each. What
 * should be read of it is what is read of a tree in which the same parts lie as they were written.
 */

/** What is asked of a feed: `odds_raw` holds changes, `injuries_raw` snapshots. */
export type Feed = "odds_raw" | "injuries_raw";

/** A tree at one moment, and what is true of it. */
export interface Phase {
  readonly name: string;
  readonly feed: Feed;
  readonly tree: Tree;
  readonly plan: RetentionPlan;
  /** What a reader should get. */
  readonly rows: string;
  /** What a reader gets of all parts that were written. */
  readonly all: string;
  /** What a reader should get once the plan has been carried out. */
  readonly after: string;
  /** What a reader should get once all that can be taken back is taken back. */
  readonly undone: string;
  /** What lies there under the names that were written, whatever a state says. */
  readonly loose: string;
  /** What a reader gets of one of these without the part that was written under a name. */
  without(path: string, of: Outcome): Promise<string>;
}

/** What a tree can come to. */
export type Outcome = "rows" | "after" | "undone";

const MIDNIGHT = Date.parse("2026-01-15T00:00:00Z");
/** Two runs, or reports, in one hour and one in the next, all of one day in New York. */
const MINUTES = [23 * 60 + 5, 23 * 60 + 25, 24 * 60 + 5];

/** The folder of the day. */
export const FOLDERS: Readonly<Record<Feed, string>> = {
  odds_raw: `bronze/odds_raw/season=2025/date=${DATE}`,
  injuries_raw: `bronze/injuries_raw/season=2025/date=${DATE}`,
};

export function stateOf(feed: Feed): string {
  return `${FOLDERS[feed]}/_retention.json`;
}

/** Writes one part; a second time it is a retry. */
export async function writePart(
  { bronze }: Pick<World, "bronze">,
  feed: Feed,
  minutes: number,
): Promise<string> {
  const at = new Date(MIDNIGHT + minutes * 60_000).toISOString();
  if (feed === "odds_raw") {
    const rows = [minutes, minutes + 1].map((price, i) => quote(`g${i + 1}`, "dk", price, at, at));
    return (await bronze.write(feed, rows, run(`run${minutes}`, at))).partitions[0]!.path;
  }
  const out: Record<string, string> = { ada: `Out ${minutes}` };
  if (minutes % 3 === 0) out.bo = "Questionable";
  return (await bronze.write(feed, report(at, out))).partitions[0]!.path;
}

type Planning = (world: World, feed: Feed) => Promise<RetentionPlan>;

const compact: Planning = ({ retention }, feed) =>
  retention.planCompact({ ...OLD, datasets: [feed], into: "day" });

/** What is done: to three parts, or, after `compacted` of them were compacted, to what is there then. */
const RULES = {
  "into-day": { compacted: 0, plan: compact },
  again: { compacted: 2, plan: compact },
  "into-files": {
    compacted: 3,
    plan: ({ retention }, feed) => retention.planCompact({ ...OLD, datasets: [feed], into: "files" }),
  },
  prune: { compacted: 0, plan: ({ retention }) => retention.planPrune(ALL) },
  "last-run-of-hour": {
    compacted: 0,
    plan: ({ retention }) =>
      retention.planCompact({ ...OLD, keep: "last-run-of-hour", daysWithoutSlate: true }),
  },
  "prune of compacted parts": {
    compacted: 3,
    plan: ({ retention }) => retention.planPrune({ ...ALL, firstOfHour: true }),
  },
} as const satisfies Record<string, { readonly compacted: number; readonly plan: Planning }>;
type Rule = keyof typeof RULES;

/** Plans whose files lose no history; those of runs are of feeds by run alone. */
export const LOSSLESS = ["into-day", "again", "into-files"] as const satisfies readonly Rule[];
export const LOSSY = [
  "prune",
  "last-run-of-hour",
  "prune of compacted parts",
] as const satisfies readonly Rule[];

/** The parts of a day by where they were written, and the day as a rule finds it. */
async function written(
  feed: Feed,
  compacted = 0,
  minutes: readonly number[] = MINUTES,
): Promise<{ readonly world: World; readonly parts: Tree }> {
  const world = retentionWorld();
  const earlier = retentionWorld(world.storage, "2026-02-20T12:00:00Z");
  const parts = new Map<string, Uint8Array>();
  for (const [i, minute] of minutes.entries()) {
    const path = await writePart(world, feed, minute);
    parts.set(path, await world.storage.read(path));
    if (i + 1 === compacted) await earlier.retention.apply(await compact(earlier, feed));
  }
  return { world, parts };
}

const made = new Map<string, Promise<readonly Phase[]>>();

/** Plans, applies, takes back, applies again and empties, and notes each tree on the way; once for each kind. */
export function phasesOf(rule: Rule, feed: Feed = "odds_raw", minutes = MINUTES): Promise<readonly Phase[]> {
  const id = `${rule} ${feed} ${minutes.length}`;
  const phases = made.get(id) ?? makePhases(rule, feed, minutes);
  made.set(id, phases);
  return phases;
}

async function makePhases(rule: Rule, feed: Feed, minutes: readonly number[]): Promise<Phase[]> {
  const { compacted, plan: planBy } = RULES[rule];
  const { world, parts } = await written(feed, compacted === 0 ? 0 : minutes.length + compacted - 3, minutes);
  const plan = await planBy(world, feed);
  expect(plan.days).toHaveLength(1);
  const isLossy = (LOSSY as readonly string[]).includes(rule);
  const removed = new Set(
    isLossy ? plan.days[0]!.remove.flatMap((file) => (file.parts ?? [file]).map(({ path }) => path)) : [],
  );
  const saidOf = saidOfParts(feed, parts);
  const all = await saidOf(() => true);
  const after = await saidOf((path) => !removed.has(path));
  const phases: Phase[] = [];
  let isCommitted = false;
  // Of an undo the state is replaced before, too: by one that says that the files to come are no data.
  let replaced = 0;
  let moved = 0;
  const commitsAt = rule === "into-files" ? 2 : 1;
  const note = async (name: string, verb: string) => {
    const tree = await treeOf(world.storage);
    const canUndo =
      verb !== "emptying" || plan.days[0]!.remove.every(({ path }) => tree.has(`.trash/${plan.id}/${path}`));
    const isDone = { rows: isCommitted, after: true, undone: !canUndo };
    phases.push({
      name: `${feed}, ${rule}, ${name}`,
      feed,
      tree,
      plan,
      rows: isCommitted ? after : all,
      all,
      after,
      undone: canUndo ? all : after,
      loose: await saidOf((path) => tree.has(path)),
      without: (lost, of) => saidOf((path) => path !== lost && !(isDone[of] && removed.has(path))),
    });
  };
  const watch = (verb: string) => {
    replaced = 0;
    return hooked(world.storage, {
      async after(call, _, path) {
        if (!["publish", "replace", "swap", "remove"].includes(call)) return;
        if (path === stateOf(feed) && ++replaced === commitsAt) isCommitted = verb === "apply";
        // Of hundreds of files that are moved one after the other, some stand for all.
        const isOneOfMany = path.endsWith(".parquet") && !path.includes(".compacted-") && minutes.length > 10;
        if (isOneOfMany && ++moved % 97 !== 1) return;
        await note(`${verb}: after ${call} ${path.split("/").slice(-2).join("/")}`, verb);
      },
    });
  };
  await note("planned", "apply");
  await retentionWorld(watch("apply")).retention.apply(plan);
  const applied = await treeOf(world.storage);
  if (rule !== "into-files") {
    await retentionWorld(watch("restore")).retention.restore(plan.id);
    for (const path of await filesBelow(world.storage, "")) await world.storage.remove(path);
    for (const [path, bytes] of applied) await world.storage.publish(path, bytes);
  }
  isCommitted = true;
  await retentionWorld(watch("emptying"), LATER).retention.emptyTrash({ olderThan: "P7D" });
  return phases;
}

/** What is said of some of the parts as they were written, each such tree read once. */
function saidOfParts(feed: Feed, parts: Tree) {
  const known = new Map<string, string>();
  return async (isThere: (path: string) => boolean): Promise<string> => {
    const tree = new Map([...parts].filter(([path]) => isThere(path)));
    const id = [...tree.keys()].join();
    const before = known.get(id);
    if (before !== undefined) return before;
    const said = await readBy(retentionWorld(await storageOf(tree), LATER), feed);
    if (said instanceof BronzeError) throw said;
    known.set(id, said);
    return said;
  };
}

/** The instants that are asked about: before, between and after all parts. */
const CUTOFFS = [22 * 60, 23 * 60 + 6, 23 * 60 + 40, 26 * 60].map(
  (minutes) => BigInt(MIDNIGHT + minutes * 60_000) * 1_000_000n,
);

/** What a reader gets, all rows and answers, as text; or the error. */
export async function readBy(
  { bronze }: Pick<World, "bronze">,
  feed: Feed,
  { acceptPruned = true } = {},
): Promise<string | BronzeError> {
  try {
    const day: BronzeDay = (await bronze.readBronzeDay(feed, DATE, { acceptPruned })) as never;
    const answers = [day, ...CUTOFFS.map((cutoff) => day.asOf(cutoff))];
    return answers.map((answer) => answer.rows().map(rowText).join(", ")).join(" | ");
  } catch (error) {
    if (error instanceof BronzeError) return error;
    throw error; // a fault of its own, which fails the test
  }
}

function rowText(row: Record<string, unknown>): string {
  return [
    row.game_id,
    row.book ?? row.player_id,
    row.price ?? row.status,
    row.as_of_ts,
    row.ingested_ts,
  ].join(" ");
}

/** As many of some things as are asked for, evenly spread. */
export function spread<T>(all: readonly T[], most: number): T[] {
  return [...places(all.length, most)].map((at) => all[at]!);
}

/** As many places of so many as are asked for, evenly spread. */
export function* places(all: number, most: number): Generator<number> {
  const step = Math.max(1, all / most);
  for (let at = 0; at < all; at += step) yield Math.floor(at);
}

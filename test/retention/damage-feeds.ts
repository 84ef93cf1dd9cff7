import {
  doctor,
  GoldStore,
  isBronzeError,
  memoryStorage,
  nbaSeason,
  Retention,
  type RetentionPlan,
  type Storage,
} from "bronzestore";
import { expect } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { Death, hooked } from "../gold/hooked-storage.js";
import { storeOfFeed } from "./compacted-feeds.js";
import { DATE, MINUTE, NOON } from "./feed-writes.js";
import { type Tree, treeOf } from "./world.js";

/**
 * Days of a feed as plans leave them, in each a compacted file, as data or in the trash; and what is asked of them.
 */

const WINDOW = { datasets: ["feed"] as never, before: "2026-02-15" } as const;
const DAY_NS = 24n * 60n * MINUTE;

/** What a tree is worked on with. */
interface FeedWorld {
  readonly storage: Storage;
  readonly store: ReturnType<typeof storeOfFeed>;
  readonly gold: GoldStore<readonly AnyDataset[]>;
  readonly retention: Retention<readonly AnyDataset[]>;
}

export function feedWorld(dataset: AnyDataset, storage: Storage, laterNs = 0n): FeedWorld {
  const store = storeOfFeed(dataset, storage);
  const clock = () => store.now() + laterNs;
  const gold = new GoldStore({
    timeZone: "America/New_York",
    season: nbaSeason,
    storage,
    bronze: store,
    snapshots: { at: "PT0S" },
    clock,
  });
  return { storage, store, gold, retention: new Retention({ bronze: store, gold: [gold as never], clock }) };
}

/** One write, `step` times ten minutes after noon: of two keys, and of a third now and then. */
async function writePart({ store }: FeedWorld, step: number): Promise<void> {
  const at = NOON + BigInt(step) * 10n * MINUTE;
  const rows = [
    { game_id: "g1", player_id: "ada", points: step },
    { game_id: "g1", player_id: "bo", points: 10 + step },
    ...(step % 3 === 1 ? [{ game_id: "g2", player_id: "bo", points: step }] : []),
  ].map((row) => ({ ...row, report_ts: at, as_of_ts: at, ingested_ts: at + MINUTE }));
  await store.write("feed" as never, rows as never, { run: { id: `r${step}`, startedAt: at } } as never);
}

const SLATE = { season: 2025, game_date: DATE, game_id: "s1" };
const FROZEN = { snapshot: "at" } as const;

async function build(view: Parameters<Parameters<GoldStore<readonly AnyDataset[]>["freeze"]>[1]>[0]) {
  return (await view.read("feed", { date: DATE })).rows() as never;
}

async function compact({ retention }: FeedWorld, into: "day" | "files"): Promise<RetentionPlan> {
  const plan = await retention.planCompact({ ...WINDOW, into });
  await retention.apply(plan);
  return plan;
}

/** Three hours of runs, and a slate of the first two, before anything is done to them. */
async function written(dataset: AnyDataset): Promise<FeedWorld> {
  const world = feedWorld(dataset, memoryStorage());
  for (const step of [0, 1, 7, 8]) await writePart(world, step);
  await world.gold.freeze({ slate: SLATE, ...FROZEN, tip: NOON + 85n * MINUTE }, build);
  return world;
}

/** How a day came to have its compacted files. */
export const SITUATIONS = {
  "compacted, with a late part beside": (world: FeedWorld) => compact(world, "day"),
  async "compacted again"(world: FeedWorld) {
    await compact(world, "day");
    await writePart(world, 4);
    await compact(world, "day");
  },
  async "compacted again, and that restored"(world: FeedWorld) {
    await compact(world, "day");
    await writePart(world, 4);
    const plan = await world.retention.planCompact({ ...WINDOW, into: "day" });
    await world.retention.apply(plan);
    await world.retention.restore(plan.id);
  },
  async "compacted, and that undone"(world: FeedWorld) {
    await compact(world, "day");
    await compact(world, "files");
  },
  async "pruned of compacted parts"(world: FeedWorld) {
    await compact(world, "day");
    await world.retention.apply(await prune(world));
  },
  "compacted, and killed before the commit": (world: FeedWorld) => killedCompacting(world, "before"),
  "compacted, and killed after the commit": (world: FeedWorld) => killedCompacting(world, "after"),
  async "undone, and killed before the commit"(world: FeedWorld) {
    await compact(world, "day");
    await killedCompacting(world, "before", "files");
  },
  async "undone, and killed after the commit"(world: FeedWorld) {
    await compact(world, "day");
    await killedCompacting(world, "after", "files");
  },
} satisfies Record<string, (world: FeedWorld) => Promise<unknown>>;
export type Situation = keyof typeof SITUATIONS;

/** Compacts, or takes it back, until right before or after the day's state was replaced the last time. */
async function killedCompacting(
  world: FeedWorld,
  when: "before" | "after",
  into: "day" | "files" = "day",
): Promise<void> {
  const { storage, store } = world;
  // Of an undo the state is replaced before, too: by one that says that the files to come are no data.
  let commits = into === "files" ? 2 : 1;
  let isDead = false;
  const at = async (now: "before" | "after", call: string, path: string) => {
    const isCommit = path.endsWith("/_retention.json") && ["publish", "replace", "swap"].includes(call);
    if (isCommit && now === when && --commits === 0) isDead = true;
    if (isDead) throw new Death();
  };
  const dying = hooked(storage, {
    before: (call, _, path) => at("before", call, path),
    after: (call, _, path) => at("after", call, path),
  });
  await expect(compact(feedWorld(store.dataset("feed"), dying), into)).rejects.toThrow(Death);
}

function prune({ retention }: FeedWorld) {
  return retention.planPrune({ ...WINDOW, daysWithoutSlate: true, hours: true });
}

/** A day in such a situation. */
export async function treeIn(situation: Situation, dataset: AnyDataset): Promise<Tree> {
  const world = await written(dataset);
  await SITUATIONS[situation](world);
  await writePart(world, 5);
  return treeOf(world.storage);
}

/** What is asked of a day: each question says as text what it found, and throws where it is refused. */
export const QUESTIONS: Readonly<Record<string, (world: FeedWorld) => Promise<string>>> = {
  async read({ store }) {
    const said: unknown[] = [];
    for (const includeRuns of [true, false]) {
      const day = await store.readBronzeDay("feed" as never, DATE, { includeRuns });
      said.push(
        day.rows(),
        day.sources().map(({ file, rowInFile }) => [file, rowInFile]),
      );
    }
    return text(said);
  },
  async asOf({ store }) {
    const said: unknown[] = [];
    for (const minutes of [5n, 45n, 75n, 200n]) {
      const view = store.asOf(NOON + minutes * MINUTE);
      const answer = await view.read("feed" as never, { date: DATE });
      const { filesIgnored, files, rowsEligiblePruned, ...counts } = answer.provenance;
      said.push(answer.rows(), counts);
    }
    return text(said);
  },
  async explain({ store }) {
    const day = await store.readBronzeDay("feed" as never, DATE);
    const key = { game_id: "g1", player_id: "ada" } as never;
    const why = day.timeline().explain(key, NOON + 75n * MINUTE);
    return text([why, day.timeline().history(key)]);
  },
  async verify({ gold }) {
    const { ok, problems } = await gold.verify(SLATE, FROZEN);
    if (!ok) throw new Refusal(problems.map(({ kind, path }) => `${kind} ${path}`).join());
    return "ok";
  },
  async replay({ gold }) {
    const { same, cause } = await gold.replay(SLATE, FROZEN, build as never);
    if (!same) throw new Refusal(String(cause));
    return "same";
  },
};

/** Said in an answer, and not thrown by the library: what was frozen does not hold. */
export class Refusal extends Error {}

function text(value: unknown): string {
  return JSON.stringify(value, (name, own) =>
    name === "compacted" ? undefined : typeof own === "bigint" ? `${own}n` : own,
  );
}

/** What is done next to a tree; a plan that was carried out is handed back. */
export const DEEDS: Readonly<
  Record<string, (dataset: AnyDataset, storage: Storage) => Promise<RetentionPlan | undefined>>
> = {
  undo: (dataset, storage) => compact(feedWorld(dataset, storage), "files"),
  "compact again": (dataset, storage) => compact(feedWorld(dataset, storage), "day"),
  async prune(dataset, storage) {
    const world = feedWorld(dataset, storage);
    const plan = await prune(world);
    await world.retention.apply(plan);
    return plan;
  },
  async restore(dataset, storage) {
    await restoreAll(feedWorld(dataset, storage));
    return undefined;
  },
  async doctor(dataset, storage) {
    // Where a state is made again, nobody but the caller knows that nothing was pruned.
    await doctor({ storage }, { datasets: [dataset], fix: true, neverPruned: ["feed"] });
    return undefined;
  },
  async empty(dataset, storage) {
    await feedWorld(dataset, storage, 2n * DAY_NS).retention.emptyTrash({ olderThan: "P1D" });
    return undefined;
  },
};

/** Takes back every plan that can be, whichever way they lie upon each other. */
export async function restoreAll({ retention, storage }: FeedWorld, isOurs = (_id: string) => true) {
  for (let pass = 0; pass < 2; pass++) {
    for (const { name, kind } of await storage.list(".trash")) {
      if (kind !== "folder" || !isOurs(name)) continue;
      await retention.restore(name).catch((error: unknown) => {
        if (!isBronzeError(error)) throw error;
      });
    }
  }
}

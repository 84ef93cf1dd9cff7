import { BronzeError, type RetentionPlan } from "bronzestore";
import { describe, expect, it } from "vitest";
import { quote, run } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { hooked } from "../gold/hooked-storage.js";
import { mutatedJson, randomFrom } from "../run/mutate-json.js";
import {
  ALL,
  DATE,
  DAY,
  filesBelow,
  LATER,
  OLD,
  retentionWorld,
  storageOf,
  type Tree,
  treeOf,
} from "./world.js";

/**
 * Damage to every JSON file that retention leaves, in every phase of what it does. A reader then gets exactly the rows
 * that should be there, or an error; whatever is done next either does what it would have done, or fails without harm:
 * with the right JSON back in its place, every row there ever was can be read again.
 */

const STATE = `${DAY}/_retention.json`;
type Rule = "prune" | "last-run-of-hour" | "into-day";

/** A tree at one moment, and what is true of it. */
interface Phase {
  readonly name: string;
  readonly tree: Tree;
  readonly plan: RetentionPlan;
  /** What a reader should get. */
  readonly rows: string;
  /** What a reader should get once the plan has been carried out. */
  readonly after: string;
  /** What a reader should get once all that can be taken back is taken back. */
  readonly undone: string;
  /** What lies there under the names that were written, whatever a state says. */
  readonly loose: string;
}

/** The files that are written, by the path they are given: the truth everything is held against. */
const RUNS = [23 * 60 + 5, 23 * 60 + 25, 24 * 60 + 5];

async function written() {
  const world = retentionWorld();
  const rowsOf = new Map<string, string[]>();
  for (const minutes of RUNS) {
    const at = new Date(Date.parse("2026-01-15T00:00:00Z") + minutes * 60_000).toISOString();
    const prices = [minutes, minutes + 1];
    const rows = prices.map((price, i) => quote(`g${i + 1}`, "dk", price, at, at));
    const { partitions } = await world.bronze.write("odds_raw", rows, run(`run${minutes}`, at));
    rowsOf.set(
      partitions[0]!.path,
      prices.map((price, i) => `g${i + 1} ${price}`),
    );
  }
  return { world, rowsOf };
}

function textOf(rows: Iterable<string>): string {
  return [...rows].sort().join(", ");
}

/** Every distinct tree that an apply, a restore and an emptying of the trash go through, with the rows of each. */
async function phasesOf(rule: Rule): Promise<Phase[]> {
  const { world, rowsOf } = await written();
  const plan =
    rule === "prune"
      ? await world.retention.planPrune(ALL)
      : await world.retention.planCompact({
          ...OLD,
          ...(rule === "into-day" ? { into: "day" } : { keep: rule, daysWithoutSlate: true }),
        });
  expect(plan.days).toHaveLength(1);
  const all = textOf([...rowsOf.values()].flat());
  const removed = new Set(rule === "into-day" ? [] : plan.days[0]!.remove.map(({ path }) => path));
  const after = textOf([...rowsOf].flatMap(([path, rows]) => (removed.has(path) ? [] : rows)));
  const phases: Phase[] = [];
  let isCommitted = false;
  const watch = (verb: string) =>
    hooked(world.storage, {
      async after(call, _, path) {
        if (call !== "publish" && call !== "replace" && call !== "remove") return;
        if (path === STATE) isCommitted = verb === "apply";
        const tree = await treeOf(world.storage);
        phases.push({
          name: `${rule}, ${verb}: after ${call} ${path.split("/").slice(-2).join("/")}`,
          tree,
          plan,
          rows: isCommitted ? after : all,
          after,
          undone: verb === "emptying" ? after : all,
          loose: textOf([...rowsOf].flatMap(([written, rows]) => (tree.has(written) ? rows : []))),
        });
      },
    });
  await retentionWorld(watch("apply")).retention.apply(plan);
  const applied = await treeOf(world.storage);
  await retentionWorld(watch("restore")).retention.restore(plan.id);
  for (const path of await filesBelow(world.storage, "")) await world.storage.remove(path);
  for (const [path, bytes] of applied) await world.storage.publish(path, bytes);
  isCommitted = true;
  await retentionWorld(watch("emptying"), LATER).retention.emptyTrash({ olderThan: "P7D" });
  return phases;
}

const NONE = { datasets: ["odds_raw"], before: "2026-01-01" } as const;

type World = ReturnType<typeof retentionWorld>;

/** What a reader gets: its rows as text, or the error. */
async function readBy({ bronze }: World): Promise<string | BronzeError> {
  try {
    const day = await bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true });
    return textOf(day.rows().map(({ game_id, price }) => `${game_id} ${price}`));
  } catch (error) {
    if (error instanceof BronzeError) return error;
    throw error; // a fault of its own, which fails the test
  }
}

/** What is done to a damaged tree, and the rows it may leave when it says that it was done. */
const DEEDS: Record<string, (world: World, phase: Phase) => Promise<string>> = {
  async finish({ retention }, { rows }) {
    await retention.apply(await retention.planPrune(NONE));
    return rows;
  },
  async apply({ retention }, { plan, after }) {
    await retention.apply(plan);
    return after;
  },
  async restore({ retention }, { plan, undone }) {
    await retention.restore(plan.id);
    return undone;
  },
  async empty({ retention }, { rows }) {
    await retention.emptyTrash({ olderThan: "P7D" });
    return rows;
  },
};

/** Damages one file of a tree (`undefined`: it is missing) and says what went wrong, if anything did. */
async function strike(
  phase: Phase,
  path: string,
  bytes: Uint8Array | undefined,
  deed: keyof typeof DEEDS | undefined,
): Promise<string | undefined> {
  const damaged = new Map(phase.tree);
  if (bytes) damaged.set(path, bytes);
  else damaged.delete(path);
  const world = retentionWorld(await storageOf(damaged), LATER);
  // Nothing beside it shows that a prune lost its state: what lies there is read. A compacted file shows it.
  const unseen =
    path === STATE && !bytes && ![...damaged.keys()].some((name) => name.includes(".compacted-"));
  const isRight = (rows: string | BronzeError, right: string) =>
    typeof rows !== "string" || rows === right || (unseen && rows === phase.loose);
  const read = await readBy(world);
  if (!isRight(read, phase.rows)) return `read ${read} for ${phase.rows}`;
  if (deed === undefined) return undefined;
  let done: string | undefined;
  try {
    done = await DEEDS[deed]!(world, phase);
  } catch (error) {
    if (!(error instanceof BronzeError)) throw error;
  }
  if (done !== undefined) {
    const rows = await readBy(world);
    if (!isRight(rows, done)) return `${deed}, then read ${rows} for ${done}`;
    if (typeof rows === "string") return undefined;
  }
  // Whatever was refused did no harm.
  await world.storage.replace(path, phase.tree.get(path)!);
  const again = await readBy(world);
  if (again !== phase.rows) return `${deed}, then, repaired, read ${again} for ${phase.rows}`;
  await DEEDS.finish!(world, phase);
  const isRestored = await world.retention.restore(phase.plan.id).then(
    () => true,
    () => false,
  );
  const undone = await readBy(world);
  const right = isRestored ? phase.undone : phase.rows;
  if (undone !== right) return `${deed}, then, repaired and undone, read ${undone} for ${right}`;
  const isInTrash = [...phase.tree.keys()].some((name) => name.startsWith(".trash/"));
  if (isInTrash && !isRestored && phase.undone !== phase.after)
    return `${deed}, then, repaired, could not be undone`;
  return undefined;
}

const jsonOf = (phase: Phase) => [...phase.tree.keys()].filter((path) => path.endsWith(".json"));

describe.each(["into-day", "prune", "last-run-of-hour"] as const)("damage to the JSON of %s", (rule) => {
  it("in any phase gives the rows there should be or an error, and loses nothing", async () => {
    const phases = await phasesOf(rule);
    const { count, seed } = campaign({ few: 60, small: 210, large: 9_000, seed: 11 });
    const random = randomFrom(seed);
    const wrong: string[] = [];
    const met = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const phase = phases[i % phases.length]!;
      const paths = jsonOf(phase);
      if (paths.length === 0) continue;
      const path = paths[random(paths.length)]!;
      const bytes = mutatedJson(phase.tree.get(path)!, random);
      const deed = [undefined, ...Object.keys(DEEDS)][random(5)];
      const problem = await strike(phase, path, bytes, deed);
      met.set(String(deed), (met.get(String(deed)) ?? 0) + 1);
      if (problem !== undefined) wrong.push(`${i}: ${phase.name}, ${path}: ${problem}`);
    }
    expect(wrong).toEqual([]);
    expect(met.size).toBe(5);
  });

  it("that takes any one of them away does, too", async () => {
    const wrong: string[] = [];
    for (const phase of await phasesOf(rule)) {
      for (const path of jsonOf(phase)) {
        for (const deed of [undefined, ...Object.keys(DEEDS)]) {
          const problem = await strike(phase, path, undefined, deed);
          if (problem !== undefined) wrong.push(`${phase.name}, without ${path}: ${problem}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("that turns any single bit of a state is an error", async () => {
    const { count: sampled } = campaign({ small: 150, large: Number.MAX_SAFE_INTEGER, seed: 0 });
    const states = new Map<string, Phase>();
    for (const phase of await phasesOf(rule)) {
      const state = phase.tree.get(STATE);
      if (state) states.set(`${new TextDecoder().decode(state)} ${phase.tree.size}`, phase);
    }
    expect(states.size).toBeGreaterThan(2);
    for (const phase of states.values()) {
      const state = phase.tree.get(STATE)!;
      const world = retentionWorld(await storageOf(phase.tree), LATER);
      const bits = state.length * 8;
      for (let bit = 0; bit < bits; bit += Math.max(1, Math.floor(bits / sampled))) {
        const bytes = Uint8Array.from(state);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        await world.storage.replace(STATE, bytes);
        const read = await readBy(world);
        // A space or a tab for the newline at the end is the same document.
        const isSame = typeof read === "string" && bit >> 3 === state.length - 1;
        if (isSame ? read !== phase.rows : typeof read === "string")
          expect.fail(`${phase.name}: bit ${bit} gives ${read}`);
      }
    }
  });

  it("on its way as a plan is refused, and the tree stays as it is", async () => {
    const [{ plan }] = (await phasesOf(rule)) as [Phase];
    const { world, rowsOf } = await written();
    const before = await treeOf(world.storage);
    const { count, seed } = campaign({ few: 60, small: 120, large: 1_000, seed: 12 });
    const random = randomFrom(seed);
    const text = new TextEncoder().encode(JSON.stringify(plan));
    let applied = 0;
    for (let i = 0; i < count; i++) {
      let given: RetentionPlan;
      try {
        given = JSON.parse(new TextDecoder().decode(mutatedJson(text, random)));
      } catch {
        continue;
      }
      if (JSON.stringify(given) === JSON.stringify(plan)) continue;
      applied++;
      const error = await world.retention.apply(given).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, JSON.stringify(given)).toBeInstanceOf(BronzeError);
    }
    expect(applied).toBeGreaterThan(count / 12);
    expect(await treeOf(world.storage)).toEqual(before);
    expect(await readBy(world)).toBe(textOf([...rowsOf.values()].flat()));
  });
});

import { doctor, isBronzeError } from "bronzestore";
import { describe, expect, it } from "vitest";
import { filesOf, listDays } from "../../src/bronze/index.js";
import type { AnyDataset } from "../../src/dataset/index.js";
import { campaign } from "../campaign.js";
import { randomFrom } from "../run/mutate-json.js";
import { FEEDS } from "./compacted-feeds.js";
import {
  DEEDS,
  feedWorld,
  QUESTIONS,
  Refusal,
  restoreAll,
  SITUATIONS,
  type Situation,
  treeIn,
} from "./damage-feeds.js";
import { DATE } from "./feed-writes.js";
import { storageOf, type Tree, treeOf } from "./world.js";

/**
 * A byte of a compacted file is another, in whatever way the day came to have that file, and in whatever layout. No question
 * is answered otherwise than before, no slate holds that reads it, and whatever is done next does no harm: with the right
 * byte back in its place everything is as it was.
 */

type Names = readonly (keyof typeof QUESTIONS)[];
const ALL_QUESTIONS = Object.keys(QUESTIONS) as Names;
const NEXT = [...Object.keys(DEEDS), "nothing"];

/** A day in some situation, with what is true of it while it is whole. */
interface Whole {
  readonly dataset: AnyDataset;
  readonly tree: Tree;
  /** By question, what it says. */
  readonly said: ReadonlyMap<string, string>;
  /** The same, once all that can be taken back is taken back. */
  readonly restored: ReadonlyMap<string, string>;
  /** Whether the loose files that a compacted one replaces still lie in their places: what verify reads. */
  readonly hasOriginals: boolean;
  readonly compacted: readonly string[];
  /** Files that a reader takes for data. */
  readonly data: ReadonlySet<string>;
}

async function wholeIn(situation: Situation, dataset: AnyDataset): Promise<Whole> {
  const tree = await treeIn(situation, dataset);
  const said = await asked(dataset, tree, ALL_QUESTIONS);
  const world = feedWorld(dataset, await storageOf(tree));
  await restoreAll(world);
  const listed = filesOf(await listDays(await storageOf(tree), dataset, [DATE]));
  return {
    dataset,
    tree,
    said,
    restored: await asked(dataset, await treeOf(world.storage), ALL_QUESTIONS),
    hasOriginals: situation.includes("killed"),
    compacted: [...tree.keys()].filter((path) => path.includes(".compacted-")),
    data: new Set(listed.map(({ path }) => path)),
  };
}

/** What questions say, or by which code they are refused. */
async function asked(dataset: AnyDataset, tree: Tree, names: Names): Promise<Map<string, string>> {
  const said = new Map<string, string>();
  const world = feedWorld(dataset, await storageOf(tree));
  for (const name of names) said.set(name, await QUESTIONS[name]!(world).catch(refusal));
  return said;
}

function refusal(error: unknown): string {
  if (isBronzeError(error)) return `refused: ${error.code}`;
  if (error instanceof Refusal) return `refused: ${error.message}`;
  throw error;
}

const isRefused = (said: string | undefined) => said?.startsWith("refused: ") === true;

/** Damages one byte, does one thing, puts the byte back, and says what was wrong at any moment. */
async function strike(
  { dataset, tree, said, restored, hasOriginals, data }: Whole,
  { path, at, by, next, names }: { path: string; at: number; by: number; next: string; names: Names },
): Promise<string | undefined> {
  const whole = tree.get(path)!;
  const damaged = Uint8Array.from(whole);
  damaged[at]! ^= by;
  const struck = new Map(tree).set(path, damaged);
  for (const [name, now] of await asked(dataset, struck, names)) {
    if (now !== said.get(name) && !isRefused(now)) return `${name} says ${now} for ${said.get(name)}`;
    const canMiss = name === "verify" && hasOriginals;
    if (data.has(path) && !isRefused(now) && !canMiss) return `${name} does not see it`;
  }
  if (data.has(path) && next === "doctor") {
    const { findings } = await doctor({ storage: await storageOf(struck) }, { datasets: [dataset] });
    if (!findings.some((finding) => finding.path === path)) return "the doctor does not see it";
  }
  if (next === "nothing") return undefined;

  const isRight = (name: string, now: string) =>
    now === said.get(name) || (next === "restore" && now === restored.get(name));
  const storage = await storageOf(struck);
  const plan = await DEEDS[next]!(dataset, storage).catch((error: unknown) => {
    if (!isBronzeError(error)) throw error;
  });
  const isNamed = plan?.refused.some((left) => left.path === path);
  if (plan && data.has(path) && !isNamed) return `${next} went over it in silence`;
  const after = await treeOf(storage);
  for (const [name, now] of await asked(dataset, after, names))
    if (!isRight(name, now) && !isRefused(now)) return `after ${next}, ${name} says ${now}`;
  // Wherever the damaged file lies now; or it went for good, and what it held lies elsewhere.
  const repaired = new Map(
    [...after].map(([name, bytes]) => [name, Buffer.compare(bytes, damaged) === 0 ? whole : bytes]),
  );
  for (const [name, now] of await asked(dataset, repaired, names)) {
    const mayBePruned = next === "prune" && now === "refused: PRUNED";
    if (!isRight(name, now) && !mayBePruned) return `after ${next} and repair, ${name} says ${now}`;
  }
  if (next !== "prune") return undefined;
  const givenBack = feedWorld(dataset, await storageOf(repaired));
  await restoreAll(givenBack, (id) => ![...tree.keys()].some((name) => name.startsWith(`.trash/${id}/`)));
  for (const [name, now] of await asked(dataset, await treeOf(givenBack.storage), names))
    if (now !== said.get(name)) return `after prune, repair and restore, ${name} says ${now}`;
  return undefined;
}

describe.each(
  Object.keys(SITUATIONS) as Situation[],
)("a byte of a compacted file of a day that was %s", (situation) => {
  it("is missed by no question, and what is done next loses nothing", async () => {
    const { count, seed } = campaign({ few: 1, small: 60, large: 1_200, seed: 271 });
    const random = randomFrom(seed);
    const feeds = Object.keys(FEEDS);
    const made = new Map<string, Promise<Whole>>();
    const wrong: string[] = [];
    const first = random(feeds.length);
    for (let i = 0; i < count; i++) {
      const feed = feeds[(first + i) % feeds.length]!;
      const whole = await wholeOf(feed);
      const path = whole.compacted[random(whole.compacted.length)]!;
      const at = random(whole.tree.get(path)!.length);
      const next = NEXT[random(NEXT.length)]!;
      // One question beside the whole day is asked each time.
      const names = ["read", ALL_QUESTIONS[1 + random(ALL_QUESTIONS.length - 1)]!];
      const by = 1 + random(255);
      const problem = await strike(whole, { path, at, by, next, names });
      if (problem !== undefined)
        wrong.push(`${feed}, byte ${at} of ${path}, ${next}: ${problem.slice(0, 800)}`);
    }
    expect(wrong).toEqual([]);

    function wholeOf(feed: string): Promise<Whole> {
      const whole = made.get(feed) ?? wholeIn(situation, FEEDS[feed]!);
      made.set(feed, whole);
      return whole;
    }
  });
});

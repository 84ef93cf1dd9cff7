import { readFileSync } from "node:fs";
import { BronzeError, memoryStorage, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { parseRetention } from "../../src/bronze/index.js";
import { quote, run } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { mutatedJson, randomFrom } from "../run/mutate-json.js";
import { DATE, DAY, OLD, retentionWorld, type World } from "./world.js";

/** What 0.1 left on disk, step by step of an apply and a restore of each rule: written by 0.1 itself. */
interface Tree {
  readonly rule: "into-day" | "prune" | "last-run-of-hour";
  readonly verb: "apply" | "restore";
  readonly after: string;
  readonly plan: string;
  /** What a reader got, what it gets of the plan carried out, and of the plan taken back. */
  readonly rows: readonly string[];
  readonly committed: readonly string[];
  readonly all: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

const { contents, trees }: { contents: Record<string, string>; trees: readonly Tree[] } = JSON.parse(
  readFileSync(new URL("./trees/retention-0.1.json", import.meta.url), "utf8"),
);
const STATE = `${DAY}/_retention.json`;
const LATER = "2026-03-20T00:00:00Z";
const NONE = { datasets: ["odds_raw"], before: "2026-01-01" } as const;

function bytesOf(name: string, id: string): Uint8Array {
  return Uint8Array.from(Buffer.from(contents[id]!, name.endsWith(".json") ? "utf8" : "base64"));
}

async function worldOf(
  tree: Tree,
  changed: Readonly<Record<string, Uint8Array | undefined>> = {},
): Promise<World> {
  const storage: Storage = memoryStorage();
  for (const [name, id] of Object.entries(tree.files)) {
    const bytes = name in changed ? changed[name] : bytesOf(name, id);
    if (bytes) await storage.publish(name, bytes);
  }
  return retentionWorld(storage, LATER);
}

async function rowsOf({ bronze }: World): Promise<string[]> {
  const day = await bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true });
  return day
    .rows()
    .map(({ game_id, price }) => `${game_id} ${price}`)
    .sort();
}

async function finish({ retention }: World): Promise<void> {
  await retention.apply(await retention.planPrune(NONE));
}

const named = trees.map((tree) => [`${tree.rule}, ${tree.verb}, after ${tree.after}`, tree] as const);
const isCommitted = (tree: Tree) =>
  STATE in tree.files && JSON.parse(contents[tree.files[STATE]!]!).plan === tree.plan;
const isTaken = (tree: Tree) => Object.keys(tree.files).some((name) => name.startsWith(".trash/"));

describe.each(named)("a tree of 0.1: %s", (_, tree) => {
  it("reads as it did", async () => {
    expect(await rowsOf(await worldOf(tree))).toEqual(tree.rows);
  });

  it("is finished, and its state has a digest and every name then", async () => {
    const world = await worldOf(tree);
    await finish(world);
    expect(await rowsOf(world)).toEqual(tree.rows);
    await world.retention.emptyTrash({ olderThan: "P1D" });
    await retentionWorld(world.storage, "2026-06-01T00:00:00Z").retention.emptyTrash({ olderThan: "P1D" });
    expect(await rowsOf(world)).toEqual(tree.rows);
    if (!isCommitted(tree)) return;
    expect(parseRetention(await world.storage.read(STATE), STATE).version).toBe(3);
    // The first run of the day went in every rule, and its name with it.
    const { partitions } = await other(world, 23 * 60 + 5);
    expect(partitions[0]!.path).toMatch(/odds\.part-000002\.parquet$/);
  });

  it("is taken back", async () => {
    const world = await worldOf(tree);
    const error = await world.retention.restore(tree.plan).then(
      () => undefined,
      (thrown: BronzeError) => thrown.code,
    );
    expect([undefined, "NOT_FOUND"]).toContain(error);
    expect(await rowsOf(world)).toEqual(error === undefined ? tree.all : tree.rows);
    if (isTaken(tree)) expect(error).toBeUndefined();
  });

  it("without its state reads the files that are there, or is an error where one is a compacted file", async () => {
    const world = await worldOf(tree, { [STATE]: undefined });
    const rows = await rowsOf(world).catch((error: unknown) => {
      expect(error).toBeInstanceOf(BronzeError);
      return (error as BronzeError).code;
    });
    const hasCompacted = Object.keys(tree.files).some((name) => name.includes(".compacted-"));
    if (hasCompacted) expect(["RETENTION_INVALID", tree.rows]).toContainEqual(rows);
    if (tree.rule === "into-day") expect(["RETENTION_INVALID", tree.rows]).toContainEqual(rows);
  });

  it("with damaged JSON loses nothing: with the right one back, it is taken back", async () => {
    const paths = Object.keys(tree.files).filter((name) => name.endsWith(".json"));
    const { count, seed } = campaign({ small: 6, large: 60, seed: 21 });
    const random = randomFrom(seed);
    for (let i = 0; i < count && paths.length > 0; i++) {
      const path = paths[random(paths.length)]!;
      const right = bytesOf(path, tree.files[path]!);
      const world = await worldOf(tree, { [path]: mutatedJson(right, random) });
      const deed = random(3);
      const done = await (deed === 0
        ? finish(world)
        : deed === 1
          ? world.retention.restore(tree.plan)
          : world.retention.emptyTrash({ olderThan: "P1D" })
      ).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(BronzeError);
          return false;
        },
      );
      if (!done) await world.storage.replace(path, right);
      const rows = await rowsOf(world).catch(() => undefined);
      if (!done) expect(rows, `${i}: ${path}, ${deed}`).toEqual(tree.rows);
      if (!done || deed !== 0) continue;
      // A state that carries no digest can be believed wrongly, but never to the loss of a row.
      await world.storage.replace(path, right);
      await world.retention.restore(tree.plan).catch((error) => expect(error.code).toBe("NOT_FOUND"));
      expect(await rowsOf(world), `${i}: ${path}, finished`).toEqual(isTaken(tree) ? tree.all : tree.rows);
    }
  });
});

describe("a plan of version 1", () => {
  it("is refused by name: it has no digest", async () => {
    const record = Object.entries(trees[0]!.files).find(([name]) => name.endsWith("_record.json"))!;
    const { plan } = JSON.parse(contents[record[1]]!);
    const { retention } = await worldOf(trees[0]!);
    const error = await errorOf(retention.apply(plan));
    expect(error.code).toBe("PLAN_STALE");
    expect(error.message).toContain(plan.id);
    expect(error.message).toContain("version 1");
    expect((await retention.planCompact({ ...OLD, into: "day" })).version).toBe(2);
  });
});

/** A scrape under the name of a run of old. */
function other({ bronze }: World, minutes: number) {
  const at = new Date(Date.parse("2026-01-15T00:00:00Z") + minutes * 60_000).toISOString();
  return bronze.write("odds_raw", [quote("g1", "new", 7, at, at)], run("other", at));
}

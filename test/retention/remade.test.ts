import { BronzeError, type Diagnosis, doctor } from "bronzestore";
import { describe, expect, it } from "vitest";
import { injuries, odds } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { LOSSLESS, LOSSY, type Phase, phasesOf, readBy, spread, stateOf, writePart } from "./phases.js";
import { LATER, OLD, retentionWorld, storageOf, type Tree, treeOf, type World } from "./world.js";

/**
 * The state of a day is lost, alone or with the trash, or damaged, in every phase of every plan. The doctor makes it again from
 * what is there, and the day answers as before.
 */

const DATASETS = [odds, injuries];
const NONE = { datasets: ["odds_raw", "injuries_raw"], before: "2026-01-01" } as const;

const LOSSES = {
  "is missing": (tree: Tree, state: string) => without(tree, (path) => path === state),
  "is damaged": (tree: Tree, state: string) => damaged(tree, state),
  "is missing, and the trash with it": (tree: Tree, state: string) =>
    without(tree, (path) => path === state || path.startsWith(".trash/")),
  "is damaged, and the trash is missing": (tree: Tree, state: string) =>
    without(damaged(tree, state), (path) => path.startsWith(".trash/")),
} as const;

function without(tree: Tree, isLost: (path: string) => boolean): Tree {
  return new Map([...tree].filter(([path]) => !isLost(path)));
}

function damaged(tree: Tree, state: string): Tree {
  const bytes = Uint8Array.from(tree.get(state)!);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  return new Map(tree).set(state, bytes);
}

const hasCompacted = (tree: Tree) =>
  [...tree.keys()].some((path) => path.startsWith("bronze/") && path.includes(".compacted-"));

/** What should be read of a day whose state was made again: a prune that moved nothing yet counts as not begun. */
function expected({ plan, rows, all, after, loose }: Phase, tree: Tree): string {
  const isLossless = plan.rule === "into-day" || plan.rule === "into-files";
  if (isLossless) return rows;
  if (plan.days[0]!.remove.every(({ path }) => tree.has(path))) return all;
  return hasCompacted(tree) || tree.has(`.trash/${plan.id}/_record.json`) ? after : loose;
}

function look(
  world: World,
  options: { readonly fix?: boolean; readonly neverPruned?: string[] },
): Promise<Diagnosis> {
  return doctor({ storage: world.storage }, { datasets: DATASETS, ...options });
}

const CASES = [
  ...LOSSLESS.flatMap((rule) => [[rule, "odds_raw"] as const, [rule, "injuries_raw"] as const]),
  ...LOSSY.map((rule) => [rule, "odds_raw"] as const),
];

describe.each(CASES)("a state lost in %s of %s", (rule, feed) => {
  it.each(
    Object.keys(LOSSES) as (keyof typeof LOSSES)[],
  )("that %s is made again by the doctor", async (loss) => {
    let made = 0;
    const path = stateOf(feed);
    const { count } = campaign({ few: 2, small: 12, large: 100, seed: 0 });
    const phases = (await phasesOf(rule, feed)).filter(({ tree }) => tree.has(path));
    for (const phase of spread(phases, count)) {
      const tree = LOSSES[loss](phase.tree, path);
      const world = retentionWorld(await storageOf(tree), LATER);
      const before = await readBy(world, feed);
      if (typeof before === "string") {
        // Nothing shows that there was a state, or all that it says is what lies there.
        expect([phase.name, before]).toEqual([
          phase.name,
          hasCompacted(tree) ? expected(phase, tree) : phase.loose,
        ]);
        continue;
      }
      made++;
      expect(before.code).toBe("RETENTION_INVALID");

      const seen = await look(world, {});
      expect(await treeOf(world.storage)).toEqual(tree);
      const { findings } = await look(world, { fix: true });
      const [finding, ...more] = findings.filter(({ code }) => code === "lost-state");
      expect([phase.name, more]).toEqual([phase.name, []]);
      expect(finding, phase.name).toMatchObject({
        path,
        fix: "safe",
        done: expect.stringMatching(/^made again/),
      });
      expect(seen.findings).toContainEqual({ ...finding, done: null });
      const kept = [...(await treeOf(world.storage))].filter(([name]) =>
        name.includes("_retention.replaced-"),
      );
      expect(kept.map(([, bytes]) => bytes)).toEqual(tree.has(path) ? [tree.get(path)] : []);

      const right = expected(phase, tree);
      expect([phase.name, await readBy(world, feed)]).toEqual([phase.name, right]);
      // Only the lost state knew whether more was pruned.
      const strict = await readBy(world, feed, { acceptPruned: false });
      expect((strict as BronzeError).code).toBe("PRUNED");
      expect((await look(world, {})).findings.filter(({ code }) => /state/.test(code))).toEqual([]);

      // What was begun is finished, and no part is lost or doubled by it, nor by a writer's retries.
      await world.retention.apply(await world.retention.planPrune(NONE));
      expect([phase.name, await readBy(world, feed)]).toEqual([phase.name, right]);
      for (const minutes of [23 * 60 + 5, 23 * 60 + 25, 24 * 60 + 5]) await writePart(world, feed, minutes);
      if (right === phase.all) expect(await readBy(world, feed)).toBe(right);
      // Without their record, files that were to be moved stay, and are passed over.
      const left = (await look(world, {})).findings.map(({ todo }) => todo);
      expect(left.filter((todo) => loss.includes("trash") && !/No plan in the trash/.test(todo))).toEqual([]);
      if (!loss.includes("trash")) expect(left).toEqual([]);
    }
    if (loss === "is damaged" || rule === "again") expect(made).toBeGreaterThan(0);
  });
});

describe("a state that was made again", () => {
  async function lostAfter(rule: "into-day" | "again", step: RegExp): Promise<World> {
    const phase = (await phasesOf(rule)).findLast(({ name }) => step.test(name))!;
    return retentionWorld(
      await storageOf(without(phase.tree, (path) => path === stateOf("odds_raw"))),
      LATER,
    );
  }

  it("says that history is whole where the caller says that nothing was ever pruned", async () => {
    const world = await lostAfter("into-day", /emptying/);
    await look(world, { fix: true, neverPruned: ["odds_raw"] });
    expect(typeof (await readBy(world, "odds_raw", { acceptPruned: false }))).toBe("string");
  });

  it("never gives the name of a part out again, and passes over originals that come back", async () => {
    const [{ tree, all }] = (await phasesOf("into-day")) as [Phase];
    const world = await lostAfter("into-day", /emptying/);
    await look(world, { fix: true, neverPruned: ["odds_raw"] });
    for (const [path, bytes] of tree)
      if (path.endsWith("/odds.parquet")) await world.storage.publish(path, bytes);
    expect(await readBy(world, "odds_raw")).toBe(all);
    const { length } = [...(await treeOf(world.storage)).keys()];
    expect(await writePart(world, "odds_raw", 23 * 60 + 5)).toMatch(/compacted|odds\.parquet/);
    expect([...(await treeOf(world.storage)).keys()]).toHaveLength(length);
  });

  it("can be compacted further, undone, and its plan taken back", async () => {
    const world = await lostAfter("again", /apply: after replace [0-9a-f]+\/_record/);
    const before =
      (await look(world, { fix: true, neverPruned: ["odds_raw"] })) && (await readBy(world, "odds_raw"));
    const [plan] = [...(await treeOf(world.storage)).keys()].flatMap(
      (path) => /^\.trash\/([0-9a-f]+)\/.*compacted/.exec(path)?.[1] ?? [],
    );
    await world.retention.restore(plan!);
    expect(await readBy(world, "odds_raw")).toBe(before);
    for (const into of ["day", "files", "day"] as const) {
      await world.retention.apply(await world.retention.planCompact({ ...OLD, into }));
      expect(await readBy(world, "odds_raw")).toBe(before);
    }
    await world.retention.emptyTrash({ olderThan: "P1D" });
    expect(await readBy(world, "odds_raw", { acceptPruned: false })).toBe(before);
  });
});

describe("a state cannot be made again, and the doctor says why,", () => {
  const cases: [string, (phase: Phase) => Tree, RegExp][] = [
    [
      "of a newer version",
      ({ tree }) => edited(tree, (text) => text.replace('"version":3', '"version":4')),
      /version 4/,
    ],
    [
      "with a compacted file that is damaged",
      ({ tree }) => {
        const lost = new Map(without(tree, (path) => path === stateOf("odds_raw")));
        const path = [...tree.keys()].find(
          (name) => name.startsWith("bronze/") && name.includes(".compacted-"),
        )!;
        const bytes = Uint8Array.from(tree.get(path)!);
        bytes[40]! ^= 1;
        return lost.set(path, bytes);
      },
      /compacted-[0-9a-f]{16}\.parquet/,
    ],
    [
      "with a record that is damaged",
      ({ tree, plan }) => {
        const lost = new Map(without(tree, (path) => path === stateOf("odds_raw")));
        return lost.set(`.trash/${plan.id}/_record.json`, new TextEncoder().encode("{}"));
      },
      /_record\.json/,
    ],
    [
      "with a compacted file that is not there",
      ({ tree }) => without(tree, (path) => path.startsWith("bronze/") && path.includes(".compacted-")),
      /is data, (and|but) is not there/,
    ],
  ];

  it.each(cases)("%s", async (_, make, text) => {
    const phases = await phasesOf("into-day");
    const phase = phases.find(({ name }) => /emptying: after remove .*odds/.test(name))!;
    const tree = make(phase);
    const world = retentionWorld(await storageOf(tree), LATER);
    const { ok, findings } = await look(world, { fix: true, neverPruned: ["odds_raw"] });
    expect(ok).toBe(false);
    const [finding] = findings.filter(
      ({ code, path }) => code === "retention-state" && path.startsWith("bronze/"),
    );
    expect(finding).toMatchObject({ fix: "manual", done: null, what: expect.stringMatching(text) });
    expect(await treeOf(world.storage)).toEqual(tree);
    expect(await readBy(world, "odds_raw")).toBeInstanceOf(BronzeError);
  });

  function edited(tree: Tree, edit: (text: string) => string): Tree {
    const path = stateOf("odds_raw");
    const text = new TextDecoder().decode(tree.get(path));
    return new Map(tree).set(path, new TextEncoder().encode(edit(text)));
  }
});

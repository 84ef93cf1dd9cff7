import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { doctor, isBronzeError, localDisk, memoryStorage, type RetentionPlan } from "bronzestore";
import { describe, expect, it } from "vitest";
import { dayFileOf, holdsNothingUntil, openDayFile } from "../../src/bronze/index.js";
import { odds, quote, run } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { Death, hooked } from "../gold/hooked-storage.js";
import { overtakenAtEachCall } from "../gold/overtaken.js";
import {
  ALL,
  answers,
  build,
  DATE,
  filesBelow,
  freezeGame,
  OLD,
  proven,
  retentionWorld,
  slateOf,
  TIPS,
  type World,
  writeBoard,
  writeRun,
} from "./world.js";

const WORK = {
  prune: ({ retention }: World) => retention.planPrune(ALL),
  "last-run-of-hour": ({ retention }: World) => retention.planCompact({ ...ALL, keep: "last-run-of-hour" }),
  compact: ({ retention }: World) => retention.planCompact({ ...OLD, into: "day" }),
} as const;

async function newWorld(storage = memoryStorage()): Promise<World> {
  const world = retentionWorld(storage);
  await writeBoard(world, [23, 24]);
  await freezeGame(world, "g1");
  return world;
}

describe.each(Object.entries(WORK))("a reader during a %s", (_, make) => {
  it("sees old or new at every step of it, and old only once", async () => {
    const world = await newWorld();
    const plan = await make(world);
    const said: string[] = [];
    const look = async () => {
      said.push(await answers(world));
    };
    const watched = retentionWorld(hooked(world.storage, { before: look, after: look }));
    await look();
    await watched.retention.apply(plan);
    await look();
    const turns = said.filter((text, i) => i > 0 && text !== said[i - 1]);
    // Lossless: nothing ever changes. Lossy: one change, at one moment.
    expect(turns.length).toBe(plan.rule === "into-day" ? 0 : 1);
    expect(said.length).toBeGreaterThan(80);
  });

  it("that is overtaken by all of it between any two of its own calls sees old or new", async () => {
    const before = await answers(await newWorld());
    const done = await newWorld();
    await done.retention.apply(await make(done));
    const after = await answers(done);
    const { count: step } = campaign({ few: 6, small: 1, large: 1, seed: 0 });
    const made = async () => {
      const world = await newWorld();
      const plan = await make(world);
      return { storage: world.storage, move: () => world.retention.apply(plan) };
    };
    await overtakenAtEachCall(step, made, async (storage, at) => {
      expect([before, after], at).toContain(await answers(retentionWorld(storage)));
    });
  });

  it("that loops on a disk meanwhile sees the same rows throughout, or old and then new", async () => {
    const root = mkdtempSync(join(tmpdir(), "bronze-readers-"));
    try {
      const world = await newWorld(localDisk(root));
      const plan = await make(world);
      const reader = retentionWorld(localDisk(root));
      let done = false;
      const apply = world.retention.apply(plan).finally(() => {
        done = true;
      });
      const counts: number[] = [];
      const said = new Set<string>();
      while (!done) {
        counts.push((await reader.bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true })).length);
        said.add(await answers(reader));
        await setImmediate(); // looking is synchronous on a disk, and would leave the other no turn
      }
      await apply;
      said.add(await answers(reader));
      expect(said.size).toBeLessThanOrEqual(plan.rule === "into-day" ? 1 : 2);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

/** What is done to the day of a slate that is being proven. */
const MOVES: Record<string, (world: World) => Promise<void>> = {
  "a compaction": (world) => compactedInto(world, "day"),
  "one of the day that it made files of": async (world) => {
    await compactedInto(world, "files");
    await compactedInto(world, "day");
  },
  "one of a day that has a late file besides": async (world) => {
    await writeRun(world, 1);
    await compactedInto(world, "day");
  },
};

async function compactedInto({ retention }: World, into: "day" | "files"): Promise<void> {
  await retention.apply(await retention.planCompact({ ...OLD, into }));
}

describe.each(Object.entries(MOVES))("a proof that is overtaken by %s", (_, move) => {
  it.each([
    "loose",
    "compacted",
  ])("between any two of its calls is a proof, of a day that was %s", async (was) => {
    const { count: step } = campaign({ few: 12, small: 1, large: 1, seed: 0 });
    const made = async () => {
      const world = await newWorld();
      if (was === "compacted") await compactedInto(world, "day");
      return { storage: world.storage, move: () => move(world) };
    };
    await overtakenAtEachCall(step, made, async (storage, at) => {
      expect(await proven(retentionWorld(storage)), at).toEqual([]);
    });
  });
});

/** What is asked of a tree besides its rows, and at which of its calls it is overtaken in the quick suite. */
const QUESTIONS: Record<string, { readonly few: number; ask(world: World): Promise<unknown> }> = {
  coverage: { few: 1, ask: ({ bronze }) => bronze.coverage("odds_raw", { from: DATE, to: DATE }) },
  freshness: { few: 1, ask: ({ bronze }) => bronze.freshness() },
  exportVersions: {
    few: 1,
    ask: async ({ bronze }) =>
      (await bronze.exportVersions("odds_raw", { from: DATE, to: DATE }, { axes: "both" })).manifest,
  },
  doctor: {
    few: 6,
    ask: async ({ storage, bronze }) =>
      (await doctor({ storage }, { datasets: bronze.datasets, clock: () => bronze.now() })).findings,
  },
  leakCheck: {
    few: 16,
    ask: async ({ gold }) =>
      (await gold.leakCheck({ slate: slateOf("g1"), snapshot: "lock", tip: TIPS.g1 }, build)).laterRows,
  },
};

describe.each(Object.entries(QUESTIONS))("%s, overtaken between any two of its calls", (_, { few, ask }) => {
  it.each([
    ["day", "files"],
    ["files", "day"],
  ] as const)("by a compaction into %s, says what it says before or after", async (into, was) => {
    const said = async (world: World) => inspect(await ask(world), { depth: 9 });
    const made = async () => {
      const world = await newWorld();
      await compactedInto(world, was);
      return { ...world, move: () => compactedInto(world, into) };
    };
    const done = await made();
    const before = await said(done);
    await done.move();
    const after = await said(done);
    const { count: step } = campaign({ few, small: 1, large: 1, seed: 0 });
    await overtakenAtEachCall(step, made, async (storage, at) => {
      expect([before, after], at).toContain(await said(retentionWorld(storage)));
    });
  });
});

describe("what came late to a day, which a proof names,", () => {
  it.each([
    "verify",
    "verifyAll",
  ] as const)("is named by %s, wherever it is moved to between any two calls", async (verb) => {
    const made = async () => {
      const world = await newWorld();
      await writeRun(world, 1);
      return { storage: world.storage, move: () => compactedInto(world, "day") };
    };
    await overtakenAtEachCall(1, made, async (storage, at) => {
      const late = await lateIn(retentionWorld(storage), verb);
      expect(late, at).toEqual([expect.stringContaining("odds.parquet")]);
    });
  });
});

async function lateIn({ gold }: World, verb: "verify" | "verifyAll"): Promise<string[]> {
  const late: string[] = [];
  const see = ({ kind, path }: { readonly kind: string; readonly path: string }) => {
    if (kind === "input-extra") late.push(path);
  };
  if (verb === "verify")
    for (const problem of (await gold.verify(slateOf("g1"), { snapshot: "lock" })).problems) see(problem);
  else for await (const finding of gold.verifyAll()) see(finding);
  return late;
}

describe("what a reader takes for data", () => {
  it("is not an uncommitted compacted file", async () => {
    const world = await newWorld();
    const before = await answers(world);
    const plan = await WORK.compact(world);
    const storage = hooked(world.storage, {
      async after(call, _, path) {
        if (call === "publish" && path === plan.days[0]!.outputs[0]!.path) throw new Death();
      },
    });
    await expect(retentionWorld(storage).retention.apply(plan)).rejects.toThrow(Death);
    expect(await answers(world)).toBe(before);
    const { ignored } = await world.bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true });
    expect(ignored).toEqual([
      { path: plan.days[0]!.outputs[0]!.path, reason: "made by a compaction that has not ended" },
    ]);
  });

  it("is a missing compacted file never: that is an error, not a gap", async () => {
    const world = await newWorld();
    const plan = await WORK.compact(world);
    await world.retention.apply(plan);
    await world.storage.remove(plan.days[0]!.outputs[0]!.path);
    const error = await answers(world).catch((thrown: unknown) => thrown);
    expect(isBronzeError(error, "RETENTION_INVALID")).toBe(true);
  });

  it("is said by _retention.json, which must be readable and of a known version", async () => {
    for (const text of [
      "{",
      "{}",
      '{"format":"bronzestore.retention","version":2}',
      '{"format":"bronzestore.retention","version":3}',
      '{"format":"bronzestore.retention","version":1,"plan":"x","files":["odds.compacted-0123456789abcdef.parquet"],"replaced":[]}',
    ]) {
      const world = await newWorld();
      await world.storage.replace(
        "bronze/odds_raw/season=2025/date=2026-01-15/_retention.json",
        new TextEncoder().encode(text),
      );
      const error = await answers(world).catch((thrown: unknown) => thrown);
      expect(isBronzeError(error, "RETENTION_INVALID"), text).toBe(true);
    }
  });

  it("is a file that another program puts under a name on its way to the trash, at once and afterwards", async () => {
    const world = await newWorld();
    const plan = await WORK.prune(world);
    const { path } = afterMidnight(plan);
    const storage = hooked(world.storage, {
      async after(call, _, removed) {
        if (call !== "remove" || removed !== path) return;
        await writeOther(world);
        expect(await books(world)).toContain("other");
      },
    });
    await retentionWorld(storage).retention.apply(plan);
    expect(await filesBelow(world.storage, "bronze")).toContain(path);
    expect(await books(world)).toContain("other");
    expect(await proven(world)).toEqual([]);
  });

  it("is that file also when the plan is finished by a later one", async () => {
    const world = await newWorld();
    const plan = await WORK.prune(world);
    const { path } = afterMidnight(plan);
    const storage = hooked(world.storage, {
      async after(call, _, removed) {
        if (call === "remove" && removed === path) throw new Death();
      },
    });
    await expect(retentionWorld(storage).retention.apply(plan)).rejects.toThrow(Death);
    await writeOther(world);
    const none = await world.retention.planPrune({ ...ALL, before: "2026-01-01" });
    expect((await world.retention.apply(none)).finished).toEqual([plan.id]);
    expect(await books(world)).toContain("other");
  });

  it("is skipped part by part: one that is after the cutoff is not decoded", async () => {
    const world = await newWorld();
    const plan = await WORK.compact(world);
    await world.retention.apply(plan);
    const { path } = plan.days[0]!.outputs[0]!;
    const parts = openDayFile(odds, dayFileOf(odds, path)!, await world.storage.read(path));
    const skipped = (ns: bigint) => parts.map(({ parquet }) => holdsNothingUntil(parquet, odds, ns));
    const first = parts.map(({ parquet }) => parquet.timestampRange("as_of_ts")!.minNs);
    expect(new Set(first).size).toBeGreaterThan(2);
    for (const minNs of first) {
      expect(skipped(minNs - 1n)).toEqual(first.map((own) => own > minNs - 1n));
      expect(skipped(minNs)).toEqual(first.map((own) => own > minNs));
    }
  });
});

function afterMidnight({ days }: RetentionPlan) {
  return days[0]!.remove.find(({ path }) => path.includes("20260116T000500Z"))!;
}

/**
 * Another scrape of the second of the first run after midnight, whose file went to the trash, put under that file's name
 * by a program that does not know that it was ever given out.
 */
async function writeOther({ storage }: World) {
  const elsewhere = retentionWorld();
  const rows = [quote("g1", "other", 7, "2026-01-16T00:04:30Z", "2026-01-16T00:05:30Z")];
  const { partitions } = await elsewhere.bronze.write("odds_raw", rows, run("other", "2026-01-16T00:05:00Z"));
  const { path } = partitions[0]!;
  expect(await storage.publish(path, await elsewhere.storage.read(path))).toBe(true);
}

async function books({ bronze }: World): Promise<string[]> {
  return (await bronze.readBronzeDay("odds_raw", DATE, { acceptPruned: true })).column("book");
}

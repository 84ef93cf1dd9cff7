import { BronzeStore, memoryStorage, readPointer, readRun, type Storage, writePointer } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { odds, quote, withView } from "../bronze/feeds.js";
import { campaign } from "../campaign.js";
import { treeOf } from "../retention/world.js";
import { clockAt, runAt } from "../run/live.js";
import {
  POINTER as PRUNED_POINTER,
  runAt as prunedRunAt,
  pruningOf,
  runsTree,
} from "../run/pruning/world.js";
import { type LapsingStorage, lapsingStorage } from "./lapsing-locks.js";
import { endOf, type Interleaved, interleaved, type Party } from "./suspended.js";

/** As `test/leases/retention.test.ts`: pointers, runs, latest views and the runs that are pruned. */

const POINTER = "projections/latest_run.json";
const at = (minute: number) => `2026-01-15T23:${String(minute).padStart(2, "0")}:00Z`;

/** Each place, or each of `step` places, where the first may be suspended while the other goes through, and where both may be. */
async function everywhere(
  made: () => Promise<LapsingStorage> | LapsingStorage,
  parties: readonly [Party, Party],
  look: (done: Interleaved, storage: LapsingStorage) => Promise<void>,
  step = 1,
): Promise<void> {
  let stops = 0;
  for (let first = 0; ; first += step) {
    let wasFirst = false;
    for (let second = -1; ; second += step) {
      const storage = await made();
      const done = await interleaved(storage, parties, { first, ...(second >= 0 && { second }) });
      wasFirst ||= done.stoppedAt[0] !== undefined;
      if (wasFirst) stops++;
      await look(done, storage);
      if (second >= 0 && done.stoppedAt[1] === undefined) break;
    }
    if (!wasFirst) break;
  }
  expect(stops).toBeGreaterThan(1);
}

describe("two that move one pointer", () => {
  const to = (run_id: string, minute: number): Party => {
    return (storage) => writePointer({ storage }, POINTER, { run_id, run_as_of_ts: at(minute) });
  };

  it("from nothing: it names one of them, who was not told otherwise", async () => {
    await everywhere(lapsingStorage, [to("early", 10), to("late", 20)], async (done, storage) => {
      const ends = [endOf(done.first), endOf(done.second)];
      expect(ends).toContain("ok");
      for (const end of ends) expect(["ok", "LOCK_LOST", "POINTER_BACKWARDS"]).toContain(end);
      const { run_id } = (await readPointer({ storage }, POINTER))!;
      // It never goes back: the later one is there, unless it was refused.
      expect(run_id).toBe(endOf(done.second) === "ok" ? "late" : "early");
    });
  });

  it("from one run: exactly one does, and the other is told", async () => {
    const from = async () => {
      const storage = lapsingStorage();
      await writePointer({ storage }, POINTER, { run_id: "r0", run_as_of_ts: at(1) });
      return storage;
    };
    const expecting = (run_id: string): Party => {
      const target = { run_id, run_as_of_ts: at(10) };
      return (storage) => writePointer({ storage }, POINTER, target, { expected: "r0" });
    };
    await everywhere(from, [expecting("a"), expecting("b")], async (done, storage) => {
      const ends = [endOf(done.first), endOf(done.second)];
      expect(ends.filter((end) => end === "ok")).toHaveLength(1);
      expect(["LOCK_LOST", "POINTER_MOVED"]).toContain(ends.find((end) => end !== "ok"));
      expect((await readPointer({ storage }, POINTER))?.run_id).toBe(ends[0] === "ok" ? "a" : "b");
    });
  });
});

describe("two that write a latest view", () => {
  const latest = withView(odds);
  const writer = (book: string, minute: number): Party => {
    return (storage) =>
      new BronzeStore({ storage, datasets: [latest] }).write(
        "odds_raw",
        [quote("g1", book, -100 - minute, at(minute - 1), at(minute))],
        { run: { id: book, startedAt: at(minute) } },
      );
  };

  it("both get their rows into it, whoever was suspended", async () => {
    await everywhere(lapsingStorage, [writer("dk", 10), writer("fd", 20)], async (done, storage) => {
      expect([endOf(done.first), endOf(done.second)]).toEqual(["ok", "ok"]);
      const bronze = new BronzeStore({ storage, datasets: [latest] });
      const books = async (prefer: "latest" | "history") =>
        (await bronze.readBronzeDay("odds_raw", "2026-01-15", { prefer })).rows();
      expect((await books("latest")).map(({ book }) => book).sort()).toEqual(["dk", "fd"]);
      expect((await books("history")).map(({ book }) => book).sort()).toEqual(["dk", "fd"]);
    });
  });
});

describe("a run that was suspended, and the next, which declared it abandoned", () => {
  const ids = new Map<string, string>();
  const run = (name: string, minute: number): Party => {
    return (storage) =>
      runAt(
        storage,
        async (run) => {
          ids.set(name, run.id);
          await run.stage("score", {}, async () => storage.publish(`out/${name}`, new Uint8Array(3)));
          await run.writePointer(POINTER, { outputs: [`out/${name}`] });
        },
        { name, clock: clockAt(at(minute)), onHeld: "fail" },
      );
  };

  it.each([
    ["is told by its lock", true],
    ["believes it has its lock", false],
  ])("that %s: it is told, and overwrites nothing that the next one wrote", async (_, saysLost) => {
    const seen = new Set<string>();
    await everywhere(
      () => {
        ids.clear();
        return lapsingStorage({ saysLost });
      },
      [run("first", 10), run("second", 20)],
      async (done, storage) => {
        for (const [i, outcome] of [done.first, done.second].entries()) {
          const name = ["first", "second"][i]!;
          const end = endOf(outcome);
          expect(["ok", "LOCK_LOST", "POINTER_BACKWARDS"]).toContain(end);
          seen.add(`${name} ${end}`);
          const record = await readRun({ storage }, ids.get(name)!, { timeZone: "America/New_York" });
          // What the file says is what its process was told.
          if (end === "ok") expect(record.status).toBe("completed");
          else expect(["abandoned", "failed"]).toContain(record.status);
        }
        const pointer = await readPointer({ storage }, POINTER);
        // It leads to what is there, and never goes back.
        if (endOf(done.second) === "ok") expect(pointer?.run_id).toBe(ids.get("second"));
      },
    );
    expect([...seen]).toEqual(expect.arrayContaining(["first LOCK_LOST", "second ok"]));
  });
});

describe("a prune of runs", () => {
  const LATER = "2026-03-20T12:00:00Z";
  const OPTIONS = { olderThan: "P7D", locks: [], records: true } as const;
  const prune: Party = async (storage) => {
    const pruning = pruningOf(storage, { now: LATER });
    return pruning.apply(await pruning.plan(OPTIONS));
  };
  const restore: Party = async (storage) => {
    const pruning = pruningOf(storage, { now: LATER });
    for (const { name } of await storage.list(".trash")) await pruning.restore(name);
  };

  let runs: Storage;
  beforeAll(async () => {
    runs = memoryStorage();
    for (const minute of ["00", "05", "06"]) await prunedRunAt(runs, `2026-01-15T17:${minute}:00Z`);
    await prunedRunAt(runs, "2026-02-19T12:00:00Z");
  });
  /** Run ids are random: all trees are copies of one. */
  async function tree() {
    const storage = lapsingStorage();
    for (const [path, bytes] of await treeOf(runs)) await storage.publish(path, bytes);
    return storage;
  }

  it.each([
    ["another prune", prune],
    ["a restore", restore],
  ] as const)("that is suspended while %s goes on: all runs come back from the trash", async (_, other) => {
    const before = await runsTree(await tree());
    expect(before.size).toBeGreaterThan(3);
    // Each in campaigns, some of them in the quick suite.
    const { count: step } = campaign({ few: 3, small: 1, large: 1, seed: 0 });
    const look = async (done: Interleaved, storage: LapsingStorage) => {
      for (const end of [endOf(done.first), endOf(done.second)])
        expect(["ok", "LOCK_LOST", "PLAN_STALE", "NOT_FOUND"]).toContain(end);
      const pruning = pruningOf(storage, { now: LATER });
      for (const { name, kind } of await storage.list(".trash"))
        if (kind === "folder")
          await pruning.restore(name).catch((error) => expect(error.code).toBe("NOT_FOUND"));
      const after = await runsTree(storage);
      for (const [path, text] of before)
        expect(after.get(path), `${done.stoppedAt} ${endOf(done.first)} ${endOf(done.second)}: ${path}`).toBe(
          text,
        );
    };
    await everywhere(tree, [prune, other], look, step);
  });

  it("that is suspended before it commits, while a pointer moves to a run that it prunes, is refused", async () => {
    const storage = await tree();
    const before = await runsTree(storage);
    const { days } = await pruningOf(storage, { now: LATER }).plan(OPTIONS);
    const run_id = days[0]!.runs[0]!.runId;
    const target = { run_id, run_as_of_ts: "2026-01-15T17:00:00Z" };
    const move: Party = (storage) => writePointer({ storage }, PRUNED_POINTER, target, { force: true });
    const counts = (call: string) => call === "swap";
    const done = await interleaved(storage, [prune, move], { first: 0, counts });
    expect(done.stoppedAt[0]).toBe("swap runs/2026-01-15/_retention.json");
    expect([endOf(done.first), endOf(done.second)]).toEqual(["RETENTION_REFUSED", "ok"]);
    const after = await runsTree(storage);
    for (const [path, text] of before) expect(after.get(path), path).toBe(text);
  });
});

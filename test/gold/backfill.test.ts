import { type BackfillEvent, defineSchedule } from "bronzestore";
import { describe, expect, it } from "vitest";
import { build, frozenWorld, writeEvening } from "./slates.js";

const schedule = defineSchedule([
  { game_id: "g1", tip_ts: "2026-01-16T00:00:00Z" },
  { game_id: "g2", tip_ts: "2026-01-16T03:30:00Z" },
  { game_id: "g9", tip_ts: "2026-01-18T00:00:00Z" },
  { game_id: "tbd", game_date: "2026-01-15" },
]);

describe("freezeDue", () => {
  it("freezes every slate whose time has come, and no other", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const report = await world.gold.freezeDue(schedule, build, { now: "2026-01-16T03:20:00Z" });
    // g1: lock and pretip; g2: lock; g9 is not due.
    expect(report).toMatchObject({ frozen: 3, skipped: 0, failed: [], withoutTip: ["tbd"] });
    const later = await world.gold.freezeDue(schedule, build, { now: "2026-01-16T03:30:00Z" });
    expect(later).toMatchObject({ frozen: 1, skipped: 3 });
  });
});

describe("backfill", () => {
  it("goes on after one bad game and reports it at the end", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const events: BackfillEvent[] = [];
    const report = await world.gold.backfill(
      schedule,
      (at, context) => {
        if (context.slate.game_id === "g1") throw new Error("no model for g1");
        return build(at, context);
      },
      {
        from: "2026-01-15",
        to: "2026-01-15",
        onEvent: (event) => events.push(event),
        statusPath: "gold/_backfill.json",
      },
    );
    expect(report.frozen).toBe(2);
    expect(report.failed.map(({ slate, snapshot }) => [slate.game_id, snapshot])).toEqual([
      ["g1", "lock"],
      ["g1", "pretip"],
    ]);
    expect(events.at(-1)).toMatchObject({ done: 4, total: 4 });
    const status = JSON.parse(new TextDecoder().decode(await world.storage.read("gold/_backfill.json")));
    expect(status).toMatchObject({
      done: 4,
      total: 4,
      frozen: 2,
      failed: [{ code: "BUILD_FAILED" }, { code: "BUILD_FAILED" }],
    });
  });

  it("is resumable: what is frozen is not built again", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const days = { from: "2026-01-15", to: "2026-01-15", snapshots: ["lock"] };
    await world.gold.backfill(schedule, build, days);
    let built = 0;
    const report = await world.gold.backfill(
      schedule,
      (at, context) => {
        built++;
        return build(at, context);
      },
      days,
    );
    expect([report.skipped, built]).toEqual([2, 0]);
  });

  it("keeps within its bound", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    let running = 0;
    let most = 0;
    await world.gold.backfill(
      schedule,
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return [];
      },
      { from: "2026-01-15", to: "2026-01-15", concurrency: 3 },
    );
    expect(most).toBe(3);
  });

  it("lists what is frozen from manifests alone, by date and snapshot type", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    await world.gold.backfill(schedule, build, { from: "2026-01-15", to: "2026-01-15" });
    const list = async (options: Parameters<typeof world.gold.list>[0]) => {
      const found = [];
      for await (const { slate, snapshot } of world.gold.list(options))
        found.push(`${slate.game_id} ${snapshot}`);
      return found;
    };
    expect(await list({})).toEqual(["g1 lock", "g1 pretip", "g2 lock", "g2 pretip"]);
    expect(await list({ from: "2026-01-15", to: "2026-01-15", snapshot: "lock" })).toEqual([
      "g1 lock",
      "g2 lock",
    ]);
    expect(await list({ from: "2026-01-16" })).toEqual([]);
  });
});

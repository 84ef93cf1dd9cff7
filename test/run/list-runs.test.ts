import { listRuns, memoryStorage, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";

const ns = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;

/** Three runs on two days of New York, the second one failed. */
async function threeRuns() {
  const storage = memoryStorage();
  const ids: string[] = [];
  for (const [at, fails] of [
    ["2026-01-15T20:00:00Z", false],
    ["2026-01-16T03:00:00Z", true], // still the 15th in New York
    ["2026-01-16T20:00:00Z", false],
  ] as const) {
    const place = { storage, name: "live", timeZone: "America/New_York", clock: () => ns(at) };
    await withRun(place, async (run) => {
      ids.push(run.id);
      await run.stage("score", {}, () => {
        if (fails) throw new Error("the feed is down");
      });
    }).catch(() => {});
  }
  return { storage, ids };
}

describe("listRuns", () => {
  it("has what each run did, oldest first, under the day of its own zone", async () => {
    const { storage, ids } = await threeRuns();
    const runs = await listRuns({ storage });
    expect(runs.map(({ runId, day, record, error }) => [runId, day, record?.status, error])).toEqual([
      [ids[0], "2026-01-15", "completed", null],
      [ids[1], "2026-01-15", "failed", null],
      [ids[2], "2026-01-16", "completed", null],
    ]);
    expect(runs[1]!.record!.stages).toMatchObject([{ stage: "score", status: "failed" }]);
  });

  it("takes some days, and of them the newest, and reads no file of another", async () => {
    const { storage, ids } = await threeRuns();
    const idsOf = async (options: Parameters<typeof listRuns>[1]) =>
      (await listRuns({ storage }, options)).map(({ runId }) => runId);
    expect(await idsOf({ to: "2026-01-15" })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ from: "2026-01-16" })).toEqual(ids.slice(2));
    expect(await idsOf({ newest: 2 })).toEqual(ids.slice(1));
    expect(await idsOf({ to: "2026-01-15", newest: 1 })).toEqual([ids[1]]);
    await expect(listRuns({ storage }, { from: "2026-01-16", to: "2026-01-15" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("names a run file that cannot be read, and lists the others", async () => {
    const { storage, ids } = await threeRuns();
    await storage.replace(`runs/2026-01-15/${ids[0]}.json`, new TextEncoder().encode("{"));
    const runs = await listRuns({ storage });
    expect(runs.map(({ record, error }) => [record === null, error?.code])).toEqual([
      [true, "RUN_INVALID"],
      [false, undefined],
      [false, undefined],
    ]);
  });

  it("has none where there are none", async () => {
    expect(await listRuns({ storage: memoryStorage() })).toEqual([]);
  });
});

import { memoryStorage, type Storage, type VerifyFinding, type VerifySummary } from "bronzestore";
import { describe, expect, it } from "vitest";
import { quote, run } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { hooked } from "./hooked-storage.js";
import { build, frozenWorld, TIP, writeEvening } from "./slates.js";

const DATE = "2026-01-15";
const slateOf = (n: number) => ({ season: 2025, game_date: DATE, game_id: `g${n}` });

/** Ten games of one evening, each frozen at lock and at pretip. */
async function frozenGames(storage: Storage = memoryStorage()) {
  const world = await frozenWorld(storage);
  await writeEvening(world);
  for (let n = 0; n < 10; n++)
    for (const snapshot of ["lock", "pretip"])
      await world.gold.freeze({ slate: slateOf(n), snapshot, tip: TIP }, build);
  return world;
}

async function all(found: AsyncGenerator<VerifyFinding, VerifySummary>) {
  const findings: VerifyFinding[] = [];
  for (;;) {
    const { done, value } = await found.next();
    if (done) return { findings, summary: value };
    findings.push(value);
  }
}

async function flip(storage: Storage, path: string): Promise<void> {
  const bytes = await storage.read(path);
  bytes[bytes.length >> 1]! ^= 1;
  await storage.replace(path, bytes);
}

describe("verifyAll", () => {
  it("finds everything as it was, and says how much that is", async () => {
    const { gold } = await frozenGames();
    const { findings, summary } = await all(gold.verifyAll());
    expect(findings).toEqual([]);
    expect(summary).toEqual({ manifests: 20, inputs: 4, findings: 0, ok: true });
    expect((await all(gold.verifyAll({ snapshot: "lock" }))).summary.manifests).toBe(10);
  });

  it("says one flipped bit of an input once, with the slates that it touches", async () => {
    const { gold, storage } = await frozenGames();
    const path = (await gold.manifest(slateOf(0), { snapshot: "lock" })).inputs[0]!.files[1]!.path;
    await flip(storage, path);
    const { findings, summary } = await all(gold.verifyAll());
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: "input-changed", path, ok: false });
    expect(findings[0]!.slates).toHaveLength(20);
    expect(summary).toMatchObject({ findings: 1, ok: false });
  });

  it("says damage of data, of manifests and of chains, each with what it touches", async () => {
    const { gold, storage } = await frozenGames();
    const zed = async () => [{ player_id: "zed", out: false, best_price: 0 }];
    await gold.freeze({ slate: slateOf(3), snapshot: "lock", tip: TIP, force: true }, zed);
    const { output } = await gold.manifest(slateOf(2), { snapshot: "lock" });
    await flip(storage, output.path);
    const folder = (n: number) => `gold/slates/season=2025/game_date=${DATE}/game_id=g${n}`;
    await flip(storage, `${folder(1)}/manifest.pretip.json`);
    await storage.remove(`${folder(3)}/manifest.lock.json`);
    const { findings, summary } = await all(gold.verifyAll());
    expect(findings.map(({ kind, path, slates }) => [kind, path, slates.length])).toEqual([
      ["manifest-damaged", `${folder(1)}/manifest.pretip.json`, 0],
      ["revision-missing", `${folder(3)}/manifest.lock.r2.json`, 1],
      ["output-changed", output.path, 1],
    ]);
    expect(summary).toMatchObject({ manifests: 20, ok: false });
  });

  it("says a late arrival once, and that what was frozen stands", async () => {
    const { gold, bronze } = await frozenGames();
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", 100, "2026-01-15T23:50:00Z")],
      run("late", "2026-01-17T00:00:00Z"),
    );
    const { findings, summary } = await all(gold.verifyAll());
    expect(findings).toMatchObject([{ kind: "input-extra", ok: true }]);
    // Known by the pretip, and not by the lock.
    expect(findings[0]!.slates.map(({ snapshot }) => snapshot)).toEqual(new Array(10).fill("pretip"));
    expect(summary.ok).toBe(true);
  });

  it("reads each manifest and each file once, however many slates name it", async () => {
    const inner = memoryStorage();
    await frozenGames(inner);
    const reads = new Map<string, number>();
    const storage = hooked(inner, {
      before: async (call, _index, path) => {
        if (call === "read") reads.set(path, (reads.get(path) ?? 0) + 1);
      },
    });
    const { gold } = await frozenWorld(storage);
    await all(gold.verifyAll());
    const often = [...reads].filter(([path, count]) => count > 1 && !path.endsWith("_store.json"));
    expect(often).toEqual([]);
    expect([...reads.keys()].filter((path) => path.startsWith("bronze/")).length).toBeGreaterThanOrEqual(4);
  });

  it("has not passed where there is nothing to verify", async () => {
    const { gold } = await frozenWorld();
    expect((await errorOf(all(gold.verifyAll()))).code).toBe("NOTHING_CHECKED");
    expect((await errorOf((async () => all(gold.verifyAll({ form: "x" } as never)))())).code).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

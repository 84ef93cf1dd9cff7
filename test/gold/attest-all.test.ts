import { type AttestedSlate, type ManifestV2, memoryStorage, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { filesIn } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { asVersion1 } from "./as-version-1.js";
import { hooked } from "./hooked-storage.js";
import { build, frozenWorld, TIP, writeEvening } from "./slates.js";

const slateOf = (n: number) => ({ season: 2025, game_date: "2026-01-15", game_id: `g${n}` });
const folderOf = (n: number) => `gold/slates/season=2025/game_date=2026-01-15/game_id=g${n}`;

/** Games of one evening, each frozen at lock and at pretip, with the manifests that 0.1 would have written. */
async function gamesOf01(storage: Storage = memoryStorage(), games = 4) {
  const world = await frozenWorld(storage);
  await writeEvening(world);
  for (let n = 0; n < games; n++) {
    for (const snapshot of ["lock", "pretip"]) {
      const { manifest, path } = await world.gold.freeze({ slate: slateOf(n), snapshot, tip: TIP }, build);
      await storage.replace(path, asVersion1(manifest as ManifestV2));
    }
  }
  return world;
}

async function all(found: AsyncGenerator<AttestedSlate>): Promise<AttestedSlate[]> {
  const each: AttestedSlate[] = [];
  for await (const one of found) each.push(one);
  return each;
}

describe("attestAll", () => {
  it("says of each slate what attest says, and the second time that nothing changed", async () => {
    const [one, other] = [await gamesOf01(), await gamesOf01()];
    const first = await all(one.gold.attestAll());
    expect(first.map(({ status }) => status)).toEqual(new Array(8).fill("attested"));
    for (const { slate, snapshot, revision, attestation } of first)
      expect((await other.gold.attest(slate, { snapshot, revision })).attestation).toEqual(attestation);
    expect(await filesIn(one.storage, "gold")).toEqual(await filesIn(other.storage, "gold"));
    const again = await all(one.gold.attestAll({ snapshot: "lock" }));
    expect(again.map(({ status, snapshot }) => `${snapshot} ${status}`)).toEqual(
      new Array(4).fill("lock unchanged"),
    );
  });

  it("reads each manifest and each file once, however many slates name it", async () => {
    const inner = memoryStorage();
    await gamesOf01(inner);
    const reads = new Map<string, number>();
    const storage = hooked(inner, {
      before: async (call, _index, path) => {
        // To see that nothing is there, as `stat` does, reads none.
        const isRead = call === "read" || call === "openVersion";
        if (isRead && (await inner.stat(path))) reads.set(path, (reads.get(path) ?? 0) + 1);
      },
    });
    const { gold } = await frozenWorld(storage);
    await all(gold.attestAll());
    const isOfStore = (path: string) => path.endsWith("_store.json") || path.startsWith("bronze/_gold/");
    const counted = [...reads].filter(([path]) => !isOfStore(path));
    expect(counted.filter(([, count]) => count > 1)).toEqual([]);
    expect(counted.filter(([path]) => path.startsWith("bronze/"))).toHaveLength(4);
    expect(counted.filter(([path]) => path.includes("/manifest."))).toHaveLength(8);
  });

  it("says what is wrong with one slate, and attests the others", async () => {
    const { gold, storage } = await gamesOf01();
    const damage = async (path: string) => {
      const bytes = await storage.read(path);
      bytes[bytes.length >> 1]! ^= 1;
      await storage.replace(path, bytes);
    };
    await damage(`${folderOf(1)}/manifest.lock.json`);
    await damage((await gold.manifest(slateOf(3), { snapshot: "pretip" })).output.path);
    await gold.freeze({ slate: slateOf(7), snapshot: "lock", tip: TIP }, build);
    const found = await all(gold.attestAll());
    expect(found.filter(({ status }) => status === "attested")).toHaveLength(6);
    expect(found.filter(({ status }) => status !== "attested")).toMatchObject([
      { slate: slateOf(1), snapshot: "lock", status: "refused", error: { code: /^MANIFEST_/ } },
      { slate: slateOf(3), snapshot: "pretip", status: "refused", error: { code: "ATTESTATION_REFUSED" } },
      { slate: slateOf(7), snapshot: "lock", status: "not-needed" },
    ]);
    // An input that is not as it was stops every slate that names it.
    await damage((await gold.manifest(slateOf(0), { snapshot: "lock" })).inputs[0]!.files[0]!.path);
    for (const path of await filesIn(storage, "gold"))
      if (path.includes("/attestation.")) await storage.remove(path);
    const refused = await all(gold.attestAll());
    expect(refused.map(({ status }) => status)).toEqual([...new Array(8).fill("refused"), "not-needed"]);
    expect((await filesIn(storage, "gold")).filter((path) => path.includes("/attestation."))).toEqual([]);
  });

  it("has not attested anything where there is nothing", async () => {
    const { gold } = await frozenWorld();
    expect((await errorOf(all(gold.attestAll()))).code).toBe("NOTHING_CHECKED");
    expect((await errorOf((async () => all(gold.attestAll({ form: "x" } as never)))())).code).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

import { defineSchedule, type ForeignManifest, type GoldStore, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { isForeignManifest } from "../../src/gold/manifest/foreign.js";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { mutatedJson, randomFrom } from "../run/mutate-json.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const FOLDER = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1";
const OTHER = "gold/slates/season=2025/game_date=2026-01-14/game_id=g0";
const lock = { snapshot: "lock" } as const;
const FREEZE = { slate: SLATE, snapshot: "lock", tip: TIP } as const;
const TRAINING = {
  from: "2026-01-14",
  to: "2026-01-15",
  snapshot: "lock",
  labels: [{ player_id: "ada", minutes: 31 }],
  on: ["player_id"],
  splits: { trainEnd: "2026-01-31", valEnd: "2026-02-28" },
};

/** A manifest as a pipeline in Python writes it, with much that ours have too. */
const THEIRS = {
  version: 3,
  season: 2025,
  game_date: "2026-01-15",
  game_id: "g1",
  snapshot_type: "lock",
  tip_ts: "2026-01-16T00:00:00+00:00",
  snapshot_ts: "2026-01-15T23:45:00+00:00",
  frozen_at: "2026-01-15T23:46:10.123456+00:00",
  run_id: "20260115T234500Z",
  git_sha: "0123abc",
  inputs: { odds: ["bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T170000Z/odds.parquet"] },
  output: { path: "lock.parquet", rows: 12 },
  schema: { features: ["a", "b"], labels: ["y"] },
  digest: "ab".repeat(32),
};

const put = (storage: Storage, path: string, what: unknown) =>
  storage.replace(path, new TextEncoder().encode(typeof what === "string" ? what : JSON.stringify(what)));

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of found) list.push(one);
  return list;
}

const foreignPaths = async (gold: { foreign(): AsyncIterable<ForeignManifest> }) =>
  (await all(gold.foreign())).map(({ path }) => path);

async function evening() {
  const world = await frozenWorld();
  await writeEvening(world);
  return world;
}

describe("manifests of another program", () => {
  it("are listed with the reason, wherever they lie below gold", async () => {
    const { gold, storage } = await evening();
    await gold.freeze(FREEZE, build);
    await put(storage, `${FOLDER}/manifest.pretip.json`, THEIRS);
    await put(storage, "gold/pregame/2026-01-15/manifest.json", THEIRS);
    await put(storage, "gold/training/v0/manifest.json", {
      features: ["a"],
      labels: ["y"],
      splits: [0.8, 0.2],
    });
    await put(storage, "gold/notes.json", "half a fi");
    expect(await all(gold.foreign())).toEqual([
      { path: "gold/notes.json", reason: expect.stringContaining("not JSON") },
      { path: "gold/pregame/2026-01-15/manifest.json", reason: expect.stringContaining("puts no manifest") },
      { path: `${FOLDER}/manifest.pretip.json`, reason: expect.stringContaining("neither the format nor") },
      { path: "gold/training/v0/manifest.json", reason: expect.stringContaining("neither the format nor") },
    ]);
  });

  it("do not stop list, read, manifest, verify and training sets", async () => {
    const { gold, storage } = await evening();
    await gold.freeze(FREEZE, build);
    await put(storage, `${FOLDER}/manifest.pretip.json`, THEIRS);
    await put(storage, `${FOLDER}/manifest.lock.r2.json`, THEIRS);
    await put(storage, `${OTHER}/manifest.lock.json`, { ...THEIRS, game_id: "g0" });
    await put(storage, "gold/training/v0/manifest.json", THEIRS);
    expect(await all(gold.list())).toMatchObject([{ snapshot: "lock", revision: 1 }]);
    expect(await all(gold.list(lock))).toHaveLength(1);
    expect((await gold.read(SLATE, lock)).rows).toHaveLength(1);
    expect(await gold.manifest(SLATE, lock)).toMatchObject({ revision: 1 });
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true });
    const { manifest } = await gold.trainingSet({ ...TRAINING, version: "v1" });
    expect(manifest.slates).toHaveLength(1);
  });

  it("are no slates and no training sets, and asking for one says why", async () => {
    const { gold, storage } = await evening();
    await put(storage, `${FOLDER}/manifest.lock.json`, THEIRS);
    await put(storage, "gold/training/v0/manifest.json", THEIRS);
    const asked = await errorOf(gold.read(SLATE, lock));
    expect(asked.code).toBe("SLATE_NOT_FROZEN");
    expect(asked.message).toContain("manifest.lock.json of another program");
    const training = await errorOf(gold.readTrainingSet("v0"));
    expect(training.code).toBe("TRAINING_NOT_FOUND");
    expect(training.message).toContain("another program's");
    await gold.freeze(FREEZE, build);
    const written = await errorOf(gold.trainingSet({ ...TRAINING, version: "v0" }));
    expect(written.code).toBe("TRAINING_CONFLICT");
    expect(written.message).toContain("another program's");
  });

  it("and the data they name are never overwritten: a freeze takes the next number of a manifest, and names its data by content", async () => {
    const { gold, storage } = await evening();
    await put(storage, `${FOLDER}/manifest.lock.json`, THEIRS);
    await put(storage, `${FOLDER}/lock.parquet`, "their data");
    await put(storage, `${FOLDER}/lock.r2.parquet`, "more of it");
    await put(storage, `${FOLDER}/about.json`, { files: [`/srv/nba/${FOLDER}/lock.r2.parquet`] });
    const first = await gold.freeze(FREEZE, build);
    expect(first).toMatchObject({ status: "frozen", manifest: { revision: 2, previous: null } });
    expect(first.path).toBe(`${FOLDER}/manifest.lock.r2.json`);
    expect(await gold.freeze(FREEZE, build)).toMatchObject({ status: "unchanged" });
    await put(storage, `${FOLDER}/manifest.lock.r3.json`, THEIRS);
    const other = async () => [{ player_id: "zed", out: false, best_price: 0 }];
    const forced = await gold.freeze({ ...FREEZE, force: true }, other);
    expect(forced.manifest).toMatchObject({ revision: 4, previous: first.manifest.digest });
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true });
    expect(await gold.verify(SLATE, { ...lock, revision: 2 })).toMatchObject({ ok: true });
    expect((await errorOf(gold.read(SLATE, { ...lock, revision: 3 }))).code).toBe("SLATE_NOT_FROZEN");
    const text = async (name: string) => new TextDecoder().decode(await storage.read(`${FOLDER}/${name}`));
    expect([await text("lock.parquet"), await text("lock.r2.parquet")]).toEqual(["their data", "more of it"]);
    expect(JSON.parse(await text("manifest.lock.json"))).toEqual(THEIRS);
  });

  it("in place of an earlier revision show in verify", async () => {
    const { gold, storage } = await evening();
    await gold.freeze(FREEZE, build);
    await gold.freeze({ ...FREEZE, force: true }, async () => [
      { player_id: "zed", out: true, best_price: 1 },
    ]);
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true });
    await put(storage, `${FOLDER}/manifest.lock.json`, THEIRS);
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "revision-missing", ok: false, path: `${FOLDER}/manifest.lock.json` }],
    });
  });

  it("are no frozen slate for the timer: it freezes beside them, once", async () => {
    const { gold, storage } = await evening();
    await put(storage, `${FOLDER}/manifest.lock.json`, THEIRS);
    const schedule = defineSchedule([{ game_id: "g1", tip_ts: TIP }], { timeZone: "America/New_York" });
    const due = () => gold.freezeDue(schedule, build, { snapshots: ["lock"] });
    expect(await due()).toMatchObject({ frozen: 1, failed: [] });
    expect(await due()).toMatchObject({ frozen: 0, skipped: 1, failed: [] });
    expect(await foreignPaths(gold)).toEqual([`${FOLDER}/manifest.lock.json`]);
  });
});

describe("a manifest of ours", () => {
  const { count, seed } = campaign({ small: 20_000, large: 200_000, seed: 513 });

  async function ofOurs(): Promise<{
    gold: Pick<GoldStore<[]>, "foreign">;
    storage: Storage;
    paths: string[];
  }> {
    const { gold, storage } = await evening();
    const parameters = { model: "m1", weights: [0.5, 0.25] };
    await gold.freeze({ ...FREEZE, parameters }, build);
    // The least that a manifest of ours can hold.
    await gold.freeze({ ...FREEZE, snapshot: "pretip" }, async () => [{ player_id: "zed" }]);
    await gold.trainingSet({ ...TRAINING, version: "v1" });
    const paths = [
      `${FOLDER}/manifest.lock.json`,
      `${FOLDER}/manifest.pretip.json`,
      "gold/training/v1/manifest.json",
    ];
    return { gold, storage, paths };
  }

  it(`is never taken for another program's, whatever damage strikes it (${count} times, seed ${seed})`, async () => {
    const { storage, paths, gold } = await ofOurs();
    expect(await foreignPaths(gold)).toEqual([]);
    const random = randomFrom(seed);
    let isJson = 0;
    for (const path of paths) {
      const whole = await storage.read(path);
      for (let n = 0; n < count; n++) {
        const bytes = mutatedJson(whole, random);
        const text = new TextDecoder().decode(bytes);
        expect(isForeignManifest(bytes), text).toBe(false);
        isJson += parses(text) ? 1 : 0;
      }
    }
    expect(isJson).toBeGreaterThan(count / 4); // half of a file is easily told: what stays JSON is the test
  });

  it("is ours by either sign: with any three members gone, or with its format and any two more", async () => {
    const { storage, paths } = await ofOurs();
    for (const path of paths) {
      const manifest = JSON.parse(new TextDecoder().decode(await storage.read(path))) as Record<
        string,
        unknown
      >;
      const names = Object.keys(manifest);
      for (const one of names)
        for (const two of names)
          for (const gone of [...names, "format"]) {
            const left = Object.fromEntries(
              Object.entries(manifest).filter(([name]) => ![one, two, gone].includes(name)),
            );
            expect(isForeignManifest(bytesOf(left)), `${one} ${two} ${gone}`).toBe(false);
          }
    }
  });

  it.each([
    ["nothing", ""],
    ["zeros", "\0\0\0\0"],
    ["an empty object", "{}"],
    ["a list", "[1]"],
    ["null", "null"],
    ["the word of who wrote it", '{"library":{"name":"bronzestore"},"what":1}'],
    ["half a file", '{"digest":"abcd","form'],
    ["a later version of ours with other members", '{"format":"bronzestore.slate","version":9,"what":1}'],
    ["a kind of ours that this version does not know", '{"format":"bronzestore.features","version":1}'],
  ])("is refused, not passed over, where %s is left", async (_what, text) => {
    const { gold, storage } = await evening();
    await gold.freeze(FREEZE, build);
    await put(storage, `${FOLDER}/manifest.lock.json`, text);
    const codes = ["MANIFEST_INVALID", "MANIFEST_VERSION"];
    expect(codes).toContain((await errorOf(gold.read(SLATE, lock))).code);
    expect(codes).toContain((await errorOf(gold.freeze(FREEZE, build))).code);
    expect(codes).toContain((await errorOf(all(gold.list()))).code);
    expect(await foreignPaths(gold)).toEqual([]);
    // The timer does not freeze over it either.
    const schedule = defineSchedule([{ game_id: "g1", tip_ts: TIP }], { timeZone: "America/New_York" });
    expect(await gold.freezeDue(schedule, build, { snapshots: ["lock"] })).toMatchObject({ skipped: 1 });
  });
});

function bytesOf(json: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

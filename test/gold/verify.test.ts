import { BronzeStore, GoldStore, isBronzeError, nbaSeason, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { type Manifest, sealManifest } from "../../src/gold/manifest/manifest.js";
import { encodeSealed } from "../../src/json/index.js";
import { injuries, odds, quote, run } from "../bronze/feeds.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const FOLDER = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1";
const MANIFEST = `${FOLDER}/manifest.lock.json`;

/** Where the data of the slate lies: its name says its content. */
async function dataOf(storage: Storage): Promise<string> {
  const manifest: Manifest = JSON.parse(new TextDecoder().decode(await storage.read(MANIFEST)));
  return manifest.output.path;
}

const REPORT = "bronze/injuries_raw/season=2025/date=2026-01-15/hour=18/injuries.parquet";
const lock = { snapshot: "lock" };

async function frozen() {
  const made = await frozenWorld();
  await writeEvening(made);
  await made.gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP }, build);
  return made;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isBronzeError(error) ? error.code : String(error);
}

async function flip(storage: Storage, path: string): Promise<void> {
  const bytes = await storage.read(path);
  bytes[bytes.length >> 1]! ^= 1;
  await storage.replace(path, bytes);
}

async function rewrite(
  storage: Storage,
  change: (manifest: Manifest) => Manifest,
  seal = true,
): Promise<void> {
  const manifest: Manifest = JSON.parse(new TextDecoder().decode(await storage.read(MANIFEST)));
  const changed = change(manifest);
  await storage.replace(MANIFEST, encodeSealed(seal ? sealManifest(stripped(changed)) : changed));
}

function stripped({ digest: _, ...rest }: Manifest): Omit<Manifest, "digest"> {
  return rest;
}

describe("verify", () => {
  it("finds everything as it was, and still does after the feed went on", async () => {
    const { gold, bronze } = await frozen();
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true, problems: [] });
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", -200, "2026-01-16T01:00:00Z")],
      run("r4", "2026-01-16T01:01:00Z"),
    );
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true, problems: [] });
  });

  it("names a changed or missing output", async () => {
    const { gold, storage } = await frozen();
    const data = await dataOf(storage);
    await flip(storage, data);
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "output-changed", ok: false, path: data }],
    });
    expect(await codeOf(gold.read(SLATE, lock))).toBe("CORRUPT_FILE");
    await storage.remove(data);
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "output-missing", ok: false }],
    });
  });

  it("names a bronze file whose bytes changed, and one that is gone", async () => {
    const { gold, storage } = await frozen();
    await flip(storage, REPORT);
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "input-changed", ok: false, path: REPORT }],
    });
    await storage.remove(REPORT);
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "input-missing", path: REPORT }],
    });
  });

  it("names a late arrival without calling the slate broken", async () => {
    const { gold, bronze } = await frozen();
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", 100, "2026-01-15T20:00:00Z")],
      run("late", "2026-01-17T00:00:00Z"),
    );
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: true,
      problems: [{ kind: "input-extra", ok: true, path: expect.stringContaining("run_ts=20260117T000000Z") }],
    });
  });

  it("walks back through the revisions, so that a changed past shows", async () => {
    const { gold, storage } = await frozen();
    const zed = async () => [{ player_id: "zed", out: false, best_price: 0 }];
    await gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP, force: true }, zed);
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true });
    await rewrite(storage, (manifest) => ({ ...manifest, git_sha: "0000" }));
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "revision-changed", ok: false, path: MANIFEST }],
    });
    await storage.remove(MANIFEST);
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: false,
      problems: [{ kind: "revision-missing", ok: false, path: MANIFEST }],
    });
  });

  it("refuses a manifest that was changed, with or without a new digest for another slate", async () => {
    const { gold, storage } = await frozen();
    await rewrite(
      storage,
      (manifest) => ({ ...manifest, event_ts: "2026-01-16T00:00:01Z" }) as Manifest,
      false,
    );
    expect(await codeOf(gold.verify(SLATE, lock))).toBe("MANIFEST_TAMPERED");
    await rewrite(storage, (manifest) => ({ ...manifest, slate: { ...SLATE, game_id: "g2" } }));
    expect(await codeOf(gold.verify(SLATE, lock))).toBe("MANIFEST_TAMPERED");
  });

  it("refuses a manifest that names a path outside the root", async () => {
    const { gold, storage } = await frozen();
    await rewrite(
      storage,
      (manifest) =>
        ({
          ...manifest,
          output: { ...manifest.output, path: "../../etc/passwd" },
        }) as Manifest,
    );
    expect(await codeOf(gold.verify(SLATE, lock))).toBe("INVALID_PATH");
  });

  it("refuses a manifest of a newer version, and a file that is not a manifest", async () => {
    const { gold, storage } = await frozen();
    await rewrite(storage, (manifest) => ({ ...manifest, version: 3 }) as unknown as Manifest);
    expect(await codeOf(gold.verify(SLATE, lock))).toBe("MANIFEST_VERSION");
    await storage.replace(MANIFEST, new TextEncoder().encode("{}"));
    expect(await codeOf(gold.verify(SLATE, lock))).toBe("MANIFEST_INVALID");
    await storage.replace(MANIFEST, new TextEncoder().encode("not json"));
    expect(await codeOf(gold.verify(SLATE, lock))).toBe("MANIFEST_INVALID");
  });
});

describe("replay", () => {
  it("comes out the same, byte for byte", async () => {
    const { gold } = await frozen();
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({
      same: true,
      identicalBytes: true,
      cause: undefined,
    });
  });

  it("says that the builder moved, and which cells", async () => {
    const { gold } = await frozen();
    const replay = await gold.replay(SLATE, lock, async (at, context) =>
      (await build(at, context)).map((row) => ({ ...row, best_price: 7 })),
    );
    expect(replay).toMatchObject({
      same: false,
      cause: "builder",
      differences: [{ row: 0, column: "best_price", frozen: -105, rebuilt: 7 }],
    });
  });

  it("says that a late arrival moved it, and which file", async () => {
    const { gold, bronze } = await frozen();
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", 100, "2026-01-15T20:00:00Z")],
      run("late", "2026-01-17T00:00:00Z"),
    );
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({
      same: false,
      cause: "late-arrival",
      because: [expect.stringContaining("run_ts=20260117T000000Z/odds.parquet is new")],
    });
  });

  it("says that an input was deleted", async () => {
    const { gold, storage } = await frozen();
    await storage.remove(REPORT);
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({
      same: false,
      cause: "deletion",
      because: [`${REPORT}: input-missing`],
    });
  });

  it("says that an input was revised", async () => {
    const { gold, storage } = await frozen();
    await storage.replace(REPORT, await storage.read(REPORT.replace("hour=18", "hour=17")));
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({
      same: false,
      cause: "revision",
      because: [`${REPORT}: input-changed`],
    });
  });

  it("says that an input was damaged, though it can not be built any more", async () => {
    const { gold, storage } = await frozen();
    await flip(storage, REPORT);
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({
      same: false,
      cause: "revision",
      because: [`${REPORT}: input-changed`],
    });
  });

  it("says that the selection moved when the dataset's definition did", async () => {
    const { storage } = await frozen();
    const changes = { ...injuries, partitionIs: "changes" as const };
    const bronze = new BronzeStore({ storage, datasets: [changes, odds] });
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze });
    const replay = await gold.replay(SLATE, lock, build as never);
    expect(replay).toMatchObject({ same: false, cause: "selection", rowsFrozen: 1, rowsRebuilt: 2 });
  });

  it("says that columns changed", async () => {
    const { gold } = await frozen();
    const replay = await gold.replay(SLATE, lock, async (at, context) =>
      (await build(at, context)).map(({ out, ...row }) => ({ ...row, out: out ? "yes" : "no" })),
    );
    expect(replay).toMatchObject({
      same: false,
      cause: "schema",
      because: ['column "out" was BOOLEAN and is STRING'],
    });
  });

  it("says when only the frozen data was touched", async () => {
    const { gold, storage } = await frozen();
    await flip(storage, await dataOf(storage));
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({
      same: false,
      identicalBytes: true,
      cause: "output",
    });
  });

  it("survives a move of the whole root", async () => {
    const { storage } = await frozen();
    const moved = await frozenWorld();
    const copy = async (folder: string): Promise<void> => {
      for (const { name, kind } of await storage.list(folder)) {
        const path = folder === "" ? name : `${folder}/${name}`;
        if (kind === "folder") await copy(path);
        else await moved.storage.publish(path, await storage.read(path));
      }
    };
    await copy("");
    expect((await moved.gold.verify(SLATE, lock)).ok).toBe(true);
    expect((await moved.gold.replay(SLATE, lock, build)).same).toBe(true);
  });
});

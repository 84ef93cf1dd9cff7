import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { localDisk, memoryStorage, type Storage } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { registeredGold } from "../../src/bronze/index.js";
import { storeIdOf } from "../../src/gold/index.js";
import { filesIn } from "../bronze/feeds.js";
import { tempFolders } from "../storage/temp-folder.js";
import { digestsOfEverything } from "./digests.js";
import { faultyStorage } from "./faulty-storage.js";
import { startFreezer, together } from "./freezers.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const temp = tempFolders();
const project = fileURLToPath(new URL("../../", import.meta.url));
const script = (name: string) => fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url));
const lock = { slate: SLATE, snapshot: "lock", tip: TIP };
const PROCESSES = 16;

/** A root on disk with the evening in it. */
async function diskWorld(): Promise<string> {
  const root = temp();
  await writeEvening(await frozenWorld(localDisk(root)));
  return root;
}

/** A manifest is there, so its store is registered with bronze: once, under its own id. */
async function assertWhole(storage: Storage, game_id = SLATE.game_id): Promise<void> {
  expect((await registeredGold(storage)).map(({ id }) => id)).toEqual([await storeIdOf(storage)]);
  const { gold } = await frozenWorld(storage);
  const slate = { ...SLATE, game_id };
  expect(await gold.verify(slate, { snapshot: "lock" })).toMatchObject({ ok: true, problems: [] });
  expect(await gold.replay(slate, { snapshot: "lock" }, build)).toMatchObject({
    same: true,
    identicalBytes: true,
  });
}

async function copyOf(storage: Storage): Promise<Storage> {
  const copy = memoryStorage();
  for (const folder of ["bronze", "gold"])
    for (const path of await filesIn(storage, folder)) await copy.publish(path, await storage.read(path));
  return copy;
}

describe(`${PROCESSES} processes at once`, () => {
  it("freeze one slate once: one wins, the others see that it is frozen", async () => {
    const root = await diskWorld();
    const said = await together(
      Array.from({ length: PROCESSES }, () => startFreezer(script("freeze"), root, SLATE.game_id)),
    );
    expect(said.filter((line) => line.startsWith("frozen "))).toHaveLength(1);
    expect(said.filter((line) => line.startsWith("unchanged "))).toHaveLength(PROCESSES - 1);
    expect(new Set(said.map((line) => line.split(" ")[1])).size).toBe(1);
    const files = await filesIn(localDisk(root), "gold/slates");
    expect(files.map((path) => path.split("/").at(-1))).toEqual([
      expect.stringMatching(/^lock\.[0-9a-f]{16}\.parquet$/),
      "manifest.lock.json",
    ]);
    await assertWhole(localDisk(root));
  });

  it("freeze as many slates, every one of them", async () => {
    const root = await diskWorld();
    const games = Array.from({ length: PROCESSES }, (_, i) => `game-${i}`);
    const said = await together(games.map((game_id) => startFreezer(script("freeze"), root, game_id)));
    expect(said.map((line) => line.split(" ")[0])).toEqual(games.map(() => "frozen"));
    for (const game_id of games) await assertWhole(localDisk(root), game_id);
  });
});

describe("a freeze that ends at any storage call", () => {
  /** The calls of a whole freeze. */
  let calls: string[];
  beforeAll(async () => {
    const storage = memoryStorage();
    await writeEvening(await frozenWorld(storage));
    const counting = faultyStorage(storage);
    await (await frozenWorld(counting.storage)).gold.freeze(lock, build);
    calls = counting.calls;
    expect(calls.map((call) => call.split(" ")[0])).toEqual(
      expect.arrayContaining(["list", "read", "lock", "publish", "publish", "release"]),
    );
  });

  it("with an error: the slate is whole, or the next freeze completes it", async () => {
    for (const [i, name] of calls.entries()) {
      for (const when of ["before", "after"] as const) {
        const below = memoryStorage();
        await writeEvening(await frozenWorld(below));
        const fail = () => {
          throw new Error("the disk is gone");
        };
        const { storage } = faultyStorage(below, { call: i + 1, when, fail });
        const broken = await (await frozenWorld(storage)).gold
          .freeze(lock, build)
          .catch((error: unknown) => error);
        expect(broken, `${when} ${name}`).toBeInstanceOf(Error);
        // What the next process finds: the files; the kernel took the dead one's lock.
        const left = await copyOf(below);
        const { gold } = await frozenWorld(left);
        const isCommitted = (await filesIn(left, "gold")).some((path) => path.endsWith("manifest.lock.json"));
        if (isCommitted) await assertWhole(left);
        else
          await expect(gold.read(SLATE, { snapshot: "lock" })).rejects.toMatchObject({
            code: "SLATE_NOT_FROZEN",
          });
        const { status } = await gold.freeze(lock, build);
        expect(status, `${when} ${name}`).toBe(isCommitted ? "unchanged" : "frozen");
        await assertWhole(left);
      }
    }
  });

  it("with SIGKILL, in a process of its own: the same, and the lock is free again", async () => {
    const isWrite = (name: string) => /^(lock|publish|replace|release)/.test(name);
    const faults = calls.flatMap((name, i) => {
      const call = String(i + 1);
      return isWrite(name) ? [[call, "before"] as const, [call, "after"] as const] : [];
    });
    // And two of the reads before them.
    faults.unshift(
      ["1", "before"],
      [String(calls.findIndex((name) => name.startsWith("read")) + 1), "after"],
    );
    const killed = async (fault: readonly [string, string]) => {
      const root = await diskWorld();
      const freezer = startFreezer(script("freeze"), root, SLATE.game_id, ...fault);
      const [said] = await together([freezer]);
      const storage = localDisk(root);
      const before = await filesIn(storage, "gold");
      const { gold } = await frozenWorld(storage);
      const { status } = await gold.freeze(lock, build);
      await assertWhole(storage);
      return { said, isCommitted: before.some((path) => path.endsWith("manifest.lock.json")), status };
    };
    const seen: Awaited<ReturnType<typeof killed>>[] = [];
    const queue = faults.values();
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        for (const fault of queue) seen.push(await killed(fault));
      }),
    );
    expect(seen).toHaveLength(faults.length);
    for (const { said, isCommitted, status } of seen) {
      // Killed after the lock was given back, it may have printed what it did.
      expect(said).toMatch(/^(SIGKILL|frozen )/);
      expect(status).toBe(isCommitted ? "unchanged" : "frozen");
    }
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set(["frozen", "unchanged"]));
  });
});

describe("the same inputs and builder give the same bytes", () => {
  for (const version of ["20", "22", "24"]) {
    it(`on Node ${version}`, async ({ skip }) => {
      const inNode = async (...args: string[]) => {
        const command = ["-y", "-p", `node@${version}`, "node", ...args];
        return (await promisify(execFile)("npx", command, { cwd: project })).stdout;
      };
      const found = await inNode("--version").catch((error: Error) => error.message);
      if (!found.startsWith(`v${version}.`)) {
        console.warn(`NOT TESTED: Node ${version} cannot be had here: ${found}`);
        skip(`Node ${version} cannot be had here`);
      }
      const lines = (await inNode("--import", "tsx", script("digests"))).trim().split("\n");
      const expected = [...(await digestsOfEverything())].map(([path, sha256]) => `${sha256} ${path}`);
      expect(lines).toEqual(expected);
      expect(expected.some((line) => /\/lock\.[0-9a-f]{16}\.parquet$/.test(line))).toBe(true);
    });
  }
});

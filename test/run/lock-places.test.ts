import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BronzeStore, doctor, localDisk, RunPruning, type Storage, withRun, writePointer } from "bronzestore";
import { describe, expect, it } from "vitest";
import { roster } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { ALL, freezeGame, retentionWorld, writeReports, writeRun } from "../retention/world.js";
import { storageThrough } from "../storage/storage-through.js";
import { tempFolders } from "../storage/temp-folder.js";
import { clockAt, NOW, POINTER, runAt, ZONE } from "./pruning/world.js";

const tempFolder = tempFolders();

/** One of everything that takes a lock. */
async function everyLock(storage: Storage): Promise<void> {
  const world = retentionWorld(storage);
  for (const minutes of [22 * 60 + 5, 23 * 60 + 5, 25 * 60]) await writeRun(world, minutes);
  await writeReports(world);
  const nightly = new BronzeStore({ storage, datasets: [roster] });
  const times = { as_of_ts: "2026-01-15T17:00:00Z", ingested_ts: "2026-01-15T17:00:00Z" };
  await nightly.write("roster_nightly_raw", [{ player_id: "ada", team: "BOS", ...times }]);
  await freezeGame(world, "g1");
  await world.gold.trainingSet({
    from: "2026-01-15",
    to: "2026-01-15",
    snapshot: "lock",
    labels: ["dk", "fd"].map((book) => ({ game_id: "g1", book, won: true })),
    on: ["game_id", "book"],
    version: "v1",
    splits: { trainEnd: "2026-01-15", valEnd: "2026-01-16" },
  });
  await world.retention.apply(await world.retention.planPrune(ALL));
  await runAt(storage, "2026-01-15T17:00:00Z");
  await writePointer({ storage }, "projections/latest_run.json", {
    run_id: "r1",
    run_as_of_ts: "2026-01-15T23:30:00Z",
  });
  await withRun({ storage, name: "live-score", timeZone: "America/New_York" }, async () => {
    await doctor({ storage }, { datasets: [roster] });
  });
  const pruning = new RunPruning({
    storage,
    timeZone: ZONE,
    gold: [world.gold],
    pointers: [POINTER],
    clock: clockAt(NOW),
  });
  const plan = await pruning.plan({ olderThan: "P7D", locks: [], firstOfHour: false });
  expect((await pruning.apply(plan)).runs).toBeGreaterThan(0);
}

/** Every place in the library where a lock is taken, by the lock's path. */
const PLACES: readonly [what: string, path: RegExp][] = [
  ["the writer, for a latest view", /^bronze\/.+\/\.roster\.parquet\.lock$/],
  ["a freeze, for its slate", /^gold\/slates\/.+\/\.lock\.lock$/],
  ["a freeze and a plan, to commit", /\/\.commit\.lock$/],
  ["retention", /^bronze\/\.retention\.lock$/],
  ["a training set", /^gold\/training\/\.v1\.lock$/],
  ["a pointer", /^projections\/\.latest_run\.json\.lock$/],
  ["a plan over runs, so that no pointer moves meanwhile", /^projections\/\.latest_run\.json\.lock$/],
  ["a run", /^runs\/\.lock$/],
  ["the doctor, for a run that says it is running", /^runs\/\.lock$/],
];

async function lockPaths(): Promise<string[]> {
  const paths = new Set<string>();
  await everyLock(
    storageThrough(localDisk(tempFolder()), (name, call) => {
      if (name.startsWith("lock ")) paths.add(name.slice("lock ".length));
      return call();
    }),
  );
  return [...paths];
}

describe("every place where a lock is taken", () => {
  it("is in the table", () => {
    const src = fileURLToPath(new URL("../../src", import.meta.url));
    const files = fs
      .readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"));
    const sites = files
      .filter((name) => !name.startsWith("storage"))
      .flatMap((name) => fs.readFileSync(join(src, name), "utf8").match(/\.lock\(/g) ?? []);
    expect(sites).toHaveLength(PLACES.length);
  });

  it("is reached", async () => {
    const paths = await lockPaths();
    for (const [what, path] of PLACES)
      expect(
        paths.filter((each) => path.test(each)),
        what,
      ).not.toEqual([]);
  });

  const PLANTS: Record<string, (file: string, outside: string) => void> = {
    "a link out of the root": (file, outside) => fs.symlinkSync(outside, file),
    "a file with data": (file) => fs.writeFileSync(file, "data"),
    "a second name of a file with data": (file, outside) => fs.linkSync(outside, file),
  };

  it.each(PLACES)("refuses a link and a foreign file, and empties neither: %s", async (_what, pattern) => {
    const path = (await lockPaths()).find((each) => pattern.test(each))!;
    for (const [plant, put] of Object.entries(PLANTS)) {
      const root = tempFolder();
      const outside = join(tempFolder(), "target");
      const file = join(root, path);
      fs.writeFileSync(outside, "data");
      fs.mkdirSync(dirname(file), { recursive: true });
      put(file, outside);
      const error = await errorOf(everyLock(localDisk(root)));
      expect(error.code, plant).toBe("NOT_A_LOCK");
      expect(error.details.path).toBe(path);
      expect([fs.readFileSync(outside, "utf8"), fs.readFileSync(file, "utf8")]).toEqual(["data", "data"]);
    }
  });
});

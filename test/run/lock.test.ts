import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { localDisk, memoryStorage, readPointer, readRun, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { quote } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { tempFolders } from "../storage/temp-folder.js";
import { runAt } from "./live.js";

const tempFolder = tempFolders();

const storages: [string, () => Storage][] = [
  ["on disk", () => localDisk(tempFolder())],
  ["in memory", () => memoryStorage()],
];

describe.each(storages)("a lock that another run holds, %s", (_where, make) => {
  it("is LOCK_HELD in words of withRun", async () => {
    const storage = make();
    const held = (options: Parameters<typeof runAt>[2]) =>
      errorOf(runAt(storage, () => runAt(storage, () => {}, { name: "live-rates", ...options })));
    const failed = await held({});
    expect(failed.code).toBe("LOCK_HELD");
    expect(failed.message).toContain('wait for it with onHeld: "wait"');
    const waited = await held({ onHeld: "wait", waitFor: "PT0.01S" });
    expect(waited.code).toBe("LOCK_HELD");
    expect(waited.message).toContain("still after 10 ms; wait longer with waitFor");
    for (const { message, details } of [failed, waited]) {
      expect(message).not.toContain("waitMs");
      expect(details.path).toBe("runs/.lock");
    }
  });
});

describe("a run's lock file that is not a lock file", () => {
  it("stays as it is, and nothing runs", async () => {
    const root = tempFolder();
    const file = join(root, "config.json");
    fs.writeFileSync(file, '{"zone":"America/New_York"}');
    let ran = false;
    for (const onHeld of ["fail", "wait", "skip"] as const) {
      const error = await errorOf(
        runAt(localDisk(root), () => (ran = true), { lock: "config.json", onHeld } as never),
      );
      expect(error.code).toBe("NOT_A_LOCK");
    }
    expect(ran).toBe(false);
    expect(fs.readFileSync(file, "utf8")).toBe('{"zone":"America/New_York"}');
    expect(fs.readdirSync(root)).toEqual(["config.json"]);
  });
});

describe("a lock file that is taken away during a run", () => {
  const PATH = "projections/latest_run.json";
  const takeAway: Record<string, (file: string) => void> = {
    removed: (file) => fs.unlinkSync(file),
    "replaced by another": (file) => {
      fs.unlinkSync(file);
      fs.writeFileSync(file, "");
    },
    "moved with its folder": (file) => fs.renameSync(dirname(file), `${dirname(file)}-old`),
  };

  it.each(Object.entries(takeAway))("(%s) stops it: another may be under way", async (_how, take) => {
    const root = tempFolder();
    const storage = localDisk(root);
    const codes: string[] = [];
    let id = "";
    const error = await errorOf(
      runAt(storage, async (run) => {
        id = run.id;
        const sim = await run.stage("sim", {}, () => 1);
        take(join(root, "runs/.lock"));
        const rows = [quote("g1", "dk", -110, "2026-01-15T23:00:00Z")];
        for (const work of [
          () => run.stage("more", {}, () => 2),
          () => run.writePointer(PATH, { outputs: [sim] }),
          () => run.bronze.write("odds_raw", rows),
        ])
          codes.push((await errorOf(work())).code);
      }),
    );
    expect(codes).toEqual(["LOCK_LOST", "LOCK_LOST", "LOCK_LOST"]);
    expect(error.code).toBe("LOCK_LOST");
    expect(await readPointer({ storage }, PATH)).toBeUndefined();
    expect(await readRun({ storage }, id, { timeZone: "America/New_York" })).toMatchObject({
      status: "failed",
      error: { code: "LOCK_LOST" },
    });
  });

  it("fails a run that did all its work: it may not have been alone", async () => {
    const root = tempFolder();
    const error = await errorOf(
      runAt(localDisk(root), async (run) => {
        await run.stage("sim", {}, () => 1);
        fs.unlinkSync(join(root, "runs/.lock"));
      }),
    );
    expect(error.code).toBe("LOCK_LOST");
  });
});

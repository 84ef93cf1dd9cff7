import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lockFile, lockFolder } from "../../src/storage/local/flock.js";
import {
  defaultFlockCalls,
  type FlockCalls,
  flockByCommand,
  flockByKoffi,
} from "../../src/storage/local/flock-calls.js";
import { isLockText } from "../../src/storage/local/lock-text.js";
import { startChild } from "./child.js";
import { codeOf } from "./code-of.js";
import { tempFolders } from "./temp-folder.js";

const tempFolder = tempFolders();
const place = { path: "x.lock", where: "test" };
const hasCommand = spawnSync("flock", ["--version"]).error === undefined;
const hasKoffi = flockByKoffi() !== undefined;
if (!hasCommand) console.warn("flock(1) is not installed: its tests are skipped");

/** Whether flock(1), in a process of its own, gets the lock. */
function isFreeForShell(file: string): boolean {
  return spawnSync("flock", ["-n", file, "true"]).status === 0;
}

const ways: [string, boolean, () => FlockCalls][] = [
  ["koffi", hasKoffi, () => flockByKoffi() as FlockCalls],
  ["the flock command", hasCommand, () => flockByCommand()],
];

for (const [name, isHere, makeCalls] of ways) {
  describe.skipIf(!isHere)(`a lock by ${name}`, () => {
    it.skipIf(!hasCommand)("excludes flock(1) while held and not after", async () => {
      const file = join(tempFolder(), "x.lock");
      const lock = await lockFile(file, place, { calls: makeCalls() });
      expect(isFreeForShell(file)).toBe(false);
      await lock.release();
      expect(isFreeForShell(file)).toBe(true);
    });

    it("excludes a second one in this process, whichever way it is asked for", async () => {
      const file = join(tempFolder(), "x.lock");
      const lock = await lockFile(file, place, { calls: makeCalls() });
      for (const [, isThere, otherCalls] of ways) {
        if (!isThere) continue;
        expect(await codeOf(lockFile(file, place, { waitMs: 0, calls: otherCalls() }))).toBe("LOCK_HELD");
      }
      await lock.release();
      await (await lockFile(file, place, { waitMs: 0, calls: makeCalls() })).release();
    });

    it("is not kept by a child that outlives it", async () => {
      const file = join(tempFolder(), "x.lock");
      const lock = await lockFile(file, place, { calls: makeCalls() });
      const child = startChild("say-ready");
      await child.ready();
      await lock.release();
      await (await lockFile(file, place, { waitMs: 0 })).release();
      await child.ended(true);
    });

    it("can be had on a folder", async () => {
      const folder = tempFolder();
      const lock = await lockFolder(folder, place, { calls: makeCalls() });
      expect(await codeOf(lockFolder(folder, place, { waitMs: 0, calls: makeCalls() }))).toBe("LOCK_HELD");
      await lock.release();
      expect(fs.readdirSync(folder)).toEqual([]);
    });
  });
}

describe("lockFile", () => {
  it("is free at once after its holder is killed, although a grandchild lives on", async () => {
    const root = tempFolder();
    const file = join(root, "x.lock");
    const child = startChild("hold-lock", root, "x.lock", "child");
    await child.ready();
    const grandchild = Number(child.lines()[0]?.split(" ")[1]);
    try {
      expect(await codeOf(lockFile(file, place, { waitMs: 0 }))).toBe("LOCK_HELD");
      if (hasCommand) expect(isFreeForShell(file)).toBe(false);
      await child.ended(true);
      expect(() => process.kill(grandchild, 0)).not.toThrow();
      await (await lockFile(file, place, { waitMs: 0 })).release();
    } finally {
      process.kill(grandchild, "SIGKILL");
    }
  });

  it("says in the file who holds it, and in the error too", async () => {
    const file = join(tempFolder(), "x.lock");
    const lock = await lockFile(file, place);
    const text = fs.readFileSync(file, "utf8");
    expect(text.endsWith("}\n")).toBe(true);
    expect(JSON.parse(text)).toEqual({
      pid: process.pid,
      host: expect.any(String),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    await expect(lockFile(file, place, { waitMs: 0 })).rejects.toThrow(`"pid":${process.pid}`);
    await lock.release();
    expect(fs.readFileSync(file, "utf8")).toBe("");
  });

  it("trusts nothing the file says, and keeps what was left below its own words until it says more", async () => {
    const file = join(tempFolder(), "x.lock");
    const dead = '{"pid":1,"host":"there","since":"2026-01-15T23:30:00.000Z"}';
    fs.writeFileSync(file, `${dead}\n`.repeat(40));
    const lock = await lockFile(file, place, { waitMs: 0 });
    const [own, ...left] = fs.readFileSync(file, "utf8").split("\n");
    expect(JSON.parse(own!)).toMatchObject({ pid: process.pid });
    expect(left.join("\n")).toBe(lock.left);
    expect(lock.left).toBe(`${dead}\n`.repeat(40).slice(0, 1024));
    // Were this one to die too, what it leaves would still be a lock file's.
    expect(isLockText(fs.readFileSync(file, "utf8"))).toBe(true);
    lock.describe({ run: "r1" });
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid, run: "r1" });
    await lock.release();
    expect(fs.readFileSync(file, "utf8")).toBe("");
  });

  it("never removes its file", async () => {
    const file = join(tempFolder(), "x.lock");
    await (await lockFile(file, place)).release();
    expect(fs.existsSync(file)).toBe(true);
  });

  it("a caller that waits on a file that is removed and made again waits for the new one", async () => {
    const file = join(tempFolder(), "x.lock");
    const old = await lockFile(file, place);
    const waiting = lockFile(file, place, { waitMs: 300 });
    fs.unlinkSync(file);
    const anew = await lockFile(file, place, { waitMs: 0 });
    await old.release();
    expect(await codeOf(waiting)).toBe("LOCK_HELD");
    await anew.release();
  });

  it("a FIFO is NOT_A_FILE and does not hang", async () => {
    const file = join(tempFolder(), "fifo");
    if (spawnSync("mkfifo", [file]).status !== 0) return;
    expect(await codeOf(lockFile(file, place, { waitMs: 0 }))).toBe("NOT_A_FILE");
  });

  it("without koffi and without the command it is LOCK_UNAVAILABLE", async () => {
    const file = join(tempFolder(), "x.lock");
    const calls = flockByCommand("no-such-command");
    await expect(lockFile(file, place, { calls })).rejects.toThrow(/No kernel lock .* koffi/);
    expect(await codeOf(lockFile(file, place, { calls }))).toBe("LOCK_UNAVAILABLE");
  });

  it("a disk that cannot lock is LOCK_UNAVAILABLE at once, with no descriptor left open", async () => {
    const file = join(tempFolder(), "x.lock");
    let fd = -1;
    const calls: FlockCalls = {
      name: "flock(2)",
      tryLock: async (given) => {
        fd = given;
        throw new Error("ENOLCK");
      },
      unlock: () => {},
    };
    expect(await codeOf(lockFile(file, place, { calls }))).toBe("LOCK_UNAVAILABLE");
    expect(() => fs.fstatSync(fd)).toThrow(/EBADF/);
  });

  it("koffi is what is used where it loads", () => {
    expect(defaultFlockCalls().name).toBe(hasKoffi ? "flock(2)" : "flock(1)");
  });

  it.skipIf(!hasKoffi)("koffi reports a file that cannot be locked", async () => {
    await expect(flockByKoffi()?.tryLock(-1)).rejects.toThrow(/EBADF/);
  });
});

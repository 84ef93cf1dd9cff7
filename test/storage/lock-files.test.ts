import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { localDisk, memoryStorage } from "../../src/storage/index.js";
import { lockFile } from "../../src/storage/local/flock.js";
import { type FlockCalls, flockByKoffi, flockCallsOf } from "../../src/storage/local/flock-calls.js";
import { isLockText } from "../../src/storage/local/lock-text.js";
import { errorOf } from "../error-of.js";
import { codeOf } from "./code-of.js";
import { tempFolders } from "./temp-folder.js";

const tempFolder = tempFolders();
const place = { path: "x.lock", where: "test" };
const LINE =
  '{"pid":4711,"host":"there","since":"2026-01-15T23:30:00.000Z","run":"r1","name":"live-score"}\n';

describe("what is taken for a lock file", () => {
  it.each([
    ["an empty one", ""],
    ["one that a holder left", LINE],
    ["one that two holders left", LINE + LINE],
    ["zeros, where a power cut came before the words", "\0".repeat(90)],
  ])("is %s", async (_what, text) => {
    const file = join(tempFolder(), "x.lock");
    fs.writeFileSync(file, text);
    const lock = await lockFile(file, place, { waitMs: 0 });
    expect(lock.left ?? "").toBe(text.replaceAll("\0", ""));
    await lock.release();
    expect(fs.readFileSync(file, "utf8")).toBe("");
  });

  it("is a holder's line that a full disk ended anywhere", () => {
    for (let length = 0; length <= LINE.length; length++)
      expect(isLockText(LINE.slice(0, length))).toBe(true);
  });

  it.each([
    ["settings", '{"zone":"America/New_York"}'],
    ["a process number of another program", '{"pid":1}\n'],
    ["the same with a space", `{"pid": 4711, "host": "there"}`],
    ["a number", "4711\n"],
    ["a line end", "\n"],
    ["a list", "[]"],
    ["Parquet", "PAR1\0\0\0"],
    ["zeros before data", `${"\0".repeat(9)}x`],
    ["zeros, more than any lock file has", "\0".repeat(5000)],
    ["a line like a holder's before data", `${LINE}precious`],
    ["the same behind zeros", `${LINE}${"\0".repeat(2000)}precious`],
    ["a log whose lines begin so", `{"pid":1,"host":"a","level":"info"}\n`.repeat(3)],
    ["a long log of holders", LINE.repeat(400)],
    ["a large table", "game_id,price\n".repeat(100_000)],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x7b])],
  ])("is not a file that holds %s: it is refused and stays as it is", async (_what, content) => {
    const file = join(tempFolder(), "config.json");
    fs.writeFileSync(file, content);
    const before = fs.statSync(file);
    for (const waitMs of [0, 50]) {
      const error = await errorOf(lockFile(file, place, { waitMs }));
      expect(error.code).toBe("NOT_A_LOCK");
      expect(error.message).toContain("was left as it is");
    }
    expect(fs.readFileSync(file).equals(Buffer.from(content))).toBe(true);
    expect(fs.statSync(file).mtimeMs).toBe(before.mtimeMs);
  });

  it("is looked at again once the lock is had: what was put there meanwhile stays", async () => {
    const file = join(tempFolder(), "x.lock");
    const held = await lockFile(file, place);
    const waiting = errorOf(lockFile(file, place));
    fs.writeFileSync(file, "a report");
    await held.release({ unsettled: true });
    expect((await waiting).code).toBe("NOT_A_LOCK");
    expect(fs.readFileSync(file, "utf8")).toBe("a report");
  });

  it("is in memory a name that nothing bears", async () => {
    const storage = memoryStorage();
    await storage.publish("config.json", new TextEncoder().encode("{}"));
    expect(await codeOf(storage.locks.lock("config.json", { waitMs: 0 }))).toBe("NOT_A_LOCK");
    expect(await storage.read("config.json")).toHaveLength(2);
  });
});

describe("a link where a lock file should be", () => {
  it.each([
    ["to a file with data", "data"],
    ["to an empty file", ""],
    ["to a lock file", LINE],
    ["to nothing", undefined],
  ])("%s is not followed", async (_what, target) => {
    const [root, outside] = [tempFolder(), tempFolder()];
    const file = join(outside, "target");
    if (target !== undefined) fs.writeFileSync(file, target);
    fs.mkdirSync(join(root, "runs"));
    fs.symlinkSync(file, join(root, "runs/.lock"));
    const error = await errorOf(localDisk(root).locks.lock("runs/.lock", { waitMs: 0 }));
    expect(error.code).toBe("NOT_A_LOCK");
    expect(error.message).toContain("is a link");
    expect(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined).toBe(target);
  });

  it("put there while it is waited for is not followed either", async () => {
    const [root, outside] = [tempFolder(), tempFolder()];
    const [file, target] = [join(root, "x.lock"), join(outside, "target")];
    const held = await lockFile(file, place);
    const waiting = errorOf(lockFile(file, place));
    fs.renameSync(file, target);
    fs.symlinkSync(target, file);
    await held.release({ unsettled: true });
    expect((await waiting).code).toBe("NOT_A_LOCK");
    expect(fs.readFileSync(target, "utf8")).toContain('"pid"');
  });

  it("above it is followed, as for data", async () => {
    const [root, disk] = [tempFolder(), tempFolder()];
    fs.symlinkSync(disk, join(root, "runs"));
    const lock = await localDisk(root).locks.lock("runs/.lock", { waitMs: 0 });
    expect(await codeOf(localDisk(disk).locks.lock(".lock", { waitMs: 0 }))).toBe("LOCK_HELD");
    await lock.release();
    fs.writeFileSync(join(disk, "config.json"), "{}");
    expect(await codeOf(localDisk(root).locks.lock("runs/config.json"))).toBe("NOT_A_LOCK");
  });
});

describe("a lock whose file is taken away while it is held", () => {
  it("knows that it is lost", async () => {
    const file = join(tempFolder(), "x.lock");
    const lock = await lockFile(file, place);
    expect(lock.isLost?.()).toBe(false);
    fs.unlinkSync(file);
    expect(lock.isLost?.()).toBe(true);
    const other = await lockFile(file, place, { waitMs: 0 });
    expect([lock.isLost?.(), other.isLost?.()]).toEqual([true, false]);
    await lock.release();
    await other.release();
    expect(other.isLost?.()).toBe(false);
  });
});

describe("LOCK_HELD", () => {
  it.each([
    ["on disk", () => localDisk(tempFolder())],
    ["in memory", () => memoryStorage()],
  ])("%s speaks of waitMs only to who gave it", async (_where, make) => {
    const storage = make();
    const lock = await storage.locks.lock("l");
    expect((await errorOf(storage.locks.lock("l", { waitMs: 5 }))).message).toMatch(
      /after 5 ms; wait longer with waitMs/,
    );
    await lock.release();
  });
});

describe("a way to lock that cannot be had just now", () => {
  const calls: FlockCalls = { name: "flock(2)", tryLock: async () => true, unlock: () => {} };

  it("is asked for again, and one that was found is kept", () => {
    const answers = [undefined, undefined, calls, undefined];
    const find = flockCallsOf(() => answers.shift());
    expect([find(), find(), find(), find()].map(({ name }) => name)).toEqual([
      "flock(1)",
      "flock(1)",
      "flock(2)",
      "flock(2)",
    ]);
    expect(answers).toHaveLength(1);
  });

  it.each([
    "EMFILE",
    "ENFILE",
    "EAGAIN",
    "ENOMEM",
  ])("for %s is STORAGE_FAILED, and not a place without locks", async (code) => {
    const failing = { ...calls, tryLock: () => Promise.reject(Object.assign(new Error(code), { code })) };
    const error = await errorOf(lockFile(join(tempFolder(), "x.lock"), place, { calls: failing }));
    expect(error.code).toBe("STORAGE_FAILED");
    expect(error.details.cause).toBe(code);
  });

  it.skipIf(flockByKoffi() === undefined)(
    "for want of descriptors at the first lock does not bind the process to the flock command",
    () => {
      const script = fileURLToPath(new URL("./children/lock-when-full.ts", import.meta.url));
      const command = `ulimit -n 256; exec "$0" --import tsx "$1" "$2"`;
      const { stdout, stderr } = spawnSync(
        "bash",
        ["-c", command, process.execPath, script, join(tempFolder(), "x.lock")],
        { encoding: "utf8" },
      );
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual({
        first: "flock(1)",
        firstLock: "STORAGE_FAILED EMFILE",
        later: "flock(2)",
        laterLock: "locked",
      });
    },
  );
});

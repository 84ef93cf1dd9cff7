import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localDisk } from "../../src/storage/index.js";
import { lockFile } from "../../src/storage/local/flock.js";
import { modeLike } from "../../src/storage/local/follow-folder.js";
import { startChild } from "./child.js";
import { codeOf } from "./code-of.js";
import { tempFolders } from "./temp-folder.js";
import { whole } from "./whole.js";

const tempFolder = tempFolders();
const place = { path: "x.lock", where: "test" };
const modeOf = (path: string) => fs.statSync(path).mode & 0o777;

/** A folder of this user's own group, with that mode. */
function folderOf(mode: number): string {
  const folder = tempFolder();
  if (process.getgid) fs.chownSync(folder, -1, process.getgid());
  fs.chmodSync(folder, mode);
  return folder;
}

describe("what is made in a shared folder", () => {
  it.each([
    // folder, same group, umask's result; file, folder below
    [0o755, true, 0o644, 0o755, 0o644, 0o755],
    [0o775, true, 0o644, 0o755, 0o664, 0o775],
    [0o2775, true, 0o644, 0o2755, 0o664, 0o2775],
    [0o770, true, 0o600, 0o700, 0o660, 0o770],
    [0o775, false, 0o644, 0o755, 0o644, 0o755],
    [0o777, false, 0o644, 0o755, 0o646, 0o757],
    [0o1777, false, 0o644, 0o755, 0o644, 0o755],
    [0o700, true, 0o644, 0o755, 0o644, 0o755],
  ])("below %o (own group: %s) %o and %o become %o and %o", (above, isOwn, file, folder, fileIs, folderIs) => {
    const gid = isOwn ? 5 : 6;
    expect(modeLike({ mode: above, gid: 5 }, { mode: file, gid }, "file")).toBe(fileIs);
    expect(modeLike({ mode: above, gid: 5 }, { mode: folder, gid }, "folder")).toBe(folderIs);
  });

  it("can be locked, and written below, by everyone who can write there", async () => {
    const root = folderOf(0o2770);
    const storage = localDisk(root);
    await (await storage.locks.lock("runs/.lock")).release();
    await storage.publish("bronze/odds_raw/date=2026-01-15/odds.parquet", whole(1));
    expect(modeOf(join(root, "runs/.lock")) & 0o060).toBe(0o060);
    for (const folder of ["runs", "bronze", "bronze/odds_raw", "bronze/odds_raw/date=2026-01-15"])
      expect(modeOf(join(root, folder)) & 0o070).toBe(0o070);
  });

  it("is its maker's own where the folder is", async () => {
    const root = folderOf(0o755);
    await (await localDisk(root).locks.lock("runs/.lock")).release();
    expect(modeOf(join(root, "runs/.lock")) & 0o022).toBe(0);
    expect(modeOf(join(root, "runs")) & 0o022).toBe(0);
  });
});

describe("a lock file of another user, who lets others read only", () => {
  it("is locked all the same: it excludes both ways, and says who held it before", async () => {
    const folder = folderOf(0o777);
    const file = join(folder, "x.lock");
    const line = '{"pid":1,"host":"there","since":"2026-01-15T23:30:00.000Z"}\n';
    fs.writeFileSync(file, line);
    fs.chmodSync(file, 0o444);
    const holder = startChild("lock-as-nobody", file, "hold");
    await holder.ready();
    expect(holder.lines()).toEqual(["locked"]);
    expect(await codeOf(lockFile(file, place, { waitMs: 0 }))).toBe("LOCK_HELD");
    await holder.ended(true);
    const lock = await lockFile(file, place, { waitMs: 0 });
    expect(lock.left).toBe(line);
    const other = startChild("lock-as-nobody", file);
    await other.ready();
    expect(other.lines()).toEqual(["LOCK_HELD"]);
    await lock.release();
    await other.ended();
  });
});

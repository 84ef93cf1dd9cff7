import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import { localDisk } from "../../src/storage/index.js";
import { codeOf } from "./code-of.js";
import { locksContract, storageContract } from "./contract.js";
import { versionContract } from "./reading-contract.js";
import { tempFolders } from "./temp-folder.js";
import { whole } from "./whole.js";

const tempFolder = tempFolders();

storageContract("local disk", async () => localDisk(tempFolder()));
locksContract("local disk", async () => localDisk(tempFolder()));
versionContract("local disk", async () => localDisk(tempFolder()));
storageContract("local disk at a root that does not exist yet", async () =>
  localDisk(join(tempFolder(), "not/yet")),
);

describe("localDisk", () => {
  it("writes below its root, as plain files", async () => {
    const root = tempFolder();
    await localDisk(root).publish("a/b", whole(1));
    expect(new Uint8Array(fs.readFileSync(join(root, "a/b")))).toEqual(whole(1));
    expect(fs.statSync(join(root, "a/b")).nlink).toBe(1);
    expect(fs.readdirSync(join(root, "a"))).toEqual(["b"]);
  });

  it.each(["", "a\0b"])("root %j is refused", (root) => {
    expect(() => localDisk(root)).toThrow(
      expect.toSatisfy((error: unknown) => isBronzeError(error, "INVALID_ARGUMENT")),
    );
  });

  it("follows links to files and folders and lists dangling ones and loops, whose data would otherwise be missing silently", async () => {
    const root = tempFolder();
    const storage = localDisk(root);
    await storage.publish("folder/file", whole(1));
    fs.symlinkSync("folder/file", join(root, "to-file"));
    fs.symlinkSync("folder", join(root, "to-folder"));
    fs.symlinkSync("nowhere", join(root, "dangling"));
    fs.symlinkSync("loop", join(root, "loop"));
    expect(await storage.list("")).toEqual([
      { name: "dangling", kind: "file" },
      { name: "folder", kind: "folder" },
      { name: "loop", kind: "file" },
      { name: "to-file", kind: "file" },
      { name: "to-folder", kind: "folder" },
    ]);
    expect(await storage.read("to-file")).toEqual(whole(1));
    expect(await storage.read("to-folder/file")).toEqual(whole(1));
    expect(await codeOf(storage.read("dangling"))).toBe("NOT_FOUND");
    expect(await storage.publish("dangling", whole(2))).toBe(false);
    expect(await codeOf(storage.read("loop"))).toBe("STORAGE_FAILED");
  });

  it("a FIFO and a device are no files and do not hang", async () => {
    const root = tempFolder();
    const storage = localDisk(root);
    fs.symlinkSync("/dev/zero", join(root, "zero"));
    expect(await codeOf(storage.read("zero"))).toBe("NOT_A_FILE");
    if (spawnSync("mkfifo", [join(root, "fifo")]).status !== 0) return;
    expect(await codeOf(storage.read("fifo"))).toBe("NOT_A_FILE");
    expect(await codeOf(storage.stat("fifo"))).toBe("NOT_A_FILE");
    expect(await storage.list("")).toEqual([]);
    await storage.replace("fifo", whole(1));
    expect(await storage.read("fifo")).toEqual(whole(1));
  });

  it("thousands of writes at once do not run out of descriptors", async () => {
    const root = tempFolder();
    const storage = localDisk(root);
    const open: number[] = [];
    const timer = setInterval(() => open.push(openDescriptors()), 1);
    const won = await Promise.all(Array.from({ length: 500 }, (_, n) => storage.publish(`f-${n}`, whole(n))));
    clearInterval(timer);
    expect(won.every(Boolean)).toBe(true);
    expect(Math.max(0, ...open)).toBeLessThan(openDescriptors() + 40);
  });
});

function openDescriptors(): number {
  return fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0;
}

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import { localDisk, type Storage } from "../../src/storage/index.js";
import { startChild } from "./child.js";
import { codeOf } from "./code-of.js";
import { locksContract, storageContract } from "./contract.js";
import { tempFolders } from "./temp-folder.js";
import { isWhole, numberOf, whole } from "./whole.js";

const tempFolder = tempFolders();

storageContract("local disk", async () => localDisk(tempFolder()));
locksContract("local disk", async () => localDisk(tempFolder()));
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

  it("follows links to files and folders and lists dangling ones and loops, whose data would else be gone in silence", async () => {
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

describe("processes on one disk", () => {
  it("of 12 that publish one path one wins, and the file is the winner's", async () => {
    const root = tempFolder();
    const children = Array.from({ length: 12 }, (_, n) =>
      startChild("publish-once", root, "new/folder/file", String(n)),
    );
    await Promise.all(children.map((child) => child.ready()));
    for (const child of children) child.go();
    const codes = await Promise.all(children.map((child) => child.ended()));
    expect(codes).toEqual(children.map(() => 0));
    const answers = children.map((child) => child.lines()[1]);
    expect(answers.filter((answer) => answer === "true")).toHaveLength(1);
    expect(answers.filter((answer) => answer === "false")).toHaveLength(11);
    const bytes = await localDisk(root).read("new/folder/file");
    expect(bytes).toEqual(whole(answers.indexOf("true"), 300_000));
    expect(fs.readdirSync(join(root, "new/folder"))).toEqual(["file"]);
  });

  it("a kill at any moment loses nothing acknowledged and leaves nothing half", async () => {
    const roots = Array.from({ length: 16 }, tempFolder);
    let acknowledged = 0;
    let n = 0;
    await eachOf(4, roots, async (root) => {
      const child = startChild("write-forever", root);
      await child.ready();
      child.go();
      // Some are killed at their first writes, most some writes later, however slow the machine is.
      const writes = n++ % 4;
      while (child.lines().length <= writes) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      await child.ended(true);
      acknowledged += await checkAfterKill(localDisk(root), child.lines().slice(1));
    });
    expect(acknowledged).toBeGreaterThan(16);
  });
});

/** Everything printed is there, everything visible is whole. */
async function checkAfterKill(storage: Storage, lines: string[]): Promise<number> {
  let latest = 0;
  for (const line of lines) {
    const [what, path = "", n] = line.split(" ");
    if (what === "published") expect(numberOf(await storage.read(path))).toBe(Number(n));
    else latest = Number(n);
  }
  for (const folder of await storage.list("")) {
    if (folder.kind !== "folder") continue;
    for (const { name } of await storage.list(folder.name)) {
      if (!name.startsWith(".")) expect(isWhole(await storage.read(`${folder.name}/${name}`))).toBe(true);
    }
  }
  if (latest > 0) {
    const bytes = await storage.read("latest");
    expect(isWhole(bytes)).toBe(true);
    expect(numberOf(bytes)).toBeGreaterThanOrEqual(latest);
  }
  return lines.length;
}

/** Runs `work` on each item, `limit` at a time. */
async function eachOf<T>(limit: number, items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    }),
  );
}

function openDescriptors(): number {
  return fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0;
}

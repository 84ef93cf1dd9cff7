import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localDisk, type Storage } from "../../src/storage/index.js";
import { startChild } from "./child.js";
import { tempFolders } from "./temp-folder.js";
import { isWhole, numberOf, whole } from "./whole.js";

const tempFolder = tempFolders();

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

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { localDisk } from "../../src/storage/index.js";
import { tempFolders } from "./temp-folder.js";

const tempFolder = tempFolders();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A disk that is watched: what is done to it, and what it then tells. */
async function watched() {
  const root = tempFolder();
  mkdirSync(join(root, "bronze/day"), { recursive: true });
  const storage = localDisk(root);
  let told: () => void = () => {};
  const stop = (await storage.watch!(() => told()))!;
  stops.push(stop);
  const isTold = () =>
    new Promise<void>((resolve) => {
      told = resolve;
    });
  return { root, storage, stop, isTold };
}

describe("watching a local disk", () => {
  it("tells of a file that is published, replaced and removed, by this process or by whoever", async () => {
    const { root, storage, isTold } = await watched();
    const bytes = new Uint8Array([1]);
    for (const change of [
      () => storage.publish("bronze/day/a.parquet", bytes),
      () => storage.replace("bronze/day/a.parquet", bytes),
      () => storage.remove("bronze/day/a.parquet"),
      () => writeFileSync(join(root, "bronze/day/b.parquet"), "b"),
      () => rmSync(join(root, "bronze/day"), { recursive: true }),
    ]) {
      const told = isTold();
      await change();
      await told;
    }
  });

  it("tells of what comes into folders that were made later, and made again", async () => {
    const { root, isTold } = await watched();
    for (let times = 0; times < 2; times++) {
      const made = isTold();
      mkdirSync(join(root, "bronze/next/run=1"), { recursive: true });
      await made;
      // The folder's own watch is there once it has told of something in it.
      for (const name of ["a", "b"]) {
        const told = isTold();
        writeFileSync(join(root, `bronze/next/run=1/${name}.parquet`), name);
        await told;
      }
      const gone = isTold();
      rmSync(join(root, "bronze/next"), { recursive: true });
      await gone;
    }
  });

  it("says nothing of temporary files and locks, and nothing any more once it is ended", async () => {
    const { root, storage, stop, isTold } = await watched();
    let number = 0;
    const first = isTold().then(() => number);
    for (const name of [".a.tmp", ".lock"]) writeFileSync(join(root, "bronze/day", name), "x");
    await new Promise((resolve) => setImmediate(resolve));
    number = 1;
    await storage.publish("bronze/day/a.parquet", new Uint8Array([1]));
    expect(await first).toBe(1);
    stop();
    let isLate = false;
    void isTold().then(() => {
      isLate = true;
    });
    await storage.publish("bronze/day/b.parquet", new Uint8Array([1]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isLate).toBe(false);
  });

  it("says that it cannot tell of a folder that is not there", async () => {
    expect(await localDisk(join(tempFolder(), "none")).watch!(() => {})).toBeUndefined();
  });
});

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localDisk, type Storage } from "../../src/storage/index.js";
import { tempName } from "../../src/storage/local/temp-files.js";
import { startChild } from "./child.js";
import { tempFolders } from "./temp-folder.js";
import { whole } from "./whole.js";

const tempFolder = tempFolders();
const isLinux = fs.existsSync("/proc/sys/kernel/random/boot_id");

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync("true").pid;
}

function plant(folder: string, name: string, { daysOld = 0 } = {}): string {
  const file = join(folder, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file, "half a file");
  const then = fs.statSync(folder).mtimeMs / 1000 - daysOld * 86_400;
  fs.utimesSync(file, then, then);
  return file;
}

const ofProcess = (pid: number) => tempName("odds.parquet").replace(`.${process.pid}-`, `.${pid}-`);
const OF_0_1 = `.odds.parquet.${deadPid()}-0123456789ab.tmp`;
const ELSEWHERE = `.odds.parquet.${deadPid()}-00000000-0123456789ab.tmp`;

const writes: Record<string, (storage: Storage) => Promise<unknown>> = {
  publish: (storage) => storage.publish("a/new", whole(1)),
  "publish of what is there": (storage) => storage.publish("a/old", whole(1)),
  replace: (storage) => storage.replace("a/old", whole(2)),
  remove: (storage) => storage.remove("a/old"),
  "remove of nothing": (storage) => storage.remove("a/none"),
};

describe.each(Object.entries(writes))("the first %s in a folder", (_name, write) => {
  async function left(...temps: [name: string, daysOld?: number][]): Promise<string[]> {
    const root = tempFolder();
    fs.mkdirSync(join(root, "a"));
    fs.writeFileSync(join(root, "a/old"), "old");
    for (const [name, daysOld] of temps) plant(join(root, "a"), name, { daysOld });
    await write(localDisk(root));
    return fs.readdirSync(join(root, "a")).filter((name) => name.startsWith("."));
  }

  it.skipIf(!isLinux)("removes the temp files of processes that are gone", async () => {
    expect(await left([ofProcess(deadPid())])).toEqual([]);
  });

  it("keeps those of this process and of others that live, however they are used", async () => {
    const parent = ofProcess(process.ppid);
    const own = tempName("odds.parquet");
    expect((await left([parent], [own])).sort()).toEqual([parent, own].sort());
  });

  it("removes what is a day older than the folder's last change, whosever it is", async () => {
    expect(await left([OF_0_1, 1.1], [ELSEWHERE, 2], [ofProcess(process.ppid), 3])).toEqual([]);
  });

  it("keeps what is younger, where it is unknown whether its writer lives", async () => {
    expect(await left([OF_0_1, 0.9], [ELSEWHERE, 0])).toEqual([OF_0_1, ELSEWHERE].sort());
  });

  it("touches no name that is not a temp file's", async () => {
    const names = [".odds.parquet.lock", ".x.tmp", ".odds.parquet.1-a.tmp", ".hidden"];
    expect((await left(...names.map((name): [string, number] => [name, 9]))).sort()).toEqual(names.sort());
  });
});

describe("a writer that is killed before its file has its name", () => {
  it.skipIf(!isLinux)(
    "leaves a temp file while it lives, and nothing after the next writer of the folder",
    async () => {
      const root = tempFolder();
      const temps = () => fs.readdirSync(join(root, "a")).filter((name) => name.endsWith(".tmp"));
      const child = startChild("write-half", root, "a/odds.parquet");
      await child.ready();
      await localDisk(root).publish("a/other", whole(2));
      expect(temps()).toHaveLength(1);
      await child.ended(true);
      expect(temps()).toHaveLength(1);
      await localDisk(root).publish("a/odds.parquet", whole(1));
      expect(fs.readdirSync(join(root, "a")).sort()).toEqual(["odds.parquet", "other"]);
    },
  );
});

import { execFile } from "node:child_process";
import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BronzeStore, leakCheck, localDisk, memoryStorage, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { nodeDiskCalls } from "../../src/storage/disk-calls.js";
import { localDiskOver } from "../../src/storage/local-disk.js";
import { columnFromCells, encodeParquet } from "../../src/table/index.js";
import { errorOf } from "../error-of.js";
import { query } from "../second-reader/duckdb.js";
import { tempFolders } from "../storage/temp-folder.js";
import {
  CUTOFFS,
  DATE,
  ENTRIES,
  entriesIn,
  everythingOf,
  LATER,
  settled,
  twoStores,
} from "./cached-stores.js";
import { filesIn, injuries, odds, quote, report, run } from "./feeds.js";

const temp = tempFolders();

/** Three runs of quotes and three reports. */
async function writeDay(storage: Storage, times = 3): Promise<void> {
  const { plain } = twoStores(storage);
  for (let i = 0; i < times; i++) {
    const at = `2026-01-15T17:${10 + i}:00Z`;
    await plain.write(
      "odds_raw",
      [quote("g1", "dk", -110 - i, at), quote("g1", "fd", 100 + i, null)],
      run(`r${i}`, at),
    );
    await plain.write(
      "injuries_raw",
      report(`2026-01-15T${17 + (i % 6)}:30:00Z`, i === 1 ? { a: "Out" } : { a: "Out", b: "In" }),
    );
  }
}

async function filledDisk() {
  const root = temp();
  const disk = localDisk(root);
  await writeDay(disk);
  // Whole seconds, which can be set again.
  for (const path of await filesIn(disk)) utimesSync(join(root, path), 1_768_600_000, 1_768_600_000);
  return { root, disk };
}

/** How many Parquet files a piece of work opens. */
async function opens(storage: ReturnType<typeof settled>, work: () => Promise<unknown>): Promise<number> {
  const before = storage.opened.length;
  await work();
  return storage.opened.slice(before).filter((path) => path.endsWith(".parquet")).length;
}

const read = ({ cached }: { cached: unknown }) =>
  (cached as ReturnType<typeof twoStores>["cached"])
    .asOf("2026-01-15T17:20:00Z")
    .read("odds_raw", { date: DATE });

describe("a second question about a closed day", () => {
  it.each([
    "odds_raw",
    "injuries_raw",
  ])("opens no file of %s, and has the same answer in everything", async (name) => {
    for (const make of [() => memoryStorage(), () => localDisk(temp())]) {
      const storage = settled(make());
      await writeDay(storage);
      const truth = await everythingOf(twoStores(storage).plain, name);
      expect(await everythingOf(twoStores(storage).cached, name)).toEqual(truth);
      const { cached } = twoStores(storage);
      const opened = await opens(storage, async () =>
        expect(await everythingOf(cached, name)).toEqual(truth),
      );
      expect(opened).toBe(0);
      expect(await entriesIn(storage)).toHaveLength(2); // with the day before, and without
    }
  });

  it("has an entry of its own for each way to ask: days, prefer, includeRuns", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    const { cached } = twoStores(storage);
    const asked = [
      {},
      { includeRuns: false },
      { prefer: "latest" },
      { lookbackDays: 1 },
      { onCorrupt: "skip" },
    ] as const;
    for (const options of asked) await cached.timeline("odds_raw", { date: DATE, ...options });
    // Without runs there are no files, and what is corrupt is kept in no entry.
    expect(await entriesIn(storage)).toHaveLength(3);
  });
});

describe("nothing is kept", () => {
  it("unless it was asked for", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    const before = await storage.list("");
    for (const cache of [undefined, false] as const) {
      const bronze = new BronzeStore({ storage, datasets: [odds], ...(cache === false && { cache }) });
      await bronze.timeline("odds_raw", { date: DATE });
    }
    expect(await storage.list("")).toEqual(before);
  });

  it.each([
    ["2026-01-15T20:00:00Z", 0],
    ["2026-01-16T11:59:59.999Z", 0],
    ["2026-01-16T12:00:00Z", 1],
  ])("of a day that is not over everywhere: at %s there are %i entries", async (now, entries) => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    await read(twoStores(storage, {}, now));
    expect(await entriesIn(storage)).toHaveLength(entries);
  });

  it("of a day without files", async () => {
    const storage = settled(memoryStorage());
    expect((await read(twoStores(storage))).length).toBe(0);
    expect(await storage.list("")).toEqual([]);
  });

  it("of files that change while they are read, and the answer is that of the files", async () => {
    const memory = settled(memoryStorage());
    await writeDay(memory);
    const [first, second] = await filesIn(memory, "bronze/odds_raw");
    const old = await memory.read(first!);
    const replaced = await (async () => {
      const elsewhere = memoryStorage();
      await writeDay(elsewhere, 2);
      return elsewhere.read(second!);
    })();
    let changes = 0;
    const storage: Storage = {
      ...memory,
      read: async (path) => {
        // Between reading the first file and reading the second, the first becomes another, and later what it was.
        if (path === second) await memory.replace(first!, changes++ % 2 === 0 ? replaced : old);
        return memory.read(path);
      },
    };
    await read(twoStores(storage));
    expect(changes).toBeGreaterThan(0);
    expect(await entriesIn(memory)).toEqual([]);
    expect(await everythingOf(twoStores(memory).cached, "odds_raw")).toEqual(
      await everythingOf(twoStores(memory).plain, "odds_raw"),
    );
  });

  it("of a storage that cannot tell one state of a file from another", async () => {
    const { identify, ...storage } = memoryStorage();
    await writeDay(storage);
    await read(twoStores(storage));
    expect(await entriesIn(storage)).toEqual([]);
  });

  it("of days whose files are in error, and the error is the same each time", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    const [path] = await filesIn(storage, "bronze/odds_raw");
    await storage.replace(path!, (await storage.read(path!)).subarray(0, 100));
    const truth = await everythingOf(twoStores(storage).plain, "odds_raw");
    const { cached } = twoStores(storage);
    for (let i = 0; i < 2; i++) expect(await everythingOf(cached, "odds_raw")).toEqual(truth);
    expect(await entriesIn(storage)).toEqual([]);
  });

  it.each([
    { cache: 5 },
    { cache: "on" },
    { cache: { maxbytes: 5 } },
    { cache: { maxBytes: -1 } },
    { cache: null },
  ])("for %j, which is refused", async (options) => {
    const make = async () => new BronzeStore({ root: "data", datasets: [odds], ...(options as object) });
    expect((await errorOf(make())).code).toBe("INVALID_ARGUMENT");
  });
});

describe("an entry whose files changed is not used", () => {
  async function changed(change: (storage: Storage, root: string) => Promise<void>) {
    const { root, disk } = await filledDisk();
    const storage = settled(disk);
    await everythingOf(twoStores(storage).cached, "odds_raw");
    const old = await everythingOf(twoStores(storage).plain, "odds_raw");
    await change(storage, root);
    const truth = await everythingOf(twoStores(storage).plain, "odds_raw");
    expect(await everythingOf(twoStores(storage).cached, "odds_raw")).toEqual(truth);
    // What was made of it is used again.
    const again = await opens(storage, () => read(twoStores(storage)));
    expect(again).toBe(0);
    return { old, truth };
  }

  /** Another file of the same length: another price. */
  async function otherOfSameSize(storage: Storage): Promise<{ path: string; bytes: Uint8Array }> {
    const [path] = await filesIn(storage, "bronze/odds_raw");
    const elsewhere = memoryStorage();
    await twoStores(elsewhere).plain.write(
      "odds_raw",
      [quote("g1", "dk", -119, "2026-01-15T17:10:00Z"), quote("g1", "fd", 100, null)],
      run("r0", "2026-01-15T17:10:00Z"),
    );
    const bytes = await elsewhere.read(path!);
    expect(bytes.byteLength).toBe((await storage.stat(path!))!.sizeBytes);
    return { path: path!, bytes };
  }

  it("a new file", async () => {
    const { old, truth } = await changed(async (storage) => {
      const at = "2026-01-15T17:15:00Z";
      await twoStores(storage).plain.write("odds_raw", [quote("g1", "dk", 500, at)], run("late", at));
    });
    expect(truth).not.toEqual(old);
  });

  it("a file less", async () => {
    const { old, truth } = await changed(async (storage) => {
      await storage.remove((await filesIn(storage, "bronze/odds_raw"))[1]!);
    });
    expect(truth).not.toEqual(old);
  });

  it("a file that was moved to another run, its bytes the same", async () => {
    const { old, truth } = await changed(async (storage) => {
      const path = (await filesIn(storage, "bronze/odds_raw"))[2]!;
      const bytes = await storage.read(path);
      await storage.remove(path);
      await storage.publish(path.replace(/run_ts=\w+/, "run_ts=20260115T235900Z"), bytes);
    });
    expect(truth).not.toEqual(old);
  });

  it("another file of the same size and modification time under the same name", async () => {
    const { old, truth } = await changed(async (storage, root) => {
      const { path, bytes } = await otherOfSameSize(storage);
      const file = join(root, path);
      const { atime, mtime } = statSync(file);
      writeFileSync(`${file}.new`, bytes);
      utimesSync(`${file}.new`, atime, mtime);
      renameSync(`${file}.new`, file);
      expect(statSync(file).mtimeMs).toBe(mtime.getTime());
    });
    expect(truth).not.toEqual(old);
  });

  it("a file written over in place, its modification time set back", async () => {
    const { old, truth } = await changed(async (storage, root) => {
      const { path, bytes } = await otherOfSameSize(storage);
      const file = join(root, path);
      const { atime, mtime, ino } = statSync(file);
      writeFileSync(file, bytes);
      utimesSync(file, atime, mtime);
      expect(statSync(file).ino).toBe(ino);
    });
    expect(truth).not.toEqual(old);
  });

  it("a file whose bytes changed under a token that did not, within the time in which tokens prove nothing", async () => {
    // A disk whose clock stands still.
    const memory = memoryStorage();
    const storage = settled(memory);
    const still: Storage = {
      ...storage,
      identify: async (path) => {
        const identity = await memory.identify!(path);
        return identity && { token: "always", sizeBytes: identity.sizeBytes, changedMs: Date.now() };
      },
    };
    await writeDay(still);
    await read(twoStores(still));
    expect(await entriesIn(still)).toHaveLength(1);
    const { path, bytes } = await otherOfSameSize(still);
    await still.replace(path, bytes);
    const { cached, plain } = twoStores(still);
    expect(await everythingOf(cached, "odds_raw")).toEqual(await everythingOf(plain, "odds_raw"));
    expect((await read({ cached })).get({ game_id: "g1", book: "dk" })).toEqual(
      (await read({ cached: plain })).get({ game_id: "g1", book: "dk" }),
    );
  });

  it("and is not made anew while files keep landing", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    await read(twoStores(storage));
    const [entry] = await entriesIn(storage);
    const before = await storage.read(entry!);
    const young: Storage = {
      ...storage,
      identify: async (path) => {
        const identity = await storage.identify!(path);
        return identity && { ...identity, changedMs: Date.now() - 30_000 };
      },
    };
    await twoStores(storage).plain.write(
      "odds_raw",
      [quote("g1", "dk", 1, CUTOFFS[1]!)],
      run("x", CUTOFFS[1]!),
    );
    const { cached, plain } = twoStores(young);
    expect(await everythingOf(cached, "odds_raw")).toEqual(await everythingOf(plain, "odds_raw"));
    expect(await storage.read(entry!)).toEqual(before);
    await read(twoStores(storage));
    expect(await storage.read(entry!)).not.toEqual(before);
  });
});

describe("an entry whose files are the same under new tokens is used", () => {
  it("after their bytes were compared, and from then on without", async () => {
    const { root, disk } = await filledDisk();
    const storage = settled(disk);
    await read(twoStores(storage));
    for (const path of await filesIn(storage, "bronze/odds_raw")) utimesSync(join(root, path), 1, 1);
    const opened = () => opens(storage, () => read(twoStores(storage)));
    expect(await opened()).toBe(3);
    expect(await opened()).toBe(0);
  });

  it("and while files are too young for their tokens, their bytes are compared each time", async () => {
    const { disk } = await filledDisk();
    const storage = { ...settled(disk), identify: disk.identify! };
    const opened = () => opens(storage, () => read(twoStores(storage)));
    await opened();
    const [entry] = await entriesIn(storage);
    const written = await storage.read(entry!);
    expect(await opened()).toBe(3);
    expect(await storage.read(entry!)).toEqual(written);
  });
});

describe("an entry under another definition of the dataset is not used", () => {
  const at = "2026-01-15T17:20:00Z";
  const { timestamps } = odds;
  const others = {
    key: { ...odds, key: ["game_id"] },
    partitionIs: { ...odds, partitionIs: "snapshot" },
    earliestNs: { ...odds, timestamps: { ...timestamps, earliestNs: BigInt(Date.parse(at)) * 1_000_000n } },
    maxLeadNs: { ...odds, timestamps: { ...timestamps, maxLeadNs: 0n } },
    unreliable: { ...odds, timestamps: { ...timestamps, unreliable: true } },
    fallback: { ...odds, timestamps: { ...timestamps, fallback: "never" } },
    ingested: { ...odds, timestamps: { ...timestamps, ingested: "as_of_ts" } },
    columns: { ...odds, columns: new Map([...odds.columns].filter(([name]) => name !== "price")) },
    integers: {
      ...odds,
      columns: new Map(
        [...odds.columns].map(([name, column]) => [name, { ...column, integers: "bigint" as const }]),
      ),
    },
    scope: { ...injuries, name: "odds_raw", partitionIs: "snapshot", key: ["game_id"], scope: ["game_id"] },
  } as const;

  it.each(Object.entries(others))("%s", async (_, other) => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    await everythingOf(twoStores(storage).cached, "odds_raw");
    const before = (await entriesIn(storage)).length;
    const { cached, plain } = twoStores(storage, { datasets: [other as unknown as typeof odds] });
    for (let i = 0; i < 2; i++)
      expect(await everythingOf(cached, "odds_raw")).toEqual(await everythingOf(plain, "odds_raw"));
    expect((await entriesIn(storage)).length).toBeGreaterThan(before);
  });

  it.each(Object.entries(others))("%s, nor where its name, a short hash, is the same", async (_, other) => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    await everythingOf(twoStores(storage).cached, "odds_raw");
    const ofOdds = await entriesIn(storage);
    const options = { datasets: [other as unknown as typeof odds] };
    await everythingOf(twoStores(storage, options).cached, "odds_raw");
    const ofOther = (await entriesIn(storage)).filter((entry) => !ofOdds.includes(entry));
    for (const entry of ofOdds) {
      for (const sameName of ofOther) await storage.replace(sameName, await storage.read(entry));
      const { cached, plain } = twoStores(storage, options);
      expect(await everythingOf(cached, "odds_raw")).toEqual(await everythingOf(plain, "odds_raw"));
    }
  });

  it("but a tombstone test, which is asked of rows and kept nowhere, is the present one's", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    await read(twoStores(storage));
    const gone = { ...odds, tombstone: ({ book }: Record<string, unknown>) => book === "dk" };
    const { cached } = twoStores(storage, { datasets: [gone as typeof odds] });
    const opened = await opens(storage, async () => expect((await read({ cached })).length).toBe(1));
    expect(opened).toBe(0);
  });
});

describe("an entry that is not what was written is made anew", () => {
  async function filledMemory() {
    const storage = settled(memoryStorage());
    await twoStores(storage).plain.write(
      "odds_raw",
      [quote("g1", "dk", -110, CUTOFFS[1]!)],
      run("r", CUTOFFS[1]!),
    );
    await read(twoStores(storage));
    const [entry] = await entriesIn(storage);
    return { storage, entry: entry!, bytes: await storage.read(entry!) };
  }

  it("whichever byte is flipped", async () => {
    const { storage, entry, bytes } = await filledMemory();
    const truth = (await read({ cached: twoStores(storage).plain })).rows();
    for (let at = 0; at < bytes.length; at++) {
      const bad = bytes.slice();
      bad[at]! ^= 1 << (at & 7);
      await storage.replace(entry, bad);
      const { cached } = twoStores(storage);
      const opened = await opens(storage, async () => expect((await read({ cached })).rows()).toEqual(truth));
      expect(opened, `byte ${at}`).toBe(1);
    }
    expect(await opens(storage, () => read(twoStores(storage)))).toBe(0);
  });

  it("wherever it was cut short", async () => {
    const { storage, entry, bytes } = await filledMemory();
    const truth = (await read({ cached: twoStores(storage).plain })).rows();
    for (let length = 0; length < bytes.length; length += 7) {
      await storage.replace(entry, bytes.slice(0, length));
      const { cached } = twoStores(storage);
      const opened = await opens(storage, async () => expect((await read({ cached })).rows()).toEqual(truth));
      expect(opened, `${length} bytes`).toBe(1);
    }
  });

  it("or is a folder, or of another day under its name", async () => {
    const { storage, entry } = await filledMemory();
    const truth = (await read({ cached: twoStores(storage).plain })).rows();
    const other = settled(memoryStorage());
    await writeDay(other);
    await read(twoStores(other));
    await storage.replace(entry, await other.read((await entriesIn(other))[0]!));
    expect((await read(twoStores(storage))).rows()).toEqual(truth);
    await storage.remove(entry);
    await storage.publish(`${entry}/x`, Uint8Array.of(1));
    expect((await read(twoStores(storage))).rows()).toEqual(truth);
  });
});

describe("the cache may be in any state, and may lose anything at any time", () => {
  it("is made again when it is gone", async () => {
    const { root, disk } = await filledDisk();
    const storage = settled(disk);
    await read(twoStores(storage));
    rmSync(join(root, ".cache"), { recursive: true });
    expect(await opens(storage, () => read(twoStores(storage)))).toBe(3);
    expect(await opens(storage, () => read(twoStores(storage)))).toBe(0);
  });

  it("can be deleted between any two calls of a read", async () => {
    const { root, disk } = await filledDisk();
    const storage = settled(disk);
    const truth = await everythingOf(twoStores(storage).plain, "odds_raw");
    let calls = 0;
    const counted = (at: number): Storage => {
      calls = 0;
      const watched = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => {
        return async (...args: Args) => {
          if (calls++ === at) rmSync(join(root, ".cache"), { recursive: true, force: true });
          return call(...args);
        };
      };
      return {
        ...storage,
        list: watched(storage.list),
        read: watched(storage.read),
        stat: watched(storage.stat),
        identify: watched(storage.identify!),
        replace: watched(storage.replace),
        publish: watched(storage.publish),
      };
    };
    const ask = async (at: number) => (await read(twoStores(counted(at)))).rows();
    const rows = (await read({ cached: twoStores(storage).plain })).rows();
    for (const isThere of [true, false]) {
      for (let at = 0; at === 0 || at < calls; at++) {
        if (isThere) await read(twoStores(storage));
        else rmSync(join(root, ".cache"), { recursive: true, force: true });
        expect(await ask(at)).toEqual(rows);
      }
    }
    expect(await everythingOf(twoStores(storage).cached, "odds_raw")).toEqual(truth);
  });

  it.each([
    "EROFS",
    "EACCES",
    "ENOSPC",
  ])("a disk that says %s fails no read, and is asked once", async (code) => {
    const { root, disk } = await filledDisk();
    let refused = 0;
    const refuse = async () => {
      refused++;
      throw Object.assign(new Error(code), { code });
    };
    const storage = settled(localDiskOver({ ...nodeDiskCalls, mkdir: refuse }, root));
    const { cached, plain } = twoStores(storage);
    const truth = await everythingOf(plain, "odds_raw");
    for (let i = 0; i < 2; i++) expect(await everythingOf(cached, "odds_raw")).toEqual(truth);
    expect(refused).toBe(1);
    expect(await disk.list(".cache")).toEqual([]);
  });

  it("an entry on a disk that has become read-only is used", async () => {
    const { root, disk } = await filledDisk();
    await read(twoStores(settled(disk)));
    const refuse = async () => {
      throw Object.assign(new Error("EROFS"), { code: "EROFS" });
    };
    const calls = { ...nodeDiskCalls, mkdir: refuse, rename: refuse, link: refuse, unlink: refuse };
    const storage = settled(localDiskOver(calls, root));
    expect(await opens(storage, () => read(twoStores(storage)))).toBe(0);
    for (const path of await filesIn(storage, "bronze/odds_raw")) utimesSync(join(root, path), 1, 1);
    for (let i = 0; i < 2; i++) expect(await opens(storage, () => read(twoStores(storage)))).toBe(3);
  });

  it("four processes that make it at once, while a fifth deletes it, all have the answer", async () => {
    const root = temp();
    await writeDay(localDisk(root), 20);
    const script = fileURLToPath(new URL("./children/cached-reader.ts", import.meta.url));
    const ask = (...args: string[]) =>
      promisify(execFile)(process.execPath, ["--import", "tsx", script, root, ...args], {
        maxBuffer: 2 ** 26,
      });
    const { stdout: truth } = await ask("plain", "1");
    const said = await Promise.all([
      ...Array.from({ length: 4 }, () => ask("cached", "12")),
      ask("delete", "150"),
    ]);
    for (const { stdout } of said.slice(0, 4)) expect(stdout).toBe(truth);
    const { stdout } = await ask("cached", "2");
    expect(stdout).toBe(truth);
    expect(await entriesIn(localDisk(root))).toHaveLength(2); // with the day before, and without
  });
});

describe("the cache is bounded", () => {
  const DATES = ["2026-01-11", "2026-01-12", "2026-01-13", "2026-01-14"];

  async function filled(maxBytes?: number) {
    const storage = settled(memoryStorage());
    for (const date of DATES) {
      const at = `${date}T17:00:00Z`;
      await twoStores(storage).plain.write("injuries_raw", report(at, { a: "Out" }));
      await twoStores(storage, maxBytes === undefined ? {} : { cache: { maxBytes } }).cached.timeline(
        "injuries_raw",
        { date },
      );
      await new Promise((resolve) => setTimeout(resolve, 5)); // so that each is younger than the one before
    }
    return storage;
  }
  const sizes = async (storage: Storage) =>
    Promise.all((await entriesIn(storage)).map(async (path) => (await storage.stat(path))!.sizeBytes));
  const opened = async (storage: ReturnType<typeof settled>) => {
    const counts = [];
    // With no room nothing is written, so that looking changes nothing.
    const { cached } = twoStores(storage, { cache: { maxBytes: 0 } });
    for (const date of DATES)
      counts.push(await opens(storage, () => cached.timeline("injuries_raw", { date })));
    return counts.map((count) => count > 0);
  };

  it("keeps all that fit, and removes those written longest ago for a new one", async () => {
    const all = await sizes(await filled());
    expect(all).toHaveLength(4);
    const room = Math.max(...all) * 2;
    const storage = await filled(room);
    expect((await sizes(storage)).reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(room);
    expect(await opened(storage)).toEqual([true, true, false, false]);
  });

  it("does not keep what alone is too large", async () => {
    expect(await sizes(await filled(100))).toEqual([]);
  });

  it("takes away what a killed process left behind, once nobody can be writing it any more", async () => {
    const { root, disk } = await filledDisk();
    const names = [".x.timeline.1-abc.tmp", ".y.timeline.2-abc.tmp"];
    for (const name of names) await disk.publish(`${ENTRIES}/${name}`, Uint8Array.of(1));
    utimesSync(join(root, ENTRIES, names[0]!), 1, 1);
    await read(twoStores(settled(disk)));
    const left = (await entriesIn(disk)).map((path) => path.slice(ENTRIES.length + 1));
    expect(left).toHaveLength(2);
    expect(left).toContain(names[1]);
  });

  it("says to backups and to git that it is a cache", async () => {
    const { disk } = await filledDisk();
    await read(twoStores(settled(disk)));
    const text = async (name: string) => new TextDecoder().decode(await disk.read(`.cache/${name}`));
    expect(await text("CACHEDIR.TAG")).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
    expect(await text(".gitignore")).toBe("*\n");
  });
});

describe("no other reader takes the cache for data", () => {
  it("DuckDB finds nothing in it, by any glob over the root", async () => {
    const { root, disk } = await filledDisk();
    const files = async () =>
      (await query<{ file: string }>(`SELECT file FROM glob('${root}/**/*.parquet') ORDER BY file`)).map(
        ({ file }) => file,
      );
    const before = await files();
    expect(before).toHaveLength(6);
    await everythingOf(twoStores(settled(disk)).cached, "odds_raw");
    await everythingOf(twoStores(settled(disk)).cached, "injuries_raw");
    expect(await entriesIn(disk)).toHaveLength(4);
    expect(await files()).toEqual(before);
    expect(await query(`SELECT file FROM glob('${root}/bronze/**') WHERE file LIKE '%timeline%'`)).toEqual(
      [],
    );
  });
});

describe("what must see the files sees the files", () => {
  it("a leak check alters what it reads, with a full cache beside it", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    const { cached } = twoStores(storage, { datasets: [odds] });
    await everythingOf(cached, "odds_raw");
    const cutoffs = ["2026-01-15T17:10:30Z"];
    const honest = async (at: { read(name: string, options: object): Promise<{ rows(): unknown[] }> }) =>
      (await at.read("odds_raw", { date: DATE })).rows();
    const leaky = async () => (await cached.timeline("odds_raw", { date: DATE })).at(LATER).rows();
    await leakCheck(honest as never, { bronze: cached, cutoffs } as never);
    expect((await errorOf(leakCheck(leaky as never, { bronze: cached, cutoffs } as never))).code).toBe(
      "LEAK",
    );
  });

  it("columns that only later files have are not in an answer before them", async () => {
    const storage = settled(memoryStorage());
    await writeDay(storage);
    const at = 1_768_510_800_000_000_000n; // 21:00
    const instants = { kind: "timestamp", unit: "ns", utc: true } as const;
    await storage.publish(
      `bronze/odds_raw/season=2025/date=${DATE}/run_ts=20260115T210000Z/odds.parquet`,
      encodeParquet([
        { name: "game_id", column: columnFromCells({ kind: "text" }, ["g1"]) },
        { name: "book", column: columnFromCells({ kind: "text" }, ["dk"]) },
        { name: "as_of_ts", column: columnFromCells(instants, [at]) },
        { name: "ingested_ts", column: columnFromCells(instants, [at]) },
        { name: "limit", column: columnFromCells({ kind: "float", bits: 64 }, [500]) },
      ]),
    );
    const truth = await everythingOf(twoStores(storage).plain, "odds_raw");
    expect(
      JSON.stringify(truth, (_, value) => (typeof value === "bigint" ? String(value) : value)),
    ).toContain('"limit"');
    for (let i = 0; i < 2; i++)
      expect(await everythingOf(twoStores(storage).cached, "odds_raw")).toEqual(truth);
  });
});

it("a dataset that differs only in how it is written shares its entries", async () => {
  const storage = settled(memoryStorage());
  await writeDay(storage);
  await read(twoStores(storage));
  const { cached } = twoStores(storage, { datasets: [{ ...odds, latestView: !odds.latestView }] });
  expect(await opens(storage, () => read({ cached }))).toBe(0);
});

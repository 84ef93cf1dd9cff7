import { describe, expect, it } from "vitest";
import { isBronzeError } from "../../src/errors.js";
import type { LockingStorage, Storage } from "../../src/storage/index.js";
import { codeOf } from "./code-of.js";
import { isWhole, whole } from "./whole.js";

const BAD_PATHS = [
  "/etc/passwd",
  "..",
  "../x",
  "a/../x",
  "a/..",
  ".",
  "./a",
  "a/./b",
  "a//b",
  "a/",
  "//a",
  "a\\b",
  "..\\x",
  "a\0b",
  "a\nb",
  "a\u007fb",
  "C:/x",
  "c:",
  "a/C:x",
  "a/.. /b",
  "a/.../b",
  `a/${"x".repeat(256)}`,
  "a/\ud800",
];

/** What the interface promises, for any driver: `makeStorage` gives an empty one. */
export function storageContract(name: string, makeStorage: () => Promise<Storage>): void {
  describe(`${name} keeps the storage contract`, () => {
    it("read gives the bytes that were published", async () => {
      const storage = await makeStorage();
      expect(await storage.publish("a/b/c.bin", whole(1, 1000))).toBe(true);
      expect(await storage.read("a/b/c.bin")).toEqual(whole(1, 1000));
    });

    it("an empty file and one of 9 MB come back as they were", async () => {
      const storage = await makeStorage();
      const large = whole(2, 9_000_000);
      await storage.publish("empty", new Uint8Array());
      await storage.publish("large", large);
      expect((await storage.read("empty")).length).toBe(0);
      expect(Buffer.compare(await storage.read("large"), large)).toBe(0);
    });

    it("read returns bytes that own their buffer and are not shared", async () => {
      const storage = await makeStorage();
      const given = Buffer.from("hello");
      await storage.publish("f", given);
      given.fill(0);
      const first = await storage.read("f");
      expect(first.byteOffset).toBe(0);
      expect(first.buffer.byteLength).toBe(5);
      expect(first.constructor).toBe(Uint8Array);
      first.fill(0);
      expect(new TextDecoder().decode(await storage.read("f"))).toBe("hello");
    });

    it("a view into a larger buffer is stored as that view", async () => {
      const storage = await makeStorage();
      const view = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4);
      await storage.publish("p", view);
      await storage.replace("r", view);
      expect([...(await storage.read("p"))]).toEqual([1, 2, 3]);
      expect([...(await storage.read("r"))]).toEqual([1, 2, 3]);
    });

    it("a missing file is NOT_FOUND to read, undefined to stat, false to remove", async () => {
      const storage = await makeStorage();
      await storage.publish("file", whole(1));
      for (const path of ["nothing", "no/such/folder/file", "file/below"]) {
        expect(await codeOf(storage.read(path))).toBe("NOT_FOUND");
        expect(await storage.stat(path)).toBeUndefined();
        expect(await storage.remove(path)).toBe(false);
      }
    });

    it("stat gives size and modification time", async () => {
      const storage = await makeStorage();
      const before = Date.now();
      await storage.publish("f", new Uint8Array(123));
      const stat = await storage.stat("f");
      expect(stat?.sizeBytes).toBe(123);
      const [earliest, latest] = [before - 10_000, Date.now() + 10_000]; // a disk has a clock of its own
      expect(stat?.modifiedMs).toBeGreaterThan(earliest);
      expect(stat?.modifiedMs).toBeLessThan(latest);
    });

    it("publish keeps what is there and says false", async () => {
      const storage = await makeStorage();
      expect(await storage.publish("f", whole(1))).toBe(true);
      expect(await storage.publish("f", whole(2))).toBe(false);
      expect(await storage.read("f")).toEqual(whole(1));
      expect(await storage.list("")).toEqual([{ name: "f", kind: "file" }]);
    });

    it("publish has one winner of 12 at once, and the file is the winner's", async () => {
      const storage = await makeStorage();
      for (let round = 0; round < 5; round++) {
        const path = `new-${round}/folder/file`;
        const contents = Array.from({ length: 12 }, (_, n) => whole(n, 50_000));
        const won = await Promise.all(contents.map((bytes) => storage.publish(path, bytes)));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(Buffer.from(await storage.read(path)).equals(contents[won.indexOf(true)]!)).toBe(true);
        expect(await storage.list(`new-${round}/folder`)).toEqual([{ name: "file", kind: "file" }]);
      }
    });

    it("a path can be published again once it is removed", async () => {
      const storage = await makeStorage();
      await storage.publish("a/f", whole(1));
      expect(await storage.remove("a/f")).toBe(true);
      expect(await storage.remove("a/f")).toBe(false);
      expect(await storage.list("a")).toEqual([]);
      expect(await storage.publish("a/f", whole(2))).toBe(true);
      expect(await storage.read("a/f")).toEqual(whole(2));
    });

    it("replace makes a file and overwrites one", async () => {
      const storage = await makeStorage();
      await storage.replace("a/f", whole(1));
      await storage.replace("a/f", whole(2, 10));
      expect(await storage.read("a/f")).toEqual(whole(2, 10));
      expect(await storage.list("a")).toEqual([{ name: "f", kind: "file" }]);
    });

    it("swap puts bytes where the file still is what it was, and nowhere else", async () => {
      const storage = await makeStorage();
      expect(await storage.swap("a/f", whole(1), whole(2))).toBe(false);
      expect(await storage.stat("a/f")).toBeUndefined();
      expect(await storage.swap("a/f", undefined, whole(1))).toBe(true);
      expect(await storage.swap("a/f", undefined, whole(2))).toBe(false);
      expect(await storage.swap("a/f", whole(2), whole(3))).toBe(false);
      expect(await storage.swap("a/f", whole(1).subarray(1), whole(3))).toBe(false);
      expect(await storage.read("a/f")).toEqual(whole(1));
      expect(await storage.swap("a/f", await storage.read("a/f"), whole(2, 10))).toBe(true);
      expect(await storage.read("a/f")).toEqual(whole(2, 10));
      expect(await storage.swap("a/f", whole(2, 10), new Uint8Array())).toBe(true);
      expect(await storage.swap("a/f", new Uint8Array(), whole(3))).toBe(true);
      expect(await codeOf(storage.swap("a", whole(1), whole(2)))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.swap("a", undefined, whole(2)))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.swap("a/f", "text" as never, whole(2)))).toBe("INVALID_ARGUMENT");
    });

    it("swap has one winner of 12 that read the same, and of 12 that found nothing", async () => {
      const storage = await makeStorage();
      for (const before of [undefined, whole(0)]) {
        const path = `new-${before?.length}/file`;
        if (before) await storage.publish(path, before);
        const contents = Array.from({ length: 12 }, (_, n) => whole(n + 1, 5_000));
        const won = await Promise.all(contents.map((bytes) => storage.swap(path, before, bytes)));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await storage.read(path)).toEqual(contents[won.indexOf(true)]);
      }
    });

    it("swaps that are done over count each once, however many there are at once", async () => {
      const storage = await makeStorage();
      const textOf = (bytes: Uint8Array) => Number(new TextDecoder().decode(bytes));
      await storage.publish("count", new TextEncoder().encode("0"));
      const count = async () => {
        for (;;) {
          const before = await storage.read("count");
          const after = new TextEncoder().encode(String(textOf(before) + 1));
          if (await storage.swap("count", before, after)) return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, count));
      expect(textOf(await storage.read("count"))).toBe(10);
    });

    it("readers see whole files while others replace them", async () => {
      const storage = await makeStorage();
      await storage.replace("f", whole(0, 200_000));
      let isWriting = true;
      const writer = async (first: number) => {
        for (let n = first; n < first + 20; n++) await storage.replace("f", whole(n, 100_000 + n * 1000));
      };
      const reader = async () => {
        while (isWriting) {
          expect(isWhole(await storage.read("f"))).toBe(true);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const writers = Promise.all([writer(1), writer(50)]).finally(() => {
        isWriting = false;
      });
      await Promise.all([writers, reader(), reader()]);
    });

    it("list gives one level, sorted by code unit, with what each name is", async () => {
      const storage = await makeStorage();
      for (const path of ["b/x/1", "b/é", "b/Z", "b/a", "b/a-1", "b/a/", "b/10", "b/9", "b/_m", "b/.h"]) {
        await storage.publish(path.replace(/\/$/, ".folder/f"), whole(1));
      }
      expect(await storage.list("b")).toEqual([
        { name: ".h", kind: "file" },
        { name: "10", kind: "file" },
        { name: "9", kind: "file" },
        { name: "Z", kind: "file" },
        { name: "_m", kind: "file" },
        { name: "a", kind: "file" },
        { name: "a-1", kind: "file" },
        { name: "a.folder", kind: "folder" },
        { name: "x", kind: "folder" },
        { name: "é", kind: "file" },
      ]);
      expect(await storage.list("")).toEqual([{ name: "b", kind: "folder" }]);
    });

    it("list of a missing folder is empty", async () => {
      const storage = await makeStorage();
      await storage.publish("file", whole(1));
      expect(await storage.list("no/such")).toEqual([]);
      expect(await storage.list("file/below")).toEqual([]);
    });

    it("list of an empty storage is empty", async () => {
      const storage = await makeStorage();
      expect(await storage.list("")).toEqual([]);
    });

    it("a folder named like a file is NOT_A_FILE, and so is a file named like a folder", async () => {
      const storage = await makeStorage();
      await storage.publish("odds.parquet/part", whole(1));
      expect(await codeOf(storage.read("odds.parquet"))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.stat("odds.parquet"))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.publish("odds.parquet", whole(2)))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.replace("odds.parquet", whole(2)))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.remove("odds.parquet"))).toBe("NOT_A_FILE");

      expect(await codeOf(storage.list("odds.parquet/part"))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.publish("odds.parquet/part/x", whole(2)))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.replace("odds.parquet/part/x/y", whole(2)))).toBe("NOT_A_FILE");
      expect(await storage.read("odds.parquet/part")).toEqual(whole(1));
    });

    it.each(BAD_PATHS)("path %j is refused by every method", async (path) => {
      const storage = await makeStorage();
      expect(await codeOf(storage.list(path))).toBe("INVALID_PATH");
      expect(await codeOf(storage.read(path))).toBe("INVALID_PATH");
      expect(await codeOf(storage.stat(path))).toBe("INVALID_PATH");
      expect(await codeOf(storage.publish(path, whole(1)))).toBe("INVALID_PATH");
      expect(await codeOf(storage.replace(path, whole(1)))).toBe("INVALID_PATH");
      expect(await codeOf(storage.remove(path))).toBe("INVALID_PATH");
    });

    it('"" is the root for list and no path for anything else', async () => {
      const storage = await makeStorage();
      expect(await codeOf(storage.read(""))).toBe("INVALID_PATH");
      expect(await codeOf(storage.stat(""))).toBe("INVALID_PATH");
      expect(await codeOf(storage.publish("", whole(1)))).toBe("INVALID_PATH");
      expect(await codeOf(storage.replace("", whole(1)))).toBe("INVALID_PATH");
      expect(await codeOf(storage.remove(""))).toBe("INVALID_PATH");
    });

    it("content that is not bytes is refused and nothing is written", async () => {
      const storage = await makeStorage();
      const text = "text" as unknown as Uint8Array;
      expect(await codeOf(storage.publish("f", text))).toBe("INVALID_ARGUMENT");
      expect(await codeOf(storage.replace("f", text))).toBe("INVALID_ARGUMENT");
      expect(await storage.stat("f")).toBeUndefined();
    });

    it("errors name the path and the storage", async () => {
      const storage = await makeStorage();
      const error: unknown = await storage.read("some/file").catch((caught: unknown) => caught);
      expect(isBronzeError(error, "NOT_FOUND")).toBe(true);
      expect(String(error)).toContain('"some/file"');
      expect(String(error)).toContain(storage.description);
    });

    it("a name of 255 bytes works", async () => {
      const storage = await makeStorage();
      const path = `a/${"é".repeat(127)}x`;
      expect(await storage.publish(path, whole(1))).toBe(true);
      await storage.replace(path, whole(2));
      expect(await storage.read(path)).toEqual(whole(2));
    });
  });
}

/** What the locks of a storage keep, where it has them. */
export function locksContract(name: string, makeStorage: () => Promise<LockingStorage>): void {
  describe(`locks of ${name}`, () => {
    it("locking a folder, or a path below a file, is NOT_A_FILE", async () => {
      const storage = await makeStorage();
      await storage.publish("odds.parquet/part", whole(1));
      expect(await codeOf(storage.locks.lock("odds.parquet", { waitMs: 0 }))).toBe("NOT_A_FILE");
      expect(await codeOf(storage.locks.lock("odds.parquet/part/x", { waitMs: 0 }))).toBe("NOT_A_FILE");
      expect(await storage.read("odds.parquet/part")).toEqual(whole(1));
    });

    it.each([...BAD_PATHS, ""])("path %j is refused", async (path) => {
      const storage = await makeStorage();
      expect(await codeOf(storage.locks.lock(path, { waitMs: 0 }))).toBe("INVALID_PATH");
    });

    it("a held lock excludes, and is free after its release", async () => {
      const storage = await makeStorage();
      const lock = await storage.locks.lock("locks/a.lock", { waitMs: 0 });
      expect(await codeOf(storage.locks.lock("locks/a.lock", { waitMs: 0 }))).toBe("LOCK_HELD");
      const other = await storage.locks.lock("locks/b.lock", { waitMs: 0 });
      await lock.release();
      const again = await storage.locks.lock("locks/a.lock", { waitMs: 0 });
      await again.release();
      await other.release();
    });

    it("releasing twice does not release the next holder's lock", async () => {
      const storage = await makeStorage();
      const first = await storage.locks.lock("l", { waitMs: 0 });
      await first.release();
      const second = await storage.locks.lock("l", { waitMs: 0 });
      await first.release();
      expect(await codeOf(storage.locks.lock("l", { waitMs: 0 }))).toBe("LOCK_HELD");
      await second.release();
    });

    it("a lock that is released in time is waited for", async () => {
      const storage = await makeStorage();
      const lock = await storage.locks.lock("l", { waitMs: 0 });
      setTimeout(() => void lock.release(), 50);
      const next = await storage.locks.lock("l", { waitMs: 800_000 });
      await next.release();
    });

    it("a lock that is not released in time is LOCK_HELD after the wait, and does not go to the caller that gave up", async () => {
      const storage = await makeStorage();
      const lock = await storage.locks.lock("l");
      const before = performance.now();
      expect(await codeOf(storage.locks.lock("l", { waitMs: 60 }))).toBe("LOCK_HELD");
      expect(performance.now() - before).toBeGreaterThan(55);
      await lock.release();
      await (await storage.locks.lock("l", { waitMs: 0 })).release();
    });

    it("of many callers that wait for a lock one at a time holds it", async () => {
      const storage = await makeStorage();
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const lock = await storage.locks.lock("l", { waitMs: 800_000 });
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 2));
          inside--;
          await lock.release();
        }),
      );
      expect(most).toBe(1);
    });

    it.each([-1, Number.NaN, "5" as unknown as number])("waitMs %s is refused", async (waitMs) => {
      const storage = await makeStorage();
      expect(await codeOf(storage.locks.lock("l", { waitMs }))).toBe("INVALID_ARGUMENT");
    });
  });
}

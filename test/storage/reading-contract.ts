import { describe, expect, it } from "vitest";
import type { Storage } from "../../src/storage/index.js";
import { codeOf } from "./code-of.js";
import { whole } from "./whole.js";

type WithTree = Storage & Required<Pick<Storage, "listTree">>;
type WithVersions = Storage & Required<Pick<Storage, "openVersion">>;

/** What a storage promises that lists a whole tree at once. */
export function treeContract(name: string, makeStorage: () => Promise<Storage>): void {
  const make = async (): Promise<WithTree> => {
    const storage = await makeStorage();
    expect(storage.listTree).toBeDefined();
    return storage as WithTree;
  };

  describe(`${name} lists a tree`, () => {
    it("with every file below a folder, as walking it finds them, and nothing beside it", async () => {
      const storage = await make();
      const paths = [
        "a/x.bin",
        "a/b/c/deep.bin",
        "a/b/y.bin",
        "a/.hidden",
        "a/_retention.json",
        "a/hour=18/x y+ü&<.bin",
        "a-b/no.bin",
        "ab/no.bin",
        "a.bin",
      ];
      for (const [n, path] of paths.entries()) await storage.publish(path, whole(n, n));
      for (const folder of ["a", "a/b", ""]) {
        const found = await storage.listTree(folder);
        expect(found.map(({ path }) => path).sort()).toEqual((await walked(storage, folder, "")).sort());
        for (const { path, sizeBytes } of found) {
          const stat = await storage.stat(folder === "" ? path : `${folder}/${path}`);
          expect(stat?.sizeBytes, path).toBe(sizeBytes);
        }
      }
      expect((await storage.listTree("a")).length).toBe(6);
    });

    it("that is not there, is empty, or is a file, as one without files", async () => {
      const storage = await make();
      expect(await storage.listTree("")).toEqual([]);
      await storage.publish("a/f", whole(1));
      expect(await storage.listTree("b")).toEqual([]);
      expect(await storage.listTree("a/f")).toEqual([]);
      expect(await storage.listTree("a/f/g")).toEqual([]);
      await storage.remove("a/f");
      expect(await storage.listTree("a")).toEqual([]);
    });

    it("up to a number of files, if one is given", async () => {
      const storage = await make();
      for (let n = 0; n < 7; n++) await storage.publish(`a/${n}/f`, whole(n));
      expect((await storage.listTree("a", 1)).length).toBeGreaterThan(0);
      expect((await storage.listTree("a", 5)).length).toBeGreaterThanOrEqual(5);
      expect((await storage.listTree("a", 100)).length).toBe(7);
    });

    it("with versions that change with what is written, and that an opened file has too", async () => {
      const storage = await make();
      await storage.publish("a/f", whole(1));
      const versions = new Set<string>();
      for (let n = 1; n <= 3; n++) {
        if (n > 1) await storage.replace("a/f", whole(n, 50 + n));
        const [file] = await storage.listTree("a");
        versions.add(file!.version);
        const opened = await storage.openVersion?.("a/f");
        if (opened) expect(opened.version).toBe(file!.version);
        opened?.close();
      }
      expect(versions.size).toBe(3);
    });

    it("and refuses paths that lead elsewhere", async () => {
      const storage = await make();
      for (const path of ["..", "/a", "a/../b", "a//b"])
        expect(await codeOf(storage.listTree(path)), path).toBe("INVALID_PATH");
    });
  });
}

async function walked(storage: Storage, folder: string, below: string): Promise<string[]> {
  const at = [folder, below].filter((part) => part !== "").join("/");
  const found: string[] = [];
  for (const { name, kind } of await storage.list(at)) {
    const own = below === "" ? name : `${below}/${name}`;
    found.push(...(kind === "file" ? [own] : await walked(storage, folder, own)));
  }
  return found;
}

/** What a storage promises that reads files in pieces. */
export function versionContract(name: string, makeStorage: () => Promise<Storage>): void {
  const make = async (): Promise<WithVersions> => {
    const storage = await makeStorage();
    expect(storage.openVersion).toBeDefined();
    return storage as WithVersions;
  };

  describe(`${name} reads a version in pieces`, () => {
    it("the tail, and any range, in any order and at once, are the file's own bytes", async () => {
      const storage = await make();
      const bytes = whole(3, 100_000);
      await storage.publish("a/f", bytes);
      for (const tailBytes of [1, 8, 5000, bytes.length - 1, bytes.length, bytes.length + 1, undefined]) {
        const opened = await storage.openVersion("a/f", tailBytes);
        expect(opened.sizeBytes).toBe(bytes.length);
        expect(opened.tail.length).toBeGreaterThanOrEqual(Math.min(tailBytes ?? bytes.length, bytes.length));
        const first = bytes.length - opened.tail.length;
        expect(Buffer.compare(opened.tail, bytes.subarray(first))).toBe(0);
        expect(opened.tail.byteOffset).toBe(0);
        expect(opened.tail.buffer.byteLength).toBe(opened.tail.length);
        const ranges = [
          [bytes.length - 1, bytes.length],
          [50, 60],
          [0, bytes.length],
          [0, 1],
          [0, 0],
          [bytes.length, bytes.length],
          [40_000, 99_000],
          [50, 60],
        ] as const;
        const read = await Promise.all(ranges.map(([start, end]) => opened.read(start, end)));
        for (const [i, [start, end]] of ranges.entries())
          expect(Buffer.compare(read[i]!, bytes.subarray(start, end)), `${start} to ${end}`).toBe(0);
        opened.close();
        opened.close();
      }
    });

    it("an empty file has an empty tail", async () => {
      const storage = await make();
      await storage.publish("empty", new Uint8Array());
      for (const tailBytes of [1, 1000, undefined]) {
        const opened = await storage.openVersion("empty", tailBytes);
        expect([opened.sizeBytes, opened.tail.length]).toEqual([0, 0]);
        expect((await opened.read(0, 0)).length).toBe(0);
        opened.close();
      }
    });

    it("what is no file is NOT_FOUND, a folder too", async () => {
      const storage = await make();
      await storage.publish("a/f", whole(1));
      for (const path of ["a", "b", "a/g", "a/f/g"])
        for (const tailBytes of [1, undefined])
          expect(await codeOf(storage.openVersion(path, tailBytes)), path).toBe("NOT_FOUND");
      expect(await codeOf(storage.openVersion("../a", 1))).toBe("INVALID_PATH");
    });

    it("a range that the file has not is refused", async () => {
      const storage = await make();
      await storage.publish("f", whole(1));
      const opened = await storage.openVersion("f", 1);
      const { sizeBytes } = opened;
      for (const [start, end] of [
        [-1, 1],
        [0, sizeBytes + 1],
        [2, 1],
        [0.5, 1],
        [Number.NaN, 1],
      ] as const)
        expect(await codeOf(opened.read(start, end)), `${start} to ${end}`).toBe("INVALID_ARGUMENT");
      opened.close();
    });

    it("a file that was replaced or removed is read as it was, or is NOT_FOUND; never a mixture", async () => {
      for (const change of ["replace", "remove", "remove and publish"] as const) {
        const storage = await make();
        const [before, after] = [whole(1, 9000), whole(2, 9000)];
        await storage.publish("f", before);
        const opened = await storage.openVersion("f", 100);
        if (change === "replace") await storage.replace("f", after);
        else await storage.remove("f");
        if (change === "remove and publish") await storage.publish("f", after);
        const read = await opened.read(0, 500).catch((error: unknown) => error);
        if (read instanceof Uint8Array) expect(Buffer.compare(read, before.subarray(0, 500))).toBe(0);
        else expect(read, change).toMatchObject({ code: "NOT_FOUND" });
        opened.close();
        if (change === "remove") continue;
        const again = await storage.openVersion("f", 100);
        expect(Buffer.compare(await again.read(0, 500), after.subarray(0, 500))).toBe(0);
        expect(again.version).not.toBe(opened.version);
        again.close();
      }
    });
  });
}

import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BronzeError, isBronzeError } from "../../src/errors.js";
import type { Storage } from "../../src/storage/index.js";
import { type DiskCalls, nodeDiskCalls } from "../../src/storage/local/disk-calls.js";
import { localDiskOver } from "../../src/storage/local/local-disk.js";
import { codeOf } from "./code-of.js";
import { tempFolders } from "./temp-folder.js";
import { whole } from "./whole.js";

const tempFolder = tempFolders();

class SystemError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`${code}: injected`);
    this.code = code;
  }
}

type CallName = keyof DiskCalls;
type AnyCall = (...args: unknown[]) => unknown;

/** Node's calls, each announced before it is made; what `before` throws is what the call throws. */
function watched(before: (name: CallName, args: unknown[]) => void): DiskCalls {
  const entries = Object.entries(nodeDiskCalls).map(([name, call]: [string, AnyCall]) => {
    return [
      name,
      (...args: unknown[]) => {
        try {
          before(name as CallName, args);
        } catch (error) {
          if (name === "close" || name === "closeSync") fs.closeSync(args[0] as number); // it closes all the same
          throw error;
        }
        return call(...args);
      },
    ];
  });
  return Object.fromEntries(entries) as DiskCalls;
}

function failingAt(index: number, code: string): { calls: DiskCalls; failed: () => CallName | undefined } {
  let n = 0;
  let failed: CallName | undefined;
  const calls = watched((name) => {
    if (n++ !== index) return;
    failed = name;
    throw new SystemError(code);
  });
  return { calls, failed: () => failed };
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

const FILE = "a/b/file";
const operations: Record<string, { old: boolean; run: (storage: Storage) => Promise<unknown> }> = {
  "publish of a new file": { old: false, run: (storage) => storage.publish(FILE, whole(2, 5000)) },
  "replace of no file": { old: false, run: (storage) => storage.replace(FILE, whole(2, 5000)) },
  "replace of a file": { old: true, run: (storage) => storage.replace(FILE, whole(2, 5000)) },
};

for (const [name, { old, run }] of Object.entries(operations)) {
  for (const code of ["ENOSPC", "EIO"]) {
    it(`${name}: ${code} at any call leaves the old file or the new one, no temp and no open descriptor`, async () => {
      const seen: CallName[] = [];
      for (let index = 0; ; index++) {
        const root = tempFolder();
        const file = join(root, FILE);
        if (old) await localDiskOver(nodeDiskCalls, root).publish(FILE, whole(1));
        const before = openDescriptors();
        const { calls, failed } = failingAt(index, code);
        const outcome = await run(localDiskOver(calls, root)).then(
          () => undefined,
          (error: unknown) => error,
        );
        const call = failed();
        if (call === undefined) break; // past the last call
        seen.push(call);

        const isCleanUp = call === "unlink" || call === "readdirSync";
        if (isCleanUp)
          expect(outcome).toBeUndefined(); // committed all the same
        else {
          expect(isBronzeError(outcome, "STORAGE_FAILED")).toBe(true);
          expect(isBronzeError(outcome) && outcome.details.cause).toBe(code);
          expect(String(outcome)).toContain(`"${FILE}"`);
          expect(namesIn(join(root, "a/b")).filter((each) => each !== "file")).toEqual([]);
        }
        const now = fs.existsSync(file) ? new Uint8Array(fs.readFileSync(file)) : undefined;
        const isCommitted = seen.includes("link") || seen.includes("rename");
        // The failing link or rename is itself before the commit.
        if (isCommitted && call !== "link" && call !== "rename") expect(now).toEqual(whole(2, 5000));
        else expect(now).toEqual(old ? whole(1) : undefined);
        expect(openDescriptors()).toBe(before);
      }
      expect(new Set(seen)).toEqual(
        new Set([
          ...["mkdir", "open", "fsync", "close", "statSync", "lstatSync", "write", "readdirSync"],
          ...(name.startsWith("publish") ? ["link", "unlink"] : ["rename"]),
        ]),
      );
    });
  }
}

describe("writes", () => {
  it("a write that takes a few bytes at a time is continued", async () => {
    const calls: DiskCalls = {
      ...nodeDiskCalls,
      write: (fd, from, offset, length) => nodeDiskCalls.write(fd, from, offset, Math.min(length, 7)),
    };
    const storage = localDiskOver(calls, tempFolder());
    await storage.publish("p", whole(1, 300));
    await storage.replace("r", whole(2, 300));
    expect(await storage.read("p")).toEqual(whole(1, 300));
    expect(await storage.read("r")).toEqual(whole(2, 300));
  });

  it("a write that takes nothing is a failure, not a loop or a short file", async () => {
    const root = tempFolder();
    let n = 0;
    const calls: DiskCalls = {
      ...nodeDiskCalls,
      write: async (fd, from, offset, length) =>
        n++ === 0 ? await nodeDiskCalls.write(fd, from, offset, Math.min(length, 7)) : 0,
    };
    expect(await codeOf(localDiskOver(calls, root).publish("p", whole(1)))).toBe("STORAGE_FAILED");
    expect(namesIn(root)).toEqual([]);
  });

  it("bytes are flushed before they are named, and the name before the call returns", async () => {
    const said: string[] = [];
    const storage = localDiskOver(
      watched((name, args) => {
        if (/^(open|write|fsync|link|rename|unlink|mkdir)$/.test(name)) {
          said.push(name === "open" ? `open ${String(args[1])}` : name);
        }
      }),
      tempFolder(),
    );
    await storage.publish("f", whole(1));
    expect(said.join(", ")).toBe("mkdir, open wx, write, fsync, link, unlink, open r, fsync");
    said.length = 0;
    await storage.replace("f", whole(2));
    expect(said.join(", ")).toBe("mkdir, open wx, write, fsync, rename, open r, fsync");
    said.length = 0;
    expect(await storage.publish("f", whole(3))).toBe(false);
    expect(said.join(", ")).toBe("mkdir, open r, fsync");
  });

  it("every folder above a file is flushed once, whichever process made it", async () => {
    const root = tempFolder();
    fs.mkdirSync(join(root, "a/b"), { recursive: true });
    const flushed: string[] = [];
    const calls = watched((name, args) => {
      if (name === "open" && args[1] === "r") flushed.push(String(args[0]).slice(root.length) || "/");
    });
    const storage = localDiskOver(calls, root);
    await storage.publish("a/b/c/d/f", whole(1));
    expect(flushed).toEqual(["/a/b/c/d", "/a/b/c", "/a/b", "/a", "/"]);
    flushed.length = 0;
    await storage.publish("a/b/c/d/g", whole(1));
    expect(flushed).toEqual(["/a/b/c/d"]);
    flushed.length = 0;
    fs.rmSync(join(root, "a/b/c"), { recursive: true });
    await storage.publish("a/b/c/d/f", whole(1));
    expect(flushed).toEqual(["/a/b/c/d", "/a/b/c", "/a/b"]);
  });
});

describe("a disk without hard links", () => {
  const withoutLinks = watched((name) => {
    if (name === "link") throw new SystemError("EPERM");
  });

  it("still has one winner of 12, with nothing left beside the file", async () => {
    const root = tempFolder();
    const storages = Array.from({ length: 12 }, () => localDiskOver(withoutLinks, root));
    const won = await Promise.all(storages.map((storage, n) => storage.publish("a/f", whole(n, 50_000))));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(new Uint8Array(fs.readFileSync(join(root, "a/f")))).toEqual(whole(won.indexOf(true), 50_000));
    expect(namesIn(join(root, "a"))).toEqual(["f"]);
  });

  it("and without locks is STORAGE_FAILED, saying so, with no temp left", async () => {
    const root = tempFolder();
    const calls: DiskCalls = {
      ...withoutLinks,
      lockFolder: async () => {
        throw new BronzeError("LOCK_UNAVAILABLE", "no flock here");
      },
    };
    const publish = localDiskOver(calls, root).publish("f", whole(1));
    await expect(publish).rejects.toThrow(/no hard links.*no flock here/);
    expect(await codeOf(publish)).toBe("STORAGE_FAILED");
    expect(namesIn(root)).toEqual([]);
  });

  it("a link that is refused for good reason fails in the fallback too", async () => {
    const calls = watched((name) => {
      if (name === "link" || name === "rename") throw new SystemError("EPERM");
    });
    const root = tempFolder();
    expect(await codeOf(localDiskOver(calls, root).publish("f", whole(1)))).toBe("STORAGE_FAILED");
    expect(namesIn(root)).toEqual([]);
  });
});

it("a link that worked although its answer was lost is a win", async () => {
  const root = tempFolder();
  const calls: DiskCalls = {
    ...nodeDiskCalls,
    link: async (from, to) => {
      await nodeDiskCalls.link(from, to);
      throw new SystemError("EEXIST");
    },
  };
  expect(await localDiskOver(calls, root).publish("f", whole(1))).toBe(true);
  expect(namesIn(root)).toEqual(["f"]);
});

describe("reads", () => {
  for (const sizeBytes of [1000, 6_000_000]) {
    it(`a file of ${sizeBytes} bytes that shrinks or grows while it is read is read again`, async () => {
      for (const change of [sizeBytes - 500, sizeBytes + 500, 0]) {
        const root = tempFolder();
        fs.writeFileSync(join(root, "f"), new Uint8Array(sizeBytes));
        let isFirst = true;
        const once = (name: CallName) => {
          if ((name === "readSync" || name === "read") && isFirst) {
            isFirst = false;
            fs.truncateSync(join(root, "f"), change);
          }
        };
        expect((await localDiskOver(watched(once), root).read("f")).length).toBe(change);
      }
    });

    it(`a file of ${sizeBytes} bytes that never stops changing is an error, never a short answer`, async () => {
      const root = tempFolder();
      fs.writeFileSync(join(root, "f"), new Uint8Array(sizeBytes));
      const grow = watched((name) => {
        if (name === "readSync" || name === "read") fs.appendFileSync(join(root, "f"), "x");
      });
      expect(await codeOf(localDiskOver(grow, root).read("f"))).toBe("STORAGE_FAILED");
    });

    it(`a file of ${sizeBytes} bytes that comes in pieces is put together`, async () => {
      const root = tempFolder();
      fs.writeFileSync(join(root, "f"), whole(1, sizeBytes));
      const piece = Math.ceil(sizeBytes / 9);
      const calls: DiskCalls = {
        ...nodeDiskCalls,
        readSync: (fd, into, at, length) => nodeDiskCalls.readSync(fd, into, at, Math.min(length, piece)),
        read: (fd, into, at, length) => nodeDiskCalls.read(fd, into, at, Math.min(length, piece)),
      };
      const bytes = await localDiskOver(calls, root).read("f");
      expect(Buffer.compare(bytes, whole(1, sizeBytes))).toBe(0);
    });

    it(`EIO at any call of a read of ${sizeBytes} bytes is STORAGE_FAILED and closes the file`, async () => {
      const root = tempFolder();
      fs.writeFileSync(join(root, "f"), whole(1, sizeBytes));
      const before = openDescriptors();
      for (let index = 0; ; index++) {
        const { calls, failed } = failingAt(index, "EIO");
        const code = await codeOf(localDiskOver(calls, root).read("f"));
        if (failed() === undefined) break;
        expect(code).toBe("STORAGE_FAILED");
        expect(openDescriptors()).toBe(before);
      }
    });
  }

  it("a folder that cannot be listed is an error, not an empty folder", async () => {
    const root = tempFolder();
    fs.mkdirSync(join(root, "a"));
    for (const code of ["EACCES", "EIO", "ENOENT"]) {
      const calls = watched((name) => {
        if (name === "readdirSync") throw new SystemError(code);
      });
      expect(await codeOf(localDiskOver(calls, root).list("a"))).toBe("STORAGE_FAILED");
      expect(await codeOf(localDiskOver(calls, root).list("missing"))).toBe(
        code === "ENOENT" ? "resolved" : "STORAGE_FAILED",
      );
    }
  });

  it("a folder that another process makes while it is listed is listed", async () => {
    const root = tempFolder();
    let calls = 0;
    const disk = watched((name) => {
      if (name !== "readdirSync" || calls++ > 0) return;
      fs.mkdirSync(join(root, "a"));
      fs.writeFileSync(join(root, "a/f"), "");
      throw new SystemError("ENOENT");
    });
    expect(await localDiskOver(disk, root).list("a")).toEqual([{ name: "f", kind: "file" }]);
  });
});

function openDescriptors(): number {
  return fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0;
}

import { memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { watchedStorage } from "../../src/cli/open/watched-storage.js";
import type { Io } from "../../src/cli/output/io.js";
import { liveIo, progressLine } from "../../src/cli/output/progress.js";

describe("a progress line", () => {
  it.each([
    [
      { done: 250, total: 1000, unit: "rows" },
      2000,
      "importing [#####---------------] 25% 250/1,000 rows, 125/s, 6 s left",
    ],
    [{ done: 0, total: 3, unit: "slates" }, 1000, "importing [--------------------] 0% 0/3 slates, 0/s"],
    [
      { done: 3, total: 3, unit: "slates" },
      1000,
      "importing [####################] 100% 3/3 slates, 3/s, 0 s left",
    ],
    [
      { done: 1, total: 100, unit: "x" },
      100_000,
      "importing [--------------------] 1% 1/100 x, 0.01/s, 2 h 45 min left",
    ],
    [{ done: 1200, bytes: 34_560_000, unit: "reads" }, 4000, "importing 1,200 reads, 34.6 MB, 300/s"],
  ])("says how much, how fast, and how long it still takes: %j", (tally, tookMs, text) => {
    expect(progressLine("importing", tally, tookMs)).toBe(text);
  });

  const streams = (isTTY: boolean) => {
    const said: string[] = [];
    const write = (chunk: string | Uint8Array) => said.push(String(chunk));
    const io: Io = { stdout: { write }, stderr: { write, isTTY }, cwd: ".", env: {} };
    return { said, io };
  };

  it("comes after a second, at a terminal only, and goes before anything else is written", async () => {
    for (const isTTY of [true, false]) {
      let nowMs = 0;
      const { said, io } = streams(isTTY);
      const live = liveIo(io, () => nowMs);
      const progress = await live.begin("reading");
      nowMs = 999;
      progress.tell({ done: 1, total: 10, unit: "files" });
      expect(said).toEqual([]);
      nowMs = 2000;
      progress.tell({ done: 5, total: 10, unit: "files" });
      const drawn = said.join("");
      expect(drawn.includes("reading [##########----------] 50% 5/10 files, 2.5/s, 2 s left")).toBe(isTTY);
      live.stdout.write("the answer\n");
      expect(said.at(-1)).toBe("the answer\n");
      expect(said.length > 1).toBe(isTTY);
      const length = said.length;
      progress.end();
      expect(said.length).toBe(length);
    }
  });
});

describe("a storage that is watched", () => {
  it("tells of what is read, and is the storage it was in all else", async () => {
    const seen: number[] = [];
    const storage = watchedStorage(memoryStorage(), (files, bytes) => seen.push(files, bytes));
    await storage.publish("a/b", Uint8Array.of(1, 2, 3));
    expect(seen).toEqual([]);
    expect(await storage.read("a/b")).toEqual(Uint8Array.of(1, 2, 3));
    expect(seen).toEqual([1, 3]);
    expect(await storage.list("a")).toEqual([{ name: "b", kind: "file" }]);
    expect(storage.description).toBe(memoryStorage().description);
    const lock = await storage.locks!.lock("lock");
    await lock.release();
  });
});

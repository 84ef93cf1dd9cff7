import { spawnSync } from "node:child_process";
import {
  isBronzeError,
  localDisk,
  memoryStorage,
  type RunRecord,
  readPointer,
  readRun,
  type Storage,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { tempFolders } from "../../storage/temp-folder.js";
import { type FullAt, fullStorage } from "./full-disk.js";
import { POINTER, pipeline, runIn } from "./pipeline.js";
import { startRunner } from "./runner.js";

const temp = tempFolders();

async function runToEnd(storage: Storage): Promise<string> {
  const result = await runIn(storage, (run) => pipeline(run));
  if (result.status === "skipped") throw new Error("the lock is free");
  return result.runId;
}

/** A run where the disk is full, after one that went well and before another. */
async function runOnFull(below: Storage, at: FullAt) {
  const place = { storage: below };
  const before = await runToEnd(below);
  const { storage, calls } = fullStorage(below, at);
  let id: string | undefined;
  const error = await runIn(storage, (run) => {
    id = run.id;
    return pipeline(run);
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const pointer = (await readPointer(place, POINTER))?.run_id;
  const left = id === undefined ? undefined : await recordOf(below, id);
  const next = await runToEnd(below); // which fails while the lock is held
  const isMoved = (await readPointer(place, POINTER))?.run_id === next;
  const found = id === undefined ? undefined : await recordOf(below, id);
  return { before, id, error, pointer, left, isMoved, found, failed: calls[at.call - 1] };
}

/** A run's file, which is whole; `undefined` where there is none. */
async function recordOf(storage: Storage, id: string): Promise<RunRecord | undefined> {
  return readRun({ storage }, id, { timeZone: "America/New_York" }).catch((error) => {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  });
}

/** The storage calls of a run after another, by name. */
async function callsOfARun(below: Storage): Promise<string[]> {
  await runToEnd(below);
  const { storage, calls } = fullStorage(below);
  await runToEnd(storage);
  const kinds = new Set(calls.map((call) => call.split(" ")[0]));
  expect(kinds).toEqual(new Set(["lock", "list", "read", "stat", "publish", "swap", "release"]));
  return calls;
}

async function sizeOf(storage: Storage, path: string): Promise<number | undefined> {
  return (await storage.stat(path))?.sizeBytes;
}

describe.each([
  ["in memory, full at any one storage call,", () => memoryStorage(), false],
  ["in memory, full from any storage call on,", () => memoryStorage(), true],
  ["on disk, full from any storage call on,", () => localDisk(temp()), true],
])("a run %s", (_, makeStorage, forGood) => {
  it("gives the lock back, claims nothing it did not do, and the next run works", async () => {
    const calls = await callsOfARun(makeStorage());
    const moved: string[] = [];
    for (let call = 1; call <= calls.length; call++)
      for (const when of ["before", "after"] as const) {
        const below = makeStorage();
        const seen = await runOnFull(below, { call, when, forGood });
        const what = `${when} call ${call}, ${seen.failed}`;
        expect(seen.failed, what).toBeDefined();
        expect(seen.isMoved, what).toBe(true);
        if (seen.error !== undefined)
          expect(seen.error, what).toMatchObject({ code: "STORAGE_FAILED", details: { cause: "ENOSPC" } });
        if (seen.left !== undefined && seen.left.status !== "running")
          expect(
            seen.left.stages.map(({ status }) => status),
            what,
          ).not.toContain("running");
        if (seen.pointer !== seen.before) {
          moved.push(what);
          expect(seen.pointer, what).toBe(seen.id);
          const outputs = seen.left!.stages.map(({ output }) => output!);
          expect(outputs, what).toHaveLength(2);
          for (const { path, size_bytes } of outputs)
            expect(await sizeOf(below, path), what).toBe(size_bytes);
        }
        if (seen.left?.status === "completed") {
          expect(seen.pointer, what).toBe(seen.id);
          expect(seen.left.pointers, what).toHaveLength(1);
          expect(
            seen.left.stages.map(({ status }) => status),
            what,
          ).toEqual(["completed", "completed"]);
        } else expect(seen.error, what).toBeDefined();
      }
    expect(moved[0]).toMatch(/(swap projections|release projections)/);
  });
});

describe("a run on disk that could not write how it ended", () => {
  it("is marked by the next one", async () => {
    const calls = await callsOfARun(localDisk(temp()));
    const lastSave = calls.findLastIndex((name) => name.startsWith("swap runs/")) + 1;
    const seen = await runOnFull(localDisk(temp()), { call: lastSave, when: "before", forGood: true });
    expect(seen.error).toMatchObject({ code: "STORAGE_FAILED" });
    expect(seen.left).toMatchObject({ status: "running" });
    expect(seen.found).toMatchObject({ status: "abandoned" });
  });
});

describe("a real disk of one mebibyte, in a process that may mount it", () => {
  const mount = ["-rm", "sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'];
  const trial = spawnSync("unshare", [...mount, "/mnt", "true"], { encoding: "utf8" });
  const problem = trial.error?.message ?? trial.stderr.trim();
  if (trial.status !== 0) console.warn(`NOT TESTED: a full tmpfs, which cannot be mounted here: ${problem}`);

  it.skipIf(trial.status !== 0)("full at any page", async () => {
    const disk = temp();
    const runner = startRunner("on-a-full-disk", [disk], { within: ["unshare", ...mount, disk] });
    const { code, stderr } = await runner.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const seen = runner.lines().map((line) => JSON.parse(line));
    expect(seen).toHaveLength(25);
    for (const { pages, ...end } of seen) {
      expect(end, `${pages} pages`).toMatchObject({
        isFree: true,
        next: "completed",
        isMoved: true,
        temps: [],
      });
      if (end.full !== "completed") expect(end.full, `${pages} pages`).toBe("STORAGE_FAILED ENOSPC");
      if (end.left?.status === "completed")
        expect(end, `${pages} pages`).toMatchObject({ pointer: "this", left: { pointers: 1 } });
    }
    expect(new Set(seen.map(({ full }) => full))).toEqual(new Set(["completed", "STORAGE_FAILED ENOSPC"]));
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { formatInstant, localDisk, memoryStorage, readPointer, readRun, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { encodeRunRecord } from "../../../src/run/run-record.js";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { LOCK, POINTER, pipeline, runIn } from "./pipeline.js";
import { isFreeForShell } from "./runner.js";

const temp = tempFolders();

function newRoot(lockSays: string): string {
  const root = temp();
  mkdirSync(join(root, "runs"));
  writeFileSync(join(root, LOCK), lockSays);
  return root;
}

async function completed(storage: Storage, clock?: () => bigint): Promise<string> {
  const result = await runIn(storage, (run) => pipeline(run), { clock });
  if (result.status === "skipped") throw new Error("nobody else is here");
  return result.runId;
}

/** What the lock file says of a holder. */
function lineOf(facts: object, pid = 1): string {
  return `${JSON.stringify({ pid, host: hostname(), since: "2026-01-15T23:30:00.000Z", ...facts })}\n`;
}

/** A run as a process leaves it that dies in its first stage: the file, and what the lock says. */
async function deadRun(root: string, pid: number): Promise<string> {
  const storage = localDisk(root);
  const id = await completed(storage);
  const path = `runs/${(await storage.list("runs")).find(({ kind }) => kind === "folder")!.name}/${id}.json`;
  const record = JSON.parse(new TextDecoder().decode(await storage.read(path)));
  const [scrape] = record.stages;
  const stages = [{ ...scrape, status: "running", ended_at: null, output: null }];
  const dead = { ...record, status: "running", pid, ended_at: null, stages, pointers: [] };
  await storage.replace(path, encodeRunRecord(dead, path));
  writeFileSync(join(root, LOCK), lineOf({ run: id }, pid));
  return id;
}

describe("a lock file that names a process, but is not held,", () => {
  it.each([
    ["of this very process", { pid: process.pid, host: hostname(), since: new Date().toISOString() }],
    ["that is always there", { pid: 1, host: hostname(), since: new Date(0).toISOString() }],
    ["of another machine", { pid: process.pid, host: "elsewhere", since: "2999-01-01T00:00:00Z" }],
  ])("is free: a pid %s says nothing", async (_, says) => {
    const root = newRoot(`${JSON.stringify(says)}\n`);
    expect(isFreeForShell(root)).toBe(true);
    expect(await runIn(localDisk(root), () => "in", { onHeld: "fail" })).toMatchObject({ value: "in" });
  });

  it.each([
    ["nothing", ""],
    ["half a line", '{"pid":12'],
    ["a run that never was", lineOf({ run: "20260115T234500Z-3f9a1c07" })],
    ["a path for a run", lineOf({ run: "../../etc/passwd" })],
    ["a number for a run", lineOf({ run: 7 })],
    ["a day that is none", lineOf({ run: "99999999T999999Z-00000000" })],
  ])("is free when it says %s", async (_, says) => {
    const root = newRoot(says);
    expect(await runIn(localDisk(root), () => "in")).toMatchObject({ value: "in" });
  });

  it.each([
    ["no object", "null\n"],
    ["a list", "[1]\n"],
    ["bytes that are no text", "\xff\xfe\u0000\u0001"],
    ["something else below a holder's line", `${lineOf({})}[1]\nnull\n{"run":`],
  ])("is no lock file when it says %s, and nothing runs", async (_, says) => {
    const root = newRoot(says);
    expect((await errorOf(runIn(localDisk(root), () => "in"))).code).toBe("NOT_A_LOCK");
  });

  it("gives up its dead run, although a living process has the pid by now", async () => {
    const root = temp();
    const dead = await deadRun(root, process.pid);
    await completed(localDisk(root));
    expect(await readRun({ root }, dead, { timeZone: "America/New_York" })).toMatchObject({
      status: "abandoned",
      stages: [{ stage: "scrape", status: "failed", error: { message: expect.stringContaining("died") } }],
    });
  });

  it("does no harm to a run that ended, though it names that", async () => {
    const root = temp();
    const ended = await completed(localDisk(root));
    const before = await readRun({ root }, ended, { timeZone: "America/New_York" });
    writeFileSync(join(root, LOCK), lineOf({ run: ended }));
    await completed(localDisk(root));
    expect(await readRun({ root }, ended, { timeZone: "America/New_York" })).toEqual(before);
  });

  it("does no harm to a run under another lock, though it names that", async () => {
    const root = newRoot("");
    const storage = localDisk(root);
    await runIn(
      storage,
      async (other) => {
        writeFileSync(join(root, LOCK), lineOf({ run: other.id }));
        await completed(storage);
        expect(await readRun({ root }, other.id, { timeZone: "America/New_York" })).toMatchObject({
          status: "running",
        });
      },
      { lock: "runs/.other.lock" },
    );
  });
});

describe("a clock", () => {
  const at = (instant: string) => () => BigInt(Date.parse(instant)) * 1_000_000n;

  it("that is set back between runs moves no pointer back, and the run that would says so", async () => {
    const root = temp();
    const storage = localDisk(root);
    const first = await completed(storage, at("2026-01-15T23:30:00Z"));
    const error = await errorOf(completed(storage, at("2026-01-15T22:30:00Z")));
    expect(error.code).toBe("POINTER_BACKWARDS");
    expect(await readPointer({ root }, POINTER)).toMatchObject({ run_id: first });
    const later = await completed(storage, at("2026-01-15T23:30:01Z"));
    expect(await readPointer({ root }, POINTER)).toMatchObject({ run_id: later });
  });

  it("that jumps back within a run changes neither its id nor its cutoff, and the run completes", async () => {
    const root = temp();
    let now = "2026-01-15T23:30:00Z";
    const result = await runIn(
      localDisk(root),
      (run) =>
        pipeline(run, () => {
          now = "2026-01-15T01:00:00Z";
        }),
      { clock: () => at(now)() },
    );
    if (result.status === "skipped") throw new Error("nobody else is here");
    expect(result.runId).toMatch(/^20260115T233000Z-/);
    expect(await readRun({ root }, result.runId, { timeZone: "America/New_York" })).toMatchObject({
      status: "completed",
      cutoff: "2026-01-15T23:30:00Z",
      started_at: "2026-01-15T23:30:00Z",
      ended_at: "2026-01-15T01:00:00Z",
    });
    const pointer = await readPointer({ root }, POINTER);
    expect(formatInstant(pointer!.run_as_of_ts)).toBe("2026-01-15T23:30:00Z");
  });

  it("that stands still, or goes over the same second again, still gives each run its own id and files", async () => {
    const storage = memoryStorage();
    const ids: string[] = [];
    for (const second of ["00", "01", "00", "01", "00"])
      for (let i = 0; i < 20; i++) {
        const clock = at(`2026-01-15T23:30:${second}Z`);
        const result = await runIn(storage, (run) => run.stage("one", {}, () => run.id), { clock });
        if (result.status === "skipped") throw new Error("nobody else is here");
        expect(result.value.value).toBe(result.runId);
        ids.push(result.runId);
      }
    expect(new Set(ids).size).toBe(100);
    const records = await Promise.all(
      ids.map((id) => readRun({ storage }, id, { timeZone: "America/New_York" })),
    );
    expect(records.map(({ run_id, status }) => [run_id, status])).toEqual(ids.map((id) => [id, "completed"]));
  });
});

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { localDisk, type RunRecord, readPointer, readRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { filesIn } from "../../bronze/feeds.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { ENOUGH, POINTER, pipeline, runIn } from "./pipeline.js";
import {
  type Ending,
  isFreeForShell,
  killGroup,
  type Runner,
  startRunner,
  startShellHolder,
} from "./runner.js";

const temp = tempFolders();

interface Stopped extends Pick<Ending, "code" | "signal"> {
  readonly lines: readonly string[];
  /** The run file as the process left it. */
  readonly left: RunRecord;
  /** The same, after the next run. */
  readonly found: RunRecord;
}

/**
 * Lets a pipeline get into its second stage, does something to its process, and sees to what holds however it ends: the
 * lock is free, the pointer has not moved, and the next run works.
 */
async function stopped(how: string, act: (runner: Runner) => unknown = () => {}): Promise<Stopped> {
  const root = temp();
  const disk = localDisk(root);
  const before = await runIn(disk, (run) => pipeline(run));
  if (before.status === "skipped") throw new Error("nobody else is here");
  const runner = startRunner("stopped", [root, how]);
  const id = await runner.says("in");
  await act(runner);
  writeFileSync(join(root, ENOUGH), "");
  const { code, signal } = await runner.ended;

  expect(isFreeForShell(root)).toBe(true);
  expect((await readPointer({ root }, POINTER))?.run_id).toBe(before.runId);
  const left = await readRun({ root }, id, { timeZone: "America/New_York" });
  expect(left).toMatchObject({ pid: runner.process.pid, pointers: [] });
  expect(left.stages[0]).toMatchObject({ stage: "scrape", status: "completed", error: null });

  const next = await runIn(disk, (run) => pipeline(run));
  if (next.status === "skipped") throw new Error("the lock is free");
  expect((await readPointer({ root }, POINTER))?.run_id).toBe(next.runId);
  const lines = runner.lines().filter((line) => !line.startsWith("in "));
  return { code, signal, lines, left, found: await readRun({ root }, id, { timeZone: "America/New_York" }) };
}

const send = (signal: NodeJS.Signals) => (runner: Runner) => void runner.process.kill(signal);

const twice = (signal: NodeJS.Signals) => async (runner: Runner) => {
  send(signal)(runner);
  await pause(100);
  send(signal)(runner);
};

/** A run file of a run that a signal ended, in its second stage. */
function interruptedBy(signal: string) {
  return {
    status: "interrupted",
    ended_at: expect.any(String),
    error: { code: "RUN_INTERRUPTED", message: `The run got ${signal}.` },
    stages: [
      { stage: "scrape", status: "completed" },
      { stage: "score", status: "failed", ended_at: expect.any(String), error: { code: "RUN_INTERRUPTED" } },
    ],
  };
}

const ABANDONED = {
  status: "abandoned",
  error: { code: null, message: expect.stringContaining("The process died in this run") },
  stages: [
    { stage: "scrape", status: "completed" },
    { stage: "score", status: "failed", error: { message: expect.stringContaining("The process died") } },
  ],
};

describe.each(["SIGTERM", "SIGINT"] as const)("%s in a stage", (signal) => {
  it("that listens to run.signal stops it, and the process ends by the signal", async () => {
    const end = await stopped("listens", send(signal));
    expect(end).toMatchObject({ code: null, signal, lines: ["told to stop"] });
    expect(end.left).toMatchObject(interruptedBy(signal));
    expect(end.found).toEqual(end.left);
  });

  it("that ignores it ends the process by the signal all the same", async () => {
    const end = await stopped("ignores", send(signal));
    expect(end).toMatchObject({ code: null, signal, lines: [] });
    expect(end.left).toMatchObject(interruptedBy(signal));
    expect(end.found).toEqual(end.left);
  });

  it("while the process waits for the lock ends it at once, and there never was a run", async () => {
    const root = temp();
    const holder = await startShellHolder(root);
    const waiter = startRunner("stopped", [root, "waits"]);
    await waiter.says("in the queue");
    waiter.process.kill(signal);
    expect(await waiter.ended).toMatchObject({ code: null, signal });
    expect(waiter.lines()).toEqual(["in the queue"]);
    expect(await filesIn(localDisk(root), "runs")).toEqual([]);
    killGroup(holder);
    await holder.ended;
    expect(await runIn(localDisk(root), () => "in")).toMatchObject({ value: "in" });
  });
});

describe("SIGTERM in a stage that never yields", () => {
  it("is seen when the stage is over, and nothing more begins", async () => {
    const end = await stopped("is busy", send("SIGTERM"));
    expect(end).toMatchObject({ code: null, signal: "SIGTERM", lines: [] });
    const { stages: _, ...run } = interruptedBy("SIGTERM");
    expect(end.left).toMatchObject(run);
    expect(end.left.stages.map(({ stage, status }) => [stage, status])).toEqual([
      ["scrape", "completed"],
      ["score", "completed"],
    ]);
  });

  it("leaves no stage running when it comes twice", async () => {
    const end = await stopped("is busy", twice("SIGTERM"));
    expect(end).toMatchObject({ code: null, signal: "SIGTERM", lines: [] });
    expect(end.left).toMatchObject({ status: "interrupted", error: { code: "RUN_INTERRUPTED" } });
    expect(end.left.stages.map(({ status }) => status)).not.toContain("running");
  });
});

describe("a second SIGTERM", () => {
  it("ends a process at once whose stage ignores the first, and leaves no stage running", async () => {
    const end = await stopped("ignores for good", async (runner) => {
      send("SIGTERM")(runner);
      await runner.says("told to stop");
      send("SIGTERM")(runner);
    });
    expect(end).toMatchObject({ code: null, signal: "SIGTERM", lines: ["told to stop"] });
    expect(end.left).toMatchObject(interruptedBy("SIGTERM"));
  });
});

describe("SIGTERM where the user listens for it too", () => {
  it("stops the run and leaves the process to the user", async () => {
    const end = await stopped("has a listener", send("SIGTERM"));
    expect(end).toMatchObject({
      code: 7,
      signal: null,
      lines: ["told to stop", "my own", "caught RUN_INTERRUPTED"],
    });
    expect(end.left).toMatchObject(interruptedBy("SIGTERM"));
  });

  it("holds the lock until the stage that ignores it has ended", async () => {
    const root = temp();
    const runner = startRunner("stopped", [root, "has a listener and ignores"]);
    const id = await runner.says("in");
    runner.process.kill("SIGTERM");
    await runner.says("my own");
    while ((await readRun({ root }, id, { timeZone: "America/New_York" })).status === "running")
      await pause(50);
    expect(runner.lines()).not.toContain("caught RUN_INTERRUPTED");
    expect(isFreeForShell(root)).toBe(false);
    runner.tell("enough");
    expect(await runner.says("caught")).toBe("RUN_INTERRUPTED");
    expect(isFreeForShell(root)).toBe(true);
    expect(await runner.ended).toMatchObject({ code: 7, signal: null });
    expect(await readRun({ root }, id, { timeZone: "America/New_York" })).toMatchObject({
      status: "interrupted",
      pointers: [],
    });
    expect(existsSync(`${root}/${POINTER}`)).toBe(false);
  });

  it("leaves the process to a listener that listens once as well", async () => {
    const end = await stopped("has a listener for once", send("SIGTERM"));
    expect(end).toMatchObject({
      code: 7,
      signal: null,
      lines: ["told to stop", "my own", "caught RUN_INTERRUPTED"],
    });
  });
});

describe("SIGTERM in a process with two runs", () => {
  it("stops both, and ends the process when both have ended", async () => {
    const root = temp();
    const runner = startRunner("stopped", [root, "runs beside another run"]);
    const ids = await Promise.all([runner.says("quick"), runner.says("slow")]);
    runner.process.kill("SIGTERM");
    expect(await runner.ended).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(runner.lines()).not.toContain("both ended");
    for (const id of ids)
      expect(await readRun({ root }, id, { timeZone: "America/New_York" })).toMatchObject({
        status: "interrupted",
      });
    for (const name of ["quick", "slow"]) expect(isFreeForShell(root, `runs/.${name}.lock`)).toBe(true);
  });
});

describe("a process that ends in a stage without a word", () => {
  it("by SIGKILL: the next run marks the run abandoned", async () => {
    const end = await stopped("ignores", killGroup);
    expect(end).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(end.left).toMatchObject({ status: "running", stages: [{}, { status: "running" }] });
    expect(end.found).toMatchObject(ABANDONED);
  });

  it("by process.exit(): it keeps its code, and the next run marks the run abandoned", async () => {
    const end = await stopped("exits");
    expect(end).toMatchObject({ code: 3, signal: null, lines: [] });
    expect(end.found).toMatchObject(ABANDONED);
  });

  it.each([
    "an exception goes uncaught",
    "a rejection goes unhandled",
  ])("since %s: it ends with code 1, and the next run marks the run abandoned", async (why) => {
    const end = await stopped(`goes on while ${why}`);
    expect(end).toMatchObject({ code: 1, signal: null, lines: [] });
    expect(end.found).toMatchObject(ABANDONED);
  });
});

describe("a stage that throws", () => {
  it("fails the run, whose file says which stage and why", async () => {
    const end = await stopped("throws");
    expect(end).toMatchObject({ code: 1, signal: null, lines: ["caught RangeError: no minutes"] });
    const error = { code: null, message: "no minutes" };
    expect(end.left).toMatchObject({
      status: "failed",
      error,
      stages: [{ status: "completed" }, { stage: "score", status: "failed", error }],
    });
    expect(end.found).toEqual(end.left);
  });
});

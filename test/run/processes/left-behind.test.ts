import { setTimeout as pause } from "node:timers/promises";
import { isBronzeError, localDisk, readRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { report } from "../../bronze/feeds.js";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { type PipelineRun, pipeline, runIn } from "./pipeline.js";
import { isFreeForShell } from "./runner.js";

const temp = tempFolders();

/** What a promise comes to, as soon as it has; before that `under way`. */
function watched(promise: Promise<unknown>): { readonly outcome: string } {
  const seen = { outcome: "under way" };
  promise.then(
    () => {
      seen.outcome = "ended";
    },
    (error: unknown) => {
      seen.outcome = isBronzeError(error) ? error.code : String(error);
    },
  );
  return seen;
}

/** Something that one waits for and another gives. */
function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}

/** A run whose function has come to its end, while a stage that it began goes on until told. */
async function leaving(how: "returns" | "throws") {
  const root = temp();
  const storage = localDisk(root);
  const stageBegins = signal();
  const stageEnds = signal();
  let run!: PipelineRun;
  let stage!: { readonly outcome: string };
  const left = runIn(storage, async (given) => {
    run = given;
    stage = watched(
      run.stage("slow", {}, () => {
        stageBegins.give();
        return stageEnds.given;
      }),
    );
    await stageBegins.given;
    if (how === "throws") throw new RangeError("boom");
    return "returned";
  });
  const seen = watched(left);
  await stageBegins.given;
  await pause(50);
  return { root, storage, run, stage, left, seen, endStage: stageEnds.give };
}

describe.each(["returns", "throws"] as const)("a function that %s while a stage is under way", (how) => {
  it("leaves the lock held until that has ended", async () => {
    const { root, storage, stage, left, seen, endStage } = await leaving(how);
    expect([stage.outcome, seen.outcome]).toEqual(["under way", "under way"]);
    expect(isFreeForShell(root)).toBe(false);
    expect((await errorOf(runIn(storage, () => {}))).code).toBe("LOCK_HELD");
    endStage();
    await left.catch(() => {});
    expect(stage.outcome).toBe("ended");
    expect(seen.outcome).toBe(how === "returns" ? "ended" : "RangeError: boom");
    expect(isFreeForShell(root)).toBe(true);
    expect(await runIn(storage, () => "in")).toMatchObject({ value: "in" });
  });

  it("has that stage in its run file, with its end", async () => {
    const { root, run, left, endStage } = await leaving(how);
    endStage();
    await left.catch(() => {});
    expect(await readRun({ root }, run.id, { timeZone: "America/New_York" })).toMatchObject({
      status: how === "returns" ? "completed" : "failed",
      stages: [{ stage: "slow", status: "completed", ended_at: expect.any(String) }],
    });
  });
});

describe("work that is left behind", () => {
  it("by a function that throws is stopped and can begin nothing more", async () => {
    const { run, left, endStage } = await leaving("throws");
    expect(run.signal.aborted).toBe(true);
    expect(run.signal.reason).toMatchObject({ code: "RUN_INTERRUPTED", cause: expect.any(RangeError) });
    expect((await errorOf(run.stage("more", {}, () => 1))).code).toBe("RUN_INTERRUPTED");
    expect((await errorOf(run.bronze.write("injuries_raw", []))).code).toBe("RUN_INTERRUPTED");
    expect((await errorOf(run.writePointer("latest.json", { outputs: ["x"] }))).code).toBe("RUN_INTERRUPTED");
    endStage();
    await expect(left).rejects.toThrow("boom");
  });

  it("by a function that returns is still in the run, with all it does there at once, and then no more", async () => {
    const { root, run, left, endStage } = await leaving("returns");
    expect(run.signal.aborted).toBe(false);
    const moreBegins = signal();
    const moreEnds = signal();
    const more = run.stage("more", {}, () => {
      moreBegins.give();
      return moreEnds.given;
    });
    endStage();
    await moreBegins.given;
    await pause(50);
    expect(isFreeForShell(root)).toBe(false);
    moreEnds.give();
    await more;
    await left;
    const record = await readRun({ root }, run.id, { timeZone: "America/New_York" });
    expect(record.stages.map(({ stage, status }) => [stage, status])).toEqual([
      ["slow", "completed"],
      ["more", "completed"],
    ]);
    expect((await errorOf(run.stage("late", {}, () => 1))).code).toBe("RUN_ENDED");
  });

  it("never writes after the lock is free, however it goes on", async () => {
    const root = temp();
    const storage = localDisk(root);
    const steps: string[] = [];
    const leftBehind = async (run: PipelineRun, turns: number) => {
      for (let i = 0; ; i++) {
        for (let turn = 0; turn < turns; turn++) await null;
        await run.stage(`step-${turns}-${i}`, {}, async () => {
          await run.bronze.write(
            "injuries_raw",
            report("2026-01-15T22:00:00Z", { [`p${turns}-${i}`]: "Out" }),
          );
          steps.push(isFreeForShell(root) ? "free" : "held");
        });
        if (i === 3) return "all four";
      }
    };
    const ends: Promise<string>[] = [];
    await runIn(storage, (run) => {
      for (const turns of [0, 1, 2, 5, 20]) {
        const end = leftBehind(run, turns).catch((error) => (error as { code: string }).code);
        ends.push(end);
      }
    });
    for (const end of await Promise.all(ends)) expect(["all four", "RUN_ENDED"]).toContain(end);
    expect(new Set(steps)).toEqual(new Set(["held"]));
  });
});

describe("a run that has ended", () => {
  it("has nothing more to give", async () => {
    const root = temp();
    const result = await runIn(localDisk(root), async (run) => {
      await pipeline(run);
      return run;
    });
    if (result.status === "skipped") throw new Error("nobody else is here");
    const run = result.value;
    const before = await readRun({ root }, run.id, { timeZone: "America/New_York" });
    const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
    const late: Promise<unknown>[] = [
      run.stage("late", {}, () => 1),
      run.bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { ada: "Out" })),
      run.writePointer("latest.json", { outputs: ["projections/latest_run.json"] }),
      run.readPointer("projections/latest_run.json"),
      run.gold.freeze({ slate, snapshot: "lock", tip: "2026-01-16T00:00:00Z" }, () => []),
    ];
    for (const promise of late) expect((await errorOf(promise)).code).toBe("RUN_ENDED");
    expect(() => run.bronze.asOf()).toThrow(expect.objectContaining({ code: "RUN_ENDED" }));
    expect(() =>
      run.stopIfUnchanged({ digest: "x", since: undefined, deadlines: [], every: "PT5M" }),
    ).toThrow(expect.objectContaining({ code: "RUN_ENDED" }));
    expect(run.signal.aborted).toBe(true);
    expect(await readRun({ root }, run.id, { timeZone: "America/New_York" })).toEqual(before);
  });
});

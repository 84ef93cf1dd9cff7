import { memoryStorage, readPointer, readRun, writePointer } from "bronzestore";
import { expect, it } from "vitest";
import { markRun } from "../../src/run/index.js";
import { errorOf } from "../error-of.js";
import { suspendedAt, withLostLocks } from "../storage/lost-locks.js";
import { clockAt, NOW, runAt } from "./live.js";

const POINTER = "projections/latest_run.json";
const cutoffs = { earlier: "2026-01-15T22:00:00Z", later: "2026-01-15T23:00:00Z" };
const target = (run_id: string, run_as_of_ts: string) => ({ run_id, run_as_of_ts, fields: {} });

it("a pointer that another moved meanwhile is not moved back by one that was suspended", async () => {
  const storage = withLostLocks(memoryStorage());
  const move = (over: typeof storage, id: string, at: string) =>
    writePointer({ storage: over }, POINTER, target(id, at), { now: NOW });
  for (const [round, first] of [undefined, "run-0"].entries()) {
    if (first) await move(storage, first, cutoffs.earlier);
    const later = suspendedAt(storage, { call: "swap", path: POINTER }, () =>
      move(storage, `other-${round}`, cutoffs.later),
    );
    const error = await errorOf(move(later.storage, `late-${round}`, cutoffs.earlier));
    expect([later.wasSuspended(), error.code, error.details.path]).toEqual([true, "LOCK_LOST", POINTER]);
    expect((await readPointer({ storage }, POINTER))?.run_id).toBe(`other-${round}`);
    await storage.remove(POINTER);
  }
});

it("a run that was declared abandoned writes nothing over that, and ends with an error", async () => {
  const storage = withLostLocks(memoryStorage());
  let id = "";
  const codes: string[] = [];
  const error = await errorOf(
    runAt(storage, async (run) => {
      id = run.id;
      await run.stage("sim", {}, () => 1);
      const isMarked = await markRun(storage, `runs/2026-01-15/${id}.json`, {
        lock: "runs/.lock",
        now: clockAt(NOW)(),
      });
      expect(isMarked).toBe(true);
      codes.push((await errorOf(run.stage("more", {}, () => 2))).code);
    }),
  );
  expect([codes, error.code]).toEqual([["LOCK_LOST"], "LOCK_LOST"]);
  expect(await readRun({ storage }, id, { timeZone: "America/New_York" })).toMatchObject({
    status: "abandoned",
    stages: [{ stage: "sim", status: "completed" }],
  });
});

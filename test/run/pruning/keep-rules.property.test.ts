import {
  memoryStorage,
  type RunRecord,
  type StageNeeds,
  type Storage,
  stageOutput,
  withRun,
  writePointer,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../../campaign.js";
import { clockAt, minutes, POINTER, pruningOf, ROWS, runsTree, ZONE } from "./world.js";

const DAY = Date.parse("2026-01-15T15:00:00Z");
const at = (minute: number) => new Date(DAY + minute * 60_000).toISOString();

interface Planned {
  readonly minute: number;
  readonly name: string;
  readonly fails: boolean;
  /** Which earlier run it needs, counted back. */
  readonly needs: number | undefined;
}

const someRuns = fc.array(
  fc.record({
    minute: fc.nat({ max: 16 * 60 }),
    name: fc.constantFrom("live", "sims"),
    fails: fc.boolean(),
    needs: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Runs in order of time, each of which may need the output of an earlier one that completed. */
async function made(storage: Storage, runs: readonly Planned[]): Promise<string[]> {
  const ids: string[] = [];
  const completed: string[] = [];
  for (const { minute, name, fails, needs } of [...runs].sort((a, b) => a.minute - b.minute)) {
    const needed = needs === undefined ? undefined : completed.at(-needs);
    await withRun({ storage, name, timeZone: ZONE, clock: clockAt(at(minute)) }, async (run) => {
      ids.push(run.id);
      const earlier: StageNeeds =
        needed === undefined ? {} : { earlier: stageOutput("minutes", minutes, { run: needed }) };
      await run.stage("minutes", { needs: earlier, output: minutes }, () => ROWS);
      if (fails) throw new Error("it fails");
      completed.push(run.id);
    }).catch((error: Error) => expect(error.message).toBe("it fails"));
  }
  return ids;
}

/** The rules said again, plainly, over what lies on disk. */
function restated(
  tree: ReadonlyMap<string, string>,
  rules: {
    readonly before: number;
    readonly firstOfHour: boolean;
    readonly locks: readonly number[];
    readonly pointed: string;
  },
): Set<string> {
  const runs = [...tree]
    .filter(([path]) => /^runs\/[^/]+\/[^/_]+\.json$/.test(path))
    .map(([, text]) => JSON.parse(text) as RunRecord)
    .sort((a, b) =>
      a.started_at < b.started_at ? -1 : a.started_at > b.started_at ? 1 : a.run_id < b.run_id ? -1 : 1,
    );
  const start = ({ started_at }: RunRecord) => Date.parse(started_at);
  const stays = (run: RunRecord): boolean => {
    if (start(run) > rules.before || run.run_id === rules.pointed) return true;
    if (run.status !== "completed") return false;
    const alike = runs.filter(({ name, status }) => name === run.name && status === "completed");
    const ofHour = alike.filter(
      (other) => Math.floor(start(other) / 3_600_000) === Math.floor(start(run) / 3_600_000),
    );
    if (rules.firstOfHour && ofHour[0] === run) return true;
    return rules.locks.some((lock) => alike.filter((other) => start(other) <= lock).at(-1) === run);
  };
  const kept = new Set(runs.filter(stays).map(({ run_id }) => run_id));
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    for (const run of runs)
      if (kept.has(run.run_id))
        for (const { needs } of run.stages) for (const { run_id } of needs) kept.add(run_id);
  }
  return new Set(runs.map(({ run_id }) => run_id).filter((id) => !kept.has(id)));
}

describe("what a plan over runs takes", () => {
  it("is what the rules say, and applying it takes that and nothing else; a second plan finds nothing", async () => {
    let taken = 0;
    let left = 0;
    await fc.assert(
      fc.asyncProperty(
        someRuns,
        fc.array(fc.nat({ max: 16 * 60 }), { maxLength: 4 }),
        fc.boolean(),
        fc.nat({ max: 16 * 60 }),
        fc.nat(),
        async (runs, locks, firstOfHour, windowAt, pointer) => {
          const storage = memoryStorage();
          const ids = await made(storage, runs);
          const pointed = ids[pointer % ids.length]!;
          await writePointer({ storage }, POINTER, { run_id: pointed, run_as_of_ts: at(0) });
          const pruning = pruningOf(storage, { now: at(windowAt + 60) });
          const asked = { olderThan: "PT1H", locks: locks.map(at), firstOfHour };
          const before = await runsTree(storage);
          const gone = restated(before, {
            before: DAY + windowAt * 60_000,
            firstOfHour,
            locks: locks.map((minute) => DAY + minute * 60_000),
            pointed,
          });
          const plan = await pruning.plan(asked);
          const planned = plan.days.flatMap(({ runs }) => runs.map(({ runId }) => runId));
          expect(new Set(planned)).toEqual(gone);
          expect(planned.length + plan.kept.length).toBeLessThanOrEqual(ids.length);

          await pruning.apply(plan);
          const after = await runsTree(storage);
          for (const path of after.keys()) if (path.endsWith("_retention.json")) after.delete(path);
          const isGone = (path: string) => path.split("/").length > 3 && gone.has(path.split("/")[2]!);
          expect(after).toEqual(new Map([...before].filter(([path]) => !isGone(path))));
          expect((await pruning.plan(asked)).days).toEqual([]);
          await pruning
            .restore(plan.id)
            .catch((error) => expect([error.code, plan.days]).toEqual(["NOT_FOUND", []]));
          expect(await runsTree(storage)).toEqual(before);
          taken += gone.size;
          left += ids.length - gone.size;
        },
      ),
      tries({ small: 200, large: 5_000, few: 30, seed: 14 }),
    );
    expect(Math.min(taken, left)).toBeGreaterThan(20);
  });
});

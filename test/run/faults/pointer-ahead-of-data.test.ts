import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Run, readPointer, withRun, writePointer } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { finished } from "./support/finished.js";
import { readJson, rowsIfAny, writeInPlace } from "./support/parquet.js";
import { clockAt } from "./support/tables.js";

const temp = tempFolders();
const POINTER = "projections/latest_run.json";
const outputOf = (runId: string) => `projections/run=${runId}/projections.parquet`;

/** An execution that is under way: its projections are computed, and not yet written. */
interface UnderWay {
  finish(): Promise<void>;
  /** It ends before it has written anything more. */
  die(): Promise<void>;
}

/** Starts an execution with a cutoff; each writes `outputOf(its id)` and moves the pointer. */
type Pipeline = (root: string, cutoff: string) => Promise<UnderWay>;

function point(root: string, run_id: string, run_as_of_ts: string): void {
  mkdirSync(join(root, "projections"), { recursive: true });
  writeFileSync(join(root, POINTER), JSON.stringify({ run_id, run_as_of_ts }));
}

/** The pointer was moved where the run's folder was made, so that the dashboard shows the run as it fills. */
const old: Pipeline = async (root, cutoff) => {
  const runId = cutoff.replace(/[-:]/g, "");
  point(root, runId, cutoff);
  return {
    finish: async () => writeInPlace(join(root, outputOf(runId)), [{ game_id: "g1", cutoff }]),
    die: async () => {},
  };
};

/** The same with the two lines in the right order: whoever ends last is the latest. */
const oldDataFirst: Pipeline = async (root, cutoff) => {
  const runId = cutoff.replace(/[-:]/g, "");
  return {
    async finish() {
      writeInPlace(join(root, outputOf(runId)), [{ game_id: "g1", cutoff }]);
      point(root, runId, cutoff);
    },
    die: async () => {},
  };
};

/** Each on a lock of its own, which is as bad as it can get: by default two runs of a root cannot overlap at all. */
const ours: Pipeline = async (root, cutoff) => {
  let finish = () => {};
  let die = (_: Error) => {};
  let isComputing = () => {};
  const underWay = new Promise<void>((resolve) => {
    isComputing = resolve;
  });
  const name = `live-${cutoff.replace(/\W/g, "")}`;
  const ended = withRun(
    { root, name, timeZone: "America/New_York", lock: `runs/.${name}.lock`, clock: clockAt(cutoff) },
    async (run) => {
      const score = await run.stage("score", {}, async () => {
        await new Promise<void>((resolve, reject) => {
          finish = resolve;
          die = reject;
          isComputing();
        });
        writeInPlace(run.paths.onDisk(outputOf(run.id)), [{ game_id: "g1", cutoff }]);
      });
      await run.writePointer(POINTER, { outputs: [score, outputOf(run.id)] });
    },
  ).catch(() => {}); // a line in the journal
  await underWay;
  return {
    async finish() {
      finish();
      await ended;
    },
    async die() {
      die(new Error("killed"));
      await ended;
    },
  };
};

/** The pointer always leads to projections that exist, and those of the newest cutoff that has any. */
async function law(pipeline: Pipeline): Promise<void> {
  const root = temp();
  const shown = async () => {
    const { run_id } = readJson(root, POINTER);
    return (await rowsIfAny(join(root, outputOf(run_id as string)))).map(({ cutoff }) => cutoff);
  };
  await (await pipeline(root, "2026-01-15T22:00:00Z")).finish();
  expect(await shown()).toEqual(["2026-01-15T22:00:00Z"]);

  const dying = await pipeline(root, "2026-01-15T22:05:00Z");
  expect(await shown(), "projections shown while the next run is under way").toEqual([
    "2026-01-15T22:00:00Z",
  ]);
  await dying.die();
  expect(await shown(), "projections shown after it died").toEqual(["2026-01-15T22:00:00Z"]);

  const slow = await pipeline(root, "2026-01-15T22:10:00Z");
  const fast = await pipeline(root, "2026-01-15T22:15:00Z");
  await fast.finish();
  expect(await shown()).toEqual(["2026-01-15T22:15:00Z"]);
  await slow.finish();
  expect(await shown(), "projections shown after a slower, earlier run has ended").toEqual([
    "2026-01-15T22:15:00Z",
  ]);
}

describe("pointer ahead of data", () => {
  it("the old scripts break it: the pointer leads to projections that are not written yet", async () => {
    await expect(law(old)).rejects.toMatchObject({
      message: expect.stringContaining("projections shown while the next run is under way"),
      actual: [],
      expected: ["2026-01-15T22:00:00Z"],
    });
  });

  it("with data first they break it still: a slow run takes the pointer back when it ends", async () => {
    await expect(law(oldDataFirst)).rejects.toMatchObject({
      message: expect.stringContaining("projections shown after a slower, earlier run has ended"),
      actual: ["2026-01-15T22:10:00Z"],
      expected: ["2026-01-15T22:15:00Z"],
    });
  });

  it("a run keeps it", async () => {
    await law(ours);
  });

  describe("a run refuses to move a pointer", () => {
    const NOW = "2026-01-15T22:00:00Z";
    const inRun = (work: (run: Run) => unknown, root = temp(), now = NOW) =>
      errorOf(withRun({ root, name: "live-score", timeZone: "America/New_York", clock: clockAt(now) }, work));
    /** A pointer that names a run of 22:00. */
    async function pointed() {
      const root = temp();
      const result = await withRun(
        { root, name: "live-score", timeZone: "America/New_York", clock: clockAt(NOW) },
        async (run) => {
          const score = await run.stage("score", {}, () => "scored");
          await run.writePointer(POINTER, { outputs: [score] });
        },
      );
      return { root, runId: finished(result).runId };
    }

    it("to no output, to a file that is not there, and to a stage that has not ended well", async () => {
      const refused = [
        await inRun((run) => run.writePointer(POINTER, { outputs: [] })),
        await inRun((run) => run.writePointer(POINTER, { outputs: ["projections/today.parquet"] })),
        await inRun(async (run) => {
          await run.stage("score", {}, () => Promise.reject(new Error("no model"))).catch(() => {});
          await run.writePointer(POINTER, { outputs: [{ stage: "score", runId: run.id }] });
        }),
        await inRun((run) =>
          run.stage("score", {}, () =>
            run.writePointer(POINTER, { outputs: [{ stage: "score", runId: run.id }] }),
          ),
        ),
      ];
      expect(refused.map(({ code, message }) => `${code}: ${message}`)).toEqual([
        expect.stringMatching(/^POINTER_AHEAD: projections\/latest_run.json would lead to nothing/),
        expect.stringMatching(/^POINTER_AHEAD: .* to projections\/today\.parquet, which does not exist/),
        expect.stringMatching(
          /^POINTER_AHEAD: .* to stage "score" of run \S+, which run \S+ has not produced/,
        ),
        expect.stringMatching(
          /^POINTER_AHEAD: .* to stage "score" of run \S+, which run \S+ has not produced/,
        ),
      ]);
    });

    it("to another run's output", async () => {
      const { root, runId } = await pointed();
      const error = await inRun(
        (run) => run.writePointer(POINTER, { outputs: [{ stage: "score", runId }] }),
        root,
        "2026-01-15T22:05:00Z",
      );
      expect(error.code).toBe("POINTER_AHEAD");
      expect(error.message).toContain(`stage "score" of run ${runId}`);
    });

    it("to an earlier cutoff, unless forced", async () => {
      const { root, runId } = await pointed();
      const repair = (force: boolean) => async (run: Run) => {
        const score = await run.stage("score", {}, () => "scored");
        await run.writePointer(POINTER, { outputs: [score], force });
      };
      const earlier = "2026-01-15T21:00:00Z";
      const error = await inRun(repair(false), root, earlier);
      expect(error.code).toBe("POINTER_BACKWARDS");
      expect(error.message).toContain(
        `${POINTER} names ${runId} as of 2026-01-15T22:00:00Z; moving it back to 20260115T210000Z-`,
      );
      expect((await readPointer({ root }, POINTER))?.run_id).toBe(runId);

      await withRun(
        { root, name: "repair", timeZone: "America/New_York", clock: clockAt(earlier) },
        repair(true),
      );
      expect((await readPointer({ root }, POINTER))?.run_id).toMatch(/^20260115T210000Z-/);
    });

    it("that was moved since it was read", async () => {
      const { root } = await pointed();
      const error = await inRun(
        async (run) => {
          const seen = (await run.readPointer(POINTER))!.run_id;
          const score = await run.stage("score", {}, () => "scored");
          const someoneElse = { run_id: "by hand", run_as_of_ts: "2026-01-15T22:01:00Z" };
          await writePointer({ root }, POINTER, someoneElse);
          await run.writePointer(POINTER, { outputs: [score], expected: seen });
        },
        root,
        "2026-01-15T22:05:00Z",
      );
      expect(error.code).toBe("POINTER_MOVED");
      expect(error.message).toContain("but it names by hand now");
    });
  });
});

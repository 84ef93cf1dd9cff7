import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isBronzeError, memoryStorage, stageOutput, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { finished } from "./support/finished.js";
import { type Row, readRows, rowsIfAny, writeInPlace } from "./support/parquet.js";
import { clockAt } from "./support/tables.js";

const temp = tempFolders();

/** The machine's two folders: the checkout, and the data beside it. */
interface Machine {
  readonly project: string;
  readonly data: string;
}

function machine(): Machine {
  const folder = temp();
  return { project: join(folder, "project"), data: join(folder, "data") };
}

type Minutes = { player_id: string; minutes: number }[];
/** The model, which may fail. */
type Predict = () => Minutes;

/** What the timers of one evening do: predict minutes, then simulate with them; gives the simulation's minutes. */
interface Timers {
  /** Last week's evening, as it was laid out then. */
  lastWeek(on: Machine, predict: Predict): Promise<void>;
  evening(on: Machine, predict: Predict): Promise<Row[]>;
}

/** The minutes script: artifacts lie in the checkout since the spring clean-up. */
function predictMinutes(artifacts: string, day: string, predict: Predict): void {
  const run_id = `${day}T234000Z`;
  const rows = predict().map((row) => ({ ...row, run_id }));
  writeInPlace(join(artifacts, "minutes", run_id, "minutes.parquet"), rows);
}

/** The simulation: takes the minutes that it finds last into its own run folder. */
async function simulate(artifacts: string, on: Machine): Promise<Row[]> {
  const own = join(on.data, "sim/20260115T234500Z");
  const runs = existsSync(join(artifacts, "minutes")) ? readdirSync(join(artifacts, "minutes")).sort() : [];
  mkdirSync(own, { recursive: true });
  if (runs.length > 0) cpSync(join(artifacts, "minutes", runs.at(-1)!), own, { recursive: true });
  return rowsIfAny(join(own, "minutes.parquet"));
}

/** A timer's script that fails is a line in the journal; the other timers fire all the same. */
function asTimer(script: () => void): void {
  try {
    script();
  } catch {}
}

const old: Timers = {
  async lastWeek(on, predict) {
    predictMinutes(join(on.data, "artifacts"), "20260108", predict);
  },
  async evening(on, predict) {
    asTimer(() => predictMinutes(join(on.project, "artifacts"), "20260115", predict));
    const artifactsRoot: string | undefined = undefined; // os.environ.get("ARTIFACTS_ROOT"), set in a shell once
    return simulate(artifactsRoot ?? join(on.data, "artifacts"), on);
  },
};

/** The same after someone set ARTIFACTS_ROOT in both units. */
const oldOnOneRoot: Timers = {
  async lastWeek(on, predict) {
    predictMinutes(join(on.project, "artifacts"), "20260108", predict);
  },
  async evening(on, predict) {
    asTimer(() => predictMinutes(join(on.project, "artifacts"), "20260115", predict));
    return simulate(join(on.project, "artifacts"), on);
  },
};

const minutesSchema = z.array(z.object({ player_id: z.string(), minutes: z.number() }));
const at = (root: string, now: string) =>
  ({ root, name: "live-sim", timeZone: "America/New_York", clock: clockAt(now) }) as const;

async function runAt(now: string, on: Machine, predict: Predict): Promise<Row[]> {
  let simulated: Row[] = [];
  await withRun(at(on.data, now), async (run) => {
    const minutes = await run.stage("minutes", { output: minutesSchema }, predict);
    const sim = await run.stage("sim", { needs: { minutes } }, async ({ minutes }) => {
      writeInPlace(run.paths.onDisk(run.paths.file("sim.parquet")), minutes);
    });
    await run.writePointer("sim/latest_run.json", { outputs: [sim, run.paths.file("sim.parquet")] });
    simulated = await readRows(run.paths.onDisk(run.paths.file("sim.parquet")));
  }).catch((error) => {
    if (isBronzeError(error)) throw error; // the model's own error is a line in the journal here too
  });
  return simulated;
}

const ours: Timers = {
  async lastWeek(on, predict) {
    await runAt("2026-01-08T23:45:00Z", on, predict);
  },
  evening: (on, predict) => runAt("2026-01-15T23:45:00Z", on, predict),
};

/** A simulation is made of the minutes of its own evening, or not at all. */
async function law({ lastWeek, evening }: Timers): Promise<void> {
  const before = [{ player_id: "ada", minutes: 8 }];
  const on = machine();
  await lastWeek(on, () => before);
  const simulated = await evening(on, () => [{ player_id: "ada", minutes: 34.5 }]);
  expect(
    simulated.map(({ minutes }) => minutes),
    "minutes simulated, of 34.5 predicted tonight and 8 last week",
  ).toEqual([34.5]);

  const other = machine();
  await lastWeek(other, () => before);
  const without = await evening(other, () => {
    throw new Error("no injury report yet");
  });
  expect(
    without.map(({ minutes }) => minutes),
    "minutes simulated on an evening without a prediction",
  ).toEqual([]);
}

describe("artifacts root fallback", () => {
  it("the old scripts break it: the simulation looks where minutes used to be, and finds last week's", async () => {
    await expect(law(old)).rejects.toMatchObject({
      message: expect.stringContaining("of 34.5 predicted tonight and 8 last week"),
      actual: [8],
      expected: [34.5],
    });
  });

  it("on one root they break it still: without minutes of tonight it copies what it finds last", async () => {
    await expect(law(oldOnOneRoot)).rejects.toMatchObject({
      message: expect.stringContaining("on an evening without a prediction"),
      actual: [8],
      expected: [],
    });
  });

  it("a run keeps it", async () => {
    await law(ours);
  });

  describe("a run has one root and names the run that it reads", () => {
    const ada = [{ player_id: "ada", minutes: 34.5 }];
    const simulateWith = (root: string, runId: string) =>
      errorOf(
        withRun(at(root, "2026-01-15T23:50:00Z"), async (run) => {
          const minutes = stageOutput("minutes", minutesSchema, { run: runId });
          await run.stage("sim", { needs: { minutes } }, ({ minutes }) => minutes);
        }),
      );
    async function minutesRun(root: string) {
      const result = await withRun(at(root, "2026-01-15T23:45:00Z"), async (run) => {
        await run.stage("minutes", { output: minutesSchema }, () => ada);
        return { id: run.id, file: run.paths.onDisk(run.paths.output("minutes")) };
      });
      return finished(result).value;
    }

    it("has no default for the root", async () => {
      const error = await errorOf(
        withRun({ name: "live-sim", timeZone: "America/New_York" } as never, () => "ran"),
      );
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(error.message).toContain("withRun needs a root");
    });

    it("knows no latest run", async () => {
      const root = temp();
      await minutesRun(root);
      const error = await simulateWith(root, "latest");
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(error.message).toContain('"latest" is no id of a run');
    });

    it("does not find a run of another root", async () => {
      const error = await simulateWith(temp(), (await minutesRun(temp())).id);
      expect(error).toMatchObject({ code: "STAGE_NOT_PRODUCED", details: { stage: "minutes" } });
    });

    it("sees when something else was copied over an output", async () => {
      const root = temp();
      const { id, file } = await minutesRun(root);
      appendFileSync(file, " ");
      const error = await simulateWith(root, id);
      expect(error.code).toBe("CORRUPT_FILE");
      expect(error.message).toContain(`${id}/minutes.json is not what stage "minutes" wrote`);
    });

    it("lets no pointer and no path leave the root", async () => {
      const outside = "../project/artifacts/minutes.parquet";
      const refused = [
        await errorOf(
          withRun({ root: temp(), name: "sim", timeZone: "America/New_York" }, (run) =>
            run.writePointer("sim/latest_run.json", { outputs: [outside] }),
          ),
        ),
        await errorOf(
          withRun({ root: temp(), name: "sim", timeZone: "America/New_York" }, (run) =>
            run.paths.onDisk(outside),
          ),
        ),
        await errorOf(
          withRun({ root: temp(), name: "sim", timeZone: "America/New_York" }, (run) =>
            run.paths.file(outside),
          ),
        ),
      ];
      expect(refused.map(({ code }) => code)).toEqual(["INVALID_PATH", "INVALID_PATH", "INVALID_PATH"]);
    });

    it("has no path on disk where its storage is none", async () => {
      const error = await errorOf(
        withRun({ storage: memoryStorage(), name: "sim", timeZone: "America/New_York" }, (run) =>
          run.paths.onDisk("sim/rows.parquet"),
        ),
      );
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    });
  });
});

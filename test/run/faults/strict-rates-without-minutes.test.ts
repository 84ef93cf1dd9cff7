import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Run, stageOutput, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { readRows, rowsIfAny, writeInPlace } from "./support/parquet.js";
import { clockAt } from "./support/tables.js";

const temp = tempFolders();
const MINUTES = [
  { player_id: "ada", minutes: 34.5 },
  { player_id: "bo", minutes: 12 },
];

/** Two scripts, each on its own timer; `rates` needs what `minutes` made. */
interface Scripts {
  minutes(root: string): Promise<void>;
  rates(root: string): Promise<void>;
}

const RATES_FILE = "rates/rates.parquet";

const old: Scripts = {
  async minutes(root) {
    const runId = idOf("2026-01-15T23:40:03Z");
    writeInPlace(join(root, `minutes/run=${runId}/minutes.parquet`), rowsOf(MINUTES, runId));
    writeFileSync(join(root, "minutes/latest_run.json"), JSON.stringify({ run_id: runId }));
  },
  // live_rates --strict: "better no rates than rates on stale minutes", and a run id of its own a few lines above.
  async rates(root) {
    const runId = idOf("2026-01-15T23:45:02Z");
    const minutes = await readRows(join(root, `minutes/run=${runId}/minutes.parquet`));
    const rates = minutes.map(({ player_id, minutes }) => ({ player_id, per_minute: 20 / Number(minutes) }));
    writeInPlace(join(root, RATES_FILE), rates);
  },
};

function idOf(iso: string): string {
  return iso.replace(/[-:]/g, "");
}

function rowsOf(minutes: typeof MINUTES, run_id: string) {
  return minutes.map((row) => ({ ...row, run_id }));
}

const minutesSchema = z.array(z.object({ player_id: z.string(), minutes: z.number().nonnegative() }));
const POINTER = "minutes/latest_run.json";
const minutesRun = (root: string) =>
  ({
    root,
    name: "live-minutes",
    timeZone: "America/New_York",
    clock: clockAt("2026-01-15T23:40:03Z"),
  }) as const;
const ratesRun = (root: string) =>
  ({
    root,
    name: "live-rates",
    timeZone: "America/New_York",
    clock: clockAt("2026-01-15T23:45:02Z"),
  }) as const;

/** Rates are as strict, about the run that the pointer names. */
const ours: Scripts = {
  async minutes(root) {
    await withRun(minutesRun(root), async (run) => {
      const minutes = await run.stage("minutes", { output: minutesSchema }, () => MINUTES);
      await run.writePointer(POINTER, { outputs: [minutes] });
    });
  },
  async rates(root) {
    await withRun(ratesRun(root), async (run) => {
      const latest = await run.readPointer(POINTER);
      const minutes = stageOutput("minutes", minutesSchema, { run: latest!.run_id });
      await run.stage("rates", { needs: { minutes } }, ({ minutes }) => {
        const rates = minutes.map(({ player_id, minutes }) => ({ player_id, per_minute: 20 / minutes }));
        writeInPlace(run.paths.onDisk(RATES_FILE), rates);
      });
    });
  },
};

/** Where minutes were made, the next timer makes rates of them, for every player. */
async function law({ minutes, rates }: Scripts): Promise<void> {
  const root = temp();
  await minutes(root);
  const failure = await rates(root).then(
    () => "none",
    (error: Error) => error.message, // the service manager writes it to the journal, and the evening goes on
  );
  const players = (await rowsIfAny(join(root, RATES_FILE))).map(({ player_id }) => player_id);
  expect(players, `players with rates; in the journal: ${failure}`).toEqual(["ada", "bo"]);
}

describe("strict rates without minutes", () => {
  it("the old scripts break it: rates ask for minutes of an id that nobody used for minutes", async () => {
    await expect(law(old)).rejects.toThrow(
      /players with rates; in the journal: ENOENT.*run=20260115T234502Z\/minutes\.parquet.*: expected \[\] to deeply equal/s,
    );
  });

  it("a run keeps it: the pointer says whose minutes they are", async () => {
    await law(ours);
  });

  it("needs no pointer where both are stages of one run", async () => {
    const { status } = await withRun(ratesRun(temp()), async (run) => {
      const minutes = await run.stage("minutes", {}, () => MINUTES);
      const rates = await run.stage("rates", { needs: { minutes } }, ({ minutes }) => minutes.length);
      expect(rates.value).toBe(2);
    });
    expect(status).toBe("completed");
  });

  describe('who asks for minutes that are not there is told that stage "minutes" did not produce them', () => {
    /** What rates get for an answer after a run of minutes that went as `work` says. */
    async function asked(work: (run: Run) => Promise<unknown>, ofRun: (minutesRun: string) => string) {
      const root = temp();
      let made = "";
      await withRun(minutesRun(root), async (run) => {
        made = run.id;
        await work(run);
      }).catch(() => {});
      const error = await errorOf(
        withRun(ratesRun(root), async (run) => {
          const minutes = stageOutput("minutes", minutesSchema, { run: ofRun(made) || run.id });
          await run.stage("rates", { needs: { minutes } }, () => "strict");
        }),
      );
      expect(error.code).toBe("STAGE_NOT_PRODUCED");
      expect(error.details).toMatchObject({ stage: "minutes", needed_by: "rates" });
      return error.message.replaceAll(made, "<minutes run>");
    }
    const minutes = (run: Run) => run.stage("minutes", { output: minutesSchema }, () => MINUTES);

    it("by this run, as the old script asked", async () => {
      expect(await asked(minutes, () => "")).toMatch(
        /^"rates" needs the output of stage "minutes" of run 20260115T234502Z-\w+, and this run has not produced it; run "minutes" first\.$/,
      );
    });

    it("by a run that never was", async () => {
      expect(await asked(minutes, () => "20260115T234502Z-0000abcd")).toMatch(/there is no such run/);
    });

    it("by a run without that stage, by one in which it failed, and by one that did not keep it", async () => {
      const fail = (run: Run) =>
        run.stage("minutes", { output: minutesSchema }, () => {
          throw new Error("no injuries yet");
        });
      const own = (id: string) => id;
      expect(await asked((run) => run.stage("scrape", {}, () => 1), own)).toMatch(
        /of run <minutes run>, and the run has no such stage/,
      );
      expect(await asked(fail, own)).toMatch(/and the stage is failed there/);
      expect(await asked((run) => run.stage("minutes", {}, () => MINUTES), own)).toMatch(
        /its output was not kept; give "minutes" an output schema/,
      );
    });
  });
});

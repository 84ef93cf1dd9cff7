import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineDataset, instant, layouts, nbaSeason, type Run, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { finished } from "./support/finished.js";
import { filesBelow, type Row, readJson, readRows, writeInPlace } from "./support/parquet.js";
import { clockAt, schedule, TIPS } from "./support/tables.js";

const temp = tempFolders();

/** The timer fires at 18:47:12 ET; lines known then. */
const NOW = "2026-01-15T23:47:12Z";
const LINES = [
  { game_id: "g1", spread: -3.5, as_of_ts: "2026-01-15T23:40:00Z" },
  { game_id: "g2", spread: 2, as_of_ts: "2026-01-15T23:41:00Z" },
];

/** Builds features, scores them and moves the pointer, below `root`. */
type Pipeline = (root: string) => Promise<void>;

/** The pipeline script: each step was a script of its own, with a default for the id it was not given. */
const old: Pipeline = async (root) => {
  const asOf = "2026-01-15T23:45:00Z"; // the cutoff, on the five minutes
  buildFeatures(root, { asOf }); // build_features --as-of "$AS_OF", and no --run-id
  const runId = idOf(NOW); // RUN_ID=$(date -u +%Y%m%dT%H%M%SZ)
  await score(root, { runId }); // score --run-id "$RUN_ID"
};

function buildFeatures(root: string, { asOf, runId = idOf(asOf) }: { asOf: string; runId?: string }): void {
  const rows = LINES.map(({ game_id, spread }) => ({ game_id, favourite_by: -spread, run_id: runId }));
  writeInPlace(join(root, "silver/features", `run=${runId}`, "features.parquet"), rows);
}

async function score(root: string, { runId }: { runId: string }): Promise<void> {
  const features = join(root, "silver/features");
  const own = join(features, `run=${runId}`);
  // "Not there yet? Then the newest will do."
  const folder = existsSync(own) ? own : join(features, readdirSync(features).sort().at(-1)!);
  const rows = (await readRows(join(folder, "features.parquet"))).map((row) => ({
    game_id: row.game_id,
    home_points: 110 + Number(row.favourite_by),
    run_id: runId,
  }));
  writeInPlace(join(root, "projections", `run=${runId}`, "projections.parquet"), rows);
  mkdirSync(join(root, "projections"), { recursive: true });
  writeFileSync(join(root, "projections/latest_run.json"), JSON.stringify({ run_id: runId }));
}

function idOf(iso: string): string {
  return iso.replace(/[-:]/g, "");
}

const table = <Name extends string>(name: Name) =>
  defineDataset({
    name,
    layout: layouts.perRun(),
    folder: "silver/{name}",
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      game_id: z.string(),
      value: z.number(),
      as_of_ts: instant(),
      ingested_ts: instant(),
      run_id: z.string(),
    }),
    key: ["game_id"],
    date: { from: schedule.gameDate("game_id") },
  });
const features = table("features");
const projections = table("projections");
type Live = Run<readonly [typeof features, typeof projections]>;

const live = (root: string) =>
  ({
    root,
    name: "live-pipeline",
    timeZone: "America/New_York",
    datasets: [features, projections],
    clock: clockAt(NOW),
  }) as const;

/** The same steps as stages of one run; none of them is asked for an id, and a slate is frozen as well. */
const ours: Pipeline = async (root) => {
  await withRun(live(root), async (run) => {
    const built = await run.stage("features", {}, async () => {
      const rows = LINES.map(({ game_id, spread, as_of_ts }) => ({ game_id, value: -spread, as_of_ts }));
      await run.bronze.write("features", rows);
    });
    const scored = await run.stage("score", { needs: { built } }, async () => {
      const at = run.bronze.asOf();
      const rows = (await at.read("features", { date: "2026-01-15" })).rows();
      await run.bronze.write(
        "projections",
        rows.map(({ game_id, value, as_of_ts }) => ({ game_id, value: 110 + value, as_of_ts })),
      );
      const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
      await run.gold.freeze({ slate, snapshot: "lock", tip: TIPS.g1 }, async (lock) =>
        (await lock.read("features", { date: "2026-01-15" })).rows(),
      );
    });
    await run.writePointer("projections/latest_run.json", { outputs: [scored] });
  });
};

/** Everything that one execution of the pipeline leaves on disk carries one run id. */
async function law(pipeline: Pipeline): Promise<void> {
  const root = temp();
  await pipeline(root);
  const ids = new Map<unknown, string>();
  const note = (path: string, row: Row) => ids.set(row.run_id, ids.get(row.run_id) ?? path);
  const tables = filesBelow(root, ".parquet");
  for (const path of tables) for (const row of await readRows(join(root, path))) note(path, row);
  // Which gold store there is, is said once, not by each run.
  const documents = filesBelow(root, ".json").filter((path) => !/(_gold\/\w+|_store)\.json$/.test(path));
  for (const path of documents) note(path, readJson(root, path));
  expect(tables.length, "tables written").toBeGreaterThanOrEqual(2);
  expect(ids.size, `ids of one execution, and the first file of each: ${[...ids].flat().join(" ")}`).toBe(1);
}

describe("run-id drift", () => {
  it("the old scripts break it: features are of one run, projections and pointer of another", async () => {
    await expect(law(old)).rejects.toThrow(
      /projections\.parquet.*20260115T234500Z silver\/features.*: expected 2 to be 1/,
    );
  });

  it("a run keeps it, in rows, manifests, run file and pointer", async () => {
    await law(ours);
  });

  describe("a caller with an id", () => {
    const inRun = (work: (run: Live) => Promise<unknown>) => errorOf(withRun(live(temp()), work));
    const row = { game_id: "g1", value: 1, as_of_ts: "2026-01-15T23:40:00Z" };
    const foreign = "20260115T234500Z-0000abcd";

    it("on rows, gets the row and both ids", async () => {
      const error = await inRun((run) => run.bronze.write("features", [row, { ...row, run_id: foreign }]));
      expect(error.code).toBe("RUN_ID_MIXED");
      expect(error.message).toMatch(
        new RegExp(`Row 1 for "features" carries run_id ${foreign}, and the run is 20260115T234712Z-`),
      );
    });

    it("as an option of the run, a write or a freeze, is refused", async () => {
      const run = { id: foreign, startedAt: NOW };
      const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
      const options = { ...live(temp()), runId: foreign };
      const refused = [
        await errorOf(withRun(options, () => "ran")),
        await inRun((own) => own.bronze.write("features", [row], { run } as object)),
        await inRun((own) =>
          own.gold.freeze({ slate, snapshot: "lock", tip: TIPS.g1, run } as never, async () => [row]),
        ),
      ];
      expect(refused.map(({ code, message }) => `${code}: ${message}`)).toEqual([
        expect.stringMatching(/^INVALID_ARGUMENT: withRun has no option "runId"/),
        expect.stringMatching(/^INVALID_ARGUMENT: write in a run has no option "run"/),
        expect.stringMatching(/^INVALID_ARGUMENT: freeze in a run has no option "run"/),
      ]);
    });

    it("in the output of another run's stage, gets the stage and the run", async () => {
      const root = temp();
      const { value } = finished(await withRun(live(root), (run) => run.stage("features", {}, () => LINES)));
      const error = await errorOf(
        withRun(live(root), (run) => run.stage("score", { needs: { features: value } }, () => "scored")),
      );
      expect(error.code).toBe("STAGE_NOT_PRODUCED");
      expect(error.message).toContain(`"score" needs the output of stage "features" of run ${value.runId}`);
      expect(error.details).toMatchObject({ stage: "features", run_id: value.runId, needed_by: "score" });
    });
  });
});

import { executionAsyncResource } from "node:async_hooks";
import { formatInstant, instant, memoryStorage, readRun, stageOutput, toEpochNs } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { report } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { finished, jsonAt, runAt } from "./live.js";

const minutesSchema = z.array(z.object({ player_id: z.string(), minutes: z.number() }));
const MINUTES = [{ player_id: "ada", minutes: 31.5 }];

describe("a stage", () => {
  it("hands its output to the stages that need it", async () => {
    const { value } = await finished(
      runAt(memoryStorage(), async (run) => {
        const scrape = await run.stage("scrape", {}, () => new Map([["ada", 31.5]]));
        const minutes = await run.stage("minutes", { needs: { scrape } }, ({ scrape }) => scrape.get("ada"));
        return minutes.value;
      }),
    );
    expect(value).toBe(31.5);
  });

  it("keeps an output that has a schema, for later runs that name its run", async () => {
    const storage = memoryStorage();
    const { runId } = await finished(
      runAt(storage, (run) => run.stage("minutes", { output: minutesSchema }, () => MINUTES)),
    );
    expect(await jsonAt(storage, `runs/2026-01-15/${runId}/minutes.json`)).toEqual(MINUTES);
    const rates = await finished(
      runAt(storage, async (run) => {
        const minutes = stageOutput("minutes", minutesSchema, { run: runId });
        return (await run.stage("rates", { needs: { minutes } }, ({ minutes }) => minutes)).value;
      }),
    );
    expect(rates.value).toEqual(MINUTES);
    const record = await readRun({ storage }, rates.runId, { timeZone: "America/New_York" });
    expect(record.stages[0]?.needs).toEqual([{ stage: "minutes", run_id: runId }]);
  });

  it("hands on what later runs will read, instants too", async () => {
    const schema = z.object({ tip_ts: instant() });
    const tip = toEpochNs("2026-01-16T00:00:00.000000001Z", "tip");
    const { value } = await finished(
      runAt(memoryStorage(), (run) =>
        run.stage("tips", { output: schema }, () => ({ tip_ts: formatInstant(tip) })),
      ),
    );
    expect(value.value).toEqual({ tip_ts: tip });
  });

  it.each([
    ["a bigint", { tip: 1n }, "the output.tip is 1n"],
    ["a date", [new Date(0)], "the output[0]"],
    ["not a number", { x: Number.NaN }, "the output.x is NaN"],
    ["a hole in a list", [undefined], "the output[0] is undefined"],
  ])("refuses to keep %s, which JSON would change", async (_what, value, said) => {
    const error = await errorOf(
      runAt(memoryStorage(), (run) => run.stage("odd", { output: z.any() }, () => value)),
    );
    expect(error.message).toContain(said);
  });

  it("refuses an output that does not fit its schema", async () => {
    const wrong = [{ player_id: "ada" }] as never;
    const error = await errorOf(
      runAt(memoryStorage(), (run) => run.stage("minutes", { output: minutesSchema }, () => wrong)),
    );
    expect(error.code).toBe("INVALID_ROWS");
  });

  it("has a name of its own", async () => {
    const error = await errorOf(
      runAt(memoryStorage(), async (run) => {
        await run.stage("minutes", {}, () => 1);
        await run.stage("minutes", {}, () => 2);
      }),
    );
    expect(error.message).toContain('a stage "minutes"');
  });

  it("counts the rows of its own writes, also while another stage runs", async () => {
    const storage = memoryStorage();
    const { runId } = await finished(
      runAt(storage, (run) =>
        Promise.all(
          ["a", "b", "b2"].map((name, i) =>
            run.stage(name, {}, async (_inputs, stage) => {
              for (let n = 0; n <= i; n++) {
                await new Promise((resolve) => setTimeout(resolve, 2));
                stage.wrote({ rows: 1 });
              }
            }),
          ),
        ),
      ),
    );
    const { stages } = await readRun({ storage }, runId, { timeZone: "America/New_York" });
    expect(stages.map(({ rows }) => rows)).toEqual([1, 2, 3]);
  });

  it("counts what its own run writes, not what another run does inside of it", async () => {
    const reported = (...players: string[]) =>
      report("2026-01-15T23:20:00Z", Object.fromEntries(players.map((player) => [player, "Out"])));
    const ids: string[] = [];
    const storages = [memoryStorage(), memoryStorage()] as const;
    await runAt(storages[0], (outer) =>
      outer.stage("outer", {}, async () => {
        await runAt(storages[1], async (inner) => {
          ids.push(outer.id, inner.id);
          await inner.bronze.write("injuries_raw", reported("ada"));
          await inner.stage("inner", {}, async () => {
            await inner.bronze.write("injuries_raw", reported("ada", "bob"));
            await outer.bronze.write("injuries_raw", reported("ada", "bob", "cy", "dee"));
          });
        });
      }),
    );
    const rowsOf = async (i: 0 | 1) => {
      const { stages } = await readRun({ storage: storages[i] }, ids[i]!, { timeZone: "America/New_York" });
      return stages.map(({ rows }) => rows);
    };
    expect([await rowsOf(0), await rowsOf(1)]).toEqual([[4], [2]]);
  });

  it("leaves nothing behind on the promises that come after its run", async () => {
    const marks = async () => {
      await null;
      return Object.getOwnPropertySymbols(executionAsyncResource()).length;
    };
    const aRun = () => runAt(memoryStorage(), (run) => run.stage("minutes", {}, () => MINUTES));
    await aRun();
    const before = await marks();
    for (let i = 0; i < 10; i++) await aRun();
    expect(await marks()).toBe(before);
  });
});

describe("a stage that needs what was not produced", () => {
  async function errorFor(need: (own: string, other: string) => unknown) {
    const storage = memoryStorage();
    const { runId } = await finished(
      runAt(storage, async (run) => {
        await run.stage("kept", { output: minutesSchema }, () => MINUTES);
        await run.stage("handed-on", {}, () => MINUTES);
        await run
          .stage("broken", { output: minutesSchema }, () => {
            throw new Error("x");
          })
          .catch(() => {});
      }),
    );
    return errorOf(
      runAt(storage, (run) =>
        run.stage("rates", { needs: { minutes: need(run.id, runId) as never } }, () => "never"),
      ),
    );
  }

  it.each([
    [
      "by this run",
      (own: string) => stageOutput("minutes", minutesSchema, { run: own }),
      "this run has not produced it",
    ],
    [
      "by any run, for there is no pointer yet",
      () => stageOutput("minutes", minutesSchema, { run: undefined }),
      "no run that produced it is named",
    ],
    [
      "by a run that is not there",
      () => stageOutput("minutes", minutesSchema, { run: "20260101T000000Z-00000000" }),
      "no such run",
    ],
    [
      "by the run named",
      (_: string, other: string) => stageOutput("minutes", minutesSchema, { run: other }),
      "no such stage",
    ],
    [
      "for the stage failed there",
      (_: string, other: string) => stageOutput("broken", minutesSchema, { run: other }),
      "the stage is failed there",
    ],
    [
      "for later runs",
      (_: string, other: string) => stageOutput("handed-on", minutesSchema, { run: other }),
      "was not kept",
    ],
  ])("%s fails naming the producer", async (_case, need, said) => {
    const error = await errorFor(need);
    expect(error.code).toBe("STAGE_NOT_PRODUCED");
    expect(error.message).toContain('"rates" needs the output of stage "');
    expect(error.message).toContain(said);
  });

  it("is not handed what another run of this process holds", async () => {
    const storage = memoryStorage();
    const first = await finished(runAt(storage, (run) => run.stage("minutes", {}, () => MINUTES)));
    const error = await errorOf(
      runAt(storage, (run) => run.stage("rates", { needs: { minutes: first.value } }, () => "never")),
    );
    expect(error.code).toBe("STAGE_NOT_PRODUCED");
    expect(error.message).toContain(first.runId);
  });

  it("reports that the kept output was changed since", async () => {
    const storage = memoryStorage();
    const { runId } = await finished(
      runAt(storage, (run) => run.stage("minutes", { output: minutesSchema }, () => MINUTES)),
    );
    await storage.replace(`runs/2026-01-15/${runId}/minutes.json`, new TextEncoder().encode("[]"));
    const minutes = stageOutput("minutes", minutesSchema, { run: runId });
    const error = await errorOf(runAt(storage, (run) => run.stage("rates", { needs: { minutes } }, () => 0)));
    expect(error.code).toBe("CORRUPT_FILE");
  });

  it("reports that what it names is not an output at all", async () => {
    const error = await errorOf(
      runAt(memoryStorage(), (run) =>
        run.stage("rates", { needs: { minutes: "minutes" as never } }, () => 0),
      ),
    );
    expect(error.message).toContain("is no output of a stage");
  });
});

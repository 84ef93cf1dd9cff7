import { Readable } from "node:stream";
import { tableFromJSON } from "apache-arrow";
import {
  BronzeStore,
  formatInstant,
  GoldStore,
  memoryStorage,
  nbaSeason,
  type RunEvent,
  readRun,
  toEpochNs,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { quote, report } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { clockAt, finished, jsonAt, NOW, runAt } from "./live.js";

describe("a run", () => {
  it("has one id, one cutoff and one set of paths", async () => {
    const storage = memoryStorage();
    const { value } = await finished(
      runAt(storage, (run) => ({
        id: run.id,
        cutoff: run.cutoff,
        startedAt: run.startedAt,
        record: run.paths.record,
        output: run.paths.output("minutes"),
        file: run.paths.file("sim", "draws.bin"),
      })),
    );
    expect(value.id).toMatch(/^20260115T233000Z-[0-9a-f]{8}$/);
    expect(formatInstant(value.cutoff)).toBe(NOW);
    expect(value.startedAt).toBe(value.cutoff);
    expect(value.record).toBe(`runs/2026-01-15/${value.id}.json`);
    expect(value.output).toBe(`runs/2026-01-15/${value.id}/minutes.json`);
    expect(value.file).toBe(`runs/2026-01-15/${value.id}/sim/draws.bin`);
  });

  it("is under the day in New York that it started on, not the day in UTC", async () => {
    const storage = memoryStorage();
    const late = { clock: clockAt("2026-01-16T03:30:00Z") };
    const { value } = await finished(runAt(storage, (run) => run.paths.record, late));
    expect(value).toMatch(/^runs\/2026-01-15\/20260116T033000Z-/);
  });

  it("caps its cutoff at each game's tip", async () => {
    const late = { clock: clockAt("2026-01-16T01:00:00Z") };
    const { value } = await finished(
      runAt(
        memoryStorage(),
        (run) =>
          ["2026-01-16T00:00:00Z", "2026-01-16T03:30:00Z"].map((tip) => formatInstant(run.cutoffFor(tip))),
        late,
      ),
    );
    expect(value).toEqual(["2026-01-16T00:00:00Z", "2026-01-16T01:00:00Z"]);
  });

  it("stamps its id on what it writes, and nothing after its cutoff can be read", async () => {
    const storage = memoryStorage();
    const { runId, value } = await finished(
      runAt(storage, async (run) => {
        const written = await run.bronze.write("odds_raw", [
          quote("g1", "dk", -110, "2026-01-15T23:00:00Z"),
          quote("g2", "dk", -105, "2026-01-15T23:45:00Z"),
        ]);
        const at = run.bronze.asOf();
        const known = await at.read("odds_raw", { date: "2026-01-15" });
        return { path: written.partitions[0]?.path, games: known.column("game_id") };
      }),
    );
    expect(value.path).toBe(
      "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260115T233000Z/odds.parquet",
    );
    expect(value.games).toEqual(["g1"]);
    const read = await finished(
      runAt(storage, async (run) =>
        (await run.bronze.asOf().read("odds_raw", { date: "2026-01-15" })).rows(),
      ),
    );
    expect(read.value.map((row) => (row as { run_id?: unknown }).run_id)).toEqual([runId]);
  });

  it("refuses a view past its cutoff", async () => {
    const error = await errorOf(runAt(memoryStorage(), (run) => run.bronze.asOf("2026-01-16T00:00:00Z")));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain("would see past it");
  });

  it("refuses a cutoff that has not come", async () => {
    const error = await errorOf(runAt(memoryStorage(), () => {}, { cutoff: "2026-01-16T00:00:00Z" }));
    expect(error.message).toContain("has not come yet");
  });

  it("takes a cutoff of the past, for backfills", async () => {
    const { value } = await finished(
      runAt(memoryStorage(), (run) => run.cutoff, { cutoff: "2026-01-10T00:00:00Z" }),
    );
    expect(value).toBe(toEpochNs("2026-01-10T00:00:00Z", "cutoff"));
  });

  it.each([
    ["in a list", (rows: readonly object[]) => rows],
    ["one by one", (rows: readonly object[]) => Readable.from(rows)],
    ["in an Arrow table", (rows: readonly object[]) => tableFromJSON(rows as Record<string, unknown>[])],
  ])("refuses rows %s that carry another run's id, and writes none of them", async (_, form) => {
    const storage = memoryStorage();
    const own = quote("g1", "dk", -110, NOW);
    const rows = form([
      { ...own, run_id: null },
      { ...own, book: "fd", run_id: "r-other" },
    ]) as (typeof own)[];
    const error = await errorOf(runAt(storage, (run) => run.bronze.write("odds_raw", rows)));
    expect([error.code, error.details.row]).toEqual(["RUN_ID_MIXED", 1]);
    expect(await storage.list("bronze")).toEqual([]);
  });

  it("freezes with its id, and what is due at its cutoff", async () => {
    const storage = memoryStorage();
    const tip = "2026-01-16T00:00:00Z";
    const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
    const { value, runId } = await finished(
      runAt(
        storage,
        async (run) => {
          await run.bronze.write("injuries_raw", report("2026-01-15T23:30:00Z", { ada: "Out" }));
          const { manifest } = await run.gold.freeze({ slate, snapshot: "lock", tip }, async (at) =>
            (await at.read("injuries_raw", { date: "2026-01-15" })).rows(),
          );
          return manifest;
        },
        { clock: clockAt("2026-01-15T23:50:00Z") },
      ),
    );
    expect(value.run_id).toBe(runId);
    expect(value.output.rows).toBe(1);
  });

  it("freezes nothing that is not due at its cutoff, though it be due by the clock", async () => {
    const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
    const freeze = runAt(
      memoryStorage(),
      (run) =>
        run.gold.freeze({ slate, snapshot: "lock", tip: "2026-01-16T00:00:00Z" }, async () => [{ rows: 0 }]),
      { cutoff: "2026-01-15T22:00:00Z", clock: clockAt("2026-01-15T23:50:00Z") },
    );
    expect((await errorOf(freeze)).code).toBe("SLATE_NOT_DUE");
  });

  it("makes its bronze smaller, until its end; retention over fewer gold stores than there are is refused", async () => {
    const storage = memoryStorage();
    const old = {
      datasets: ["injuries_raw"],
      before: "2026-01-16",
      hours: true,
      daysWithoutSlate: true,
    } as const;
    const { value } = await finished(
      runAt(storage, async (run) => {
        await run.bronze.write("injuries_raw", report("2026-01-15T23:20:00Z", { ada: "Out" }));
        const plan = await run.retention.planPrune(old);
        const { filesRemoved } = await run.retention.apply(plan);
        const { filesRestored } = await run.retention.restore(plan.id);
        await run.retention.emptyTrash({ olderThan: "P1D" });
        return { run, filesRemoved, filesRestored };
      }),
    );
    expect(value).toMatchObject({ filesRemoved: 1, filesRestored: 1 });
    expect((await errorOf(value.run.retention.planPrune(old))).code).toBe("RUN_ENDED");
    const bronze = new BronzeStore({ storage, datasets: [] });
    const elsewhere = new GoldStore({
      timeZone: "America/New_York",
      season: nbaSeason,
      storage: memoryStorage(),
      bronze,
    });
    const slate = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
    await elsewhere.freeze({ slate, snapshot: "lock", tip: "2026-01-16T00:00:00Z" }, () => []);
    const missing = runAt(storage, (run) => run.retention.planPrune(old));
    expect((await errorOf(missing)).code).toBe("GOLD_MISSING");
  });

  it("keeps its id and its cutoff whatever a script does", async () => {
    const assign = runAt(memoryStorage(), (run) => {
      (run as { id: string }).id = "mine";
    });
    await expect(assign).rejects.toThrow(TypeError);
  });

  it("is of no use after its end", async () => {
    const { value: run } = await finished(runAt(memoryStorage(), (run) => run));
    expect((await errorOf(run.stage("late", {}, () => 1))).code).toBe("RUN_ENDED");
    expect((await errorOf(run.bronze.write("odds_raw", []))).code).toBe("RUN_ENDED");
    expect((await errorOf(run.writePointer("latest_run.json", { outputs: ["x"] }))).code).toBe("RUN_ENDED");
    expect(() => run.bronze.asOf()).toThrow("has ended");
  });
});

describe("the lock", () => {
  it("is one for all runs of a root, whatever their names", async () => {
    const storage = memoryStorage();
    const inner = await finished(
      runAt(storage, () => runAt(storage, () => "came in", { name: "live-rates", onHeld: "skip" })),
    );
    expect(inner.value).toMatchObject({ status: "skipped" });
  });

  it("fails a second run unless told otherwise", async () => {
    const storage = memoryStorage();
    const error = await errorOf(runAt(storage, () => runAt(storage, () => {}, { name: "live-rates" })));
    expect(error.code).toBe("LOCK_HELD");
  });

  it("is waited for when told to, and no longer than told", async () => {
    const storage = memoryStorage();
    const waiting = { onHeld: "wait", waitFor: "PT0.05S" } as const;
    const error = await errorOf(runAt(storage, () => runAt(storage, () => {}, waiting)));
    expect(error.code).toBe("LOCK_HELD");
    const order: string[] = [];
    let second: Promise<unknown> = Promise.resolve();
    await runAt(storage, async () => {
      second = runAt(storage, () => order.push("second"), { onHeld: "wait" });
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push("first");
    });
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  it("is a different one on request", async () => {
    const storage = memoryStorage();
    const { value } = await finished(
      runAt(storage, () => runAt(storage, () => "beside", { lock: "runs/.backfill.lock" })),
    );
    expect(value).toMatchObject({ status: "completed", value: "beside" });
  });

  it("is given back after a failure", async () => {
    const storage = memoryStorage();
    await expect(
      runAt(storage, () => {
        throw new RangeError("boom");
      }),
    ).rejects.toThrow(RangeError);
    expect(await runAt(storage, () => "in")).toMatchObject({ value: "in" });
  });

  it("is held until work that is not awaited has ended", async () => {
    const storage = memoryStorage();
    let ended = false;
    const failed = runAt(storage, (run) => {
      void run.stage("slow", {}, async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        ended = true;
      });
      throw new RangeError("boom");
    });
    await expect(failed).rejects.toThrow("boom");
    expect(ended).toBe(true);
  });
});

describe("many runs in one process", () => {
  it("share one listener for signals", async () => {
    const before = process.listenerCount("SIGTERM");
    const counts = await Promise.all(
      Array.from({ length: 12 }, () =>
        finished(runAt(memoryStorage(), () => process.listenerCount("SIGTERM"))),
      ),
    );
    expect(counts.map(({ value }) => value)).toEqual(counts.map(() => before + 1));
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});

describe("mistakes in the options", () => {
  it.each([
    [{ name: "" }, "run name"],
    [{ name: "live/score" }, "run name"],
    [{ onHeld: "queue" }, "onHeld"],
    [{ waitFor: "PT1S" }, 'onHeld: "wait"'],
    [{ cuttoff: NOW }, 'no option "cuttoff"'],
    [{ root: "data" }, "one of the two"],
  ])("%j is refused", async (options, said) => {
    const error = await errorOf(runAt(memoryStorage(), () => {}, options as never));
    expect(error.message).toContain(said);
  });
});

describe("the run file", () => {
  it("says what each stage did", async () => {
    const storage = memoryStorage();
    const { runId } = await finished(
      runAt(storage, async (run) => {
        const scrape = await run.stage("scrape", {}, async () => {
          await run.bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T23:00:00Z")]);
          return { date: "2026-01-15" };
        });
        await run.stage("score", { needs: { scrape } }, (_inputs, stage) =>
          stage.wrote({ rows: 7, bytes: 70 }),
        );
        await run.writePointer("latest_run.json", { outputs: [scrape] });
      }),
    );
    const record = await readRun({ storage }, runId, { timeZone: "America/New_York" });
    expect(record).toMatchObject({ status: "completed", name: "live-score", cutoff: NOW, error: null });
    const [scrape, score] = record.stages;
    expect(scrape).toMatchObject({ stage: "scrape", status: "completed", rows: 1, needs: [], output: null });
    expect(scrape?.bytes).toBeGreaterThan(500);
    expect(score).toMatchObject({ rows: 7, bytes: 70, needs: [{ stage: "scrape", run_id: runId }] });
    expect(record.pointers).toEqual([{ path: "latest_run.json", from: null, at: NOW }]);
  });

  it("says which stage failed and why", async () => {
    const storage = memoryStorage();
    let id = "";
    await expect(
      runAt(storage, async (run) => {
        id = run.id;
        await run.stage("minutes", {}, () => {
          throw new RangeError("no minutes");
        });
      }),
    ).rejects.toThrow("no minutes");
    const record = await readRun({ storage }, id, { timeZone: "America/New_York" });
    expect(record.status).toBe("failed");
    expect(record.stages).toMatchObject([
      { stage: "minutes", status: "failed", error: { message: "no minutes" } },
    ]);
    expect(record.error).toEqual({ code: null, message: "no minutes" });
  });

  it("is there while the run is under way", async () => {
    const storage = memoryStorage();
    const { value } = await finished(
      runAt(storage, (run) => run.stage("look", {}, () => jsonAt(storage, run.paths.record))),
    );
    expect(value.value).toMatchObject({ status: "running", stages: [{ stage: "look", status: "running" }] });
  });

  it("that is none is refused", async () => {
    const storage = memoryStorage();
    const { runId } = await finished(runAt(storage, () => {}));
    const path = `runs/2026-01-15/${runId}.json`;
    await storage.replace(path, new TextEncoder().encode('{"version": 2}'));
    expect((await errorOf(readRun({ storage }, runId, { timeZone: "America/New_York" }))).code).toBe(
      "RUN_INVALID",
    );
    expect(
      (await errorOf(readRun({ storage }, "20260115T233000Z-00000000", { timeZone: "America/New_York" })))
        .code,
    ).toBe("NOT_FOUND");
    expect((await errorOf(readRun({ storage }, "latest", { timeZone: "America/New_York" }))).code).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("lies under the day of the run's own zone, which both who runs and who reads must say", async () => {
    const storage = memoryStorage();
    // 08:30 of the next day in Tokyo.
    const { runId, value } = await finished(
      runAt(storage, ({ paths }) => paths.record, { timeZone: "Asia/Tokyo" }),
    );
    expect(value).toBe(`runs/2026-01-16/${runId}.json`);
    const readIn = (options: unknown) => readRun({ storage }, runId, options as { timeZone: string });
    expect(await readIn({ timeZone: "Asia/Tokyo" })).toMatchObject({ run_id: runId, status: "completed" });
    expect((await errorOf(readIn({ timeZone: "America/New_York" }))).code).toBe("NOT_FOUND");
    expect((await errorOf(readIn({ timeZone: "Moon/Base" }))).code).toBe("INVALID_TIME_ZONE");
    for (const options of [{}, { timeZone: undefined }])
      expect((await errorOf(readIn(options))).code).toBe("INVALID_ARGUMENT");
    const running = runAt(storage, () => {}, { timeZone: undefined as never });
    expect((await errorOf(running)).code).toBe("INVALID_ARGUMENT");
  });
});

describe("onEvent", () => {
  it("gets every step", async () => {
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => events.push(event);
    const storage = memoryStorage();
    await runAt(
      storage,
      async (run) => {
        const out = await run.stage("score", {}, () => 1);
        await run.writePointer("latest_run.json", { outputs: [out] });
        await runAt(storage, () => {}, { onHeld: "skip", onEvent });
      },
      { onEvent },
    );
    expect(events.map(({ event, stage, status }) => [event, stage ?? status])).toEqual([
      ["run-started", undefined],
      ["stage-started", "score"],
      ["stage-ended", "score"],
      ["pointer-moved", undefined],
      ["run-skipped", undefined],
      ["run-ended", "completed"],
    ]);
  });

  it("cannot break the run", async () => {
    const warned = new Promise((resolve) => process.once("warning", resolve));
    const onEvent = () => {
      throw new Error("broken pipe");
    };
    expect(await runAt(memoryStorage(), () => "fine", { onEvent })).toMatchObject({ value: "fine" });
    expect(String(await warned)).toContain("broken pipe");
  });
});

import {
  BronzeStore,
  digestInputs,
  memoryStorage,
  type Pointer,
  readRun,
  type StopEarlyOptions,
  toEpochNs,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { odds, quote, run as runOf } from "../bronze/feeds.js";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { clockAt, finished, NOW, runAt } from "./live.js";

const TIP = "2026-01-16T00:00:00Z";
const LOCK = "2026-01-15T23:45:00Z";

function pointerOf(minutesAgo: number, digest = "same"): Pointer {
  const run_as_of_ts = toEpochNs(NOW, "now") - BigInt(minutesAgo) * 60_000_000_000n;
  return { run_id: "before", run_as_of_ts, generated_at: run_as_of_ts, inputs_digest: digest };
}

function ask(options: Partial<StopEarlyOptions>) {
  return runAt(memoryStorage(), (run) =>
    run.stopIfUnchanged({
      digest: "same",
      since: pointerOf(5),
      deadlines: [LOCK, TIP],
      every: "PT5M",
      ...options,
    }),
  );
}

describe("a run may stop early", () => {
  it("when its inputs say what they said to the last run", async () => {
    expect(await ask({})).toMatchObject({ status: "unchanged", value: "inputs unchanged" });
  });

  it("but not when they say something else", async () => {
    expect(await ask({ since: pointerOf(5, "other") })).toMatchObject({
      status: "completed",
      value: "inputs changed",
    });
  });

  it("nor without a run before, or after one of a later cutoff", async () => {
    expect(await ask({ since: undefined })).toMatchObject({ value: "no earlier run" });
    expect(await ask({ since: pointerOf(-1) })).toMatchObject({ value: "no earlier run" });
    const { inputs_digest: _, ...old } = pointerOf(5);
    expect(await ask({ since: old })).toMatchObject({ value: "no earlier run" });
  });

  it.each([
    ["the lock comes before the next run", { every: "PT15M", slack: "PT0S" }, "deadline near"],
    ["one missed timer would leave the lock without a run", { every: "PT8M" }, "deadline near"],
    ["the next run and the one after come before the lock", { every: "PT7M" }, "inputs unchanged"],
    ["a lock has passed since the last run", { deadlines: ["2026-01-15T23:26:00Z"] }, "deadline near"],
    ["the last run came after that lock", { deadlines: ["2026-01-15T23:25:00Z"] }, "inputs unchanged"],
    ["the lock is this very moment", { deadlines: [NOW] }, "deadline near"],
  ])("with %s: %j", async (_case, options, reason) => {
    expect(await ask(options)).toMatchObject({ value: reason });
  });

  it("never leaves a deadline without a run that did its work after the last chance", async () => {
    // Whatever the deadlines: simulate timers that may each be one interval late, and look at who did the work.
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
        async (deadlineMinute, missed) => {
          const start = toEpochNs("2026-01-15T22:00:00Z", "start");
          const minute = (n: number) => start + BigInt(n) * 60_000_000_000n;
          let since: Pointer | undefined;
          const worked: number[] = [];
          let mayMiss = true;
          for (const [i, isMissed] of missed.entries()) {
            if (isMissed && mayMiss && i > 0) {
              mayMiss = false;
              continue;
            }
            mayMiss = true;
            const now = i * 5;
            const { value } = await finished(
              runAt(
                memoryStorage(),
                (run) =>
                  run.stopIfUnchanged({
                    digest: "d",
                    since,
                    deadlines: [minute(deadlineMinute)],
                    every: "PT5M",
                  }),
                { clock: () => minute(now) },
              ),
            );
            if (value === "inputs unchanged") continue;
            worked.push(now);
            since = { run_id: "r", run_as_of_ts: minute(now), generated_at: minute(now), inputs_digest: "d" };
          }
          const ran = missed.length * 5;
          expect(deadlineMinute).toBeLessThan(ran);
          // Of the runs before the deadline, the last one that ran did its work.
          expect(worked.some((now) => now <= deadlineMinute && now > deadlineMinute - 11)).toBe(true);
        },
      ),
      tries({ small: 60, large: 1_200, seed: 114 }),
    );
  });

  it("is over once it has stopped", async () => {
    const error = await errorOf(
      runAt(memoryStorage(), (run) => {
        run.stopIfUnchanged({ digest: "same", since: pointerOf(5), deadlines: [], every: "PT5M" });
        return run.stage("score", {}, () => 1);
      }),
    );
    expect(error.code).toBe("RUN_ENDED");
  });

  it("and its run file says so", async () => {
    const storage = memoryStorage();
    const { runId } = await finished(
      runAt(storage, (run) =>
        run.stopIfUnchanged({ digest: "same", since: pointerOf(5), deadlines: [], every: "PT5M" }),
      ),
    );
    expect((await readRun({ storage }, runId, { timeZone: "America/New_York" })).status).toBe("unchanged");
  });
});

describe("the digest of inputs", () => {
  const row = (price: number | null, as_of_ts: string, ingested_ts = as_of_ts) =>
    quote("g1", "dk", price, as_of_ts, ingested_ts);

  async function digestOf(writes: readonly (readonly ReturnType<typeof row>[])[]) {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [odds], clock: clockAt(NOW) });
    for (const [i, rows] of writes.entries())
      await bronze.write("odds_raw", rows, runOf(`r${i}`, `2026-01-15T17:${String(10 + i)}:00Z`));
    return digestInputs({ odds: await bronze.asOf(NOW).read("odds_raw", { date: "2026-01-15" }) });
  }

  it("does not move when the same is captured again", async () => {
    const once = [row(-110, "2026-01-15T17:00:00Z", "2026-01-15T17:10:01Z")];
    const again = [row(-110, "2026-01-15T17:00:00Z", "2026-01-15T17:11:01Z")];
    expect(await digestOf([once, again])).toBe(await digestOf([once]));
  });

  it("moves with a value, with a null, with a row, and with the time a value is said to hold from", async () => {
    const digests = await Promise.all(
      [
        [[row(-110, "2026-01-15T17:00:00Z")]],
        [[row(-115, "2026-01-15T17:00:00Z")]],
        [[row(null, "2026-01-15T17:00:00Z")]],
        [[row(-110, "2026-01-15T17:01:00Z")]],
        [[row(-110, "2026-01-15T17:00:00Z"), quote("g3", "dk", 1, "2026-01-15T17:00:00Z")]],
      ].map(digestOf),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("does not depend on what comes after the cutoff", async () => {
    const known = [row(-110, "2026-01-15T17:00:00Z")];
    expect(await digestOf([known, [row(-120, "2026-01-15T23:59:00Z")]])).toBe(await digestOf([known]));
  });

  it("can be told which columns say nothing", async () => {
    const storage = memoryStorage();
    const bronze = new BronzeStore({ storage, datasets: [odds], clock: clockAt(NOW) });
    await bronze.write("odds_raw", [row(-110, "2026-01-15T17:00:00Z")], runOf("r1"));
    const lines = await bronze.asOf(NOW).read("odds_raw", { date: "2026-01-15" });
    expect(digestInputs({ lines }, { ignore: ["as_of_ts"] })).not.toBe(digestInputs({ lines }));
  });

  it("is refused of nothing, for it would never move", async () => {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [odds], clock: clockAt(NOW) });
    const lines = await bronze.asOf(NOW).read("odds_raw", { date: "2026-01-15" });
    expect(() => digestInputs({})).toThrow(/nothing to look at: no inputs/);
    expect(() => digestInputs({ lines }, { ignore: lines.columns })).toThrow(
      /every column of "lines" is left out/,
    );
    expect(digestInputs({ lines })).toMatch(/^[0-9a-f]{64}$/);
  });
});

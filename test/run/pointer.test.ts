import { memoryStorage, readPointer, toEpochNs, writePointer } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { finished, jsonAt, NOW, runAt } from "./live.js";

const PATH = "projections/latest_run.json";
const at = (minute: number) => `2026-01-15T23:${String(minute).padStart(2, "0")}:00Z`;

describe("a pointer", () => {
  it("is the latest_run.json that other programs read", async () => {
    const storage = memoryStorage();
    await writePointer({ storage }, PATH, { run_id: "r1", run_as_of_ts: NOW }, { now: at(31) });
    expect(await jsonAt(storage, PATH)).toEqual({
      run_id: "r1",
      run_as_of_ts: NOW,
      generated_at: at(31),
      format: "bronzestore.pointer",
      version: 2,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("that another program wrote is read, with its own fields typed", async () => {
    const storage = memoryStorage();
    const text = `{"run_id": "20260115T233000Z", "run_as_of_ts": "2026-01-15T18:30:00-05:00",
      "generated_at": "2026-01-15T23:31:02.123456+00:00", "rows": 412}`;
    await storage.replace(PATH, new TextEncoder().encode(text));
    const pointer = await readPointer({ storage }, PATH, { fields: z.object({ rows: z.int() }) });
    expect(pointer).toEqual({
      run_id: "20260115T233000Z",
      run_as_of_ts: toEpochNs(NOW, "now"),
      generated_at: toEpochNs("2026-01-15T23:31:02.123456Z", "now"),
      rows: 412,
    });
  });

  it.each([
    ["only a run and its cutoff", {}],
    ["nulls where it has nothing to say", { generated_at: null, inputs_digest: null }],
  ])("that another program wrote with %s is read, and moves as one of ours does", async (_what, more) => {
    const storage = memoryStorage();
    const theirs = { run_id: "20260115T233000Z", run_as_of_ts: at(30), ...more };
    await storage.replace(PATH, new TextEncoder().encode(JSON.stringify(theirs)));
    const read = await readPointer({ storage }, PATH);
    expect(read).toEqual({ run_id: "20260115T233000Z", run_as_of_ts: toEpochNs(at(30), "now") });
    expect(read?.generated_at).toBeUndefined();

    const move = (run_id: string, minute: number, force = false, expected?: string | null) =>
      writePointer({ storage }, PATH, { run_id, run_as_of_ts: at(minute) }, { force, expected });
    expect((await errorOf(move("r1", 29))).code).toBe("POINTER_BACKWARDS");
    expect((await errorOf(move("r1", 31, false, null))).code).toBe("POINTER_MOVED");
    expect(await jsonAt(storage, PATH)).toEqual(theirs);
    const { from, pointer } = await move("r1", 31, false, "20260115T233000Z");
    expect(from).toEqual(read);
    expect(pointer.generated_at).toBeTypeOf("bigint");
    expect((await readPointer({ storage }, PATH))?.run_id).toBe("r1");
    await storage.replace(PATH, new TextEncoder().encode(JSON.stringify(theirs)));
    await move("r0", 1, true);
    expect((await readPointer({ storage }, PATH))?.run_id).toBe("r0");
  });

  it("is stale by its cutoff, whoever wrote it", async () => {
    const storage = memoryStorage();
    const theirs = JSON.stringify({ run_id: "r1", run_as_of_ts: at(30) });
    await storage.replace(PATH, new TextEncoder().encode(theirs));
    const now = "2026-01-16T23:30:00Z";
    expect((await errorOf(readPointer({ storage }, PATH, { maxAge: "PT1H", now }))).code).toBe(
      "POINTER_STALE",
    );
    expect((await readPointer({ storage }, PATH, { maxAge: "P1D", now }))?.run_id).toBe("r1");
  });

  it("is undefined where there is none", async () => {
    expect(await readPointer({ storage: memoryStorage() }, PATH)).toBeUndefined();
  });

  it("moves only from where the caller thinks it is", async () => {
    const storage = memoryStorage();
    await writePointer({ storage }, PATH, { run_id: "r1", run_as_of_ts: at(1) }, { expected: null });
    await writePointer({ storage }, PATH, { run_id: "r2", run_as_of_ts: at(2) }, { expected: "r1" });
    for (const expected of [null, "r1"]) {
      const error = await errorOf(
        writePointer({ storage }, PATH, { run_id: "r3", run_as_of_ts: at(3) }, { expected }),
      );
      expect(error.code).toBe("POINTER_MOVED");
      expect(error.message).toContain("it names r2 now");
    }
    expect((await readPointer({ storage }, PATH))?.run_id).toBe("r2");
  });

  it("has one winner of many that move it from the same place", async () => {
    const storage = memoryStorage();
    await writePointer({ storage }, PATH, { run_id: "r0", run_as_of_ts: at(0) });
    const moves = Array.from({ length: 20 }, (_, i) =>
      writePointer({ storage }, PATH, { run_id: `r${i + 1}`, run_as_of_ts: at(i + 1) }, { expected: "r0" }),
    );
    const settled = await Promise.allSettled(moves);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("does not replace tonight's when it is last week's", async () => {
    const storage = memoryStorage();
    await writePointer({ storage }, PATH, { run_id: "r1", run_as_of_ts: at(0) });
    const read = (maxAge: string) => runAt(storage, (run) => run.readPointer(PATH, { maxAge }));
    expect((await finished(read("PT30M"))).value?.run_id).toBe("r1");
    expect((await errorOf(read("PT29M"))).code).toBe("POINTER_STALE");
    expect((await errorOf(readPointer({ storage }, PATH, { maxAge: "P1D" }))).code).toBe("POINTER_STALE");
  });

  it("does not name a cutoff that has not come, which no later run could move", async () => {
    const target = { run_id: "r1", run_as_of_ts: "2099-01-01T00:00:00Z" };
    const error = await errorOf(writePointer({ storage: memoryStorage() }, PATH, target));
    expect(error.message).toContain("has not come yet");
  });

  it("moves back only by force", async () => {
    const storage = memoryStorage();
    await writePointer({ storage }, PATH, { run_id: "r2", run_as_of_ts: at(2) });
    const back = { run_id: "r1", run_as_of_ts: at(1) };
    expect((await errorOf(writePointer({ storage }, PATH, back))).code).toBe("POINTER_BACKWARDS");
    const { from } = await writePointer({ storage }, PATH, back, { force: true });
    expect(from?.run_id).toBe("r2");
    expect((await readPointer({ storage }, PATH))?.run_id).toBe("r1");
  });

  it("names the latest cutoff, whatever the order in which runs come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 12 }),
        async (minutes) => {
          const storage = memoryStorage();
          for (const minute of minutes)
            await writePointer({ storage }, PATH, { run_id: `r${minute}`, run_as_of_ts: at(minute) }).catch(
              () => {},
            );
          expect((await readPointer({ storage }, PATH))?.run_id).toBe(`r${Math.max(...minutes)}`);
        },
      ),
      tries({ small: 50, large: 1_000, seed: 113 }),
    );
  });

  it.each([
    ["half a file", '{"run_id": "r1", "run_as'],
    ["no cutoff", '{"run_id": "r1"}'],
    ["no run", '{"run_as_of_ts": "2026-01-15T23:30:00Z"}'],
    [
      "a time of writing that is none",
      '{"run_id": "r1", "run_as_of_ts": "2026-01-15T23:30:00Z", "generated_at": 5}',
    ],
    [
      "a naive time",
      '{"run_id": "r1", "run_as_of_ts": "2026-01-15T23:30:00", "generated_at": "2026-01-15T23:30:00"}',
    ],
    ["another kind of file", "[]"],
  ])("that holds %s is refused, and can be replaced by force", async (_what, text) => {
    const storage = memoryStorage();
    await storage.replace(PATH, new TextEncoder().encode(text));
    expect((await errorOf(readPointer({ storage }, PATH))).code).toBe("POINTER_INVALID");
    const target = { run_id: "r1", run_as_of_ts: at(1) };
    expect((await errorOf(writePointer({ storage }, PATH, target))).code).toBe("POINTER_INVALID");
    await writePointer({ storage }, PATH, target, { force: true });
    expect((await readPointer({ storage }, PATH))?.run_id).toBe("r1");
  });

  it("keeps fields that are not its own apart", async () => {
    const storage = memoryStorage();
    const target = { run_id: "r1", run_as_of_ts: at(1), fields: { run_id: "r2" } };
    expect((await errorOf(writePointer({ storage }, PATH, target))).message).toContain(
      'may not hold "run_id"',
    );
  });
});

describe("a run's pointer", () => {
  it("leads to outputs that exist, and says which run and cutoff", async () => {
    const storage = memoryStorage();
    const { runId, value } = await finished(
      runAt(storage, async (run) => {
        const sim = await run.stage("sim", { output: z.array(z.number()) }, () => [1, 2]);
        await run.writePointer(PATH, {
          outputs: [sim, run.paths.output("sim")],
          inputsDigest: "abc",
          fields: { games: 12 },
        });
        return run.readPointer(PATH, { fields: z.object({ games: z.int() }) });
      }),
    );
    expect(value).toMatchObject({ run_id: runId, inputs_digest: "abc", games: 12 });
  });

  it.each([
    ["no outputs", () => []],
    ["a file that does not exist", () => ["projections/minutes.parquet"]],
    ["a stage of another run", () => [{ stage: "sim", runId: "20260101T000000Z-00000000", value: 1 }]],
    ["a stage that never ran", (id: string) => [{ stage: "rates", runId: id, value: 1 }]],
  ])("to %s is refused, and does not move", async (_what, outputs) => {
    const storage = memoryStorage();
    const error = await errorOf(
      runAt(storage, async (run) => {
        await run.stage("sim", {}, () => 1);
        await run.writePointer(PATH, { outputs: outputs(run.id) });
      }),
    );
    expect(error.code).toBe("POINTER_AHEAD");
    expect(await readPointer({ storage }, PATH)).toBeUndefined();
  });

  it("does not move when its output is gone again", async () => {
    const storage = memoryStorage();
    const error = await errorOf(
      runAt(storage, async (run) => {
        const sim = await run.stage("sim", { output: z.number() }, () => 1);
        await storage.remove(run.paths.output("sim"));
        await run.writePointer(PATH, { outputs: [sim] });
      }),
    );
    expect(error.code).toBe("POINTER_AHEAD");
  });

  it("is not moved back by a backfill of an earlier cutoff", async () => {
    const storage = memoryStorage();
    const move = (cutoff?: string) =>
      runAt(
        storage,
        async (run) => run.writePointer(PATH, { outputs: [await run.stage("sim", {}, () => 1)] }),
        cutoff ? { cutoff } : {},
      );
    const { runId } = await finished(move());
    expect((await errorOf(move("2026-01-10T00:00:00Z"))).code).toBe("POINTER_BACKWARDS");
    expect((await readPointer({ storage }, PATH))?.run_id).toBe(runId);
  });
});

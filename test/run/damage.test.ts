import {
  isBronzeError,
  memoryStorage,
  readPointer,
  readRun,
  type Storage,
  stageOutput,
  withRun,
  writePointer,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { readOutput } from "../../src/run/stage-output.js";
import { campaign } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { finished, jsonAt, NOW, runAt } from "./live.js";
import { mutatedJson, randomFrom } from "./mutate-json.js";

const PATH = "projections/latest_run.json";
const minutes = z.array(z.object({ player: z.string(), minutes: z.number() }));
/** Fields of the user's own: one sorts before all of the pointer's, and one looks like a digest. */
const fields = z.object({
  a_note: z.string(),
  digest_of_model: z.string(),
  games: z.int(),
  slates: z.array(z.object({ id: z.string(), at: z.number() })),
});
const own: z.output<typeof fields> = {
  a_note: "before the tip: 7 of 12",
  digest_of_model: "9f".repeat(32),
  games: 12,
  slates: [
    { id: "g1", at: 1.5 },
    { id: "g2", at: 20 },
  ],
};

/** A root with one run that kept an output, moved a pointer, and had a stage that failed. */
async function ranOnce(): Promise<{ storage: Storage; runId: string; record: string; output: string }> {
  const storage = memoryStorage();
  const run = await finished(
    runAt(storage, async (run) => {
      const kept = await run.stage("minutes", { output: minutes }, () => [
        { player: "ada", minutes: 31.25 },
        { player: "bo", minutes: 8 },
      ]);
      await run.stage("rates", { needs: { kept } }, (_, { wrote }) => wrote({ rows: 3, bytes: 700 }));
      await run.stage("sim", {}, () => Promise.reject(new Error("no odds"))).catch(() => {});
      await run.writePointer(PATH, { outputs: [kept], inputsDigest: "1234abcd", fields: own });
      return { record: run.paths.record, output: run.paths.output("minutes") };
    }),
  );
  return { storage, runId: run.runId, ...run.value };
}

const outputOf = (storage: Storage, run: string) =>
  readOutput(storage, stageOutput("minutes", minutes, { run }), {
    by: "rates",
    timeZone: "America/New_York",
  });

type Ran = Awaited<ReturnType<typeof ranOnce>>;

/** All that a run leaves, and how it is read. */
const kinds: Record<
  string,
  { path: (ran: Ran) => string; read: (ran: Ran) => Promise<unknown>; codes: string[] }
> = {
  "a pointer": {
    path: () => PATH,
    read: ({ storage }) => readPointer({ storage }, PATH, { fields }),
    codes: ["POINTER_INVALID"],
  },
  "a run file": {
    path: ({ record }) => record,
    read: ({ storage, runId }) => readRun({ storage }, runId, { timeZone: "America/New_York" }),
    codes: ["RUN_INVALID"],
  },
  "the output of a stage": {
    path: ({ output }) => output,
    read: ({ storage, runId }) => outputOf(storage, runId),
    codes: ["CORRUPT_FILE"],
  },
  "a run file, through which an output is found": {
    path: ({ record }) => record,
    read: ({ storage, runId }) => outputOf(storage, runId),
    codes: ["RUN_INVALID"],
  },
};

const { count, seed } = campaign({ small: 2_000, large: 20_000, seed: 1107 });
const EVERY = Number.MAX_SAFE_INTEGER;

describe.each(Object.entries(kinds))("damage to %s", (_name, { path, read, codes }) => {
  /** How often the damaged file read as before, and how often it was refused; anything else is a failure. */
  async function outcomes(damaged: (bytes: Uint8Array) => Iterable<Uint8Array>) {
    const ran = await ranOnce();
    const at = path(ran);
    const whole = await ran.storage.read(at);
    const before = await read(ran);
    const found = { same: 0, refused: 0 };
    for (const bytes of damaged(whole)) {
      await ran.storage.replace(at, bytes);
      try {
        expect(await read(ran), new TextDecoder().decode(bytes)).toEqual(before);
        found.same++;
      } catch (error) {
        if (!isBronzeError(error)) throw error;
        expect(codes).toContain(error.code);
        found.refused++;
      }
    }
    return found;
  }

  it("is noticed, whichever bit it strikes", async () => {
    const { count: sampled } = campaign({ few: 1_000, small: EVERY, large: EVERY, seed: 0 });
    const { same, refused } = await outcomes(function* (whole) {
      const step = Math.floor((whole.length * 8) / sampled) | 1; // odd, so that it comes to every bit of a byte
      for (let bit = 0; bit < whole.length * 8; bit += step) {
        const bytes = Uint8Array.from(whole);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        yield bytes;
      }
    });
    expect(refused).toBeGreaterThan(400);
    // Only spaces and line ends can become others.
    expect(same).toBeLessThan(refused / 4);
  });

  it(`is noticed, or does no harm (${count} times, seed ${seed})`, async () => {
    const random = randomFrom(seed);
    const { same, refused } = await outcomes(function* (whole) {
      for (let n = 0; n < count; n++) yield mutatedJson(whole, random);
    });
    expect(same + refused).toBe(count);
    expect(refused).toBeGreaterThan(count / 2);
  });
});

describe("what 0.1 and other programs left", () => {
  const old = { run_id: "20260115T233000Z", run_as_of_ts: NOW, generated_at: NOW };

  it.each([
    ["a version of its own", { version: 2 }],
    ["a newer version than this library's", { version: 7 }],
    ["a format and a digest of its own", { format: "parquet", digest: "ab".repeat(32) }],
    ["a word on who wrote it", { source: "bronzestore", kind: "pointer" }],
  ])("is read: a pointer with %s", async (_what, more) => {
    const storage = memoryStorage();
    await storage.replace(PATH, new TextEncoder().encode(JSON.stringify({ ...more, ...old })));
    const read = await readPointer({ storage }, PATH, { fields: z.looseObject({}) });
    expect(read).toMatchObject({ run_id: old.run_id, ...more });
    await writePointer({ storage }, PATH, { run_id: "r2", run_as_of_ts: "2026-01-15T23:31:00Z" });
    expect((await readPointer({ storage }, PATH))?.run_id).toBe("r2");
  });

  it("is read: a run file without a digest, and the outputs it names", async () => {
    const { storage, runId, record } = await ranOnce();
    const { digest: _, ...members } = (await jsonAt(storage, record)) as Record<string, unknown>;
    const text = JSON.stringify({ ...members, version: 1 }, undefined, 2);
    await storage.replace(record, new TextEncoder().encode(text));
    expect(await readRun({ storage }, runId, { timeZone: "America/New_York" })).toMatchObject({
      version: 1,
      status: "completed",
    });
    expect(await outputOf(storage, runId)).toHaveLength(2);
  });
});

describe("a file of a newer version", () => {
  it.each([
    ["pointer", PATH],
    ["run file", undefined],
  ])("is refused as such: a %s", async (kind, path) => {
    const ran = await ranOnce();
    const at = path ?? ran.record;
    const members = (await jsonAt(ran.storage, at)) as Record<string, unknown>;
    const newer = JSON.stringify({ ...members, version: 3, more: 1 });
    await ran.storage.replace(at, new TextEncoder().encode(newer));
    const { storage, runId } = ran;
    const reading = path
      ? readPointer({ storage }, path)
      : readRun({ storage }, runId, { timeZone: "America/New_York" });
    expect((await errorOf(reading)).message).toContain(`a ${kind} of version 3`);
  });
});

describe("what a run writes", () => {
  it("is for people too: its file is indented, its digest last", async () => {
    const { storage, record } = await ranOnce();
    const text = new TextDecoder().decode(await storage.read(record));
    expect(text).toMatch(/^\{\n {2}"format": "bronzestore.run",\n/);
    expect(text).toMatch(/\n {2}"version": 2,\n {2}"digest": "[0-9a-f]{64}"\n\}\n$/);
  });

  it.each([
    ["half a surrogate pair", new Error("bad \ud800 text")],
    ["a message that is no text", Object.assign(new Error("x"), { message: 5, code: "\udfff" })],
    ["what has no text", Object.create(null)],
    ["a symbol", Symbol("stop")],
  ])("can be read again when the stage threw %s", async (_what, thrown) => {
    const storage = memoryStorage();
    let id = "";
    const running = withRun({ storage, name: "live-score", timeZone: "America/New_York" }, async (run) => {
      id = run.id;
      await run.stage("sim", {}, () => Promise.reject(thrown));
    });
    await expect(running).rejects.toBe(thrown);
    const { status, error } = await readRun({ storage }, id, { timeZone: "America/New_York" });
    expect({ status, message: typeof error?.message }).toEqual({ status: "failed", message: "string" });
  });

  it.each([
    [{ rows: Number.NaN }],
    [{ rows: -1 }],
    [{ bytes: 1.5 }],
    [{ rows: "3" }],
    [{ row: 3 }],
    [null],
  ])("counts only what is a count: wrote(%j) is refused, and the run file stays one", async (counts) => {
    const storage = memoryStorage();
    let id = "";
    const error = await errorOf(
      withRun({ storage, name: "live-score", timeZone: "America/New_York" }, async (run) => {
        id = run.id;
        await run.stage("sim", {}, (_, { wrote }) => wrote(counts as never));
      }),
    );
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect((await readRun({ storage }, id, { timeZone: "America/New_York" })).stages[0]).toMatchObject({
      status: "failed",
      rows: 0,
    });
  });

  it.each([
    ["a date", { at: new Date() }],
    ["a bigint", { at: 5n }],
    ["a function", { at: () => 1 }],
    ["a hole in a list", { list: new Array(2) }],
    ["an undefined in a list", { list: [undefined] }],
    ["a name that readers lose", JSON.parse('{"a":{"__proto__":1}}')],
    ["half a surrogate pair", { note: "\ud800" }],
    ["a list", [1]],
    ["nothing", null],
    ["a digest", { digest: "mine" }],
    ["a format", { format: "mine" }],
    ["a version", { version: 1 }],
  ])("holds nothing that cannot be read again: fields with %s", async (_what, given) => {
    const storage = memoryStorage();
    const target = { run_id: "r1", run_as_of_ts: NOW, fields: given as never };
    expect((await errorOf(writePointer({ storage }, PATH, target))).code).toBe("INVALID_ARGUMENT");
    expect(await readPointer({ storage }, PATH)).toBeUndefined();
  });

  it.each([5, "", null])("names a run: run_id %j is refused", async (run_id) => {
    const storage = memoryStorage();
    const target = { run_id: run_id as never, run_as_of_ts: NOW };
    expect((await errorOf(writePointer({ storage }, PATH, target))).code).toBe("INVALID_ARGUMENT");
    expect(await storage.stat(PATH)).toBeUndefined();
  });
});

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { GoldStore, memoryStorage, nbaSeason } from "bronzestore";
import { describe, expect, it } from "vitest";
import { finished, runAt } from "../run/live.js";
import { quote, run, storeOf } from "./feeds.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const DAY = "2026-01-15";
const READS = 60;
/** A view counts what it read no later than this many reads on, and holds the files of those it has not counted. */
const UNCOUNTED = 8;

async function quotes() {
  const storage = memoryStorage();
  const bronze = storeOf(storage);
  for (const minute of [10, 20, 30])
    await bronze.write(
      "odds_raw",
      ["dk", "fd"].map((book) => quote("g1", book, -minute, `${DAY}T17:${minute}:00Z`)),
      run(`r${minute}`, `${DAY}T17:${minute}:30Z`),
    );
  return { storage, bronze };
}

/** A view of any store that has the quotes. */
interface Readable {
  read(dataset: "odds_raw", options: { date: string }): Promise<object>;
}

/** Reads through a view again and again, and says of how many answers anything is still held. */
async function heldAfterReads(view: Readable): Promise<number> {
  const answers: WeakRef<object>[] = [];
  for (let i = 0; i < READS; i++) {
    answers.push(new WeakRef(await view.read("odds_raw", { date: DAY })));
  }
  // What a job looked at is kept until the next one.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return answers.filter((answer) => answer.deref()).length;
}

describe("what a view keeps of its reads", () => {
  it("is the record, and the answers of the last few of them at most", async () => {
    const { bronze } = await quotes();
    const view = bronze.asOf(`${DAY}T18:00:00Z`);
    expect(await heldAfterReads(view)).toBeLessThanOrEqual(UNCOUNTED + 1);
    expect(view.reads).toHaveLength(READS);
    for (const { provenance, files } of view.reads) {
      expect([provenance.rowsSeen, provenance.rowsSelected, files.length]).toEqual([6, 2, 3]);
      expect(files[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    // All that is the same is kept once, and once all are counted no answer is.
    expect(new Set(view.reads.map(({ files }) => files)).size).toBe(1);
    expect(new Set(view.reads.map(({ provenance }) => provenance.files)).size).toBe(1);
  });

  it("is not an answer at all once its records were read", async () => {
    const { bronze } = await quotes();
    const view = bronze.asOf(`${DAY}T18:00:00Z`);
    const answer = new WeakRef(await view.read("odds_raw", { date: DAY }));
    expect(view.reads[0]!.provenance.rowsSelected).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(answer.deref()).toBeUndefined();
  });

  it("is no more for a builder, which freezes all of it", async () => {
    const { storage, bronze } = await quotes();
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze });
    let held = -1;
    const slate = { season: 2025, game_date: DAY, game_id: "g1" };
    const { manifest } = await gold.freeze(
      { slate, snapshot: "lock", tip: "2026-01-15T18:15:00Z" },
      async (at) => {
        held = await heldAfterReads(at);
        return [];
      },
    );
    expect(held).toBeLessThanOrEqual(UNCOUNTED + 1);
    expect(manifest.inputs).toHaveLength(READS);
  });

  it("is no more in a run", async () => {
    const { storage } = await quotes();
    const { value } = await finished(runAt(storage, ({ bronze }) => heldAfterReads(bronze.asOf())));
    expect(value).toBeLessThanOrEqual(UNCOUNTED + 1);
  });
});

import { BronzeStore, memoryStorage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { campaign } from "../campaign.js";
import { filesIn, odds, quote, report, run, storeOf } from "./feeds.js";

const { count, seed } = campaign({ small: 400, large: 20_000, seed: 618 });

const row = fc.record(
  {
    game_id: fc.constant("g1"),
    book: fc.constantFrom("a", "b", "c"),
    price: fc.nat({ max: 3 }),
    as_of_ts: fc.constantFrom("2026-01-15T17:00:00Z", "2026-01-15T17:05:00Z", null),
    ingested_ts: fc.constantFrom("2026-01-15T17:10:00Z", "2026-01-15T17:11:00Z"),
  },
  // Left out, it is stamped.
  { requiredKeys: ["game_id", "book", "price", "as_of_ts"] },
);
type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;

/** A list, and the same in another order, now and then with one price changed. */
const twice = fc
  .array(row, { minLength: 1, maxLength: 6 })
  .chain((rows) =>
    fc.tuple(
      fc.constant(rows),
      fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
      fc.option(fc.nat({ max: rows.length - 1 }), { freq: 4 }),
    ),
  )
  .map(([first, shuffled, changed]) => ({
    first,
    again: shuffled.map((one, i) => (i === changed ? { ...one, price: one.price + 10 } : one)),
  }));

describe("the same rows again", () => {
  it("are done already in any order in which they mean the same, stamped or not, and only then", async () => {
    await fc.assert(
      fc.asyncProperty(twice, async ({ first, again }) => {
        const storage = memoryStorage();
        const write = (rows: Row[], now: string) =>
          storeOf(storage, now).write("odds_raw", rows as ReturnType<typeof quote>[], run("r1"));
        const { partitions } = await write(first, "2026-01-15T18:00:00Z");
        const retried = await write(again, "2026-01-15T18:07:00Z");
        const same = isSame(first, again);
        expect(retried.partitions[0]!.status).toBe(same ? "unchanged" : "written");
        if (same) expect(retried.partitions[0]!.path).toBe(partitions[0]!.path);
        expect(await filesIn(storage)).toHaveLength(same ? 1 : 2);
      }),
      { numRuns: count, seed },
    );
  });

  /** One after the other matters only between rows of one key and equal times. */
  function isSame(first: readonly Row[], again: readonly Row[]): boolean {
    const sequences = (rows: readonly Row[]) => {
      const groups = new Map<string, number[]>();
      for (const { book, price, as_of_ts, ingested_ts } of rows) {
        const id = JSON.stringify([book, as_of_ts, ingested_ts ?? "stamped"]);
        groups.set(id, [...(groups.get(id) ?? []), price]);
      }
      return new Map([...groups].sort());
    };
    return JSON.stringify([...sequences(first)]) === JSON.stringify([...sequences(again)]);
  }

  it("are news where rows of one key and time change places, for the later of them holds", async () => {
    const rows = [-110, -115].map((price) => quote("g1", "dk", price, "2026-01-15T17:00:00Z"));
    const storage = memoryStorage();
    await storeOf(storage).write("odds_raw", rows, run("r1"));
    const again = await storeOf(storage).write("odds_raw", rows.toReversed(), run("r1"));
    expect(again.partitions[0]!.status).toBe("written");
  });

  it("are a row each: one sent twice is not the same as another sent twice", async () => {
    const [a, b] = ["dk", "fd"].map((book) => quote("g1", book, -110, "2026-01-15T17:00:00Z")) as [
      Quote,
      Quote,
    ];
    const storage = memoryStorage();
    await storeOf(storage).write("odds_raw", [a, a, b], run("r1"));
    const statuses = [];
    for (const rows of [
      [a, b, b],
      [b, a, a],
      [a, b],
    ]) {
      const { partitions } = await storeOf(storage).write("odds_raw", rows, run("r1"));
      statuses.push(partitions[0]!.status);
    }
    expect(statuses).toEqual(["written", "unchanged", "written"]);
  });
  type Quote = ReturnType<typeof quote>;

  it("are done already where a later schema has a column more, and nothing in it", async () => {
    const storage = memoryStorage();
    const rows = [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")];
    await storeOf(storage).write("odds_raw", rows, run("r1"));
    const wider = {
      ...odds,
      columns: new Map([...odds.columns, ["line", { ...odds.columns.get("price")!, name: "line" }]]),
    };
    const bronze = new BronzeStore({ storage, datasets: [wider] });
    expect((await bronze.write("odds_raw", rows, run("r1"))).partitions[0]!.status).toBe("unchanged");
  });

  it("are done already whatever the order in which covered games are declared", async () => {
    const storage = memoryStorage();
    const bronze = storeOf(storage);
    const declare = (...games: string[]) =>
      bronze.write("injuries_by_game", report("2026-01-15T22:00:00Z", { a: "Out" }, "g1"), {
        snapshot: { time: "2026-01-15T22:00:00Z", covers: games.map((game_id) => ({ game_id })) },
      });
    const statuses = [];
    for (const games of [["g2", "g3"], ["g3", "g2", "g3"], ["g2"]])
      statuses.push((await declare(...games)).partitions[0]!.status);
    expect(statuses).toEqual(["written", "unchanged", "written"]);
  });
});

describe("keys that occur more than once in one write", () => {
  it("are counted, each once however often it occurs", async () => {
    const rows = ["dk", "fd", "dk", "dk", "mgm", "fd"].map((book) =>
      quote("g1", book, -110, "2026-01-15T17:00:00Z"),
    );
    expect((await storeOf().write("odds_raw", rows, run("r1"))).repeatedKeys).toBe(2);
    expect((await storeOf().write("odds_raw", rows.slice(0, 2), run("r1"))).repeatedKeys).toBe(0);
  });
});

import {
  BronzeStore,
  decimal,
  defineDataset,
  domainDate,
  instant,
  memoryStorage,
  type Storage,
} from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AnyDataset } from "../../src/dataset/index.js";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";

const NAMED = ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"];
const ZONE = "America/New_York";
const inNewYork = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, dateStyle: "short" });
/** By another calendar than the library's. */
const dayInNewYork = (ns: bigint) => inNewYork.format(Number(ns / 1_000_000n));
const hours = Array.from(
  { length: 96 },
  (_, i) => 1_769_749_200_000_000_000n + BigInt(i) * 3_600_000_000_000n,
);
const daysById = (ids: readonly unknown[]) => new Map(ids.map((id, i) => [id, NAMED[i % NAMED.length]!]));

/** What can date a row: a column, the values it has as rows are read, and their days. */
interface Dating {
  readonly column: z.ZodType;
  readonly days: ReadonlyMap<unknown, string>;
  readonly isLookup: boolean;
}
const lookup = (column: z.ZodType, ids: readonly unknown[]): Dating => ({
  column,
  days: daysById(ids),
  isLookup: true,
});
const DATINGS: Readonly<Record<string, Dating>> = {
  "a date": { column: domainDate(), days: new Map(NAMED.map((date) => [date, date])), isLookup: false },
  "an instant": {
    column: instant(),
    days: new Map(hours.map((ns) => [ns, dayInNewYork(ns)])),
    isLookup: false,
  },
  "a lookup by text": lookup(z.string(), ["g1", "g2", "", "0022500561", "é", "g5"]),
  "a lookup by whole numbers": lookup(z.int(), [0, 1, 22500561, -7, 2 ** 53 - 1]),
  "a lookup by bigints": lookup(z.bigint(), [0n, 7n, 2n ** 60n, -3n, 9n]),
  "a lookup by numbers": lookup(z.number(), [0.5, 1, -2.25, 1e300, 3]),
  "a lookup by decimals": lookup(decimal(6, 2), ["1.50", "2.00", "-0.25", "10.01"]),
  "a lookup by dates": lookup(domainDate(), ["2025-12-01", "2026-03-03", "1999-01-01", "2026-01-31"]),
  "a lookup by instants": lookup(instant(), hours.slice(0, 6)),
};
const LAYOUTS = {
  daily: "date={date}/x.parquet",
  monthly: "year={year}/month={month}/x.parquet",
};
const TIME = 1_769_900_000_000_000_000n;
const CUTOFF = "2026-03-01T00:00:00Z";
const SPAN = { from: NAMED[0]!, to: NAMED[3]! };

function storeOf(
  dating: Dating,
  layout: string,
  storage: Storage,
  dateOf = (value: unknown) => dating.days.get(value),
) {
  const dataset = defineDataset({
    name: "feed",
    schema: z.object({ by: dating.column, n: z.int(), as_of_ts: instant(), ingested_ts: instant() }),
    key: ["by", "n"],
    layout,
    files: "append",
    timeZone: ZONE,
    date: { from: dating.isLookup ? { column: "by", source: "table", dateOf } : "by" },
  } as never);
  return new BronzeStore({ storage, datasets: [dataset] as never }) as BronzeStore<readonly AnyDataset[]>;
}
const rowsOf = (values: readonly unknown[]) =>
  values.map((by, n) => ({
    by,
    n,
    as_of_ts: { epochNanoseconds: TIME },
    ingested_ts: { epochNanoseconds: TIME },
  }));
const given = (value: unknown) => (typeof value === "bigint" ? { epochNanoseconds: value } : value);
const written = (dating: Dating, values: readonly unknown[]) =>
  rowsOf(dating.column instanceof z.ZodBigInt ? values : values.map(given));
/** "1.5" is stored as "1.50". */
const shortened = (value: unknown) =>
  typeof value === "string" && /^-?\d+\.\d0$/.test(value) ? value.slice(0, -1) : value;
const found = (rows: Iterable<unknown>) =>
  Array.from(rows as Iterable<{ n: number }>, ({ n }) => n).sort((a, b) => a - b);

describe.each(Object.entries(DATINGS))("the day of a row by %s", (name, dating) => {
  const ids = [...dating.days.keys()];
  const values = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 12 });
  const numbers = (all: readonly unknown[], date: string) =>
    all.flatMap((value, n) => (dating.days.get(value) === date ? [n] : []));

  it("is the same to who writes it, reads it, lists days and joins it", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (all) => {
        const days = [...new Set(all.map((value) => dating.days.get(value)!))].sort();
        for (const [kind, layout] of Object.entries(LAYOUTS)) {
          const storage = memoryStorage();
          const bronze = storeOf(dating, layout, storage);
          const rows = written(dating, name.includes("decimals") ? all.map(shortened) : all);
          const { partitions } = await bronze.write("feed", rows as never);
          if (kind === "daily") {
            const folders = partitions.map(({ path }) => /date=([^/]+)/.exec(path)?.[1]).sort();
            expect(folders).toEqual(days);
          }
          expect(await bronze.dates("feed")).toEqual(days);
          const view = bronze.asOf(CUTOFF);
          for (const date of NAMED) {
            expect(found((await bronze.readBronzeDay("feed", date)).rows())).toEqual(numbers(all, date));
            expect(found((await view.read("feed", { date } as never)).rows())).toEqual(numbers(all, date));
          }
          const labels = rows.map(({ by }, i) => ({ by, n: i, cutoff: CUTOFF }));
          const joined = await bronze.joinAsOf(labels as never, "feed", {
            on: ["by", "n"],
            cutoff: "cutoff",
          } as never);
          expect(joined.provenance.labelsMatched).toBe(all.length);
          expect(joined.provenance.datesWithoutFiles).toEqual([]);
        }
      }),
      tries({ few: 8, small: 80, large: 700, seed: 31 }),
    );
  });

  if (!dating.isLookup) return;

  it("is unknown to all of them alike, in the same words, where the lookup does not know a value", async () => {
    const [known, ...unknown] = ids;
    const poor = (value: unknown) => (value === known ? dating.days.get(value) : undefined);
    const storage = memoryStorage();
    await storeOf(dating, LAYOUTS.monthly, storage).write("feed", written(dating, ids) as never);
    const bronze = storeOf(dating, LAYOUTS.monthly, storage, poor);
    const labels = written(dating, ids).map(({ by, n }) => ({ by, n, cutoff: CUTOFF }));
    const asks = [
      () => bronze.write("feed", written(dating, ids) as never),
      () => bronze.readBronzeDay("feed", NAMED[0]!),
      () => bronze.asOf(CUTOFF).read("feed", SPAN as never),
      () => bronze.dates("feed"),
      () => bronze.joinAsOf(labels as never, "feed", { on: ["by", "n"], cutoff: "cutoff" } as never),
    ];
    for (const ask of asks) {
      const error = await errorOf(ask());
      expect(error).toMatchObject({ code: "UNKNOWN_LOOKUP", details: { dataset: "feed", column: "by" } });
      const { values } = error.details as { values: unknown[] };
      // A file is of one of two months; the others see all.
      expect(values.length).toBeGreaterThan(0);
      expect(values.every((value) => unknown.includes(value))).toBe(true);
      expect(error.message).toMatch(/^The table does not know by .*, so .*\. Add them to the table/);
    }
  });

  it("is refused by all of them alike where the lookup says what is no date", async () => {
    const storage = memoryStorage();
    await storeOf(dating, LAYOUTS.monthly, storage).write("feed", written(dating, ids) as never);
    const bronze = storeOf(dating, LAYOUTS.monthly, storage, () => "31 Jan");
    const labels = written(dating, ids).map(({ by, n }) => ({ by, n, cutoff: CUTOFF }));
    const asks = [
      () => bronze.write("feed", written(dating, ids) as never),
      () => bronze.readBronzeDay("feed", NAMED[0]!),
      () => bronze.asOf(CUTOFF).read("feed", SPAN as never),
      () => bronze.dates("feed"),
      () => bronze.joinAsOf(labels as never, "feed", { on: ["by", "n"], cutoff: "cutoff" } as never),
    ];
    for (const ask of asks) {
      const error = await errorOf(ask());
      expect(error.code).toBe("INVALID_DATE");
      expect(error.message).toContain("date of by in the table");
    }
  });
});

describe("a row without a value of the column that dates it", () => {
  it("has no day, whatever a lookup would answer", async () => {
    const any = { ...lookup(z.string().nullable(), ["g1"]), days: new Map([["g1", NAMED[0]!]]) };
    const bronze = storeOf(any, LAYOUTS.monthly, memoryStorage(), () => NAMED[0]!);
    const refused = await errorOf(bronze.write("feed", rowsOf(["g1", null]) as never));
    expect(refused).toMatchObject({ code: "INVALID_ROWS", details: { problems: [{ row: 1, field: "by" }] } });
    const label = [{ by: null, n: 0, cutoff: CUTOFF }];
    const joined = await errorOf(
      bronze.joinAsOf(label as never, "feed", { on: ["by", "n"], cutoff: "cutoff" } as never),
    );
    expect(joined).toMatchObject({ code: "JOIN_DAYS", details: { label: 0 } });
  });
});

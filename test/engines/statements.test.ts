import { BronzeStore, memoryStorage } from "bronzestore";
import { dialects } from "bronzestore/sql";
import { beforeAll, describe, expect, test } from "vitest";
import { DATE, NOON, runAt, SECOND, stateFeed } from "./plain-feed.js";

/** More than any engine is given in the text of a statement. */
const RUNS = 501;

const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [stateFeed] });

beforeAll(async () => {
  for (let i = 0; i < RUNS; i++) await bronze.write("feed", ...runAt(i, [{ id: `id-${i % 7}`, points: i }]));
});

const ROOTS = ["file:///data", "s3://bucket/data"] as const;
const asked = Object.entries(dialects).flatMap(([name, dialect]) =>
  ROOTS.map((root) => ({ name, dialect, root })),
);

describe("whatever the statements of a plan of many files make is read, and is taken away: of", () => {
  test.each(asked)("$name over $root", async ({ dialect, root }) => {
    const where = { dialect, root };
    const labels = Array.from({ length: RUNS }, (_, i) => ({
      id: `id-${i % 7}`,
      at: NOON + BigInt(i) * SECOND,
    }));
    const held = await bronze.sql("feed", { ...where, cutoff: NOON + BigInt(RUNS) * SECOND, date: DATE });
    const joined = await bronze.sqlJoinAsOf(labels, "feed", {
      ...where,
      on: ["id"],
      cutoff: "at",
      from: DATE,
      to: DATE,
    });
    for (const { setup, query, teardown } of [held.answer, held.counts, joined.answer, joined.counts]) {
      const making = (name: string) =>
        new RegExp(`^(?:CREATE (?:TEMP )?TABLE|CACHE TABLE|SET VARIABLE|INSERT INTO) (${name})\\b`);
      const made = setup.flatMap((one) => making("bronzestore_\\w+").exec(one)?.[1] ?? []);
      expect(made.length).toBeGreaterThan(0);
      for (const name of new Set(made)) {
        const others = [...setup.filter((one) => !making(name).test(one)), query];
        expect(
          others.some((one) => new RegExp(`\\b${name}\\b`).test(one)),
          name,
        ).toBe(true);
        expect(teardown.join("\n")).toMatch(new RegExp(`\\b${name}\\b`));
      }
    }
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../campaign.js";
import { duckdbPlaces } from "./duckdb-place.js";
import { Compared, compareCase, OLD_INSTANTS } from "./pack/compare-case.js";
import { keptCase, keptNames } from "./pack/kept-cases.js";
import { type MadeCase, makeCase, randomCases } from "./pack/make-cases.js";

const place = duckdbPlaces();
/** What an engine of microseconds may say instead of an answer. */
const REFUSALS = [/^ENGINE_PRECISION:/, OLD_INSTANTS];

async function compareOnDuckdb({ case: own, tree }: MadeCase, met: Compared): Promise<void> {
  const { storage, engine } = place();
  for (const [path, bytes] of tree) await storage.publish(path, bytes);
  await compareCase(own, { storage, engine }, met, REFUSALS);
}

describe("DuckDB gives the rows, order and counts", () => {
  it("of the conformance pack", async () => {
    const met = new Compared();
    for (const name of keptNames()) await compareOnDuckdb(keptCase(name), met);
    expect(met.answered).toBeGreaterThan(30);
    expect(met.rows).toBeGreaterThan(30);
  });

  it("of random cases", async () => {
    const met = new Compared();
    await fc.assert(
      fc.asyncProperty(randomCases({ precisions: ["us", "us", "ms"] }), async (drawn) => {
        await compareOnDuckdb(await makeCase("any", drawn), met);
      }),
      tries({ few: 5, small: 500, large: 3_000, seed: 1502 }),
    );

    expect(met.answered).toBeGreaterThan(met.asked / 2);
  });
});

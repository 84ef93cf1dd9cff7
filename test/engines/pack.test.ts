import { readFileSync } from "node:fs";
import { memoryStorage, type Storage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../campaign.js";
import type { Case } from "./pack/case.js";
import { caseSchema, caseSchemaText } from "./pack/case-schema.js";
import { Compared, compareCase } from "./pack/compare-case.js";
import { caseText, keptCase, keptNames } from "./pack/kept-cases.js";
import { caseOfSeed, makeCase, randomCases } from "./pack/make-cases.js";

async function storageOf(tree: ReadonlyMap<string, Uint8Array>): Promise<Storage> {
  const storage = memoryStorage();
  for (const [path, bytes] of tree) await storage.publish(path, bytes);
  return storage;
}

/** Every part of the rule, of the layouts and of the questions is in the pack. */
const TRAITS = 101;

describe("the conformance pack", () => {
  const names = keptNames();

  it.each(names)("%s comes out of the generator as it is kept, and the library answers it", async (name) => {
    const kept = keptCase(name);
    const made = await caseOfSeed(Number(name.split("-")[1]));
    expect(kept.text).toBe(caseText(made.case));
    expect(caseSchema.parse(kept.case)).toEqual(kept.case);
    expect([...kept.tree]).toEqual([...made.tree].sort(([a], [b]) => (a < b ? -1 : 1)));
    await compareCase(kept.case, { storage: await storageOf(kept.tree) }, new Compared());
  });

  it("has everything in it", () => {
    const cases = names.map((name): Case => keptCase(name).case);
    const traits = new Set(cases.flatMap((one) => one.traits));
    expect(traits.size).toBeGreaterThanOrEqual(TRAITS);
    const answered = cases.flatMap(({ questions }) =>
      questions.filter(({ answer }) => answer.rows.length > 0),
    );
    expect(answered.length).toBeGreaterThan(cases.length);
  });
});

describe("the schema of a case", () => {
  it("is docs/conformance.schema.json", () => {
    const kept = readFileSync(new URL("../../docs/conformance.schema.json", import.meta.url), "utf8");
    expect(JSON.parse(kept)).toEqual(JSON.parse(caseSchemaText()));
  });
});

describe("the library", () => {
  it("answers any case as the oracle does", async () => {
    const met = new Compared();
    await fc.assert(
      fc.asyncProperty(randomCases(), async (drawn) => {
        const { case: own, tree } = await makeCase("any", drawn);
        await compareCase(own, { storage: await storageOf(tree) }, met);
      }),
      tries({ few: 8, small: 1_500, large: 50_000, seed: 1501 }),
    );
    expect(met.rows).toBeGreaterThan(met.asked / 4);
    expect(met.allRefused).toBeLessThan(met.asked / 4);
  });
});

import { readFileSync } from "node:fs";
import { memoryStorage, type Storage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../campaign.js";
import { askLibrary } from "./pack/ask-library.js";
import { type Case, comparable } from "./pack/case.js";
import { caseSchema, caseSchemaText } from "./pack/case-schema.js";
import { datasetOf } from "./pack/define.js";
import { caseText, keptCase, keptNames } from "./pack/kept-cases.js";
import { caseOfSeed, type MadeCase, makeCase, randomCases } from "./pack/make-cases.js";

async function storageOf(tree: ReadonlyMap<string, Uint8Array>): Promise<Storage> {
  const storage = memoryStorage();
  for (const [path, bytes] of tree) await storage.publish(path, bytes);
  return storage;
}

/** Compares every answer of the library with a case's; returns how many there were, and how many refusals. */
async function answersAll({ case: own, tree }: Pick<MadeCase, "case" | "tree">) {
  const [storage, dataset] = [await storageOf(tree), datasetOf(own.dataset)];
  const met = { asked: 0, refused: 0, rows: 0 };
  for (const { question, answer, mayRefuse } of own.questions) {
    const said = await askLibrary(storage, dataset, question, answer.columns);
    met.asked++;
    if (typeof said === "string" && mayRefuse !== null && said.startsWith(`${mayRefuse}:`)) met.refused++;
    else {
      const shown = typeof said === "string" ? said : comparable(said, own.dataset);
      expect(shown, `${own.name}: ${JSON.stringify(question)}`).toEqual(comparable(answer, own.dataset));
      met.rows += answer.rows.length;
    }
  }
  return met;
}

/** Every part of the rule, of the layouts and of the questions is in the pack. */
const TRAITS = 89;

describe("the conformance pack", () => {
  const names = keptNames();

  it.each(names)("%s comes out of the generator as it is kept, and the library answers it", async (name) => {
    const kept = keptCase(name);
    const made = await caseOfSeed(Number(name.split("-")[1]));
    expect(kept.text).toBe(caseText(made.case));
    expect(caseSchema.parse(kept.case)).toEqual(kept.case);
    expect([...kept.tree]).toEqual([...made.tree].sort(([a], [b]) => (a < b ? -1 : 1)));
    await answersAll(kept);
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
    const met = { asked: 0, refused: 0, rows: 0 };
    await fc.assert(
      fc.asyncProperty(randomCases(), async (drawn) => {
        const { asked, refused, rows } = await answersAll(await makeCase("any", drawn));
        met.asked += asked;
        met.refused += refused;
        met.rows += rows;
      }),
      tries({ few: 8, small: 1_500, large: 50_000, seed: 1501 }),
    );
    expect(met.rows).toBeGreaterThan(met.asked / 4);
    expect(met.refused).toBeLessThan(met.asked / 4);
  });
});

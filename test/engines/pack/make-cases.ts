import fc from "fast-check";
import { filesBelow } from "../../retention/world.js";
import { answered } from "./answers.js";
import type { AnsweredQuestion, Case } from "./case.js";
import { definitionOf, FOLDER } from "./define.js";
import { layOut } from "./lay-out.js";
import { randomQuestions } from "./random-questions.js";
import { type RandomTree, randomTree } from "./random-tree.js";
import { traitsOf } from "./traits.js";

/** A case with the files of its tree, by path. */
export interface MadeCase {
  readonly case: Case;
  readonly tree: ReadonlyMap<string, Uint8Array>;
}

/** A tree, and questions about it. */
interface Drawn {
  readonly tree: RandomTree;
  readonly questions: Parameters<typeof answered>[1][];
}

/** Any tree with any questions. */
export function randomCases(...only: Parameters<typeof randomTree>): fc.Arbitrary<Drawn> {
  return randomTree(...only).chain((tree) =>
    fc.record({ tree: fc.constant(tree), questions: randomQuestions(tree).map((all) => [...all]) }),
  );
}

/** Lays a tree out and answers its questions by the oracle. */
export async function makeCase(name: string, { tree, questions }: Drawn): Promise<MadeCase> {
  const laidOut = await layOut(tree);
  const { storage, pruned } = laidOut;
  const all = questions.map((question): AnsweredQuestion => answered(tree, question, pruned));
  const files = new Map<string, Uint8Array>();
  for (const path of await filesBelow(storage, FOLDER)) files.set(path, await storage.read(path));
  return {
    tree: files,
    case: {
      format: "bronzestore.conformance",
      version: 1,
      name,
      traits: traitsOf(tree, laidOut, all),
      nanoseconds: tree.files.some(({ rows }) =>
        rows.some((row) =>
          Object.values(row).some(
            (cell) => typeof cell === "bigint" && cell > 1n << 60n && cell % 1_000n !== 0n,
          ),
        ),
      ),
      dataset: definitionOf(tree),
      pruned,
      questions: all,
    },
  };
}

/** The case of a seed. */
export function caseOfSeed(seed: number): Promise<MadeCase> {
  return makeCase(
    `seed-${String(seed).padStart(4, "0")}`,
    fc.sample(randomCases(), { seed, numRuns: 1 })[0]!,
  );
}

/** A case that is kept has as many rows in its answers. */
const LEAST_ROWS = 8;

function rowsIn({ questions }: Case): number {
  return questions.reduce((sum, { answer }) => sum + answer.rows.length, 0);
}

/** The small pack: of the cases of the first seeds the few that have, together, every trait. */
export async function choosePack(seeds: number): Promise<MadeCase[]> {
  const met = new Set<string>();
  const pack: MadeCase[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const made = await caseOfSeed(seed);
    if (made.case.traits.every((trait) => met.has(trait))) continue;
    if (rowsIn(made.case) < LEAST_ROWS) continue;
    for (const trait of made.case.traits) met.add(trait);
    pack.push(made);
  }
  // The first ones may have nothing that later ones do not have too.
  const isNeeded = (one: MadeCase) =>
    one.case.traits.some(
      (trait) => !pack.some((other) => other !== one && other.case.traits.includes(trait)),
    );
  for (const one of [...pack]) if (!isNeeded(one)) pack.splice(pack.indexOf(one), 1);
  return pack;
}

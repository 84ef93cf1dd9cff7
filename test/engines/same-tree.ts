import type { Engine, Storage } from "bronzestore";
import { expect } from "vitest";
import { asOf } from "../oracle.js";
import { optionsOf } from "../travel/random-history.js";
import { DATE, oracleFiles, type RandomTree, rulesOf, storeOf } from "./random-tree.js";
import { assertSame } from "./same-answer.js";

/** Writes a tree, and asks its questions of the library, an engine and the oracle. */
export async function assertTree(
  tree: RandomTree,
  { storage, engine }: { readonly storage: Storage; readonly engine: Engine },
): Promise<void> {
  const bronze = await storeOf(tree, storage);
  for (const question of tree.history.questions) {
    const { knownBy, maxAge } = optionsOf(question);
    const bound = knownBy === undefined ? {} : { knownBy };
    const asked = { date: DATE, ...(maxAge && { maxAge }) } as const;
    const own = await assertSame(bronze, engine, {
      dataset: "random_raw",
      cutoff: question.cutoff,
      bound,
      asked,
    });
    if (tree.folders) continue;
    const { rows } = own as { readonly rows: readonly { readonly run_id: string }[] };
    const expected = asOf(oracleFiles(tree), rulesOf(tree), question).rows;
    expect(rows.map(({ run_id }) => run_id)).toEqual(expected.map(({ run_id }) => run_id));
  }
}

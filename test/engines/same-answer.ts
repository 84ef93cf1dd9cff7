import type { BronzeStore, Engine } from "bronzestore";
import { expect } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { refusal } from "./refusal.js";

type AnyStore = BronzeStore<readonly AnyDataset[]>;
type Bound = { readonly knownBy?: bigint | "cutoff" };

/** An answer as data: all of it, or the code by which it was refused. */
async function said(read: Promise<unknown>): Promise<unknown> {
  try {
    const answer = (await read) as {
      rows(): unknown[];
      columns: readonly string[];
      sources(): unknown[];
      provenance: unknown;
      omitted: unknown;
    };
    const { columns, provenance, omitted } = answer;
    return { rows: answer.rows(), columns, sources: answer.sources(), provenance, omitted };
  } catch (error) {
    return refusal(error);
  }
}

/** Asks the library and an engine the same, and compares all that they say. Gives it, to tell apart what was refused. */
export async function assertSame(
  bronze: unknown,
  engine: Engine,
  {
    dataset,
    cutoff,
    bound = {},
    asked,
  }: {
    readonly dataset: string;
    readonly cutoff: bigint | string;
    readonly bound?: Bound;
    readonly asked: object;
  },
): Promise<unknown> {
  const store = bronze as AnyStore;
  const own = await said(store.asOf(cutoff, bound).read(dataset, asked as never));
  const other = await said(
    store
      .on(engine)
      .asOf(cutoff, bound)
      .read(dataset, asked as never),
  );
  expect(other).toEqual(own);
  return own;
}

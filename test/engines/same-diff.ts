import { type BronzeStore, type Diff, type Engine, isBronzeError } from "bronzestore";
import { expect } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";

type AnyStore = BronzeStore<readonly AnyDataset[]>;

/** A diff as data, with its text; or the code by which it was refused. */
async function said(diff: () => Promise<Diff>): Promise<unknown> {
  try {
    const moved = await diff();
    const { added, changed, gone } = moved;
    return { added, changed, gone, text: String(moved), json: moved.toJSON() };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return error.code;
  }
}

/** Asks the library's timeline and an engine what changed, and compares all that they say. Gives it. */
export async function assertSameDiff(
  bronze: unknown,
  engine: Engine,
  {
    dataset,
    cutoffs: [from, to],
    span,
    bounds = {},
  }: {
    readonly dataset: string;
    readonly cutoffs: readonly [bigint, bigint];
    readonly span: object;
    readonly bounds?: object;
  },
): Promise<unknown> {
  const store = bronze as AnyStore;
  const own = await said(
    async () => (await store.timeline(dataset, span as never)).diff(from, to, bounds) as never,
  );
  const other = await said(
    () => store.on(engine).diff(dataset, from, to, { ...span, ...bounds } as never) as never,
  );
  expect(other).toEqual(own);
  return own;
}

import type { BronzeStore, Engine, JoinProvenance } from "bronzestore";
import { isBronzeError } from "bronzestore";
import { expect } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";

type AnyStore = BronzeStore<readonly AnyDataset[]>;

interface Joined {
  rows(): unknown[];
  readonly columns: readonly string[];
  sources(): unknown[];
  readonly provenance: JoinProvenance;
  readonly omitted: unknown;
}

/** A join as data: all of it, or the code by which it was refused. */
async function said(join: () => Promise<unknown>): Promise<unknown> {
  try {
    const joined = (await join()) as Joined;
    const { columns, provenance, omitted } = joined;
    return { rows: joined.rows(), columns, sources: joined.sources(), provenance, omitted };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return error.code;
  }
}

/** Joins labels by the library and by an engine, and compares all that they say. Gives it, to tell apart what was refused. */
export async function assertSameJoin(
  bronze: unknown,
  engine: Engine,
  {
    dataset,
    labels,
    options,
  }: { readonly dataset: string; readonly labels: readonly object[]; readonly options: object },
): Promise<unknown> {
  const store = bronze as AnyStore;
  const own = await said(async () => store.joinAsOf(labels as never, dataset, options as never));
  const other = await said(async () =>
    store
      .on(engine)
      .joinAsOf(labels as never, dataset, options as never)
      .read(),
  );
  expect(other).toEqual(own);
  return own;
}

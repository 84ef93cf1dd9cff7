import type { BronzeStore, Engine, JoinProvenance } from "bronzestore";
import { expect } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { refusal } from "./refusal.js";

type AnyStore = BronzeStore<readonly AnyDataset[]>;

interface Joined {
  rows(): unknown[];
  readonly columns: readonly string[];
  sources(): unknown[];
  readonly provenance: JoinProvenance;
  readonly omitted: unknown;
}

interface JoinAsked {
  readonly dataset: string;
  readonly labels: readonly object[];
  readonly options: object;
}

/** A join as data: all of it, or the code by which it was refused. */
async function said(join: () => Promise<unknown>): Promise<unknown> {
  try {
    const joined = (await join()) as Joined;
    const { columns, provenance, omitted } = joined;
    return { rows: joined.rows(), columns, sources: joined.sources(), provenance, omitted };
  } catch (error) {
    return refusal(error);
  }
}

/** Joins labels by the library and by an engine, and compares all that they say. Gives it, to tell apart what was refused. */
export async function assertSameJoin(
  bronze: unknown,
  engine: Engine,
  { dataset, labels, options }: JoinAsked,
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

/**
 * Joins labels by the library, and the same labels out of a query of an engine, and compares all but the order of labels that ask
 * the same, which a query has not.
 *
 * @param query of the same columns; numbers may be of any type
 */
export async function assertSameOfQuery(
  bronze: unknown,
  engine: Engine,
  { dataset, labels, options, query }: JoinAsked & { readonly query: string },
): Promise<void> {
  const store = bronze as AnyStore;
  const own = await said(async () => store.joinAsOf(labels as never, dataset, options as never));
  const other = await said(() =>
    store
      .on(engine)
      .joinAsOf({ query }, dataset, options as never)
      .read(),
  );
  if (typeof own === "string" || typeof other === "string") {
    expect(other).toEqual(own);
    return;
  }
  const [a, b] = [own, other].map((one) => {
    const { rows, sources, columns, ...about } = one as {
      rows: object[];
      sources: unknown[];
      columns: string[];
    };
    return {
      ...about,
      columns: [...columns].sort(),
      rows: rows.map((row, i) => sortedText({ row, at: sources[i] })).sort(),
    };
  });
  expect(b).toEqual(a);
}

/** A value as text: bigints as numbers, names in their order. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, own) => {
    if (typeof own === "bigint") return Number.isSafeInteger(Number(own)) ? Number(own) : String(own);
    if (typeof own !== "object" || own === null || Array.isArray(own)) return own;
    return Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

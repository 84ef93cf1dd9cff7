import type { Table as ArrowOwn } from "apache-arrow";
import type { BronzeStore, Diff, Engine } from "bronzestore";
import { expect } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { refusal } from "./refusal.js";

type AnyStore = BronzeStore<readonly AnyDataset[]>;

/** A diff as data, with its text; or the code by which it was refused. */
async function said(diff: () => Promise<Diff>): Promise<unknown> {
  try {
    const moved = await diff();
    const { added, changed, gone } = moved;
    return { added, changed, gone, text: String(moved), json: moved.toJSON() };
  } catch (error) {
    return refusal(error);
  }
}

interface AskedDiff {
  readonly dataset: string;
  readonly cutoffs: readonly [bigint, bigint];
  readonly span: object;
  readonly bounds?: object;
}

/** Asks the library's timeline and an engine what changed, and compares all that they say. Gives it. */
export async function assertSameDiff(
  bronze: unknown,
  engine: Engine,
  { dataset, cutoffs: [from, to], span, bounds = {} }: AskedDiff,
): Promise<unknown> {
  const store = bronze as AnyStore;
  const own = await said(
    async () => (await store.timeline(dataset, span as never)).diff(from, to, bounds) as never,
  );
  const other = await said(
    () =>
      store
        .on(engine)
        .diff(dataset, from, to, { ...span, ...bounds } as never)
        .read() as never,
  );
  expect(other).toEqual(own);
  return own;
}

/**
 * Takes the same diff in tables: a row for each that the library lists, of a key the earlier first; and what each of its two
 * answers was made from.
 */
export async function assertSameTables(
  bronze: unknown,
  engine: Engine,
  { dataset, cutoffs: [from, to], span, bounds = {} }: AskedDiff,
): Promise<void> {
  const store = bronze as AnyStore;
  const timeline = await store.timeline(dataset, span as never);
  const { added, changed, gone } = timeline.diff(from, to, bounds) as Diff;
  const tables = await store
    .on(engine)
    .diff(dataset, from, to, { ...span, ...bounds } as never)
    .batches();
  const rows: (readonly [change: unknown, run: unknown, status: unknown])[] = [];
  for await (const table of tables)
    for (const row of (table as unknown as ArrowOwn).toArray())
      rows.push([row.change_, row.run_id ?? null, row.status ?? null]);
  const those = (...changes: string[]) => rows.filter(([change]) => changes.includes(change as string));
  const listed = (change: string) => (row: object) => {
    const { run_id = null, status = null } = row as { run_id?: unknown; status?: unknown };
    return [change, run_id, status] as const;
  };
  expect(those("added")).toEqual(added.map(listed("added")));
  expect(those("gone")).toEqual(gone.map(listed("gone")));
  expect(those("before", "after")).toEqual(
    changed.flatMap(({ before, after }) => [listed("before")(before), listed("after")(after)]),
  );
  expect(tables.provenance.before).toEqual(timeline.at(from, bounds).provenance);
  expect(tables.provenance.after).toEqual(timeline.at(to, bounds).provenance);
}

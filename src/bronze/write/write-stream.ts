import type { AnyDataset } from "../../dataset/index.js";
import { locksOf, type Storage } from "../../storage/index.js";
import { namedRows, ROWS_PER_WRITE, RowCut } from "./cut-rows.js";
import type { WrittenFile } from "./publish-group.js";
import { validateRows } from "./validate-rows.js";
import { assertWriteOptions, halfDone, publishRows, type WriteOptions, type WriteResult } from "./write.js";

import { assertWritable } from "./written-place.js";

/** Rows that are checked together. */
const BATCH = 1_000;

/**
 * Rows that come one by one. All of them are taken in and checked before the first file is made, so an iterable that
 * throws has written nothing. Of a `snapshot` dataset they are one state, as in an array; of a `changes` dataset each
 * folder gets a file per `rowsPerWrite` rows.
 */
export async function writeStream(
  storage: Storage,
  dataset: AnyDataset,
  rows: AsyncIterable<unknown>,
  options: WriteOptions,
  nowNs: bigint,
  rowsPerWrite = ROWS_PER_WRITE,
): Promise<WriteResult> {
  assertWriteOptions(dataset, options);
  assertCanWrite(storage, dataset);
  const several = options.snapshot?.several ?? false;
  const cut = new RowCut(dataset, { write: options, nowNs, rowsPerWrite, several });
  try {
    let taken = 0;
    for await (const batch of inBatches(rows, BATCH)) {
      const first = taken;
      try {
        await cut.add(validateRows(dataset, batch, { ingestedNs: nowNs, runId: options.run?.id }));
      } catch (error) {
        throw namedRows(error, dataset, (row) => `row ${first + row}`);
      }
      taken += batch.length;
    }
    // A declared state without rows is a write all the same.
    const nothing = { rows: [], stamped: { times: new Set<never>(), runs: new Set<never>() } };
    if (taken === 0) return await publishRows(storage, dataset, nothing, options, nowNs);
    await cut.plan();
    return await publishCut(storage, dataset, cut, options, nowNs);
  } finally {
    await cut.remove();
  }
}

/**
 * Refuses a dataset that is only read, and a storage that lacks what a write of it needs, before any of it is done.
 *
 * @throws BronzeError `READ_ONLY`, `LOCK_UNAVAILABLE`
 */
export function assertCanWrite(storage: Storage, dataset: AnyDataset): void {
  assertWritable(dataset);
  if (dataset.layout.latest) locksOf(storage, `the latest view of "${dataset.name}"`);
}

/** Makes the writes of a cut, one after the other. `onWrite` is told of each. */
export async function publishCut(
  storage: Storage,
  dataset: AnyDataset,
  cut: RowCut,
  options: WriteOptions,
  nowNs: bigint,
  onWrite: (written: WriteResult) => void = () => {},
): Promise<WriteResult> {
  let [rows, repeatedKeys] = [0, 0];
  const partitions: WrittenFile[] = [];
  // A view is brought up to date by each write of its day; the last one says how it is now.
  const latest = new Map<string, WrittenFile>();
  for await (const part of cut.writes()) {
    let written: WriteResult;
    try {
      written = await publishRows(storage, dataset, part, options, nowNs);
    } catch (error) {
      throw halfDone(error, partitions, "but not all of the others");
    }
    rows += written.rows;
    repeatedKeys += written.repeatedKeys;
    partitions.push(...written.partitions);
    for (const view of written.latest) {
      const before = latest.get(view.path);
      latest.set(view.path, before?.status === "written" ? { ...view, status: "written" } : view);
    }
    onWrite(written);
  }
  return { rows, repeatedKeys, partitions, latest: [...latest.values()] };
}

/** Items in lists of at most so many. */
export async function* inBatches<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  most: number,
): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < most) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

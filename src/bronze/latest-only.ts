import type { Storage } from "../storage/index.js";
import type { Cell } from "../table/index.js";
import { distinctKeys, type Frame } from "../travel/index.js";
import type { DayFiles } from "./day-files.js";
import { loadFrame, type SkippedFile } from "./load-frame.js";
import type { ReadOptions } from "./read-options.js";

/**
 * Keys the latest view has and no history partition has. They are not merged: a row that history lost, or never
 * had, is something to look into, not something to count.
 */
export async function latestOnlyKeys(
  storage: Storage,
  history: Frame,
  { latestBeside, date }: DayFiles,
  { onCorrupt }: Pick<ReadOptions, "onCorrupt">,
): Promise<{ keys: Record<string, Cell>[]; skipped: readonly SkippedFile[] }> {
  if (latestBeside === undefined) return { keys: [], skipped: [] };
  const { dataset } = history;
  const latest = await loadFrame(storage, dataset, [{ path: latestBeside, date, partition: undefined }], {
    onCorrupt,
  });
  const inHistory = distinctKeys(history);
  const keys = [];
  for (const cells of distinctKeys(latest.frame).all()) {
    if (!inHistory.has(cells)) keys.push(Object.fromEntries(dataset.key.map((name, i) => [name, cells[i]!])));
  }
  return { keys, skipped: latest.skipped };
}

import type { Storage } from "../../storage/index.js";
import type { Cell } from "../../table/index.js";
import { distinctKeys, type Frame } from "../../travel/index.js";
import type { DayFiles } from "./day-files.js";
import { loadFrame, type SkippedFile } from "./load-frame.js";

/**
 * Keys the latest view has and no history partition has. They are not merged: a row that history lost, or never
 * had, is something to look into, not something to count.
 */
export async function latestOnlyKeys(
  storage: Storage,
  history: Frame,
  { latestBeside, date }: DayFiles,
): Promise<{ keys: Record<string, Cell>[]; skipped: readonly SkippedFile[] }> {
  if (latestBeside === undefined) return { keys: [], skipped: [] };
  const { dataset } = history;
  // A damaged view takes nothing from the history, so it is reported and not refused.
  const latest = await loadFrame(storage, dataset, [{ path: latestBeside, date, partition: undefined }], {
    onCorrupt: "skip",
  });
  const inHistory = distinctKeys(history);
  const keys = [];
  for (const cells of distinctKeys(latest.frame).all()) {
    if (!inHistory.has(cells)) keys.push(Object.fromEntries(dataset.key.map((name, i) => [name, cells[i]!])));
  }
  return { keys, skipped: latest.skipped };
}

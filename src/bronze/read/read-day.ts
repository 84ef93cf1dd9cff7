import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import type { Cell } from "../../table/index.js";
import { distinctKeys, type Frame } from "../../travel/index.js";
import { BronzeDay } from "./bronze-day.js";
import { type DayFiles, listDay, readListed } from "./day-files.js";
import type { SkippedFile } from "./fetch-files.js";
import { assertNothingLacking } from "./frame-columns.js";
import { loadFrame } from "./load-frame.js";
import type { ReadOptions } from "./question.js";

/** Reads one domain date as it lies in storage. @throws BronzeError as `listDay` and `loadFrame` */
export function readDay<Row, Key, Instants extends string>(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  options: ReadOptions<string>,
): Promise<BronzeDay<Row, Key, Instants>> {
  return readListed(async () => {
    const files = await listDay(storage, dataset, date, options);
    const { onCorrupt, columns } = options;
    const loaded = await loadFrame(storage, dataset, files.files, { onCorrupt, columns });
    const { frame, skipped, presence, comparable } = loaded;
    assertNothingLacking(dataset, [presence]);
    const latestOnly = await latestOnlyKeys(storage, frame, files);
    return new BronzeDay({
      date,
      files,
      frame,
      comparable,
      skipped: [...skipped, ...latestOnly.skipped],
      latestOnly: latestOnly.keys,
    });
  });
}

/**
 * Keys that the latest view has and no history partition has. They are not merged: a row that history lost, or never
 * had, is something to investigate, not something to count.
 */
async function latestOnlyKeys(
  storage: Storage,
  history: Frame,
  { latestBeside, date }: DayFiles,
): Promise<{ keys: Record<string, Cell>[]; skipped: readonly SkippedFile[] }> {
  if (latestBeside === undefined) return { keys: [], skipped: [] };
  const { dataset } = history;
  // A damaged view does not affect the history, so it is reported and not refused.
  const latest = await loadFrame(storage, dataset, [{ path: latestBeside, date, partition: undefined }], {
    onCorrupt: "skip",
    // Only its keys are compared.
    columns: dataset.key,
  });
  const inHistory = distinctKeys(history);
  const keys = [];
  for (const cells of distinctKeys(latest.frame).all()) {
    if (!inHistory.has(cells)) keys.push(Object.fromEntries(dataset.key.map((name, i) => [name, cells[i]!])));
  }
  return { keys, skipped: latest.skipped };
}

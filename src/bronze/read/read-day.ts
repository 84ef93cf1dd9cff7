import type { AnyDataset } from "../../dataset/index.js";
import { metered, type Reading, type Storage } from "../../storage/index.js";
import type { Cell } from "../../table/index.js";
import { assertNothingGone, distinctKeys, type Frame } from "../../travel/index.js";
import { BronzeDay } from "./bronze-day.js";
import { type DayFiles, listUnit, readListed } from "./day-files.js";
import type { SkippedFile } from "./fetch-files.js";
import { assertNothingLacking } from "./frame-columns.js";
import { loadFrame } from "./load-frame.js";
import type { ReadOptions } from "./question.js";
import { outcomeOf, tracedRead } from "./traced-read.js";
import { type Unit, unitsOf } from "./unit-folders.js";
import { whyNothing } from "./unreachable.js";

/** Reads one domain date as it lies in storage. @throws BronzeError as `listUnit` and `loadFrame` */
export function readDay<Row, Key, Instants extends string>(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  options: ReadOptions<string>,
): Promise<BronzeDay<Row, Key, Instants>> {
  const [unit] = unitsOf(dataset, [date]);
  return tracedRead(
    { verb: "readBronzeDay", dataset, dates: [date] },
    () => loadUnit<Row, Key, Instants>(storage, dataset, unit!, options, date),
    ({ frame }) => outcomeOf(frame),
  ).then(({ day }) => day);
}

/** Reads one unit as it lies in storage. @throws BronzeError as `listUnit` and `loadFrame` */
export async function readUnit<Row, Key, Instants extends string>(
  storage: Storage,
  dataset: AnyDataset,
  unit: Unit,
  options: ReadOptions<string>,
): Promise<BronzeDay<Row, Key, Instants>> {
  return (await loadUnit<Row, Key, Instants>(storage, dataset, unit, options)).day;
}

/** @param date only its rows; default: all of the unit's */
function loadUnit<Row, Key, Instants extends string>(
  storage: Storage,
  dataset: AnyDataset,
  unit: Unit,
  options: ReadOptions<string>,
  date?: string,
): Promise<{ readonly day: BronzeDay<Row, Key, Instants>; readonly frame: Frame }> {
  const dates = date === undefined ? undefined : [date];
  const { reading, cost } = metered(storage);
  return readListed(async () => {
    const files = await listUnit(reading, dataset, unit, options);
    if (files.isBare) await whyNothing(reading, dataset);
    const { onCorrupt, columns, acceptPruned } = options;
    const loaded = await loadFrame(reading, dataset, files.files, {
      dates,
      onCorrupt,
      columns,
      pruned: files.pruned,
      acceptPruned,
    });
    const { frame, skipped, presence, comparable } = loaded;
    assertNothingGone(frame);
    assertNothingLacking(dataset, [presence]);
    const latestOnly = await latestOnlyKeys(reading, frame, files, dates);
    const read = { ...frame, cost: cost() };
    const day = new BronzeDay<Row, Key, Instants>({
      date: date ?? unit.days?.from ?? "",
      files,
      frame: read,
      comparable,
      skipped: [...skipped, ...latestOnly.skipped],
      latestOnly: latestOnly.keys,
    });
    return { day, frame: read };
  });
}

/**
 * Keys that the latest view has and no history partition has. They are not merged: a row that history lost, or never
 * had, is something to investigate, not something to count.
 */
async function latestOnlyKeys(
  storage: Reading,
  history: Frame,
  { latestBeside }: DayFiles,
  dates: readonly string[] | undefined,
): Promise<{ keys: Record<string, Cell>[]; skipped: readonly SkippedFile[] }> {
  if (latestBeside.length === 0) return { keys: [], skipped: [] };
  const { dataset } = history;
  // A damaged view does not affect the history, so it is reported and not refused.
  const latest = await loadFrame(storage, dataset, latestBeside, {
    dates,
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

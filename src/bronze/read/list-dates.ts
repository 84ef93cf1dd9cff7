import type { AnyDataset } from "../../dataset/index.js";
import { mapReads, type Reading } from "../../storage/index.js";
import type { DayFile } from "./day-file.js";
import { listUnit, readListed } from "./day-files.js";
import { frameOf } from "./load-frame.js";
import { openDayFile } from "./open-parts.js";
import { datesOfPart } from "./rows-of-days.js";
import { foundUnits, isOneDay, type Unit } from "./unit-folders.js";
import { whyNothing } from "./unreachable.js";

/**
 * Which dates to look for; both ends are included, and either may be open.
 *
 * @category Survey
 */
export interface DateRange {
  /** The first date. Default: the beginning. */
  readonly from?: string;
  /** The last date. Default: the end. */
  readonly to?: string;
}

/**
 * The domain dates of which a dataset has files, ascending. Folders outside the range are not opened. Where a file holds
 * several days, the column that dates its rows is decoded: a month's file need not have rows of every day.
 *
 * @throws BronzeError `MISFILED_DAY` for a date that lies under another season only, and as `listUnit`
 */
export async function listDates(storage: Reading, dataset: AnyDataset, range: DateRange): Promise<string[]> {
  const units = await foundUnits(storage, dataset, range);
  const found = await mapReads(storage, units, (storage, unit) =>
    readListed(() => datesIn(storage, dataset, unit)),
  );
  const { from = "", to = "9999-12-31" } = range;
  const dates = new Set(found.flat().filter((date) => date >= from && date <= to));
  if (dates.size === 0) await whyNothing(storage, dataset);
  return [...dates].sort();
}

async function datesIn(storage: Reading, dataset: AnyDataset, unit: Unit): Promise<string[]> {
  const { files } = await listUnit(storage, dataset, unit);
  const found = await mapReads(storage, files, async (storage, file) =>
    isOneDay(file.days) ? [file.days.from] : datesOfRows(dataset, file, await storage.read(file.path)),
  );
  return found.flat();
}

function datesOfRows(dataset: AnyDataset, file: DayFile, bytes: Uint8Array<ArrayBuffer>): string[] {
  const opened = openDayFile(dataset, file, bytes);
  // What dates a row is among the columns that decide; drift in any other stops nothing.
  const { parts } = frameOf(dataset, opened, { columns: dataset.key });
  const dates = new Set(parts.flatMap((part, i) => datesOfPart(dataset, opened[i]!.file, part)));
  return [...dates].filter((date) => date !== null);
}

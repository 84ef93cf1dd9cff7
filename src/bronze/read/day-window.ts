import type { AnyDataset } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import { type DayFile, type DayOptions, listDay } from "./day-files.js";
import { type Loaded, loadFrame } from "./load-frame.js";
import { readListed } from "./read-listed.js";
import type { ReadOptions } from "./read-options.js";

/** Loads days, one question after another. */
export type DayWindow = (dates: readonly string[], horizonNs: bigint) => Promise<Loaded>;

/**
 * Days for questions that follow each other, each reading a few days of which the next reads some again: what the
 * next one needs is kept, listed, read and decoded as it is, and all else is let go.
 */
export function dayWindow(
  storage: Storage,
  dataset: AnyDataset,
  options: DayOptions & Pick<ReadOptions, "onCorrupt">,
): DayWindow {
  let held = new Map<string, HeldDay>();
  return (dates, horizonNs) =>
    readListed(async () => {
      const kept = held;
      // What a failed load leaves behind is read afresh.
      held = new Map();
      const days = new Map<string, HeldDay>();
      for (const date of dates)
        days.set(date, kept.get(date) ?? (await holdDay(storage, dataset, date, options)));
      kept.clear();
      const dayOf = new Map<string, HeldDay>();
      for (const day of days.values()) for (const { path } of day.files) dayOf.set(path, day);
      const files = [...days.values()].flatMap((day) => day.files);
      const loaded = await loadFrame(
        { read: (path) => readOnce(storage, dayOf.get(path)!, path) },
        dataset,
        files,
        {
          dates,
          horizonNs,
          onCorrupt: options.onCorrupt,
          open: (bytes, path, known) => openOnce(dayOf.get(path)!, bytes, path, known),
        },
      );
      held = days;
      return loaded;
    });
}

/** A day as it was listed, and what was read of it. */
interface HeldDay {
  readonly files: readonly DayFile[];
  readonly bytes: Map<string, Uint8Array<ArrayBuffer>>;
  readonly opened: Map<string, ParquetFile>;
}

async function holdDay(
  storage: Storage,
  dataset: AnyDataset,
  date: string,
  options: DayOptions,
): Promise<HeldDay> {
  const { files } = await listDay(storage, dataset, date, options);
  return { files, bytes: new Map(), opened: new Map() };
}

async function readOnce(
  storage: Storage,
  { bytes }: HeldDay,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const known = bytes.get(path);
  if (known) return known;
  const read = await storage.read(path);
  bytes.set(path, read);
  return read;
}

function openOnce({ opened }: HeldDay, ...[bytes, path, known]: Parameters<typeof openParquet>): ParquetFile {
  let file = opened.get(path);
  if (!file) {
    file = openParquet(bytes, path, known);
    opened.set(path, file);
  }
  return file;
}

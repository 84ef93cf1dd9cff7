import type { AnyDataset } from "../../dataset/index.js";
import { mapReads, type Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import { type DayFile, listDay, readListed } from "./day-files.js";
import { assertNothingLacking } from "./frame-columns.js";
import { type Loaded, loadFrame } from "./load-frame.js";
import type { ReadOptions } from "./question.js";

/** What gold inserts between a view and the files. @internal */
export interface ViewHooks {
  /** Which of the listed files to load. Default: all. */
  readonly onlyFiles?: (path: string) => boolean;
}

/** How to load days. */
interface LoadDaysOptions extends ReadOptions<string>, ViewHooks {
  /** The latest cutoff of any question; `undefined` where there is no limit. */
  readonly horizonNs?: bigint | undefined;
}

/**
 * Lists days and reads their files into one frame.
 * @throws BronzeError `MISSING_COLUMN`, `UNKNOWN_COLUMN`, and as `listDay` and `loadFrame`
 */
export async function loadDays(
  storage: Storage,
  dataset: AnyDataset,
  dates: readonly string[],
  { onlyFiles, horizonNs, onCorrupt, columns, ...options }: LoadDaysOptions,
): Promise<Loaded> {
  const loaded = await readListed(async () => {
    const days = await mapReads(storage, dates, (storage, date) => listDay(storage, dataset, date, options));
    const files = days.flatMap(({ files }) => files);
    const wanted = onlyFiles ? files.filter(({ path }) => onlyFiles(path)) : files;
    return loadFrame(storage, dataset, wanted, { dates, horizonNs, onCorrupt, columns });
  });
  // Some of the files say nothing about the others.
  if (!onlyFiles) assertNothingLacking(dataset, [loaded.presence]);
  return loaded;
}

/** Loads days, one question after another. */
type DayWindow = (dates: readonly string[], horizonNs: bigint) => Promise<Loaded>;

/**
 * Days for successive questions, each reading a few days of which the next reads some again: what the next one needs is
 * kept, listed, read and decoded as it is, and everything else is released.
 */
export function dayWindow(
  storage: Storage,
  dataset: AnyDataset,
  { onCorrupt, columns, ...options }: ReadOptions<string>,
): DayWindow {
  let held = new Map<string, HeldDay>();
  return (dates, horizonNs) =>
    readListed(async () => {
      const kept = held;
      // What a failed load leaves behind is read again.
      held = new Map();
      const days = await mapReads(
        storage,
        dates,
        async (storage, date): Promise<HeldDay> =>
          kept.get(date) ?? {
            files: (await listDay(storage, dataset, date, options)).files,
            bytes: new Map(),
            opened: new Map(),
          },
      );
      kept.clear();
      const dayOf = new Map<string, HeldDay>();
      for (const day of days) for (const { path } of day.files) dayOf.set(path, day);
      const loaded = await loadFrame(
        { read: (path) => readOnce(storage, dayOf.get(path)!, path) },
        dataset,
        days.flatMap((day) => day.files),
        {
          dates,
          horizonNs,
          onCorrupt,
          columns,
          open: (bytes, path, known) => openOnce(dayOf.get(path)!, bytes, path, known),
        },
      );
      held = new Map(dates.map((date, i) => [date, days[i]!]));
      return loaded;
    });
}

/** A day as it was listed, and what was read from it. */
interface HeldDay {
  readonly files: readonly DayFile[];
  readonly bytes: Map<string, Uint8Array<ArrayBuffer>>;
  readonly opened: Map<string, ParquetFile>;
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

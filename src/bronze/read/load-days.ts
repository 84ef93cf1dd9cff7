import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { mapReads, metered, type Reading, type Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";
import type { DayFile } from "./day-file.js";
import { type DayFiles, filesOf, listDays, listUnit, readListed } from "./day-files.js";
import { assertNothingLacking } from "./frame-columns.js";
import { type Loaded, loadFrame } from "./load-frame.js";
import type { ReadOptions } from "./question.js";
import { unitId, unitsOf } from "./unit-folders.js";
import { type MissingPlace, whyNothing } from "./unreachable.js";

/** What gold inserts between a view and the files. @internal */
export interface ViewHooks {
  /** Which of the listed files to load. Default: all. */
  readonly onlyFiles?: (path: string) => boolean;
  /** Whether questions that need pruned history are answered: never where that is frozen, always where it was. Default: as asked. */
  readonly acceptsPruned?: "never" | "always";
  /** Whether files are recorded as the inputs of a frozen slate: by content, and which decide. Default: false. */
  readonly asInputs?: boolean;
}

/** How to load days. */
interface LoadDaysOptions extends ReadOptions<string>, Pick<ViewHooks, "onlyFiles"> {
  /** The latest cutoff of any question; `undefined` where there is no limit. */
  readonly horizonNs?: bigint | undefined;
}

/**
 * Lists days and reads their files into one frame.
 * @throws BronzeError `MISSING_COLUMN`, `UNKNOWN_COLUMN`, and as `listUnit` and `loadFrame`
 */
export async function loadDays(
  storage: Storage,
  dataset: AnyDataset,
  dates: readonly string[],
  { onlyFiles, horizonNs, onCorrupt, columns, acceptPruned, ...options }: LoadDaysOptions,
): Promise<Loaded> {
  const { reading, cost } = metered(storage);
  const loaded = await readListed(async () => {
    const days = await listDays(reading, dataset, dates, options);
    const files = filesOf(days);
    const mayBeWanted = ({ path }: DayFile) => isCompactedName(path) || onlyFiles?.(path) !== false;
    const wanted = onlyFiles ? files.filter(mayBeWanted) : files;
    const asked = { dates: askedOf(dataset, dates), horizonNs, onCorrupt, columns, onlyFiles };
    const pruned = days.flatMap((day) => day.pruned);
    const loaded = await loadFrame(reading, dataset, wanted, {
      ...asked,
      // What a slate was frozen from is asked for by name, and what of that decides its rows is never pruned.
      pruned: onlyFiles ? [] : pruned,
      acceptPruned,
    });
    const isBare = days.length > 0 && days.every((day) => day.isBare);
    return withPassedOver(loaded, days, isBare ? await whyNothing(reading, dataset) : undefined);
  });
  // Some of the files say nothing about the others.
  if (!onlyFiles) assertNothingLacking(dataset, [loaded.presence]);
  return { ...loaded, frame: { ...loaded.frame, cost: cost() } };
}

/** What an answer says of names that were passed over, and of a place where nothing is. */
function withPassedOver(
  { frame, ...loaded }: Loaded,
  days: readonly DayFiles[],
  missing: MissingPlace | undefined,
): Loaded {
  return { ...loaded, frame: { ...frame, ignored: days.flatMap(({ ignored }) => ignored), missing } };
}

/** The dates whose rows are wanted; `undefined`, all, where the paths say no dates and none was asked for. */
function askedOf({ isDated }: AnyDataset, dates: readonly string[]): readonly string[] | undefined {
  return isDated || dates.length > 0 ? dates : undefined;
}

/** Loads days, one question after another. */
type DayWindow = (dates: readonly string[], horizonNs: bigint) => Promise<Loaded>;

/**
 * Days for successive questions, each reading a few days of which the next reads some again: what the next one needs is
 * kept, listed, read and decoded as it is, and everything else is released.
 */
export function dayWindow(
  storage: Reading,
  dataset: AnyDataset,
  { onCorrupt, columns, acceptPruned, ...options }: ReadOptions<string>,
): DayWindow {
  let held = new Map<string, HeldUnit>();
  return (dates, horizonNs) =>
    readListed(async () => {
      const kept = held;
      // What a failed load leaves behind is read again.
      held = new Map();
      const units = unitsOf(dataset, dates);
      const listed = await mapReads(
        storage,
        units,
        async (storage, unit): Promise<HeldUnit> =>
          kept.get(unitId(unit)) ?? {
            listed: await listUnit(storage, dataset, unit, options),
            bytes: new Map(),
            opened: new Map(),
          },
      );
      kept.clear();
      const unitOfPath = new Map<string, HeldUnit>();
      for (const unit of listed) for (const { path } of unit.listed.files) unitOfPath.set(path, unit);
      const loaded = await loadFrame(
        { read: (path) => readOnce(storage, unitOfPath.get(path)!, path) },
        dataset,
        filesOf(listed.map((unit) => unit.listed)),
        {
          dates: askedOf(dataset, dates),
          horizonNs,
          onCorrupt,
          columns,
          pruned: listed.flatMap((unit) => unit.listed.pruned),
          acceptPruned,
          open: (bytes, path, known) => openOnce(unitOfPath.get(path)!, bytes, path, known),
        },
      );
      held = new Map(units.map((unit, i) => [unitId(unit), listed[i]!]));
      const isBare = listed.every((unit) => unit.listed.isBare);
      const missing = isBare && units.length > 0 ? await whyNothing(storage, dataset) : undefined;
      return withPassedOver(
        loaded,
        listed.map((unit) => unit.listed),
        missing,
      );
    });
}

/** A unit as it was listed, and what was read from it. */
interface HeldUnit {
  readonly listed: DayFiles;
  readonly bytes: Map<string, Uint8Array<ArrayBuffer>>;
  readonly opened: Map<string, ParquetFile>;
}

async function readOnce(
  storage: Reading,
  { bytes }: HeldUnit,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const known = bytes.get(path);
  if (known) return known;
  const read = await storage.read(path);
  bytes.set(path, read);
  return read;
}

function openOnce(
  { opened }: HeldUnit,
  ...[bytes, path, known]: Parameters<typeof openParquet>
): ParquetFile {
  let file = opened.get(path);
  if (!file) {
    file = openParquet(bytes, path, known);
    opened.set(path, file);
  }
  return file;
}

import { type DayFile, foundUnits, listUnit, type Unit } from "../../bronze/index.js";
import { type AnyDataset, type DayRange, isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { isBronzeError } from "../../errors.js";
import type { Storage } from "../../storage/index.js";
import { openParquet, type ParquetFile } from "../../table/index.js";

/** The history files of one folder of a unit, a day usually, with their facts. */
export interface SurveyedDay {
  readonly dataset: AnyDataset;
  /** The unit's first day. */
  readonly date: string;
  readonly unit: Unit;
  readonly folder: string;
  /** In partition order. */
  readonly files: readonly SurveyedFile[];
}

/** A history file, opened. */
export interface SurveyedFile extends DayFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether retention made it. */
  readonly isCompacted: boolean;
  /** As it is stored; `undefined` when it cannot be read as Parquet. */
  readonly parquet: ParquetFile | undefined;
}

/** Reads the facts of every history file of a unit: one survey for each of its folders. */
export async function surveyUnit(storage: Storage, dataset: AnyDataset, unit: Unit): Promise<SurveyedDay[]> {
  const folders = new Map<string, SurveyedFile[]>();
  for (const file of (await listUnit(storage, dataset, unit)).files) {
    if (file.isLatest) continue; // where there is no history
    const bytes = await storage.read(file.path);
    const own = folders.get(file.folder) ?? [];
    folders.set(file.folder, own);
    own.push({
      ...file,
      sha256: sha256(bytes),
      sizeBytes: bytes.byteLength,
      isCompacted: isCompactedName(file.path),
      parquet: opened(bytes, file.path),
    });
  }
  return [...folders].map(([folder, files]) => ({ dataset, date: unit.days!.from, unit, folder, files }));
}

/** The units of a dataset that ended before a date, by their first day. */
export async function unitsBefore(storage: Storage, dataset: AnyDataset, end: string): Promise<Unit[]> {
  const units = await foundUnits(storage, dataset, {});
  return units.filter(({ days }) => (days as DayRange).to < end);
}

function opened(bytes: Uint8Array<ArrayBuffer>, path: string): ParquetFile | undefined {
  try {
    return openParquet(bytes, path);
  } catch (error) {
    if (isBronzeError(error, "CORRUPT_FILE")) return undefined;
    throw error;
  }
}

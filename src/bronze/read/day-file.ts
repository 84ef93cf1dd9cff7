import {
  type AnyDataset,
  isCompactedName,
  type Layout,
  type Place,
  placeOf,
  type UnitPattern,
} from "../../dataset/index.js";
import { isDataName, joinPath, type Reading } from "../../storage/index.js";
import type { PrunedPart } from "../retained/retained-files.js";

/** One file of a day. */
export interface DayFile extends Place {
  readonly path: string;
  /** The folder of its unit, which holds the state that retention keeps. */
  readonly folder: string;
}

/** A part of a unit's history that was pruned. */
export interface PrunedFile {
  /** Where it lay; where not even that is known, the unit's state. */
  readonly path: string;
  /** Its place in the layout, and what is recorded of it; `undefined` where nothing is. */
  readonly known: { readonly file: DayFile; readonly facts: PrunedPart } | undefined;
}

/** A path as a file of a dataset, or `undefined` if it is not one of its data files. */
export function dayFileOf(dataset: AnyDataset, path: string): DayFile | undefined {
  const { folder, layout } = dataset;
  if (!path.startsWith(`${folder}/`)) return undefined;
  const below = path.slice(folder.length + 1);
  const place = placeOf(layout, below);
  if (!place) return undefined;
  const levels = below.split("/").slice(0, place.unitLevels);
  return { ...place, path, folder: levels.length === 0 ? folder : joinPath(folder, ...levels) };
}

function patternOf({ units }: Layout, { template }: Place): UnitPattern {
  return units.find(({ templates }) => templates.includes(template))!;
}

/** The folder in which retention keeps the state of a file's unit; `undefined` where the unit has none. */
export function unitFolderOf(dataset: AnyDataset, path: string): string | undefined {
  const file = dayFileOf(dataset, path);
  return file && patternOf(dataset.layout, file).fixesDates ? file.folder : undefined;
}

/** The compacted files below a unit's folder, relative to it. */
export async function compactedBelow(
  storage: Reading,
  dataset: AnyDataset,
  folder: string,
): Promise<string[]> {
  const found: string[] = [];
  const look = async (below: string): Promise<void> => {
    for (const { name, kind } of await storage.list(below === "" ? folder : joinPath(folder, below))) {
      const own = below === "" ? name : `${below}/${name}`;
      if (!isDataName(name)) continue;
      if (kind === "folder") await look(own);
      else if (isCompactedName(name) && dayFileOf(dataset, joinPath(folder, own))) found.push(own);
    }
  };
  await look("");
  return found;
}

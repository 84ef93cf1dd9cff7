import { BronzeError } from "../errors.js";
import { assertOptions, type OptionTable, text } from "../options.js";
import { aStorage, localDisk, type Storage } from "../storage/index.js";

/**
 * Where runs and pointers live: a folder, or a storage.
 *
 * @category Runs
 */
export type RunPlace =
  | {
      /** Folder that holds `runs/`. */
      readonly root: string;
      readonly storage?: undefined;
    }
  | {
      readonly root?: undefined;
      /** Where the bytes live, if not on local disk. */
      readonly storage: Storage;
    };

export const PLACE_OPTIONS: OptionTable<RunPlace> = { root: text, storage: aStorage };

/** A place that is a separate argument. @throws BronzeError `INVALID_ARGUMENT` */
export function storageAt(place: RunPlace, who: string): Storage {
  assertOptions(place ?? null, PLACE_OPTIONS, `The place of ${who}`);
  return storageOf(place, who);
}

/** @throws BronzeError `INVALID_ARGUMENT` unless exactly one of root and storage is given */
export function storageOf({ root, storage }: RunPlace, who: string): Storage {
  if ((root === undefined) === (storage === undefined))
    throw new BronzeError("INVALID_ARGUMENT", `${who} needs a root (a folder) or a storage, one of the two.`);
  return storage ?? localDisk(root as string);
}

import { BronzeError } from "../errors.js";
import { localDisk, type Storage } from "../storage/index.js";

/** Where runs and pointers live: a folder, or a storage. */
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

/** @throws BronzeError `INVALID_ARGUMENT` unless exactly one of root and storage is given */
export function storageOf({ root, storage }: RunPlace, who: string): Storage {
  if ((typeof root === "string") === (storage !== undefined))
    throw new BronzeError("INVALID_ARGUMENT", `${who} needs a root (a folder) or a storage, one of the two.`);
  return storage ?? localDisk(root as string);
}

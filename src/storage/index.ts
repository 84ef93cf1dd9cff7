export { aStorage } from "./a-storage.js";
export { filesAtOnce, MAX_IN_FLIGHT, mapConcurrently, mapReads, type Reading } from "./concurrent.js";
export { localDisk } from "./local/local-disk.js";
export { memoryStorage } from "./memory.js";
export { assertFolder, assertName, assertPath, isDataName, joinPath } from "./path.js";
export { readIfThere } from "./read-if-there.js";
export { type ScratchFolder, scratchFolder } from "./scratch-folder.js";
export type {
  LockOptions,
  ReleaseOptions,
  Storage,
  StorageEntry,
  StorageLock,
  StorageStat,
} from "./storage.js";
export { sayRemedy } from "./storage-error.js";

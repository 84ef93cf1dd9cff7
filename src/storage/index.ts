export { aStorage } from "./arguments.js";
export { filesAtOnce, MAX_IN_FLIGHT, mapConcurrently, mapReads, type Reading } from "./concurrent.js";
export { bytesOfInput, type InputFile, inputFiles } from "./local/input-files.js";
export { localDisk } from "./local/local-disk.js";
export { scratchFolder } from "./local/scratch-folder.js";
export { type SpillFile, type Stretch, spillFile } from "./local/spill-file.js";
export { isTempName } from "./local/temp-files.js";
export { memoryStorage } from "./memory.js";
export { assertFolder, assertName, assertPath, isDataName, joinPath } from "./path.js";
export {
  type LockingStorage,
  type LockOptions,
  type Locks,
  locksOf,
  type ReleaseOptions,
  readIfThere,
  type Storage,
  type StorageEntry,
  type StorageLock,
  type StorageStat,
} from "./storage.js";
export { sayRemedy } from "./storage-error.js";

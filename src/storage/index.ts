export { aStorage } from "./arguments.js";
export { filesAtOnce, MAX_IN_FLIGHT, mapConcurrently, mapReads } from "./concurrent.js";
export { isOfTool } from "./folders-of-tools.js";
export { KeptReads } from "./kept-reads.js";
export { listedTree } from "./listed-tree.js";
export { assertFolderThere, findUpwards, pathFrom, splitPath } from "./local/find-upwards.js";
export { bytesOfInput, type InputFile, inputFiles } from "./local/input-files.js";
export { localDisk } from "./local/local-disk.js";
export { writeOutput } from "./local/output-file.js";
export { scratchFolder } from "./local/scratch-folder.js";
export { type SpillFile, type Stretch, spillFile } from "./local/spill-file.js";
export { isTempName } from "./local/temp-files.js";
export { memoryStorage } from "./memory.js";
export { assertFolder, assertName, assertPath, isDataName, joinPath } from "./path.js";
export { metered, NO_COST, type ReadCost, unmetered } from "./read-cost.js";
export type { S3Credentials } from "./s3/requests.js";
export { type S3StorageOptions, s3Storage } from "./s3/s3-storage.js";
export {
  isStill,
  type LockingStorage,
  type LockOptions,
  type Locks,
  locksOf,
  type OpenedVersion,
  type Reading,
  type ReleaseOptions,
  readIfThere,
  type Storage,
  type StorageEntry,
  type StorageLock,
  type StorageStat,
  type TreeFile,
  writeBack,
} from "./storage.js";
export { sayRemedy } from "./storage-error.js";

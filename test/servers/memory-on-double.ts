import type { LockingStorage } from "../../src/storage/index.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";

/** An empty storage on a server's double of its own. */
export function memoryStorage(): LockingStorage {
  return storageOnDouble();
}

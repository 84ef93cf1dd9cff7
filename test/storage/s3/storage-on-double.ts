import type { LockingStorage } from "../../../src/storage/index.js";
import { s3StorageOver } from "../../../src/storage/s3/s3-storage.js";
import { serverDouble } from "./server-double.js";

export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI" };

/** A storage on a server in this process. It waits as little as it can, and its leases are never renewed by a timer. */
export function storageOnDouble(double = serverDouble(), options = {}): LockingStorage {
  return s3StorageOver(
    { bucket: "history", region: "eu-central-1", endpoint: "http://s3.test", credentials, ...options },
    {
      fetch: double.fetch,
      random: () => 0,
      wallMs: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5))),
      now: () => performance.now(),
      every: () => () => {},
    },
  );
}

import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import type { LockingStorage } from "../../src/storage/index.js";
import { s3Storage } from "../../src/storage/s3/s3-storage.js";

/** An empty storage on the server that runs: a prefix of its own. */
export function memoryStorage(): LockingStorage {
  const { endpoint, bucket, region, ...credentials } = inject("s3");
  return s3Storage({ endpoint, bucket, region, credentials, prefix: `tests/${randomUUID()}` });
}

import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import type { Storage } from "../../storage/index.js";

/**
 * Publishes data under the name of its content (`contentName`), if it is not there: the same file, left by a freeze that
 * was interrupted or by another process, is as good. What is there is never replaced, so whoever comes second cannot take
 * away what the first one's manifest names.
 *
 * @throws BronzeError `CORRUPT_FILE` where something else has that name
 */
export async function publishOutput(storage: Storage, path: string, bytes: Uint8Array): Promise<void> {
  if (await storage.publish(path, bytes)) return;
  if (sha256(await storage.read(path)) === sha256(bytes)) return;
  throw new BronzeError(
    "CORRUPT_FILE",
    `${path} is not what its name says: its SHA-256 is another. No manifest names it yet; remove it, and try again.`,
    { file: path },
  );
}

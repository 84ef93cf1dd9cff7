import { isBronzeError } from "../errors.js";
import type { Storage } from "./storage.js";

/** The bytes of a file, or `undefined` when there is none. */
export async function readIfThere(
  storage: Pick<Storage, "read">,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await storage.read(path);
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

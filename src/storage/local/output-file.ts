import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { BronzeError } from "../../errors.js";
import { localDisk } from "./local-disk.js";

/**
 * Writes a file of the user's own, anywhere on this machine, over what was there: whoever reads it gets the old one or the new
 * one, whole. Its folder has to be there; one that is made here would be one that nobody looks into.
 *
 * @throws BronzeError `NOT_FOUND` for the folder; `INVALID_PATH`, `NOT_A_FILE`, `STORAGE_FAILED`
 */
export async function writeOutput(file: string, content: string): Promise<void> {
  const folder = dirname(resolve(file));
  if (file === "" || !existsSync(folder))
    throw new BronzeError(
      "NOT_FOUND",
      `There is no folder ${JSON.stringify(folder)} to write ${JSON.stringify(file)} into; make it, or name another.`,
      { path: folder },
    );
  await localDisk(folder).replace(basename(file), new TextEncoder().encode(content));
}

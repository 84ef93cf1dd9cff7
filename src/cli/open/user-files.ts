import { BronzeError, isBronzeError } from "../../errors.js";
import { pathFrom, splitPath } from "../../storage/index.js";
import { library } from "./library.js";

/**
 * Writes a file of the user's own, whole or not at all.
 *
 * @param instead what to do where it is there already
 * @throws BronzeError `INVALID_ARGUMENT` where it is there already; of the storage
 */
export async function writeNew(
  cwd: string,
  path: string,
  text: string,
  instead = "Give another name, or remove it first.",
): Promise<void> {
  const { folder, name } = splitPath(pathFrom(cwd, path));
  const { localDisk } = await library();
  if (await localDisk(folder).publish(name, new TextEncoder().encode(text))) return;
  throw new BronzeError("INVALID_ARGUMENT", `${path} is there already. ${instead}`, { path });
}

/** A JSON file of the user's own. @throws BronzeError `NOT_FOUND`, `INVALID_ARGUMENT`; of the storage */
export async function readJson(cwd: string, path: string): Promise<unknown> {
  const { folder, name } = splitPath(pathFrom(cwd, path));
  const { localDisk } = await library();
  const bytes = await localDisk(folder)
    .read(name)
    .catch((error: unknown) => {
      throw isBronzeError(error, "NOT_FOUND")
        ? new BronzeError("NOT_FOUND", `There is no file ${path}.`, { path })
        : error;
    });
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new BronzeError("INVALID_ARGUMENT", `${path} is no JSON.`, { path }, { cause: error });
  }
}

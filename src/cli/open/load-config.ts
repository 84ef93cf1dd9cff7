import { fileURLToPath } from "node:url";
import type { Config } from "../../config/index.js";
import { BronzeError } from "../../errors.js";
import { saidBy, shown } from "../../shown.js";
import { findUpwards, pathFrom } from "../../storage/index.js";
import { library } from "./library.js";

const CONFIG_NAMES = [
  "bronzestore.config.ts",
  "bronzestore.config.mts",
  "bronzestore.config.js",
  "bronzestore.config.mjs",
] as const;

/** The config that is asked for, or the nearest one. @throws BronzeError `STORAGE_FAILED` */
export function findConfig(folder: string, asked: string | undefined): Promise<string | undefined> {
  return asked === undefined ? findUpwards(folder, CONFIG_NAMES) : Promise.resolve(pathFrom(folder, asked));
}

/**
 * Loads a config, in TypeScript or not. What it imports from "bronzestore" is the very library that the command line uses:
 * of another copy, classes would not be known.
 *
 * @throws BronzeError `INVALID_ARGUMENT` for one that cannot be loaded or exports no config; `NOT_FOUND`
 */
export async function loadConfig(path: string): Promise<Config> {
  const module = (await loadModule(path)) as { readonly default?: Config };
  const { defineConfig } = await library();
  if (!Object.keys(module).includes("default"))
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${path} has no default export; write export default defineConfig({ ... }).`,
    );
  return defineConfig(module.default!);
}

/** A module of the user's own, in TypeScript or not. @throws BronzeError `NOT_FOUND`, `INVALID_ARGUMENT` */
export async function loadModule(path: string): Promise<object> {
  if ((await findUpwards(pathFrom(path, ".."), [path])) !== path)
    throw new BronzeError("NOT_FOUND", `There is no file ${shown(path)}.`);
  const { createJiti } = await import("jiti");
  const [own, zod] = await Promise.all([library(), import("bronzestore/zod")]);
  const jiti = createJiti(fileURLToPath(import.meta.url), {
    virtualModules: { bronzestore: own, "bronzestore/zod": zod },
  });
  try {
    return await jiti.import(path);
  } catch (error) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${path} cannot be loaded: ${saidBy(error)}`,
      { path },
      { cause: error },
    );
  }
}

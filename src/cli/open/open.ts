import type { BronzeStore, GoldStore } from "bronzestore";
import type { Config } from "../../config/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { assertFolderThere, pathFrom, type Storage, splitPath } from "../../storage/index.js";
import type { TreeFlags } from "../arguments/flags.js";
import { type Io, note } from "../output/io.js";
import { definitionOf, guessDatasets, guessText } from "./guess.js";
import { library } from "./library.js";
import { findConfig, loadConfig } from "./load-config.js";

/** A tree that a command works on. */
interface Tree {
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  readonly storage: Storage;
  /** `undefined` where the datasets were guessed. */
  readonly config: Config | undefined;
  /** The files of a dataset that was guessed, in the folder's own storage; `undefined` with a config. */
  readonly guessed?: { readonly storage: Storage; filesOf(dataset: string): readonly string[] };
  /** The present, in epoch nanoseconds. */
  readonly clock: () => bigint;
}

/**
 * The tree that the flags and the folder name, by its config.
 *
 * @throws BronzeError `NOT_FOUND` where there is no config; `INVALID_ARGUMENT` of the config
 */
export async function openTree(io: Io, flags: TreeFlags): Promise<Tree & { readonly config: Config }> {
  if (flags.root !== undefined)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "--root guesses a layout, which only ls and show do; this command needs a config (bronzestore init writes one).",
    );
  const path = await findConfig(io.cwd, flags.config);
  if (path === undefined) throw noConfig(io.cwd);
  return treeOfConfig(io, path);
}

/**
 * The same, or where there is no config, what the folder seems to hold; what was guessed goes to stderr.
 *
 * @param only the dataset that is needed; default: all
 */
export async function openOrGuess(io: Io, flags: TreeFlags, only?: string): Promise<Tree> {
  if (flags.root !== undefined && flags.config !== undefined)
    throw new BronzeError("INVALID_ARGUMENT", "Give --config or --root, one of the two.");
  const path = flags.root === undefined ? await findConfig(io.cwd, flags.config) : undefined;
  if (path !== undefined) return treeOfConfig(io, path);
  const root = pathFrom(io.cwd, flags.root ?? ".");
  await assertFolderThere(root);
  const lib = await library();
  const storage = lib.localDisk(root);
  const { folder: above, name } = splitPath(root);
  const guesses = await guessDatasets(storage, { only, top: name });
  // Files at the very top have no folder of a dataset below the root: it is the root's own.
  const atTop = guesses.some(({ folder }) => folder === "");
  const datasets: AnyDataset[] = [];
  for (const guess of guesses) {
    for (const line of guessText(guess, "UTC")) note(io, line);
    const own = atTop ? { ...guess, folder: guess.folder === "" ? name : `${name}/${guess.folder}` } : guess;
    datasets.push(await definitionOf(own, "UTC"));
  }
  const clock = clockOf(io, undefined);
  const guessed = {
    storage,
    filesOf: (dataset: string) => guesses.find(({ name }) => name === dataset)?.paths ?? [],
  };
  const bronze = new lib.BronzeStore({ storage: atTop ? lib.localDisk(above) : storage, datasets, clock });
  return { bronze, storage: bronze.storage, config: undefined, guessed, clock };
}

/** The gold store of a config. @throws BronzeError `INVALID_ARGUMENT` where it has none */
export async function goldOf({
  bronze,
  storage,
  config,
  clock,
}: Tree): Promise<GoldStore<readonly AnyDataset[]>> {
  if (!config?.gold)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "The config says nothing of gold: add gold: { timeZone, ... } to it.",
    );
  const { build: _, parameters: _p, requireInputs: _r, knownBy: _k, ...options } = config.gold;
  const { GoldStore } = await library();
  return new GoldStore({ clock, ...options, storage, bronze });
}

async function treeOfConfig(io: Io, path: string): Promise<Tree & { readonly config: Config }> {
  const config = await loadConfig(path);
  const lib = await library();
  const clock = clockOf(io, config.clock);
  const storage = config.storage ?? lib.localDisk(pathFrom(splitPath(path).folder, config.root!));
  const bronze = new lib.BronzeStore({ storage, datasets: config.datasets, clock });
  return { bronze, storage, config, clock };
}

function clockOf(io: Io, given: (() => bigint) | undefined): () => bigint {
  return given ?? io.clock ?? (() => BigInt(Date.now()) * 1_000_000n);
}

function noConfig(folder: string): BronzeError {
  return new BronzeError(
    "NOT_FOUND",
    `There is no bronzestore.config.ts in ${folder} or above. bronzestore init writes one; ls and show do without.`,
  );
}

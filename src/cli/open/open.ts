import type { BronzeStore, Diagnosis, GoldStore } from "bronzestore";
import type { Config } from "../../config/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { assertFolderThere, pathFrom, type Storage, splitPath } from "../../storage/index.js";
import type { TreeFlags } from "../arguments/flags.js";
import { type Io, note } from "../output/io.js";
import type { LiveIo } from "../output/progress.js";
import { definitionOf, guessDatasets, guessText } from "./guess.js";
import type { GuessedDataset } from "./guess-columns.js";
import { library } from "./library.js";
import { findConfig, loadConfig } from "./load-config.js";
import { watchedStorage } from "./watched-storage.js";

/** A tree that a command works on. */
export interface Tree {
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  readonly storage: Storage;
  /** `undefined` where the datasets were guessed. */
  readonly config: Config | undefined;
  /** The files of a dataset that was guessed, in the folder's own storage; `undefined` with a config. */
  readonly guessed?: { readonly storage: Storage; filesOf(dataset: string): readonly string[] };
  /** The present, in epoch nanoseconds. */
  readonly clock: () => bigint;
  /** Says how many more reads there will be, so that the progress has an end; there only where somebody looks at it. */
  readonly expectReads?: (more: number) => void;
}

/**
 * The tree that the flags and the folder name, by its config.
 *
 * @throws BronzeError `NOT_FOUND` where there is no config; `INVALID_ARGUMENT` of the config
 */
export async function openTree(io: LiveIo, flags: TreeFlags): Promise<Tree & { readonly config: Config }> {
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
export async function openOrGuess(io: LiveIo, flags: TreeFlags, only?: string): Promise<Tree> {
  if (flags.root !== undefined && flags.config !== undefined)
    throw new BronzeError("INVALID_ARGUMENT", "Give --config or --root, one of the two.");
  const path = flags.root === undefined ? await findConfig(io.cwd, flags.config) : undefined;
  if (path !== undefined) return treeOfConfig(io, path);
  const { guesses, storage, above } = await guessFolder(io, flags.root ?? ".", only);
  const lib = await library();
  const datasets: AnyDataset[] = [];
  for (const guess of guesses) {
    for (const line of guessText(guess, "UTC")) note(io, line);
    datasets.push(await definitionOf(guess, "UTC"));
  }
  const clock = clockOf(io, undefined);
  const guessed = {
    storage: above ?? storage,
    filesOf: (dataset: string) => guesses.find(({ name }) => name === dataset)?.paths ?? [],
  };
  const bronze = new lib.BronzeStore({ storage: above ?? storage, datasets, clock });
  return { bronze, storage: bronze.storage, config: undefined, guessed, clock };
}

/** What a folder seems to hold. */
interface GuessedFolder {
  /** Their folders are below `above`, where that is there, else below the folder. */
  readonly guesses: readonly GuessedDataset[];
  readonly storage: Storage;
  /** The folder above it: files at the very top have no folder of a dataset below the folder, which then is the dataset's. */
  readonly above: Storage | undefined;
}

/** @throws BronzeError `NOT_FOUND`, `UNKNOWN_DATASET`; of the files */
export async function guessFolder(io: Io, folder: string, only?: string): Promise<GuessedFolder> {
  const root = pathFrom(io.cwd, folder);
  await assertFolderThere(root);
  const { localDisk } = await library();
  const storage = localDisk(root);
  const { folder: parent, name } = splitPath(root);
  const guesses = await guessDatasets(storage, { only, top: name });
  if (guesses.every((guess) => guess.folder !== "")) return { guesses, storage, above: undefined };
  const fromAbove = guesses.map((guess) => ({
    ...guess,
    folder: guess.folder === "" ? name : `${name}/${guess.folder}`,
    paths: guess.paths.map((path) => `${name}/${path}`),
  }));
  return { guesses: fromAbove, storage, above: localDisk(parent) };
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

/** What looks for what is wrong with a tree. */
export async function doctorOf({ bronze, storage, clock }: Tree): Promise<() => Promise<Diagnosis>> {
  const { doctor } = await library();
  return () => doctor({ storage }, { datasets: bronze.datasets, clock });
}

async function treeOfConfig(io: LiveIo, path: string): Promise<Tree & { readonly config: Config }> {
  const config = await loadConfig(path);
  const lib = await library();
  const clock = clockOf(io, config.clock);
  const own = config.storage ?? lib.localDisk(pathFrom(splitPath(path).folder, config.root!));
  const { storage, ...seen } = io.stderr.isTTY ? await watched(io, own) : { storage: own };
  const bronze = new lib.BronzeStore({ storage, datasets: config.datasets, clock });
  return { bronze, storage, config, clock, ...seen };
}

/** The same storage, and a line that says how much was read of it. */
async function watched(io: LiveIo, own: Storage): Promise<Pick<Tree, "storage" | "expectReads">> {
  const progress = await io.begin("reading");
  let [done, bytes] = [0, 0];
  let total: number | undefined;
  const storage = watchedStorage(own, (more, moreBytes) => {
    done += more;
    bytes += moreBytes;
    progress.tell({ done, bytes, unit: "reads", ...(total !== undefined && { total }) });
  });
  return {
    storage,
    expectReads(more) {
      total = done + more;
    },
  };
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

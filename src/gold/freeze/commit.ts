import { isRegistered, listDays, lockCommits, partsNamed, registerGold } from "../../bronze/index.js";
import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { wellFormed } from "../../json/index.js";
import { type Locks, locksOf } from "../../storage/index.js";
import { formatInstant } from "../../time/index.js";
import { giveBack } from "../../trash/index.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { contentOf, type ManifestFile, type ManifestInput } from "../manifest/manifest.js";
import { ownId, storeIdOf } from "../manifest/store-id.js";

type Gold = GoldContext<readonly AnyDataset[]>;

/**
 * The locks of a gold store, for work that ends in a commit, which also takes a lock of bronze.
 * @throws BronzeError `LOCK_UNAVAILABLE` where either has none
 */
export function locksToCommit({ storage, bronze }: Gold, what: string): Locks {
  locksOf(bronze.storage, what);
  return locksOf(storage, what);
}

/** What is committed over some inputs: a file that is published once. */
interface Committed {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Commits a manifest only while every file it names is what a reader finds, and after its store is registered with
 * bronze: from then on retention knows of it.
 *
 * The inputs are looked at again once it is out: a lock that is a lease may have been lost in between. Either the plan that
 * committed meanwhile sees the manifest then, and takes itself back, or its commit is seen here, and what it took of them is
 * given back: the manifest stays, since others may have read it.
 *
 * @param inputs the manifest's bronze files
 * @returns whether these bytes are the file now; `false` where there was one
 * @throws BronzeError `INPUTS_MOVED` when retention removed one since it was read, and it cannot be given back: then nothing
 * is committed; `GOLD_UNREGISTERED` where bronze cannot be written
 */
export async function commitOver(
  gold: Gold,
  inputs: readonly ManifestInput[],
  { path, bytes }: Committed,
): Promise<boolean> {
  const lock = await inBronze(gold, () => lockCommits(gold.bronze.storage));
  try {
    const moved = await movedInput(gold, inputs);
    if (moved) throw inputMoved(moved);
    await register(gold);
    if (!(await gold.storage.publish(path, bytes))) return false;
    const lost = await keepInputs(gold, inputs);
    if (!lost) return true;
    await gold.storage.remove(path);
    throw inputMoved(lost);
  } finally {
    await lock.release();
  }
}

/** A bronze file that a manifest names, and that no reader finds any more. */
type MovedInput = ManifestFile & { readonly dataset: string };

/**
 * Gives back what plans took of the inputs that decide an answer; others may go.
 * @returns one that is gone for good
 */
async function keepInputs(gold: Gold, inputs: readonly ManifestInput[]): Promise<MovedInput | undefined> {
  const deciding = inputs.map((input) => ({
    ...input,
    files: (input.files as readonly ManifestFile[]).filter((file) => !("decides" in file) || file.decides),
  })) as readonly ManifestInput[];
  for (let attempt = 1; ; attempt++) {
    const gone = await movedInput(gold, deciding);
    if (!gone || attempt === MAX_ATTEMPTS) return gone;
    try {
      const { path, sha256 } = gone;
      const content = contentOf(gone);
      await giveBack(gold.bronze.storage, { path, sha256, ...(content !== undefined && { content }) });
    } catch (error) {
      if (isBronzeError(error, "RETENTION_REFUSED")) return gone;
      if (!isBronzeError(error, "LOCK_LOST")) throw error; // another changed the day: look again
    }
  }
}

/** Each file needs a plan of its own that took it. */
const MAX_ATTEMPTS = 16;

/** An input that is not what a reader finds: neither a file nor a part of one. */
async function movedInput(
  { bronze }: Gold,
  inputs: readonly ManifestInput[],
): Promise<MovedInput | undefined> {
  for (const { dataset, dates, prefer, include_runs: includeRuns, files } of inputs) {
    const days = await listDays(bronze.storage, bronze.dataset(dataset), dates, { prefer, includeRuns });
    const listed = days.flatMap((day) => day.files);
    const found = new Set(listed.map(({ path }) => path));
    let gone: ManifestFile | undefined = files.find(({ path }) => !found.has(path));
    if (!gone) continue;
    for (const { path, folder } of listed.filter((file) => isCompactedName(file.path)))
      for (const { content } of (await partsNamed(bronze.storage, folder, path)) ?? []) found.add(content);
    gone = files.find((file) => !found.has(file.path) && !found.has(contentOf(file) ?? file.path));
    if (gone) return { ...gone, dataset };
  }
  return undefined;
}

function inputMoved({ path, dataset }: MovedInput): BronzeError {
  return new BronzeError(
    "INPUTS_MOVED",
    `${path} was pruned or compacted while it was frozen from; freeze again.`,
    { file: path, dataset },
  );
}

/**
 * Registers the store with bronze: its own id first, then the registration. A crash between the two leaves an id that
 * is not registered, and nothing committed; the next commit continues from there.
 */
async function register(gold: Gold): Promise<void> {
  const { storage, bronze, clock } = gold;
  const id = await ownId(storage);
  if (await isRegistered(bronze.storage, id)) return;
  const root = (await sharesRoot(gold, id)) ? "." : wellFormed(storage.description);
  await inBronze(gold, () =>
    registerGold(bronze.storage, { id, root, registeredAt: formatInstant(clock()) }),
  );
}

/**
 * Whether gold is under the root of its bronze. The storages need not be one object to have one root: the id shows it.
 */
async function sharesRoot({ bronze }: Gold, id: string): Promise<boolean> {
  try {
    return (await storeIdOf(bronze.storage)) === id;
  } catch (error) {
    if (isBronzeError(error, "RETENTION_INVALID")) return false; // another store's, and damaged
    throw error;
  }
}

/** System errors of a read-only disk. */
const READ_ONLY = ["EROFS", "EACCES", "EPERM"];

/** Explains what a read-only bronze means for gold. */
async function inBronze<T>({ bronze }: Gold, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = isBronzeError(error, "STORAGE_FAILED") ? error.details.cause : undefined;
    if (!READ_ONLY.includes(cause as string)) throw error;
    throw new BronzeError(
      "GOLD_UNREGISTERED",
      `The gold store cannot be registered with its bronze (${bronze.storage.description}), which retention would then take ` +
        `inputs from: ${(error as BronzeError).message}. Nothing was committed; give this user access to bronze/_gold there.`,
      {},
      { cause: error },
    );
  }
}

import { listDay } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { locksOf, mapReads, type Storage, type StorageLock } from "../../storage/index.js";
import type { GoldContext } from "../gold-context.js";
import type { ManifestInput } from "../manifest.js";

/**
 * Held for a moment by whoever commits: a freeze its manifest, a plan what it removes. So neither can come between the
 * other's last look and its commit.
 */
export async function lockCommits(storage: Storage): Promise<StorageLock> {
  return await locksOf(storage, "a commit").lock("gold/.commit.lock");
}

/**
 * Commits a manifest only while every file it names is what a reader finds.
 *
 * @throws BronzeError `INPUTS_MOVED` when retention took one since it was read
 */
export async function commitOver<T>(
  { storage, bronze }: GoldContext<readonly AnyDataset[]>,
  inputs: readonly ManifestInput[],
  commit: () => Promise<T>,
): Promise<T> {
  const lock = await lockCommits(storage);
  try {
    for (const { dataset, dates, prefer, include_runs: includeRuns, files } of inputs) {
      const days = await mapReads(bronze.storage, dates, (storage, date) =>
        listDay(storage, bronze.dataset(dataset), date, { prefer, includeRuns }),
      );
      const found = new Set(days.flatMap((day) => day.files.map(({ path }) => path)));
      const gone = files.find(({ path }) => !found.has(path));
      if (gone) {
        throw new BronzeError(
          "INPUTS_MOVED",
          `${gone.path} was pruned or compacted while it was frozen from; freeze again.`,
          { file: gone.path, dataset },
        );
      }
    }
    return await commit();
  } finally {
    await lock.release();
  }
}

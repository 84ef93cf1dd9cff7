import { trashPath, trashRecords } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import { assertOptions, given, type OptionTable, required } from "../../options.js";
import { type DurationLike, toDurationNs, toEpochNs } from "../../time/index.js";
import type { GoldContext } from "../gold-context.js";
import { oneAtATime } from "./apply-plan.js";
import { keptByManifests } from "./kept-by-manifests.js";
import { assertReplaced } from "./replacement.js";
import { isWhole, removeRecord } from "./trash.js";

/** What to delete. */
export interface EmptyTrashOptions {
  /** How long ago it went to the trash, at least. */
  readonly olderThan: DurationLike;
}

const OPTIONS: OptionTable<EmptyTrashOptions> = { olderThan: required(given) };

/** What emptying the trash did. */
export interface EmptiedTrash {
  /** Plans whose files are gone for good. */
  readonly plans: readonly string[];
  readonly filesDeleted: number;
  readonly bytesDeleted: number;
  /** Plans still in the trash: too young, or not finished. */
  readonly left: readonly string[];
}

/**
 * Deletes what was put in the trash long enough ago, once what takes its place has been read back and every manifest
 * read again. Interrupted, it can be run again: the record goes last.
 *
 * @throws BronzeError `RETENTION_INVALID` where a day's state or a replacement is damaged, `RETENTION_REFUSED` where a
 * manifest names a file that lies in the trash alone, and as `parseManifest`; nothing of that plan was deleted then
 */
export async function emptyTrash(
  gold: GoldContext<readonly AnyDataset[]>,
  options: EmptyTrashOptions,
): Promise<EmptiedTrash> {
  assertOptions(options, OPTIONS, "emptyTrash");
  const { olderThan } = options;
  const { storage } = gold.bronze;
  const latestNs = gold.clock() - toDurationNs(olderThan, "olderThan");
  return oneAtATime(storage, async () => {
    const plans: string[] = [];
    const left: string[] = [];
    let filesDeleted = 0;
    let bytesDeleted = 0;
    const kept = await keptByManifests(gold.storage);
    for (const { plan, finishedAt } of await trashRecords(storage)) {
      if (finishedAt === null || toEpochNs(finishedAt) > latestNs) {
        left.push(plan.id);
        continue;
      }
      for (const day of plan.days) {
        for (const file of day.remove) {
          const manifest = kept.files.get(file.path);
          if (manifest === undefined || (await isWhole(storage, file))) continue;
          throw new BronzeError(
            "RETENTION_REFUSED",
            `${manifest} names ${file.path}, which lies in the trash of plan ${plan.id}. Restore the plan.`,
            { plan: plan.id, file: file.path, manifest },
          );
        }
        await assertReplaced(gold, plan.id, day);
      }
      for (const { path, sizeBytes } of plan.days.flatMap(({ remove }) => remove)) {
        if (!(await storage.remove(trashPath(plan.id, path)))) continue;
        filesDeleted++;
        bytesDeleted += sizeBytes;
      }
      await removeRecord(storage, plan.id);
      plans.push(plan.id);
    }
    return { plans, filesDeleted, bytesDeleted, left };
  });
}

import type { AnyDataset } from "../../dataset/index.js";
import { assertOptions, given, type OptionTable, required } from "../../options.js";
import { type DurationLike, toDurationNs, toEpochNs } from "../../time/index.js";
import type { GoldContext } from "../gold-context.js";
import { oneAtATime } from "./apply-plan.js";
import { removeRecord, trashPath, trashRecords } from "./trash.js";

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

/** Deletes what was put in the trash long enough ago. Interrupted, it can be run again: the record goes last. */
export async function emptyTrash(
  { bronze: { storage }, clock }: GoldContext<readonly AnyDataset[]>,
  options: EmptyTrashOptions,
): Promise<EmptiedTrash> {
  assertOptions(options, OPTIONS, "emptyTrash");
  const { olderThan } = options;
  const latestNs = clock() - toDurationNs(olderThan, "olderThan");
  return oneAtATime(storage, async () => {
    const plans: string[] = [];
    const left: string[] = [];
    let filesDeleted = 0;
    let bytesDeleted = 0;
    for (const { plan, finishedAt } of await trashRecords(storage)) {
      if (finishedAt === null || toEpochNs(finishedAt) > latestNs) {
        left.push(plan.id);
        continue;
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

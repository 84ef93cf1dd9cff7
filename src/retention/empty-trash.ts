import { trashPath, trashRecords } from "../bronze/index.js";
import { BronzeError } from "../errors.js";
import { assertOptions, given, type OptionTable, required } from "../options.js";
import { shown } from "../shown.js";
import type { Storage } from "../storage/index.js";
import { type DurationLike, toDurationNs, toEpochNs } from "../time/index.js";
import { oneAtATime } from "./apply-plan.js";
import { keptByManifests, lostOf, type NamedPart, type RetentionContext } from "./kept/manifests.js";
import { assertReplaced } from "./proof/assert-replaced.js";
import { removeRecord } from "./state/trash.js";
import { isWhole } from "./state/trash-files.js";

/**
 * What to delete.
 *
 * @category Retention
 */
export interface EmptyTrashOptions {
  /** How long ago it went to the trash, at least; a day or more. */
  readonly olderThan: DurationLike;
}

export const EMPTY_TRASH_OPTIONS: OptionTable<EmptyTrashOptions> = { olderThan: required(given) };

/** What goes for good can be taken back for a day at least: long enough that somebody asks for it. */
const SHORTEST_NS = 86_400_000_000_000n;

/**
 * What emptying the trash did.
 *
 * @category Retention
 */
export interface EmptiedTrash {
  /** Plans whose files are gone for good. */
  readonly plans: readonly string[];
  readonly filesDeleted: number;
  readonly bytesDeleted: number;
  /** Plans still in the trash: too young, or not finished. */
  readonly left: readonly string[];
}

/**
 * Deletes what has been in the trash long enough, after its replacement and every manifest were read again. If
 * interrupted, it can be run again: the record is removed last.
 *
 * @throws BronzeError `INVALID_DURATION` for less than a day, `RETENTION_INVALID` where a day's state or a replacement is
 * damaged, `RETENTION_REFUSED` where a manifest names a file that is only in the trash, and as `parseManifest`; then nothing
 * of that plan was deleted
 */
export async function emptyTrash(
  context: RetentionContext,
  options: EmptyTrashOptions,
): Promise<EmptiedTrash> {
  assertOptions(options, EMPTY_TRASH_OPTIONS, "emptyTrash");
  const { storage } = context.bronze;
  const latestNs = context.clock() - shortestOrMore(options.olderThan);
  return oneAtATime(storage, async () => {
    const plans: string[] = [];
    const left: string[] = [];
    let filesDeleted = 0;
    let bytesDeleted = 0;
    const kept = await keptByManifests(context);
    const records = await trashRecords(storage);
    for (const { plan, finishedAt } of records) {
      if (finishedAt === null || toEpochNs(finishedAt) > latestNs) {
        left.push(plan.id);
        continue;
      }
      for (const day of plan.days) {
        for (const file of day.remove) {
          const held = kept.heldBy(file.path);
          if (held !== undefined && !(await isWhole(storage, file))) throw isNeeded(plan.id, file.path, held);
          for (const part of lostOf(day, file)) {
            const keeper = kept.decidedBy(part);
            if (keeper && !(await isThere(storage, part)))
              throw isNeeded(plan.id, part.path, keeper.manifest);
          }
        }
        await assertReplaced(context, plan.id, day, records);
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

function isNeeded(plan: string, file: string, manifest: string): BronzeError {
  return new BronzeError(
    "RETENTION_REFUSED",
    `${manifest} names ${file}, which is in the trash of plan ${plan}. Restore the plan.`,
    { plan, file, manifest },
  );
}

async function isThere(storage: Storage, { path, sha256 }: NamedPart): Promise<boolean> {
  return sha256 !== undefined && (await isWhole(storage, { path, sha256 }));
}

function shortestOrMore(olderThan: DurationLike): bigint {
  const ns = toDurationNs(olderThan, "olderThan");
  if (ns >= SHORTEST_NS) return ns;
  throw new BronzeError(
    "INVALID_DURATION",
    `olderThan is ${shown(olderThan)}, and nothing is deleted for good within a day. Pass "P1D" or more.`,
    { value: olderThan },
  );
}

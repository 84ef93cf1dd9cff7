import {
  lockCommits,
  type PlannedDay,
  recordPath,
  type TrashRecord,
  trashPath,
  trashRecords,
} from "../bronze/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { assertOptions, given, type OptionTable, required } from "../options.js";
import { shown } from "../shown.js";
import type { Storage } from "../storage/index.js";
import { type DurationLike, toDurationNs, toEpochNs } from "../time/index.js";
import {
  giveBackDay,
  isCommitted,
  isWhole,
  lostOf,
  type NamedPart,
  readState,
  sealState,
} from "../trash/index.js";
import { oneAtATime } from "./apply-plan.js";
import { type Kept, keptByManifests, type RetentionContext } from "./kept/manifests.js";
import { assertReplaced } from "./proof/assert-replaced.js";

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
  /** Plans still in the trash: too young, not finished, or given back. */
  readonly left: readonly string[];
  /** Plans of which days were given back, since a manifest names what is only in the trash. */
  readonly givenBack: readonly string[];
}

/**
 * Deletes what has been in the trash long enough, after its replacement and every manifest were read again. If
 * interrupted, it can be run again: the record is removed last.
 *
 * @throws BronzeError `INVALID_DURATION` for less than a day, `RETENTION_INVALID` where a day's state or a replacement is
 * damaged, `RETENTION_REFUSED` where a manifest names a file that is only in the trash and cannot be given back, and as
 * `parseManifest`; then nothing of that plan was deleted
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
    const givenBack: string[] = [];
    let filesDeleted = 0;
    let bytesDeleted = 0;
    const kept = await keptByManifests(context);
    const records = await trashRecords(storage);
    for (const record of records) {
      const { plan, finishedAt } = record;
      if (finishedAt === null || toEpochNs(finishedAt) > latestNs) {
        left.push(plan.id);
        continue;
      }
      if (await giveBackNamed(storage, record, kept, records)) {
        givenBack.push(plan.id);
        left.push(plan.id);
        continue;
      }
      for (const day of plan.days) await assertReplaced(context, plan.id, day, records);
      for (const { path, sizeBytes } of plan.days.flatMap(({ remove }) => remove)) {
        if (!(await storage.remove(trashPath(plan.id, path)))) continue;
        filesDeleted++;
        bytesDeleted += sizeBytes;
      }
      await storage.remove(recordPath(plan.id));
      plans.push(plan.id);
    }
    return { plans, filesDeleted, bytesDeleted, left, givenBack };
  });
}

/**
 * Gives days of a plan back whose files a manifest names: it was frozen by a process that had lost the lock, or was copied
 * there since.
 *
 * @returns whether there was one
 * @throws BronzeError `RETENTION_REFUSED` where one cannot be given back
 */
async function giveBackNamed(
  storage: Storage,
  record: TrashRecord,
  kept: Kept,
  records: readonly TrashRecord[],
): Promise<boolean> {
  const { id, days } = record.plan;
  let isGiven = false;
  for (const day of days) {
    const needed = await neededOf(storage, day, kept);
    if (!needed) continue;
    const state = await readState(storage, day.folder, records);
    if (!isCommitted(state, id, day)) continue;
    const lock = await lockCommits(storage);
    try {
      await sealState(storage, day.folder, state);
      await giveBackDay(storage, record, day);
      isGiven = true;
    } catch (error) {
      if (!isBronzeError(error, "RETENTION_REFUSED")) throw error;
      throw isNeeded(id, needed.file, needed.manifest, error);
    } finally {
      await lock.release();
    }
  }
  return isGiven;
}

/** A part that a day lost and a manifest names. */
async function neededOf(
  storage: Storage,
  day: PlannedDay,
  kept: Kept,
): Promise<{ readonly file: string; readonly manifest: string } | undefined> {
  for (const file of day.remove) {
    const manifest = kept.heldBy(file.path);
    if (manifest !== undefined && !(await isWhole(storage, file))) return { file: file.path, manifest };
    for (const part of lostOf(day, file)) {
      const keeper = kept.decidedBy(part);
      if (keeper && !(await isThere(storage, part))) return { file: part.path, manifest: keeper.manifest };
    }
  }
  return undefined;
}

function isNeeded(plan: string, file: string, manifest: string, cause: BronzeError): BronzeError {
  return new BronzeError(
    "RETENTION_REFUSED",
    `${manifest} names ${file}, which is in the trash of plan ${plan} and cannot be given back: ${cause.message}`,
    { plan, file, manifest },
    { cause },
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

import { TRASH, trashPath } from "../../bronze/index.js";
import { BronzeError } from "../../errors.js";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../../json/index.js";
import { joinPath, type Reading, readIfThere, type Storage } from "../../storage/index.js";
import { toEpochNs } from "../../time/index.js";
import {
  assertInPlace,
  copiedFiles,
  putBack,
  putBackMissing,
  removals,
  removeCopies,
} from "../../trash/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { readPrunedDay, writePrunedDay } from "../pruned-runs.js";
import { type PlannedRunFile, type PlannedRuns, parseRunPlan, type RunPlan } from "./run-plan.js";

/** Another name than that of a plan over days, whose readers pass over folders without theirs. */
const RECORD = "_runs.json";

const recordSchema = lazySchema(() => {
  const z = zod();
  return z.object({
    format: z.literal("bronzestore.runs-trash"),
    version: z.literal(1),
    plan: z.unknown(),
    begun_at: z.string(),
    done_at: z.string().nullable(),
    digest: z.string(),
  });
});

const KIND: SealedKind<typeof recordSchema> = {
  schema: recordSchema,
  name: "trash record of runs",
  version: 1,
  advice: "Without it the files next to it are unknown; restore it.",
  codes: { invalid: "RETENTION_INVALID", newer: "RETENTION_INVALID", tampered: "RETENTION_INVALID" },
};

/** What is in one folder of the trash, and why. */
interface RunTrash {
  readonly plan: RunPlan;
  readonly startedAt: string;
  /** `null` while it is running, or after it was interrupted. */
  readonly finishedAt: string | null;
}

/** The path of a plan's record. */
export function runTrashPath(plan: string): string {
  return trashPath(plan, RECORD);
}

/** Every plan over runs in the trash, oldest first. @throws BronzeError `RETENTION_INVALID` */
export async function runTrash(storage: Reading): Promise<RunTrash[]> {
  const records: RunTrash[] = [];
  for (const { name, kind } of await storage.list(TRASH)) {
    if (kind !== "folder") continue;
    const inFolder = await storage.list(joinPath(TRASH, name));
    if (!inFolder.some((entry) => entry.name === RECORD)) continue;
    const record = parseRunTrash(await storage.read(runTrashPath(name)), runTrashPath(name));
    if (record.plan.id !== name)
      throw new BronzeError(
        "RETENTION_INVALID",
        `${runTrashPath(name)} is the record of another plan: ${record.plan.id}. Restore it.`,
        { file: runTrashPath(name), plan: record.plan.id },
      );
    records.push(record);
  }
  return records.sort((a, b) => Number(toEpochNs(a.startedAt) - toEpochNs(b.startedAt)));
}

/** @throws BronzeError `RETENTION_INVALID` */
export function parseRunTrash(bytes: Uint8Array, at: string): RunTrash {
  const { plan, begun_at, done_at } = parseSealed(bytes, at, KIND);
  return { plan: parseRunPlan(plan, at), startedAt: begun_at, finishedAt: done_at };
}

/** Ids of plans over runs that were begun and not finished. */
export async function unfinishedRunPlans(storage: Reading): Promise<string[]> {
  const records = await runTrash(storage);
  return records.filter(({ finishedAt }) => finishedAt === null).map(({ plan }) => plan.id);
}

/**
 * Writes a plan's record. It exists before anything else of the plan, so nothing can be left behind unrecorded. Whoever wrote
 * it last, it is of the same plan, and what is said of a day tells what of it is in effect: so it is replaced.
 */
export async function writeRunTrash(
  storage: Storage,
  { plan, startedAt, finishedAt }: RunTrash,
): Promise<void> {
  const path = runTrashPath(plan.id);
  const record = seal({
    format: "bronzestore.runs-trash",
    version: 1,
    plan,
    begun_at: startedAt,
    done_at: finishedAt,
  });
  await storage.replace(
    path,
    encodeReadBack(record, path, (bytes, at) => parseSealed(bytes, at, KIND)),
  );
}

/** Removes a plan's record, the last file of its trash; of one that is in effect, because a lock was lost, it is put back. */
export async function removeRunTrash(storage: Storage, { id, days }: RunPlan): Promise<void> {
  const path = runTrashPath(id);
  const bytes = await readIfThere(storage, path);
  if (!bytes) return;
  const record = removals(storage, async () => {
    for (const { folder } of days) if (await hasPruned(storage, folder, id)) return false;
    return true;
  });
  await record.remove(path, bytes);
  await record.end();
}

/** Whether a plan pruned runs of a day, and was not taken back. */
async function hasPruned(storage: Storage, folder: string, plan: string): Promise<boolean> {
  return (await readPrunedDay(storage, folder)).runs.some((run) => run.plan === plan);
}

/**
 * Removes the copies in the trash of a day that is not pruned. Each original must be in its place, whole.
 *
 * @throws BronzeError `RETENTION_INVALID`; nothing was removed then
 */
export async function dropCopies(storage: Storage, plan: string, day: PlannedRuns): Promise<void> {
  const copies = await copiedFiles(storage, plan, filesOf(day));
  await assertInPlace(storage, plan, copies, day.folder);
  await removeCopies(storage, plan, copies, () => hasPruned(storage, day.folder, plan));
}

/**
 * Puts the files of a day in place, and says no more that they are gone: the commit point of the day.
 *
 * @throws BronzeError `LOCK_LOST` where another changed what is said of the day at that moment; `STORAGE_FAILED`
 */
export async function takeRunsBack(storage: Storage, plan: string, day: PlannedRuns): Promise<void> {
  await putBack(storage, plan, filesOf(day));
  const before = await readPrunedDay(storage, day.folder);
  const rest = before.runs.filter((run) => run.plan !== plan);
  if (rest.length < before.runs.length) await writePrunedDay(storage, before, rest);
  // Who lost the lock may still have been moving them.
  await putBackMissing(storage, plan, filesOf(day));
}

export function filesOf({ runs }: Pick<PlannedRuns, "runs">): PlannedRunFile[] {
  return runs.flatMap(({ remove }) => remove);
}

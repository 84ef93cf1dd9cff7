import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { canonicalJson, type Json } from "../../json/index.js";
import { joinPath, type Storage } from "../../storage/index.js";
import { toEpochNs } from "../../time/index.js";
import { zod } from "../../zod/index.js";
import { readIfThere } from "../revisions.js";
import { type PlannedDay, parsePlan, type RetentionPlan } from "./plan.js";
import { inDay, readState, writeState } from "./retention-state.js";

/** Below the root, outside `bronze/`: no reader of data ever comes here. */
const TRASH = ".trash";
const RECORD = "_record.json";

const recordSchema = (z = zod()) =>
  z.strictObject({
    format: z.literal("bronzestore.trash"),
    version: z.literal(1),
    plan: z.unknown(),
    started_at: z.string(),
    finished_at: z.string().nullable(),
  });

/** What lies in one folder of the trash, and how it came there. */
export interface TrashRecord {
  readonly plan: RetentionPlan;
  readonly startedAt: string;
  /** `null` while it is under way, or was interrupted. */
  readonly finishedAt: string | null;
}

/** `.trash/0123456789abcdef/bronze/odds_raw/...` */
export function trashPath(plan: string, path: string): string {
  return joinPath(TRASH, plan, path);
}

/** Every record in the trash, oldest first. @throws BronzeError `RETENTION_INVALID` */
export async function trashRecords(storage: Storage): Promise<TrashRecord[]> {
  const records: TrashRecord[] = [];
  for (const { name, kind } of await storage.list(TRASH)) {
    const record = kind === "folder" ? await readRecord(storage, name) : undefined;
    if (record) records.push(record);
  }
  return records.sort((a, b) => Number(toEpochNs(a.startedAt) - toEpochNs(b.startedAt)));
}

/** Ids of plans that were begun and not finished. */
export async function unfinishedPlans(storage: Storage): Promise<string[]> {
  const records = await trashRecords(storage);
  return records.filter(({ finishedAt }) => finishedAt === null).map(({ plan }) => plan.id);
}

/** The record of a plan, or `undefined` when the trash has none. */
export async function readRecord(storage: Storage, id: string): Promise<TrashRecord | undefined> {
  const path = trashPath(id, RECORD);
  const bytes = await readIfThere(storage, path);
  if (!bytes) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new BronzeError("RETENTION_INVALID", `${path} is not JSON: ${(cause as Error).message}.`, {
      file: path,
    });
  }
  const parsed = recordSchema().safeParse(json);
  if (!parsed.success)
    throw new BronzeError(
      "RETENTION_INVALID",
      `${path} is no record:\n${zod().prettifyError(parsed.error)}`,
      {
        file: path,
      },
    );
  const { plan, started_at, finished_at } = parsed.data;
  return { plan: parsePlan(plan, path), startedAt: started_at, finishedAt: finished_at };
}

/** Writes a plan's record. It is there before anything of the plan is, so nothing can be left behind unrecorded. */
export async function writeRecord(
  storage: Storage,
  { plan, startedAt, finishedAt }: TrashRecord,
): Promise<void> {
  const record = {
    format: "bronzestore.trash",
    version: 1,
    plan,
    started_at: startedAt,
    finished_at: finishedAt,
  };
  const text = `${canonicalJson(record as unknown as Json)}\n`;
  await storage.replace(trashPath(plan.id, RECORD), new TextEncoder().encode(text));
}

/** Takes a record away, which is the last of a plan's trash to go. */
export async function removeRecord(storage: Storage, id: string): Promise<void> {
  await storage.remove(trashPath(id, RECORD));
}

/**
 * Moves the files a committed day replaced to the trash: a copy first, then the original goes. They are no data since
 * the commit. A file whose content is another by now is a writer's who took the name anew, and stays.
 */
export async function moveReplaced(storage: Storage, id: string, day: PlannedDay): Promise<void> {
  const { replaced } = await readState(storage, day.folder);
  const digests = new Map(replaced.map(({ path, sha256: digest }) => [path, digest]));
  for (const { path } of day.remove) {
    const digest = digests.get(inDay(day, path));
    const bytes = digest === undefined ? undefined : await readIfThere(storage, path);
    if (!bytes || sha256(bytes) !== digest) continue;
    await keepCopy(storage, trashPath(id, path), bytes, digest);
    await storage.remove(path);
  }
  // From here on the names are free again, for readers too.
  const state = await readState(storage, day.folder);
  const moved = new Set(day.remove.map(({ path }) => inDay(day, path)));
  const left = state.replaced.filter(({ path }) => !moved.has(path));
  if (left.length < state.replaced.length)
    await writeState(storage, day.folder, { ...state, replaced: left });
}

async function keepCopy(storage: Storage, path: string, bytes: Uint8Array, digest: string): Promise<void> {
  if (await storage.publish(path, bytes)) return;
  if (sha256(await storage.read(path)) !== digest) await storage.replace(path, bytes);
}

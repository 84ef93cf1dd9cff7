import type * as z from "zod";
import { BronzeError } from "../../errors.js";
import { encodeReadBack, parseSealed, type SealedKind, seal } from "../../json/index.js";
import { joinPath, type Reading } from "../../storage/index.js";
import { toEpochNs } from "../../time/index.js";
import { lazySchema, zod } from "../../zod/index.js";
import { RETENTION_CODES } from "./retained-files.js";
import { parseStoredPlan, type StoredPlan } from "./retention-plan.js";

/** Below the root, outside `bronze/`: no reader of data ever opens it. */
export const TRASH = ".trash";
const RECORD = "_record.json";

// As with states, the versions share only these three members, so that no damage turns one into the other.
const recordSchema = lazySchema(() => {
  const z = zod();
  return z.object({
    format: z.literal("bronzestore.trash"),
    version: z.literal(2),
    plan: z.unknown(),
    begun_at: z.string(),
    done_at: z.string().nullable(),
    digest: z.string(),
  });
});

const firstSchema = lazySchema(() => {
  const z = zod();
  return z.object({
    format: z.literal("bronzestore.trash"),
    version: z.literal(1),
    plan: z.unknown(),
    started_at: z.string(),
    finished_at: z.string().nullable(),
  });
});

/** The newest version, which is the one written. */
const SEALED: SealedKind<typeof recordSchema> = {
  schema: recordSchema,
  name: "trash record",
  version: 2,
  codes: RETENTION_CODES,
  advice: "Without it the files next to it are unknown; restore it.",
};
const KIND: SealedKind<typeof recordSchema, typeof firstSchema> = { ...SEALED, unsealed: firstSchema };

/** What is in one folder of the trash, and why. */
export interface TrashRecord {
  readonly plan: StoredPlan;
  readonly startedAt: string;
  /** `null` while it is running, or after it was interrupted. */
  readonly finishedAt: string | null;
}

/** `.trash/0123456789abcdef/bronze/odds_raw/...` */
export function trashPath(plan: string, path: string): string {
  return joinPath(TRASH, plan, path);
}

/** The path of a plan's record. */
export function recordPath(plan: string): string {
  return trashPath(plan, RECORD);
}

/** Every record in the trash, oldest first. @throws BronzeError `RETENTION_INVALID` */
export async function trashRecords(storage: Pick<Reading, "list" | "read">): Promise<TrashRecord[]> {
  const records: TrashRecord[] = [];
  for (const { name, kind } of await storage.list(TRASH)) {
    if (kind !== "folder") continue;
    const inFolder = await storage.list(joinPath(TRASH, name));
    if (!inFolder.some((entry) => entry.name === RECORD)) continue;
    const record = parseRecord(await storage.read(recordPath(name)), recordPath(name));
    if (record.plan.id !== name) {
      throw new BronzeError(
        "RETENTION_INVALID",
        `${recordPath(name)} is the record of another plan: ${record.plan.id}. Restore it.`,
        { file: recordPath(name), plan: record.plan.id },
      );
    }
    records.push(record);
  }
  return records.sort((a, b) => Number(toEpochNs(a.startedAt) - toEpochNs(b.startedAt)));
}

/** Reads a record of any version. @throws BronzeError `RETENTION_INVALID` */
export function parseRecord(bytes: Uint8Array, at: string): TrashRecord {
  const record: z.output<typeof recordSchema> | z.output<typeof firstSchema> = parseSealed(bytes, at, KIND);
  const plan = parseStoredPlan(record.plan, at);
  return record.version === 2
    ? { plan, startedAt: record.begun_at, finishedAt: record.done_at }
    : { plan, startedAt: record.started_at, finishedAt: record.finished_at };
}

/** The bytes of a record, read back. @throws BronzeError `RETENTION_INVALID` */
export function encodeRecord({ plan, startedAt, finishedAt }: TrashRecord): Uint8Array<ArrayBuffer> {
  const record = seal({
    format: "bronzestore.trash",
    version: 2,
    plan,
    begun_at: startedAt,
    done_at: finishedAt,
  });
  return encodeReadBack(record, recordPath(plan.id), (bytes, at) => parseSealed(bytes, at, SEALED));
}

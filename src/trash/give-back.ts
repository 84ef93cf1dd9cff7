import { type PlannedDay, type PlannedFile, type TrashRecord, trashRecords } from "../bronze/index.js";
import type { Storage } from "../storage/index.js";
import { isCommitted, readState, sealState, takeBack } from "./retention-state.js";
import { writeRecord } from "./trash.js";
import { assertCanReturn, putBack } from "./trash-files.js";

/** A part by what manifests name it by: its content, the SHA-256 of its first bytes, or where it lay with those bytes. */
export interface NamedPart {
  readonly path: string;
  readonly sha256?: string;
  readonly content?: string;
}

/** What a planned day loses of a file for good: parts, or the file; nothing of one whose rows all lie in others. */
export function lostOf(day: PlannedDay, file: PlannedFile): readonly NamedPart[] {
  if (file.parts) return file.parts;
  return day.outputs.some(({ from }) => from.includes(file.path)) ? [] : [file];
}

/**
 * Gives back a part that something names, where plans that are in effect took it: those days are as they were before them.
 *
 * @returns whether there was such a plan
 * @throws BronzeError as `takeBack`; `RETENTION_INVALID` for a damaged state or record
 */
export async function giveBack(storage: Storage, { path, sha256, content }: NamedPart): Promise<boolean> {
  const isNamed = (part: NamedPart) =>
    part.path === path || (sha256 ?? "") === part.sha256 || (content ?? "") === part.content;
  const records = await trashRecords(storage);
  let isGiven = false;
  for (const record of records.reverse()) {
    const { id, days } = record.plan;
    for (const day of days) {
      if (!day.remove.some((file) => lostOf(day, file).some(isNamed))) continue;
      const state = await readState(storage, day.folder, records);
      if (!isCommitted(state, id, day)) continue;
      await sealState(storage, day.folder, state);
      await giveBackDay(storage, record, day);
      isGiven = true;
    }
  }
  return isGiven;
}

/**
 * Gives back what a plan that is in effect took of a day. What the plan made is removed by whoever finishes it next, so its
 * record says that it is not finished: before, should this process die; and after, for whoever finished it meanwhile.
 *
 * A state of version 1 was sealed before.
 *
 * @throws BronzeError as `takeBack`, and `RETENTION_REFUSED` where a file cannot return
 */
export async function giveBackDay(storage: Storage, record: TrashRecord, day: PlannedDay): Promise<void> {
  const { id } = record.plan;
  await assertCanReturn(storage, id, day.remove);
  await writeRecord(storage, { ...record, finishedAt: null });
  await putBack(storage, id, day.remove);
  await takeBack(storage, id, day);
  await writeRecord(storage, { ...record, finishedAt: null });
}

import { encodeRetention, parseRetention, RETENTION_FILE, type RetentionState } from "../../bronze/index.js";
import { joinPath, type Storage } from "../../storage/index.js";
import { readIfThere } from "../revisions.js";
import type { PlannedDay } from "./plan.js";

/** What is committed of a day; nothing where retention never was. */
export async function readState(storage: Storage, folder: string): Promise<RetentionState> {
  const path = joinPath(folder, RETENTION_FILE);
  const bytes = await readIfThere(storage, path);
  return bytes ? parseRetention(bytes, path) : { plan: "", files: [], replaced: [] };
}

/** Says what is data of a day from now on: the commit point of a prune, a compaction and a restore. */
export async function writeState(storage: Storage, folder: string, state: RetentionState): Promise<void> {
  await storage.replace(joinPath(folder, RETENTION_FILE), encodeRetention(state));
}

/** What is committed once a planned day is: its files are no data any more, its outputs are. */
export function stateAfter(before: RetentionState, plan: string, day: PlannedDay): RetentionState {
  const removed = new Set(day.remove.map(({ path }) => inDay(day, path)));
  const outputs = day.outputs.map(({ path }) => inDay(day, path));
  return {
    plan,
    files: [...new Set([...before.files.filter((file) => !removed.has(file)), ...outputs])].sort(),
    replaced: [
      ...before.replaced.filter(({ path }) => !removed.has(path)),
      ...day.remove.map(({ path, sha256 }) => ({ path: inDay(day, path), sha256 })),
    ],
  };
}

/** A path of the day relative to the day's folder. */
export function inDay({ folder }: Pick<PlannedDay, "folder">, path: string): string {
  return path.slice(folder.length + 1);
}

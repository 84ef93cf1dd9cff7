import { isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { isStill, joinPath, type Reading, readIfThere } from "../../storage/index.js";
import { openParquet } from "../../table/index.js";
import { type PartFacts, readPartFacts } from "./part-facts.js";
import { type PrunedHistory, parseRetention, prunedHistory, RETENTION_FILE } from "./retained-files.js";
import { trashRecords } from "./trash-record.js";

/** What retention has done to a day, at one moment. Paths are relative to the day's folder. */
export interface RetainedDay {
  readonly folder: string;
  /** The bytes of the state file; `undefined` where there is none. */
  readonly bytes: Uint8Array | undefined;
  /** The compacted files that are data. */
  readonly compacted: ReadonlySet<string>;
  /** All files that the state says are data: those, and parts of one that are files again. */
  readonly named: ReadonlySet<string>;
  /** Files that are no longer data, where they still exist (or exist again) with the content they had. */
  readonly gone: ReadonlyMap<string, readonly GoneContent[]>;
  /** What of its history was pruned. */
  readonly pruned: PrunedHistory;
}

/** The earlier content of a file that is no longer data. */
export interface GoneContent {
  readonly sha256: string;
  /** The compacted file that has its rows, `null` where they were pruned, `undefined` where unknown (0.1). */
  readonly into: string | null | undefined;
}

/** Reads a day's `_retention.json`. @throws BronzeError `RETENTION_INVALID` */
export async function readRetained(storage: Pick<Reading, "read">, folder: string): Promise<RetainedDay> {
  const path = joinPath(folder, RETENTION_FILE);
  const bytes = await readIfThere(storage, path);
  return bytes ? retainedDay(bytes, folder) : untouchedDay(folder);
}

/**
 * The same as a listing of the day had it, in one request; `undefined` where it is another by now.
 *
 * @param version of the state file in that listing; `undefined` where there was none
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function retainedAsListed(
  storage: Required<Pick<Reading, "openVersion">>,
  folder: string,
  version: string | undefined,
): Promise<RetainedDay | undefined> {
  const path = joinPath(folder, RETENTION_FILE);
  try {
    const opened = await storage.openVersion(path, version === undefined ? 1 : undefined);
    opened.close();
    return opened.version === version ? retainedDay(opened.tail, folder) : undefined;
  } catch (error) {
    if (!isBronzeError(error, "NOT_FOUND")) throw error;
    return version === undefined ? untouchedDay(folder) : undefined;
  }
}

/** A day without a state. */
export function untouchedDay(folder: string): RetainedDay {
  return {
    folder,
    bytes: undefined,
    compacted: new Set(),
    named: new Set(),
    gone: new Map(),
    pruned: { parts: [], unknown: [] },
  };
}

function retainedDay(bytes: Uint8Array, folder: string): RetainedDay {
  const path = joinPath(folder, RETENTION_FILE);
  const state = parseRetention(bytes, path);
  const gone = new Map<string, GoneContent[]>();
  const files =
    state.version === 1
      ? state.replaced.map((file) => ({ ...file, into: undefined }))
      : state.gone.filter(({ returned }) => !returned);
  for (const { path, sha256, into } of files) {
    const own = gone.get(path);
    if (own) own.push({ sha256, into });
    else gone.set(path, [{ sha256, into }]);
  }
  const compacted = state.version === 1 ? state.files : state.compacted.map(({ path }) => path);
  const returned = state.version === 1 ? [] : state.gone.filter((file) => file.returned);
  const named = new Set([...compacted, ...returned.map(({ path }) => path)]);
  return { folder, bytes, compacted: new Set(compacted), named, gone, pruned: prunedHistory(state) };
}

/** Whether a day's state is unchanged. */
export async function isUnchanged(storage: Reading, { folder, bytes }: RetainedDay): Promise<boolean> {
  const path = joinPath(folder, RETENTION_FILE);
  if (!bytes) return (await storage.stat(path)) === undefined;
  return isStill(await readIfThere(storage, path), bytes);
}

/** What was removed under a file's name, if the file there is still that content. */
export async function goneContent(
  storage: Reading,
  { folder, gone }: RetainedDay,
  name: string,
): Promise<GoneContent | undefined> {
  const contents = gone.get(name);
  if (!contents) return undefined;
  if (isCompactedName(name)) return contents[0]; // its name identifies its content
  const bytes = await readIfThere(storage, joinPath(folder, name));
  if (!bytes) return contents[0];
  const digest = sha256(bytes);
  return contents.find((content) => content.sha256 === digest);
}

/** Whether readers rightly ignore a file of a day: retention removed it, or has not committed it. */
export async function isPassedOver(storage: Reading, day: RetainedDay, name: string): Promise<boolean> {
  if (day.compacted.has(name)) return false;
  if (await goneContent(storage, day, name)) return true;
  return isCompactedName(name) && (await orphanProblem(storage, day, name)) === undefined;
}

/**
 * Refuses a day without a state that has a compacted file which is not a leftover: only the lost state knows which
 * names were used, and what is written under such a name again would be there twice once the state is restored.
 *
 * @param compacted the compacted files that are there, relative to the folder
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function assertStateNotLost(
  storage: Reading,
  folder: string,
  compacted: readonly string[],
): Promise<void> {
  for (const file of compacted) {
    const problem = await orphanProblem(storage, untouchedDay(folder), file);
    if (problem === undefined) continue;
    if (await storage.stat(joinPath(folder, RETENTION_FILE))) return; // just committed
    throw invalidDay(folder, `No state names ${joinPath(folder, file)}, ${problem}.`, joinPath(folder, file));
  }
}

/**
 * Why a compacted file that no state names cannot be ignored, or `undefined` where it can: an interrupted compaction
 * left it, and everything it was made from is still there, whole. Otherwise it may hold the only copy of its rows, and
 * the state that would show that is lost.
 *
 * @param name relative to the day's folder
 */
export async function orphanProblem(
  storage: Reading,
  day: RetainedDay,
  name: string,
): Promise<string | undefined> {
  const path = joinPath(day.folder, name);
  const problem = await problemOf(storage, day, path);
  // If it was removed meanwhile, there is no problem.
  return problem !== undefined && (await storage.stat(path)) ? problem : undefined;
}

async function problemOf(storage: Reading, day: RetainedDay, path: string): Promise<string | undefined> {
  let parts: readonly PartId[] | undefined;
  try {
    parts = (await factsOf(storage, path)) ?? (await partsOnRecord(storage, day, path));
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    if (isBronzeError(error, "CORRUPT_FILE")) return `which cannot be read: ${error.message}`;
    throw error;
  }
  if (!parts) return "which does not name what it was made from, and no unfinished plan in the trash does";
  const held = await heldParts(storage, day);
  for (const part of parts) {
    if (held.has(partId(part)) || (await isOwnFile(storage, day, part))) continue;
    return `and ${part.path}, which it was made from, is not there as it was`;
  }
  return undefined;
}

type PartId = Pick<PartFacts, "path" | "sha256">;

/** The parts of a compacted file of 0.1: the file does not name them, but an unfinished plan does. */
async function partsOnRecord(
  storage: Reading,
  { folder }: RetainedDay,
  path: string,
): Promise<PartId[] | undefined> {
  for (const { plan, finishedAt } of await trashRecords(storage)) {
    if (finishedAt !== null) continue;
    for (const day of plan.days) {
      const output = day.outputs.find((file) => file.path === path);
      if (!output) continue;
      const files = day.remove.filter((file) => output.from.includes(file.path));
      return files.map((file) => ({ path: file.path.slice(folder.length + 1), sha256: file.sha256 }));
    }
  }
  return undefined;
}

async function factsOf(storage: Reading, path: string): Promise<readonly PartId[] | undefined> {
  return readPartFacts(openParquet(await storage.read(path), path))?.parts;
}

/** The parts that the day's compacted files hold; a file of 0.1 is a part itself. */
async function heldParts(storage: Reading, { folder, compacted }: RetainedDay): Promise<Set<string>> {
  const held = new Set<string>();
  for (const name of compacted) {
    const bytes = await readIfThere(storage, joinPath(folder, name));
    if (!bytes) continue;
    const list = readPartFacts(openParquet(bytes, joinPath(folder, name)));
    for (const part of list?.parts ?? [{ path: name, sha256: sha256(bytes) }]) held.add(partId(part));
  }
  return held;
}

/** Whether a part exists under its own name, with its bytes, and is data. */
async function isOwnFile(storage: Reading, day: RetainedDay, part: PartId): Promise<boolean> {
  if (day.gone.get(part.path)?.some(({ sha256 }) => sha256 === part.sha256)) return false;
  const bytes = await readIfThere(storage, joinPath(day.folder, part.path));
  return bytes !== undefined && sha256(bytes) === part.sha256;
}

function partId({ path, sha256 }: PartId): string {
  return `${sha256} ${path}`;
}

/** @throws BronzeError `RETENTION_INVALID` */
export function invalidDay(folder: string, problem: string, file: string): BronzeError {
  const state = joinPath(folder, RETENTION_FILE);
  return new BronzeError(
    "RETENTION_INVALID",
    `${problem} ${state} says which files of the day are data; restore it, or what it names, or let doctor make it again (fix: true).`,
    { file, state },
  );
}

import {
  type CompactedFile,
  encodeRetention,
  type FirstState,
  type GoneFile,
  hasLost,
  type PlannedDay,
  type PlannedFile,
  type PlannedOutput,
  type PrunedPart,
  parseRetention,
  RETENTION_FILE,
  type RetentionState,
  type TrashRecord,
  trashPath,
} from "../bronze/index.js";
import { isCompactedName } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { BronzeError } from "../errors.js";
import { joinPath, readIfThere, type Storage, writeBack } from "../storage/index.js";
import { asHeld, byPath, fileId, readCompacted } from "./found-compacted.js";
import { cannotTakeBack, putBackMissing } from "./trash-files.js";

/** What is committed for a day. */
interface CommittedState extends RetentionState {
  /** The version of the state file; `undefined` where there is none. */
  readonly version: 1 | 2 | 3 | undefined;
  /** The plan that was committed last, by a state of version 1. */
  readonly lastPlan?: string;
  /** The file as it was read; `undefined` where there is none. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * What is committed for a day.
 *
 * A state of version 1 has no digest and no record of what was removed, so it is checked: each compacted file is read
 * (its name identifies its content), and what is gone is what is in the trash and no longer in its place.
 *
 * @param records the records in the trash
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function readState(
  storage: Storage,
  folder: string,
  records: readonly TrashRecord[],
): Promise<CommittedState> {
  const path = joinPath(folder, RETENTION_FILE);
  const bytes = await readIfThere(storage, path);
  if (!bytes) return { version: undefined, bytes, compacted: [], gone: [] };
  const state = parseRetention(bytes, path);
  if (state.version !== 1) return { ...state, bytes };
  const compacted: CompactedFile[] = [];
  for (const name of state.files) compacted.push(asHeld(await readCompacted(storage, folder, name)));
  const gone = await trashed(storage, folder, records, state);
  return {
    version: 1,
    bytes,
    lastPlan: state.plan,
    compacted,
    gone,
    // What a plan pruned whose trash was emptied is in no record.
    ...(hasLost(state) && !gone.some(({ into }) => into === null) && { unrecorded: true as const }),
  };
}

/** A state to add to: what the trash knows about a day that has no state, or lost it, is kept. */
export async function readStateToAddTo(
  storage: Storage,
  folder: string,
  records: readonly TrashRecord[],
): Promise<CommittedState> {
  const state = await readState(storage, folder, records);
  if (state.version !== undefined) return state;
  return { ...state, gone: await trashed(storage, folder, records, undefined) };
}

/** Gives a state of version 1 its digest, and the names it lacks; any other state is not changed. */
export async function sealState(storage: Storage, folder: string, state: CommittedState): Promise<void> {
  if (state.version === 1) await writeState(storage, folder, state, state);
}

/**
 * Declares what is data of a day from now on: the commit point of a prune, a compaction and a restore.
 *
 * @param read what was there when that was decided
 * @throws BronzeError `LOCK_LOST` where another state is there now
 */
export async function writeState(
  storage: Storage,
  folder: string,
  read: { readonly bytes: Uint8Array | undefined },
  state: RetentionState,
): Promise<void> {
  const path = joinPath(folder, RETENTION_FILE);
  await writeBack(storage, path, read.bytes, encodeRetention(state, path));
}

/** What is recorded of the files that a plan prunes, by path: the parts that go. Of others nothing is known. */
export type PrunedOfPlan = ReadonlyMap<string, readonly PrunedPart[]>;

/** What is committed after a planned day is: its files are no longer data, its outputs are. */
export function stateAfter(
  { compacted, gone, unrecorded }: RetentionState,
  plan: string,
  day: PlannedDay,
  pruned: PrunedOfPlan = new Map(),
): RetentionState {
  const taken = day.remove.map((file): GoneFile => {
    const parts = pruned.get(file.path);
    return { ...goneFile(plan, day, file), ...(parts && { pruned: [...parts] }) };
  });
  const isTaken = new Set(taken.map(fileId));
  const made = day.outputs.filter(({ path }) => isCompactedName(path));
  const outputs = made.map((file) => held(file, inDay(day, file.path)));
  const returned = filesOfParts(plan, day).map((file) => ({ ...file, returned: true as const }));
  // A compacted file that is made again stays on the list of what an earlier plan took: that plan can then be taken back.
  const isReturned = new Set(returned.map(fileId));
  const outputNames = new Set(outputs.map(({ path }) => path));
  return {
    compacted: byPath([
      ...compacted.filter((file) => !isTaken.has(fileId(file)) && !outputNames.has(file.path)),
      ...outputs,
    ]),
    gone: byPath([
      ...gone.filter((file) => !isTaken.has(fileId(file)) && !isReturned.has(fileId(file))),
      ...taken,
      ...returned,
    ]),
    ...(unrecorded && { unrecorded }),
  };
}

/**
 * What is declared before parts are written as files again: that those files are no data, until their day is committed.
 * `undefined` where nothing of the kind is planned.
 */
export function stateBeforeParts(
  { compacted, gone, unrecorded }: RetentionState,
  plan: string,
  day: PlannedDay,
): RetentionState | undefined {
  const known = new Set(gone.filter((file) => !file.returned).map(fileId));
  const files = filesOfParts(plan, day);
  if (files.length === 0) return undefined;
  const ids = new Set(files.map(fileId));
  const rest = gone.filter((file) => !file.returned || !ids.has(fileId(file)));
  const all = byPath([...rest, ...files.filter((file) => !known.has(fileId(file)))]);
  return { compacted, gone: all, ...(unrecorded && { unrecorded }) };
}

/** The outputs of a plan that are no compacted files: parts of one, written as files again. */
function filesOfParts(plan: string, day: PlannedDay): GoneFile[] {
  return day.outputs
    .filter(({ path }) => !isCompactedName(path))
    .map((file) => ({ ...held(file, inDay(day, file.path)), into: inDay(day, file.from[0]!), plan }));
}

/** What is committed after a day was restored to its state before a plan. */
function stateBefore(
  { compacted, gone, unrecorded }: RetentionState,
  plan: string,
  day: PlannedDay,
): RetentionState {
  const outputs = new Set(day.outputs.map(({ path }) => inDay(day, path)));
  // A compacted file that an earlier plan made is data only where it is named.
  const back = day.remove
    .filter(({ path }) => isCompactedName(path))
    .map((file) => held(file, inDay(day, file.path)));
  return {
    compacted: byPath([...compacted.filter(({ path }) => !outputs.has(path)), ...back]),
    gone: gone.filter((file) => file.plan !== plan),
    ...(unrecorded && { unrecorded }),
  };
}

/**
 * Takes a plan's commit back, unless that was done already. The commit point of the day. Its files are in their places, where
 * they are declared gone until then, so that no reader misses them. Another process, which lost the lock, may still be moving
 * them: what it moved before the commit is put in place again, and what it moves after it puts back itself.
 *
 * @throws BronzeError `RETENTION_REFUSED` where a later plan replaced an output; `LOCK_LOST` where another changed the state at
 * that moment; `STORAGE_FAILED`
 */
export async function takeBack(storage: Storage, plan: string, day: PlannedDay): Promise<void> {
  await putBackMissing(storage, plan, day.remove);
  const state = await readState(storage, day.folder, []);
  if (!isCommitted(state, plan, day)) return;
  assertOutputsHeld(state, plan, day);
  await writeState(storage, day.folder, state, stateBefore(state, plan, day));
  await putBackMissing(storage, plan, day.remove);
}

/** @throws BronzeError `RETENTION_REFUSED` where a later plan replaced what a plan made */
export function assertOutputsHeld(
  { compacted }: Pick<RetentionState, "compacted">,
  plan: string,
  day: PlannedDay,
): void {
  for (const { path } of day.outputs) {
    if (!compacted.some((file) => file.path === inDay(day, path)))
      throw cannotTakeBack(plan, path, "was replaced by a later plan; restore that one first");
  }
}

/**
 * Whether a plan took effect on a day and was not undone.
 * @throws BronzeError `RETENTION_INVALID` where a state of version 1 contradicts itself about it
 */
export function isCommitted(
  { compacted, gone, lastPlan }: Pick<CommittedState, "compacted" | "gone" | "lastPlan">,
  plan: string,
  day: PlannedDay,
): boolean {
  const taken = new Set(gone.filter((file) => file.plan === plan && !file.returned).map(fileId));
  const known = new Set([...compacted, ...gone].map(fileId));
  const has = (file: PlannedOutput | PlannedFile, ids: ReadonlySet<string>) =>
    ids.has(fileId({ path: inDay(day, file.path), sha256: file.sha256 }));
  if (day.remove.every((file) => has(file, taken)) && day.outputs.every((file) => has(file, known)))
    return true;
  if (lastPlan !== plan) return false;
  throw new BronzeError(
    "RETENTION_INVALID",
    `${joinPath(day.folder, RETENTION_FILE)} says that plan ${plan} was committed, but not all of what it did. ` +
      "Nothing was removed; restore it.",
    { plan, file: joinPath(day.folder, RETENTION_FILE) },
  );
}

/** A path of the day relative to the day's folder. */
export function inDay({ folder }: Pick<PlannedDay, "folder">, path: string): string {
  return path.slice(folder.length + 1);
}

function goneFile(plan: string, day: PlannedDay, file: PlannedFile): GoneFile {
  const output = day.outputs.find(({ from }) => from.includes(file.path));
  return { ...held(file, inDay(day, file.path)), into: output ? inDay(day, output.path) : null, plan };
}

function held({ sha256, sizeBytes, rows }: Omit<PlannedFile, "path" | "why">, path: string): CompactedFile {
  return { path, sha256, size_bytes: sizeBytes, rows };
}

/** What the plans in the trash removed from a day, by where its bytes are. */
async function trashed(
  storage: Storage,
  folder: string,
  records: readonly TrashRecord[],
  state: FirstState | undefined,
): Promise<GoneFile[]> {
  const replaced = new Set(state?.replaced.map(fileId));
  const found = new Map<string, GoneFile>();
  for (const { plan } of records) {
    for (const day of plan.days.filter((planned) => planned.folder === folder)) {
      for (const file of day.remove) {
        const gone = goneFile(plan.id, day, file);
        if (replaced.has(fileId(gone)) || (await wasMoved(storage, plan.id, file)))
          found.set(fileId(gone), gone);
      }
    }
  }
  for (const { path, sha256: digest } of state?.replaced ?? []) {
    if (found.has(fileId({ path, sha256: digest }))) continue;
    throw new BronzeError(
      "RETENTION_INVALID",
      `${joinPath(folder, RETENTION_FILE)} says that ${path} went to the trash, and no record there says so. Restore .trash.`,
      { file: joinPath(folder, path) },
    );
  }
  return byPath([...found.values()]);
}

/** Whether a file is in a plan's trash, and no longer in its place. */
async function wasMoved(
  storage: Storage,
  plan: string,
  { path, sha256: digest }: PlannedFile,
): Promise<boolean> {
  if (!(await storage.stat(trashPath(plan, path)))) return false;
  const bytes = await readIfThere(storage, path);
  return !bytes || sha256(bytes) !== digest;
}

import {
  type CompactedFile,
  compactedBelow,
  contentOfFile,
  type GoneFile,
  holderOf,
  parseRetention,
  RETENTION_FILE,
  type RetentionState,
  type TrashRecord,
  trashRecords,
} from "../../bronze/index.js";
import { type AnyDataset, isCompactedName } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { joinPath, readIfThere, type Storage } from "../../storage/index.js";
import {
  asHeld,
  byPath,
  type FoundCompacted,
  type FoundPart,
  fileId,
  isWhole,
  readCompacted,
  readState,
} from "../../trash/index.js";
import { chooseHolders } from "./choose-holders.js";
import { toldByTrash } from "./told-by-trash.js";

/** A state made again from what is there. */
export interface RemadeState {
  readonly state: RetentionState;
  /** The bytes of the state that is replaced; `undefined` where there is none. */
  readonly before: Uint8Array | undefined;
}

export interface RemakeOptions {
  /** Whether the caller says that nothing of the day was ever pruned, but for what plans in the trash did. */
  readonly isNeverPruned: boolean;
}

/** For entries of which no plan is known. */
const NO_PLAN = "remade";

/**
 * The state of a day, made again where it is damaged, lost, or an older one: from the footers of its compacted files, from the
 * plans in the trash, and from what can still be read of the state. What was pruned stands in the state alone once the trash
 * is emptied, so a state made again says that something may be missing, unless the caller says otherwise.
 *
 * @param folder the unit's
 * @throws BronzeError `RETENTION_INVALID`, with why, where what is there does not say which files are data; `STORAGE_FAILED`
 */
export async function remadeState(
  storage: Storage,
  dataset: AnyDataset,
  folder: string,
  { isNeverPruned }: RemakeOptions,
): Promise<RemadeState> {
  const at = joinPath(folder, RETENTION_FILE);
  const before = await readIfThere(storage, at);
  const records = await trashRecords(storage);
  const known = await knownState(storage, folder, records, before);
  const told = await toldByTrash(storage, dataset, folder, records, known);
  const found = await foundCompacted(storage, dataset, folder, told);
  const rest = await withoutLost(storage, folder, told.state, found);
  const chosen = chooseHolders(found);
  if (!chosen) {
    const names = found.map(({ path }) => joinPath(folder, path)).join(", ");
    throw refused(
      folder,
      `parts lie in several of its compacted files, and no choice of them has each once: ${names}`,
    );
  }
  const gone = await goneWith(storage, folder, rest, { found, chosen });
  const compacted = byPath(chosen.map(asHeld));
  const isUnrecorded = told.state.unrecorded || !isNeverPruned;
  const state = { compacted, gone, ...(isUnrecorded && { unrecorded: true as const }) };
  await assertAccounted(storage, folder, state);
  return { state, before };
}

/** What a state that can be read says; nothing where it is lost or damaged. @throws BronzeError of one that is newer */
async function knownState(
  storage: Storage,
  folder: string,
  records: readonly TrashRecord[],
  before: Uint8Array | undefined,
): Promise<RetentionState> {
  const nothing = { compacted: [], gone: [] };
  if (!before) return nothing;
  try {
    parseRetention(before, joinPath(folder, RETENTION_FILE));
  } catch (error) {
    if (!isBronzeError(error, "RETENTION_INVALID") || "version" in error.details) throw error;
    return nothing;
  }
  const { compacted, gone, unrecorded } = await readState(storage, folder, records);
  return { compacted, gone, ...(unrecorded && { unrecorded }) };
}

type Told = Awaited<ReturnType<typeof toldByTrash>>;

/** The compacted files that may be data: all but those that a plan took, or made without taking effect. */
async function foundCompacted(
  storage: Storage,
  dataset: AnyDataset,
  folder: string,
  { state, undone }: Told,
): Promise<FoundCompacted[]> {
  const isNamed = new Set(state.compacted.map(({ path }) => path));
  const isGone = new Set(state.gone.filter(({ returned }) => !returned).map(({ path }) => path));
  const found: FoundCompacted[] = [];
  for (const name of await compactedBelow(storage, dataset, folder)) {
    if (!isNamed.has(name) && (isGone.has(name) || undone.has(name))) continue;
    const file = await readCompacted(storage, folder, name);
    if (!isNamed.has(name) && file.parts.length === 0)
      throw refused(
        folder,
        `${joinPath(folder, name)} does not say what it was made from, and no plan in the trash does`,
      );
    found.push(file);
  }
  return found;
}

/**
 * What is known, without compacted files that are lost and of which every part is there all the same: in another compacted file,
 * or where it lay, as data.
 *
 * @throws BronzeError `RETENTION_INVALID` where one is lost with its parts
 */
async function withoutLost(
  storage: Storage,
  folder: string,
  state: RetentionState,
  found: readonly FoundCompacted[],
): Promise<RetentionState> {
  const isThere = new Set(found.map(fileId));
  const isHeld = new Set(found.flatMap(({ parts }) => parts.map(fileId)));
  const lost = state.compacted.filter((file) => !isThere.has(fileId(file)));
  const inPlace = new Set<string>();
  for (const { path } of lost) {
    const parts = partsGoneInto(state, path);
    for (const part of parts) {
      if (isHeld.has(fileId(part))) continue;
      if (await isWhole(storage, { ...part, path: joinPath(folder, part.path) })) inPlace.add(fileId(part));
    }
    if (parts.length > 0 && parts.every((part) => isHeld.has(fileId(part)) || inPlace.has(fileId(part))))
      continue;
    throw refused(folder, `${joinPath(folder, path)} is data, and is not there as it was made`);
  }
  const isLost = new Set(lost.map(({ path }) => path));
  return {
    ...state,
    compacted: state.compacted.filter(({ path }) => !isLost.has(path)),
    gone: state.gone.filter((file) => !inPlace.has(fileId(file))),
  };
}

/** What a compacted file was made from, also where that was compacted before. */
function partsGoneInto({ gone }: Pick<RetentionState, "gone">, name: string): GoneFile[] {
  // Each step leads to what was there before, so this ends; a name that was followed is not followed again.
  const names = new Set([name]);
  const parts: GoneFile[] = [];
  for (const into of names) {
    for (const file of gone) {
      if (file.into !== into || file.returned) continue;
      if (isCompactedName(file.path)) names.add(file.path);
      else parts.push(file);
    }
  }
  return parts;
}

/** What is gone: what is known of it, and all that the compacted files that are data were made from. */
async function goneWith(
  storage: Storage,
  folder: string,
  state: RetentionState,
  {
    found,
    chosen,
  }: { readonly found: readonly FoundCompacted[]; readonly chosen: readonly FoundCompacted[] },
): Promise<GoneFile[]> {
  const isData = new Set(chosen.map(fileId));
  const gone = new Map(state.gone.map((file) => [fileId(file), file]));
  const after = { compacted: chosen.map(asHeld), gone: state.gone };
  const holders = new Map<string, CompactedFile>();
  for (const holder of chosen) {
    for (const part of [...holder.parts, ...(await copiesOfParts(storage, folder, holder))]) {
      holders.set(fileId(part), holder);
      const entry = gone.get(fileId(part));
      if (entry && !entry.returned && typeof holderOf(after, entry) === "object") continue;
      const plan = entry?.plan ?? NO_PLAN;
      gone.set(fileId(part), { ...asHeld(part), into: holder.path, plan });
    }
  }
  for (const file of found) {
    if (isData.has(fileId(file)) || gone.has(fileId(file))) continue;
    const holder = holders.get(fileId(file.parts[0]!))!;
    gone.set(fileId(file), { ...asHeld(file), into: holder.path, plan: NO_PLAN });
  }
  return byPath([...gone.values()]);
}

/** Files under the names of a compacted file's parts with other bytes and the content of the part: an undo wrote them. */
async function copiesOfParts(
  storage: Storage,
  folder: string,
  { parts }: FoundCompacted,
): Promise<FoundPart[]> {
  const copies: FoundPart[] = [];
  for (const path of new Set(parts.map((part) => part.path))) {
    const own = parts.filter((part) => part.path === path);
    const bytes = await readIfThere(storage, joinPath(folder, path));
    const digest = bytes && sha256(bytes);
    if (!bytes || digest === undefined || own.some(({ sha256 }) => sha256 === digest)) continue;
    const content = contentUnlessDamaged(bytes, joinPath(folder, path));
    const part = own.find((one) => one.content !== undefined && one.content === content);
    if (part) copies.push({ path, sha256: digest, size_bytes: bytes.byteLength, rows: part.rows });
  }
  return copies;
}

/** What cannot be read is data that cannot be read, whoever wrote it. */
function contentUnlessDamaged(bytes: Uint8Array<ArrayBuffer>, path: string): string | undefined {
  try {
    return contentOfFile(bytes, path);
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return undefined;
  }
}

/**
 * Checks that of each file that is gone it is known where its rows are: in a compacted file that is data, in files that are data
 * again, or pruned.
 *
 * @throws BronzeError `RETENTION_INVALID`
 */
async function assertAccounted(storage: Storage, folder: string, state: RetentionState): Promise<void> {
  for (const file of state.gone) {
    if (file.returned || (await isAccounted(storage, folder, state, file))) continue;
    throw refused(
      folder,
      `the rows of ${joinPath(folder, file.path)} went into ${file.into}, which is not there`,
    );
  }
}

async function isAccounted(
  storage: Storage,
  folder: string,
  state: RetentionState,
  file: GoneFile,
): Promise<boolean> {
  let at: GoneFile | undefined = file;
  // The bound is for a state that contradicts itself.
  for (let steps = 0; at && steps <= state.gone.length; steps++) {
    const into: string | null = at.into;
    if (into === null || holderOf(state, at)) return true;
    if (!isCompactedName(into) && (await storage.stat(joinPath(folder, into)))) return true;
    at = state.gone.find(({ path, returned }) => path === into && !returned);
  }
  return false;
}

function refused(folder: string, why: string): BronzeError {
  const file = joinPath(folder, RETENTION_FILE);
  return new BronzeError(
    "RETENTION_INVALID",
    `${file} cannot be made again: ${why}. Restore that, or the state.`,
    {
      file,
    },
  );
}

import {
  dayFileOf,
  type PlannedDay,
  type PlannedFile,
  type PrunedPart,
  prunedPartOf,
  type RetentionState,
  type TrashRecord,
  trashPath,
  underOwnNames,
} from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { openParquet } from "../../table/index.js";
import { copiedFiles, inDay, isCommitted, isWhole, stateAfter, stateBeforeParts } from "../../trash/index.js";
import { storedParts } from "../day/pack-parts.js";

/** What the trash tells of a day whose state is lost. */
interface ToldByTrash {
  /** What was committed, as far as plans in the trash and what was known before say. */
  readonly state: RetentionState;
  /** Outputs of plans that did not take effect, relative to the day's folder. */
  readonly undone: ReadonlySet<string>;
}

/**
 * Adds to what is known of a day what plans in the trash did to it, the oldest first. A plan of which no file was moved counts as
 * one that was not carried out, whether or not its commit is lost with the state: every row is there.
 *
 * @param known what a state that can be read says, or nothing
 * @throws BronzeError `RETENTION_INVALID`
 */
export async function toldByTrash(
  storage: Storage,
  dataset: AnyDataset,
  folder: string,
  records: readonly TrashRecord[],
  known: RetentionState,
): Promise<ToldByTrash> {
  let state = known;
  const undone = new Set<string>();
  for (const { id, day, isFinished } of inOrder(daysIn(records, folder))) {
    if (isCommitted(state, id, day)) continue;
    const names = day.outputs.map(({ path }) => inDay(day, path));
    if (await wasTaken(storage, id, day, isFinished)) {
      for (const name of names) undone.delete(name);
      const pruned = await prunedParts(storage, dataset, id, day);
      const isComplete = day.remove.every(({ path, parts }) => !parts || pruned.has(path));
      state = { ...stateAfter(state, id, day, pruned), ...(!isComplete && { unrecorded: true as const }) };
    } else {
      for (const name of names) undone.add(name);
      if (!isFinished) state = stateBeforeParts(state, id, day) ?? state;
    }
  }
  return { state: withoutEmptied(known, state), undone };
}

/** What a plan in the trash does to a day. */
interface RecordedDay {
  readonly id: string;
  readonly day: PlannedDay;
  readonly isFinished: boolean;
}

function daysIn(records: readonly TrashRecord[], folder: string): RecordedDay[] {
  return records.flatMap(({ plan, finishedAt }) =>
    plan.days
      .filter((day) => day.folder === folder)
      .map((day) => ({ id: plan.id, day, isFinished: finishedAt !== null })),
  );
}

/** In the order of time, but for clocks that differ: what a plan takes was made before it, and only the last one has not ended. */
function inOrder(days: readonly RecordedDay[]): RecordedDay[] {
  const left = [...days].sort((a, b) => Number(b.isFinished) - Number(a.isFinished));
  const ordered: RecordedDay[] = [];
  const isMadeBy = (file: PlannedFile, { day }: RecordedDay) =>
    day.outputs.some(({ path, sha256 }) => path === file.path && sha256 === file.sha256);
  while (left.length > 0) {
    const first = left.findIndex(
      (one) => !left.some((other) => other !== one && one.day.remove.some((file) => isMadeBy(file, other))),
    );
    // What was compacted and undone depends on each other: then time decides.
    ordered.push(...left.splice(Math.max(first, 0), 1));
  }
  return ordered;
}

/** Without outputs of which a later plan took all that they would have been made from: the earlier one was undone. */
function withoutEmptied(known: RetentionState, state: RetentionState): RetentionState {
  const isUsed = new Set([...known.compacted.map(({ path }) => path), ...state.gone.map(({ into }) => into)]);
  return { ...state, compacted: state.compacted.filter(({ path }) => isUsed.has(path)) };
}

/**
 * Whether a plan moved any file of a day, which it does after its commit alone. One that has ended without leaves no copies; of
 * one that has not, a copy may be of a file that is to be moved next. A file that is in neither place was deleted with the trash,
 * or, before a plan has ended, is lost.
 */
async function wasTaken(
  storage: Storage,
  id: string,
  day: PlannedDay,
  isFinished: boolean,
): Promise<boolean> {
  for (const file of day.remove) {
    const isCopied = (await copiedFiles(storage, id, [file])).length > 0;
    const isInPlace = await isWhole(storage, file);
    if (isFinished ? isCopied || !isInPlace : isCopied && !isInPlace) return true;
  }
  return false;
}

/** What the day records of the parts that a plan pruned, made again from the files, wherever they are. */
async function prunedParts(
  storage: Storage,
  dataset: AnyDataset,
  id: string,
  day: PlannedDay,
): Promise<Map<string, readonly PrunedPart[]>> {
  const pruned = new Map<string, readonly PrunedPart[]>();
  for (const file of day.remove) {
    const isReplaced = day.outputs.some(({ from }) => from.includes(file.path));
    if (isReplaced && !file.parts) continue;
    const parts = await partsOf(storage, dataset, id, file);
    const taken = parts?.filter(
      (part) =>
        !file.parts ||
        file.parts.some(
          ({ path, sha256 }) => path === joinPath(day.folder, part.path) && sha256 === part.sha256,
        ),
    );
    if (taken && (!file.parts || taken.length === file.parts.length)) pruned.set(file.path, taken);
  }
  return pruned;
}

/** `undefined` where the file is nowhere, or cannot be read as it was planned. */
async function partsOf(
  storage: Storage,
  dataset: AnyDataset,
  id: string,
  { path, sha256, sizeBytes }: PlannedFile,
): Promise<PrunedPart[] | undefined> {
  const file = dayFileOf(dataset, path);
  for (const at of [trashPath(id, path), path]) {
    if (!file || !(await isWhole(storage, { path: at, sha256 }))) continue;
    const bytes = await readIfThere(storage, at);
    try {
      const stored =
        bytes && storedParts(dataset, file, openParquet(bytes, path), { sha256, size_bytes: sizeBytes });
      return stored?.map(({ parquet, facts }) => prunedPartOf(underOwnNames(dataset, parquet), facts));
    } catch (error) {
      // What nobody can read is needed by every question.
      if (!isBronzeError(error)) throw error;
      return undefined;
    }
  }
  return undefined;
}

import type { PlannedDay, PlannedFile, PlannedOutput, RefusedFile, RetentionRule } from "../bronze/index.js";
import { compactedName, comparePartitions } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { isBronzeError } from "../errors.js";
import { joinPath, type Storage } from "../storage/index.js";
import type { Kept } from "./manifests.js";
import { cannotMerge, changedTie, filesWithRetries, mergeFiles, neverMerged } from "./merge-files.js";
import type { SurveyedDay, SurveyedFile } from "./survey-day.js";

/** The effect of a rule on one day. */
export interface DayPlan {
  readonly day: PlannedDay;
  readonly refused: readonly RefusedFile[];
  /** The bytes of the outputs, by path. */
  readonly outputBytes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Plans one day: which files are removed, which are kept and why. Equal trees give equal plans. */
export async function planDay(
  storage: Storage,
  surveyed: SurveyedDay,
  { rule, hours }: { readonly rule: RetentionRule; readonly hours: boolean },
  kept: Kept,
): Promise<DayPlan> {
  const draft = new Draft(surveyed);
  const wanted = surveyed.files.filter(
    ({ partition }) => partition.kind === "run" || hours || rule === "into-day",
  );
  const free = candidatesBy(rule, wanted).filter(({ file }) => {
    const manifest = kept.namedBy(file.path);
    if (manifest !== undefined) draft.refuse(file, `named by ${manifest}`);
    else if (!file.footer) draft.refuse(file, "it cannot be read, so nobody knows what it holds");
    return manifest === undefined && file.footer !== undefined;
  });
  if (rule === "into-day") await mergeByKind(storage, draft, free);
  else for (const { file, why } of free) draft.remove(file, why);
  return draft.done();
}

interface Candidate {
  readonly file: SurveyedFile;
  readonly why: string;
}

function candidatesBy(rule: RetentionRule, files: readonly SurveyedFile[]): Candidate[] {
  switch (rule) {
    case "last-run-of-hour":
      return earlierRuns(files);
    case "into-day":
    case "prune":
      return files.map((file) => ({ file, why: "older than the window, and no manifest names it" }));
    default:
      return rule satisfies never;
  }
}

/** The runs that are not the last of their UTC hour; a file made from several runs belongs to no hour. */
function earlierRuns(files: readonly SurveyedFile[]): Candidate[] {
  const last = new Map<string, string>();
  const runs = files.filter(({ isCompacted }) => !isCompacted);
  for (const { partition } of runs)
    if (partition.kind === "run") last.set(hourOf(partition.runTs), partition.runTs);
  return runs.flatMap((file) => {
    if (file.partition.kind !== "run") return [];
    const stays = last.get(hourOf(file.partition.runTs))!;
    return stays === file.partition.runTs ? [] : [{ file, why: `run ${stays} is the last of its hour` }];
  });
}

/** `20260115T17` */
function hourOf(runTs: string): string {
  return runTs.slice(0, 11);
}

/** The files of the last run of each hour. */
export function lastRuns(files: readonly SurveyedFile[]): SurveyedFile[] {
  const earlier = new Set(earlierRuns(files).map(({ file }) => file));
  return files.filter((file) => file.partition.kind === "run" && !file.isCompacted && !earlier.has(file));
}

/** `hour=` files and `run_ts=` files are merged separately: a reader can exclude runs. */
async function mergeByKind(storage: Storage, draft: Draft, candidates: readonly Candidate[]): Promise<void> {
  const { dataset, files } = draft.surveyed;
  for (const kind of ["hour", "run"] as const) {
    const own = candidates.map(({ file }) => file).filter(({ partition }) => partition.kind === kind);
    if (own.length < 2) continue; // nothing to merge with, or already merged
    const never = neverMerged(dataset);
    if (never !== undefined) {
      draft.refuseAll(own, never);
      continue;
    }
    const ofKind = files.filter(({ partition }) => partition.kind === kind);
    const retried = await filesWithRetries(
      storage,
      dataset,
      ofKind.filter(({ footer }) => footer),
    );
    const taken = own.filter((file) => {
      const reason = retried.has(file.path)
        ? "a retry repeats rows in its partition, which one file could not tell from rows sent twice"
        : cannotMerge(dataset, file);
      if (reason !== undefined) draft.refuse(file, reason);
      return reason === undefined;
    });
    if (taken.length > 1) await merge(storage, draft, ofKind, taken);
  }
}

async function merge(
  storage: Storage,
  draft: Draft,
  ofKind: readonly SurveyedFile[],
  taken: readonly SurveyedFile[],
): Promise<void> {
  const { dataset, folder } = draft.surveyed;
  try {
    const { bytes, rows } = await mergeFiles(storage, dataset, folder, taken);
    const digest = sha256(bytes);
    // In the folder of the newest run it holds, so that it takes the position of its newest rows.
    const { partition, path: newest } = taken.at(-1)!;
    const path = joinPath(newest.slice(0, newest.lastIndexOf("/")), compactedName(dataset.file, digest));
    const from = new Set(taken.map((file) => file.path));
    const before = ofKind.filter((file) => {
      const order = comparePartitions(file.partition, partition);
      return !from.has(file.path) && (order < 0 || (order === 0 && file.path < path));
    });
    const changed = await changedTie(storage, dataset, ofKind, from, before.length);
    if (changed !== undefined) {
      draft.refuseAll(taken, changed);
      return;
    }
    for (const file of taken) draft.remove(file, `its rows are in ${path.slice(folder.length + 1)}`);
    draft.add({ path, sha256: digest, sizeBytes: bytes.byteLength, rows, from: [...from] }, bytes);
  } catch (error) {
    if (!isBronzeError(error) || error.code === "NOT_FOUND" || error.code === "STORAGE_FAILED") throw error;
    draft.refuseAll(taken, `its rows cannot be merged: ${error.message}`);
  }
}

/** A day's plan while it is made. */
class Draft {
  readonly surveyed: SurveyedDay;
  readonly #removed: PlannedFile[] = [];
  readonly #outputs: PlannedOutput[] = [];
  readonly #refused: RefusedFile[] = [];
  readonly #bytes = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(surveyed: SurveyedDay) {
    this.surveyed = surveyed;
  }

  remove({ path, sha256, sizeBytes, footer }: SurveyedFile, why: string): void {
    this.#removed.push({ path, sha256, sizeBytes, rows: footer!.rows, why });
  }

  add(output: PlannedOutput, bytes: Uint8Array<ArrayBuffer>): void {
    this.#outputs.push(output);
    this.#bytes.set(output.path, bytes);
  }

  refuse({ path, sizeBytes }: SurveyedFile, reason: string): void {
    const { dataset, date } = this.surveyed;
    this.#refused.push({ dataset: dataset.name, date, path, sizeBytes, reason });
  }

  refuseAll(files: readonly SurveyedFile[], reason: string): void {
    for (const file of files) this.refuse(file, reason);
  }

  done(): DayPlan {
    const { dataset, date, folder } = this.surveyed;
    return {
      day: { dataset: dataset.name, date, folder, remove: this.#removed, outputs: this.#outputs },
      refused: this.#refused,
      outputBytes: this.#bytes,
    };
  }
}

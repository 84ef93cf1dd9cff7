import type {
  PlannedDay,
  PlannedFile,
  PlannedOutput,
  RefusedFile,
  RetentionPlan,
  RetentionRule,
} from "../bronze/index.js";
import { compactedName, comparePlaces, isColumnToken, plainName } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { isBronzeError } from "../errors.js";
import { joinPath, type Storage } from "../storage/index.js";
import { type Cell, keyText } from "../table/index.js";
import { keptFiles } from "./kept-files.js";
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
  { rule, hours, keep }: Pick<RetentionPlan, "rule" | "hours" | "keep">,
  kept: Kept,
): Promise<DayPlan> {
  const draft = new Draft(surveyed);
  const wanted = surveyed.files.filter((file) => isOfRun(file) || hours || rule === "into-day");
  const stays = keep
    ? keptFiles(wanted.filter(isOfRun), keep, (file) => ({
        run: timedRun(file),
        place: keyText(columnsOf(file)),
      }))
    : undefined;
  const free = candidatesBy(rule, wanted).filter(({ file }) => {
    const manifest = kept.namedBy(file.path);
    const reason = stays?.get(file);
    if (reason !== undefined) {
      draft.refuse(file, reason);
      return false;
    }
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
  for (const file of runs) {
    const run = timedRun(file);
    if (run !== undefined) last.set(hourOf(file, run), run);
  }
  return runs.flatMap((file) => {
    const run = timedRun(file);
    if (run === undefined) return [];
    const stays = last.get(hourOf(file, run))!;
    return stays === run ? [] : [{ file, why: `run ${stays} is the last of its hour` }];
  });
}

function isOfRun({ values }: SurveyedFile): boolean {
  return values.has("run");
}

/** The run of a file, where it says a time. */
function timedRun({ values }: SurveyedFile): string | undefined {
  const run = values.get("run");
  return typeof run === "string" && /^\d{8}T\d{6}Z$/.test(run) ? run : undefined;
}

/** Runs are compared with those of the same place: `20260115T17`, and what else the path says. */
function hourOf(file: SurveyedFile, run: string): string {
  return keyText([run.slice(0, 11), ...columnsOf(file)]);
}

/** What a file's path says beside its time. */
function columnsOf({ template, values }: SurveyedFile): Cell[] {
  return template.tokens.filter(isColumnToken).map((token) => values.get(token) ?? null);
}

/** The files of the last run of each hour. */
export function lastRuns(files: readonly SurveyedFile[]): SurveyedFile[] {
  const earlier = new Set(earlierRuns(files).map(({ file }) => file));
  return files.filter((file) => isOfRun(file) && !file.isCompacted && !earlier.has(file));
}

/** Files of hours and of runs are merged separately, for a reader can exclude runs; so are those of other columns. */
async function mergeByKind(storage: Storage, draft: Draft, candidates: readonly Candidate[]): Promise<void> {
  const { dataset, files } = draft.surveyed;
  for (const kind of new Set(candidates.map(({ file }) => kindOf(file)).sort())) {
    const own = candidates.map(({ file }) => file).filter((file) => kindOf(file) === kind);
    if (own.length < 2) continue; // nothing to merge with, or already merged
    const never = neverMerged(dataset);
    if (never !== undefined) {
      draft.refuseAll(own, never);
      continue;
    }
    const ofKind = files.filter((file) => kindOf(file) === kind);
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

function kindOf(file: SurveyedFile): string {
  return keyText([isOfRun(file) ? "run" : "hour", ...columnsOf(file)]);
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
    const newest = taken.at(-1)!;
    const end = newest.path.lastIndexOf("/");
    const name = plainName(newest.path.slice(end + 1));
    const path = joinPath(newest.path.slice(0, end), compactedName(name, digest));
    const from = new Set(taken.map((file) => file.path));
    const before = ofKind.filter(
      (file) => !from.has(file.path) && comparePlaces(file, { ...newest, path }) < 0,
    );
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

import { someDatasets } from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { assertOptions, callback, flag, type OptionTable, required, texts } from "../options.js";
import { printable, withText } from "../printed.js";
import { type RunPlace, storageAt } from "../run/index.js";
import { counted, shown } from "../shown.js";
import { clockOf, formatInstant } from "../time/index.js";
import { examineDataset, examineRetention } from "./bronze.js";
import type { Check, Examined, Finding } from "./finding.js";
import { examineGold } from "./gold.js";
import { examineImports } from "./imports.js";
import { examineRuns } from "./runs.js";
import { examineTempFiles } from "./temp-files.js";
import { examineUnknown } from "./unknown.js";
import { walk } from "./walk.js";

/**
 * What the doctor should know, and may do.
 *
 * @category Survey
 */
export interface DoctorOptions {
  /** Every dataset of the root: data of any other is a finding. */
  readonly datasets: readonly AnyDataset[];
  /** Makes the safe repairs. Default: false, nothing is changed. */
  readonly fix?: boolean;
  /**
   * Names of datasets of which nothing was ever pruned, but for what lies in the trash: a state that is made again then says
   * that the history of its day is whole. Default: none, for only the lost state knew, and such days are `PRUNED` where all of
   * their history may be needed.
   */
  readonly neverPruned?: readonly string[];
  /** The present, in epoch nanoseconds, by which temp files are old. Default: the system clock. */
  readonly clock?: () => bigint;
}

const DOCTOR_OPTIONS: OptionTable<DoctorOptions> = {
  datasets: required(someDatasets),
  fix: flag,
  neverPruned: texts,
  clock: callback,
};

/**
 * What the doctor found. Plain data that JSON takes; `console.log` and `String(...)` show it for people.
 *
 * @category Survey
 */
export interface Diagnosis {
  /** When it looked, ISO-8601 UTC. */
  readonly at: string;
  /** Whether nothing is wrong (any more), and there was something to look at. */
  readonly ok: boolean;
  /** By what was looked at, then by path. */
  readonly findings: readonly Finding[];
  /** What was looked at. A check of 0 things has not passed: there was nothing to check. */
  readonly checks: readonly Check[];
}

/**
 * Looks for what is wrong with a root: bronze, imports, gold, runs and trash. Every file is listed, every data file and manifest is
 * read. The lock of a run that says it is running is asked for, and given back at once. Nothing is changed unless `fix`
 * asks for the safe repairs.
 *
 * @param place `{ root }`, the folder that holds `bronze/`, or `{ storage }`
 * @throws BronzeError `INVALID_ARGUMENT`; `UNKNOWN_DATASET` for a name of `neverPruned`; `NOT_A_FILE`, `STORAGE_FAILED` where the root or a temp file cannot be looked at; what is wrong with files is found, and not thrown
 * @example
 * ```ts
 * const { ok, findings } = await doctor({ root: "data" }, { datasets: [injuries, odds] });
 * for (const { code, path, todo } of findings) console.log(code, path, todo);
 * ```
 *
 * @category Survey
 */
export async function doctor(place: RunPlace, options: DoctorOptions): Promise<Diagnosis> {
  const storage = storageAt(place, "doctor");
  assertOptions(options ?? null, DOCTOR_OPTIONS, "doctor");
  const { datasets, fix = false } = options;
  const neverPruned = namesOf(datasets, options.neverPruned ?? []);
  const nowNs = clockOf(options.clock)();
  const { files, findings, leftOut } = await walk(
    storage,
    datasets.map(({ folder }) => folder),
  );
  const parts: Examined[] = [{ findings, checks: [] }];
  parts.push(await examineTempFiles(storage, files, { fix, nowNs, leftOut }));
  parts.push(examineUnknown(datasets, files));
  for (const dataset of datasets)
    parts.push(await examineDataset(storage, dataset, files, { fix, neverPruned }));
  parts.push(await examineImports(storage, files));
  parts.push(await examineRetention(storage, files));
  parts.push(await examineGold(storage, files));
  parts.push(await examineRuns(storage, files, { fix, nowNs }));
  const found = parts.flatMap((part) => [...part.findings].sort((a, b) => (a.path < b.path ? -1 : 1)));
  const diagnosis: Diagnosis = {
    at: formatInstant(nowNs),
    ok: files.length > 0 && found.every(({ done }) => done !== null),
    findings: found,
    checks: parts.flatMap(({ checks }) => checks),
  };
  return withText(diagnosis, textOf);
}

/** @throws BronzeError `UNKNOWN_DATASET` */
function namesOf(datasets: readonly AnyDataset[], names: readonly string[]): Set<string> {
  const known = datasets.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return new Set(names);
  throw new BronzeError(
    "UNKNOWN_DATASET",
    `neverPruned names ${shown(unknown)}, which is none of the datasets given: ${known.join(", ") || "there are none"}.`,
    { dataset: unknown },
  );
}

function textOf({ at, findings, checks }: Diagnosis): string {
  const lines = findings.flatMap(({ code, path, what, todo, fix, done }) => [
    `  ${printable(`${code}  ${path}`)}`,
    `    ${printable(what)}`,
    `    ${done === null ? printable(`${todo}${fix === "safe" ? " (fix: true does it)" : ""}`) : `done: ${done}`}`,
  ]);
  const idle = checks.filter(({ looked }) => looked === 0).map(({ check }) => check);
  const looked = checks.filter(({ looked }) => looked > 0).map(({ check, looked }) => `${looked} ${check}`);
  const notes = checks.flatMap(({ note }) => note ?? []);
  return [
    `Doctor at ${at}: ${findings.length === 0 ? "nothing found" : counted(findings.length, "finding")}`,
    ...lines,
    `  looked at: ${looked.length === 0 ? "nothing" : printable(looked.join(", "))}`,
    ...(idle.length === 0 ? [] : [`  nothing to look at: ${printable(idle.join(", "))}`]),
    ...notes.map((note) => `  ${printable(note)}`),
  ].join("\n");
}

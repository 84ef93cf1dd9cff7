/**
 * What the doctor can find.
 *
 * | code | what | repair |
 * |---|---|---|
 * | `temp-file` | a temp file that a killed writer left, unchanged for more than a day | safe: it is removed |
 * | `abandoned-run` | a run file that says `running`, while nobody holds the run's lock | safe: it is marked `abandoned`, as the next run would |
 * | `lost-state` | a `_retention.json` that is lost or damaged, where what is there says which files are data | safe: it is made again, and what was there is kept |
 * | `stray-file` | a file in a dataset's folder that is no data | manual |
 * | `unreachable-file` | a data file in a dataset's folder that no question reaches | manual |
 * | `unknown-dataset` | data files beside the folders of the datasets given, in bronze or in silver, that are of none of them | manual |
 * | `damaged-file` | a data file that does not match its checksum, or cannot be decoded | manual |
 * | `refused-file` | a data file that questions refuse: it has rows of another day than its path's, or is not as the definition says | manual |
 * | `broken-day` | a day that cannot be listed | manual |
 * | `unfinished-import` | an import that was begun and has not ended | manual |
 * | `unreadable-import` | the record of an import that cannot be read or was changed | manual |
 * | `retention-state` | a trash record or registration that is lost or damaged, or a `_retention.json` that cannot be made again, or names what is not there | manual |
 * | `unfinished-retention` | a plan that was begun and not ended, and files it left in their old places | manual |
 * | `trash-without-record` | files in the trash of which no record says what they are | manual |
 * | `unreadable-manifest` | a manifest, or the id of a gold store, that cannot be read or was changed | manual |
 * | `damaged-output` | frozen data that is not there, or not as its manifest says | manual |
 * | `data-without-manifest` | frozen data without a manifest: an interrupted freeze | manual |
 * | `unreadable-run` | a run file that cannot be read or was changed | manual |
 * | `unreadable-pointer` | a pointer that cannot be read or was changed | manual |
 * | `pointer-without-run` | a pointer to a run that has no run file | manual |
 * | `unreadable-folder` | a folder or file that the storage cannot list or read, or a name that no path can hold | manual |
 *
 * @category Survey
 */
export type FindingCode =
  | "temp-file"
  | "abandoned-run"
  | "lost-state"
  | "stray-file"
  | "unreachable-file"
  | "unknown-dataset"
  | "damaged-file"
  | "refused-file"
  | "broken-day"
  | "unfinished-import"
  | "unreadable-import"
  | "retention-state"
  | "unfinished-retention"
  | "trash-without-record"
  | "unreadable-manifest"
  | "damaged-output"
  | "data-without-manifest"
  | "unreadable-run"
  | "unreadable-pointer"
  | "pointer-without-run"
  | "unreadable-folder";

/**
 * One thing that is wrong.
 *
 * @category Survey
 */
export interface Finding {
  readonly code: FindingCode;
  /** The file or folder, relative to the root. */
  readonly path: string;
  /** What is wrong with it. */
  readonly what: string;
  /** What to do about it. */
  readonly todo: string;
  /** Whether `fix: true` repairs it: `safe` loses nothing that anybody can read. */
  readonly fix: "safe" | "manual";
  /** What was done about it; null where nothing was. */
  readonly done: string | null;
}

/**
 * What was looked at. A check that looked at nothing has not passed.
 *
 * @category Survey
 */
export interface Check {
  /** Such as `data files of odds_raw`. */
  readonly check: string;
  /** How many things it looked at. */
  readonly looked: number;
  /** What it could not look at, and why; null where there was nothing of that. */
  readonly note: string | null;
}

/** What one part of the doctor found. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly checks: readonly Check[];
}

/** A finding that people have to look into. */
export function manual(code: FindingCode, path: string, what: string, todo: string): Finding {
  return { code, path, what, todo, fix: "manual", done: null };
}

export function check(name: string, looked: number, note: string | null = null): Check {
  return { check: name, looked, note };
}

/** What the storage refuses. */
export function unreadable(path: string, message: string): Finding {
  return manual("unreadable-folder", path, message, "Mend its permissions or its name, or move it away.");
}

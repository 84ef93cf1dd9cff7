import { jsonSafe, shown } from "./shown.js";

/**
 * Every error this library throws on purpose, by stable code. Callers branch on `code`, never on the text.
 *
 * | code | when |
 * |---|---|
 * | `INVALID_INSTANT` | an instant that cannot be read, has no zone, or lies outside int64 nanoseconds |
 * | `INVALID_DATE` | a calendar date that is not `YYYY-MM-DD` or does not exist |
 * | `INVALID_TIME_ZONE` | a zone the runtime's IANA table does not know |
 * | `INVALID_DURATION` | a duration that is not an exact ISO-8601 time span |
 * | `INVALID_ARGUMENT` | any other argument that makes no sense |
 * | `INVALID_PATH` | a name or path that could leave the root (`..`, `/`, NUL, ...) |
 * | `INVALID_DATASET` | a dataset definition that contradicts itself |
 * | `UNKNOWN_DATASET` | a dataset name the store was not given |
 * | `UNKNOWN_COLUMN` | a column that neither schema nor files have, or that was not asked for |
 * | `MISSING_KEY_COLUMN` | a file without one of the dataset's key columns |
 * | `MISSING_COLUMN` | a declared column that no file has and that may not be null, or that a file has in other letters (`AS_OF_TS`) |
 * | `NAIVE_TIMESTAMP` | a timestamp column without UTC adjustment in a dataset that does not declare it UTC |
 * | `TYPE_CLASH` | one column with types that cannot be united without loss, or under two of its names in one file |
 * | `UNSUPPORTED_TYPE` | a Parquet type this library refuses rather than reads wrong |
 * | `CORRUPT_FILE` | a file that is not (or no longer) a readable Parquet file |
 * | `INVALID_ROWS` | rows that do not fit the dataset's schema; nothing was written |
 * | `UNKNOWN_LOOKUP` | rows or labels whose date lookup (for example the schedule) has no answer |
 * | `SNAPSHOT_SPLIT` | one snapshot whose rows differ in the column that dates it, or fall into several partitions; nothing was written |
 * | `MISSING_RUN` | a per-run dataset written without a run |
 * | `MISFILED_DAY` | a day that lies under another season than the dataset's rule gives it, or a file with rows of another day |
 * | `UNREACHABLE_FILES` | data files in a dataset's folder that no template of its layout reaches |
 * | `JOIN_DAYS` | a join that is not told which days a label reads |
 * | `IMPORT_CONFLICT` | an import that was begun with other files or options, or a file that another import of the dataset has taken; nothing was written |
 * | `IMPORT_INVALID` | a record of an import that is none, was changed, or is of a newer version |
 * | `NOT_FOUND` | a file that is not there |
 * | `NOT_A_FILE` | a folder where a file is expected, or a file where a folder is expected |
 * | `STORAGE_FAILED` | the disk refused: the system's own code is in `details.cause` |
 * | `STORAGE_UNSUPPORTED` | a server that does not keep what a storage promises, such as conditional writes |
 * | `LOCK_HELD` | a lock another process holds, after the wait that was asked for |
 * | `LOCK_UNAVAILABLE` | a place where no lock can be had: no kernel lock, or a storage without locks |
 * | `LOCK_LOST` | a lock that no longer kept others out: its file was removed or replaced, or another process wrote what was read under it; what the other wrote was kept |
 * | `NOT_A_LOCK` | a lock's path that is a link, or a file that holds something else; it was not touched |
 * | `SLATE_NOT_DUE` | a slate whose cutoff has not come yet |
 * | `SLATE_CONFLICT` | a slate that is frozen already, from other inputs or with another result |
 * | `SLATE_NOT_FROZEN` | a slate, or a revision of it, that has no manifest |
 * | `MANIFEST_INVALID` | a file that is no manifest |
 * | `MANIFEST_VERSION` | a manifest of a newer version than this library reads |
 * | `MANIFEST_TAMPERED` | a manifest whose digest does not match what it says |
 * | `INPUTS_EMPTY` | a slate whose required inputs are empty (`requireInputs`); it was not frozen |
 * | `INPUTS_MOVED` | a freeze whose input files retention took away while the builder ran, again and again |
 * | `ATTESTATION_REFUSED` | an attestation of a slate whose inputs or data are not what its manifest says |
 * | `GOLD_UNREGISTERED` | a gold store that cannot be registered with its bronze, for that cannot be written; nothing was committed |
 * | `GOLD_MISSING` | a gold store that is registered with a bronze and was not given to its retention; nothing was planned or removed |
 * | `RETENTION_REFUSED` | a plan that would change an answer it promises to keep, or take a file a manifest names; nothing was removed |
 * | `RETENTION_INVALID` | a plan, trash record, `_retention.json`, or the id or registration of a gold store, that is none, was changed, is of a newer version, or is lost beside a compacted file; and what these name and is not there |
 * | `PRUNED` | an answer that needs history which retention pruned, by a caller who does not accept that |
 * | `PLAN_STALE` | a plan made of a tree that has changed since; plan again |
 * | `BUILD_FAILED` | a builder that threw; its own error is the cause |
 * | `BUILD_UNSTABLE` | a builder that gives another output from the same files |
 * | `LEAK` | a builder whose output depends on rows after its cutoff |
 * | `NOTHING_CHECKED` | a check that had nothing to look at, and so has not passed |
 * | `READ_ONLY` | a write through a store that is lent for reading only |
 * | `MUTABLE_INPUT` | a slate built from files that their owner overwrites |
 * | `TRAINING_CONFLICT` | a training set that was written already, from other slates, labels or splits |
 * | `TRAINING_NOT_FOUND` | a version of a training set that has no manifest |
 * | `LABEL_IN_FEATURES` | a label column that is a feature too |
 * | `STAGE_NOT_PRODUCED` | an output that neither this run nor the run named has produced |
 * | `RUN_INTERRUPTED` | a run that got SIGTERM or SIGINT, or whose work failed elsewhere |
 * | `RUN_ENDED` | a run used after its end |
 * | `RUN_INVALID` | a run file that is none, was changed, or is of a newer version |
 * | `RUN_PRUNED` | a run whose file, or kept output, was pruned |
 * | `RUN_ID_MIXED` | rows that carry the id of another run than the one that writes them |
 * | `POINTER_AHEAD` | a pointer to outputs that do not exist |
 * | `POINTER_BACKWARDS` | a pointer that would move to an earlier cutoff |
 * | `POINTER_MOVED` | a pointer that someone else moved since it was read |
 * | `POINTER_STALE` | a pointer to a run of longer ago than was asked for |
 * | `POINTER_INVALID` | a file that is no pointer, was changed, or is of a newer version |
 * | `ENGINE_PRECISION` | instants that an engine would cut short: a column of nanoseconds that are no whole microseconds |
 * | `ENGINE_UNSUPPORTED` | a question, a column or a file that an engine cannot be asked about exactly |
 * | `ENGINE_FAILED` | an engine that refused a statement, or files that went away each time it read them; its own error is the cause |
 *
 * @category Errors
 */
export type BronzeErrorCode =
  | "INVALID_INSTANT"
  | "INVALID_DATE"
  | "INVALID_TIME_ZONE"
  | "INVALID_DURATION"
  | "INVALID_ARGUMENT"
  | "INVALID_PATH"
  | "INVALID_DATASET"
  | "UNKNOWN_DATASET"
  | "UNKNOWN_COLUMN"
  | "MISSING_KEY_COLUMN"
  | "MISSING_COLUMN"
  | "NAIVE_TIMESTAMP"
  | "TYPE_CLASH"
  | "UNSUPPORTED_TYPE"
  | "CORRUPT_FILE"
  | "INVALID_ROWS"
  | "UNKNOWN_LOOKUP"
  | "SNAPSHOT_SPLIT"
  | "MISSING_RUN"
  | "MISFILED_DAY"
  | "UNREACHABLE_FILES"
  | "JOIN_DAYS"
  | "IMPORT_CONFLICT"
  | "IMPORT_INVALID"
  | "NOT_FOUND"
  | "NOT_A_FILE"
  | "STORAGE_FAILED"
  | "STORAGE_UNSUPPORTED"
  | "LOCK_HELD"
  | "LOCK_UNAVAILABLE"
  | "LOCK_LOST"
  | "NOT_A_LOCK"
  | "SLATE_NOT_DUE"
  | "SLATE_CONFLICT"
  | "SLATE_NOT_FROZEN"
  | "MANIFEST_INVALID"
  | "MANIFEST_VERSION"
  | "MANIFEST_TAMPERED"
  | "INPUTS_EMPTY"
  | "INPUTS_MOVED"
  | "ATTESTATION_REFUSED"
  | "GOLD_UNREGISTERED"
  | "GOLD_MISSING"
  | "RETENTION_REFUSED"
  | "RETENTION_INVALID"
  | "PRUNED"
  | "PLAN_STALE"
  | "BUILD_FAILED"
  | "BUILD_UNSTABLE"
  | "LEAK"
  | "NOTHING_CHECKED"
  | "READ_ONLY"
  | "MUTABLE_INPUT"
  | "TRAINING_CONFLICT"
  | "TRAINING_NOT_FOUND"
  | "LABEL_IN_FEATURES"
  | "STAGE_NOT_PRODUCED"
  | "RUN_INTERRUPTED"
  | "RUN_ENDED"
  | "RUN_INVALID"
  | "RUN_PRUNED"
  | "RUN_ID_MIXED"
  | "POINTER_AHEAD"
  | "POINTER_BACKWARDS"
  | "POINTER_MOVED"
  | "POINTER_STALE"
  | "POINTER_INVALID"
  | "ENGINE_PRECISION"
  | "ENGINE_UNSUPPORTED"
  | "ENGINE_FAILED";

/**
 * The one error class of this library.
 *
 * `message` says what was found, where, and what to do; `code` is stable across versions; `details` holds the
 * same facts as data.
 *
 * @example
 * ```ts
 * try {
 *   bronze.asOf("2026-01-15T23:45:00");
 * } catch (error) {
 *   if (isBronzeError(error, "INVALID_INSTANT")) console.error(error.message);
 * }
 * ```
 * @category Errors
 */
export class BronzeError extends Error {
  override readonly name = "BronzeError";
  /** Stable, machine-readable reason. */
  readonly code: BronzeErrorCode;
  /** The facts of the message as data: file, column, rows, ... */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: BronzeErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(typeof message === "string" ? message : shown(message), options);
    this.code = code;
    this.details = details;
  }

  /** For logs: `JSON.stringify` of an `Error` has no message. Bigints in the details become decimal text. */
  toJSON(): {
    readonly name: string;
    readonly code: BronzeErrorCode;
    readonly message: string;
    readonly details: unknown;
  } {
    const { name, code, message, details } = this;
    return { name, code, message, details: jsonSafe(details) };
  }
}

/**
 * Whether `error` was thrown by this library, and (when given) with that code.
 *
 * @example
 * ```ts
 * isBronzeError(error, "CORRUPT_FILE") && console.error(error.details.file);
 * ```
 * @category Errors
 */
export function isBronzeError(error: unknown, code?: BronzeErrorCode): error is BronzeError {
  return error instanceof BronzeError && (code === undefined || error.code === code);
}

import type { BronzeErrorCode } from "../src/index.js";

/**
 * Codes that do not come out of a function, though what it names throws them: it catches them, or they cannot be there.
 * Neither can be seen in a call graph, so each entry says why.
 */
export const CAUGHT: Readonly<Record<string, readonly BronzeErrorCode[] | "all">> = {
  // It gives what is asked later.
  "bronze/engine/bronze-on-engine.ts#storeOnEngine": "all",
  // What the library itself hands to these came out of an instant or a day that was checked.
  "time/instant.ts#formatInstant": "all",
  "time/instant.ts#refuseEarly": ["INVALID_DATE", "INVALID_ARGUMENT"],
  "gold/verify/verify.ts#extraInputs": ["INVALID_INSTANT"],
  "gold/verify/verify-all.ts#verifyAll": ["INVALID_INSTANT"],
  "gold/freeze/attest.ts#attestManifest": [
    "INVALID_INSTANT",
    "INVALID_DATE",
    "INVALID_DURATION",
    "UNKNOWN_COLUMN",
  ],
  "gold/verify/replay.ts#replayManifest": ["INVALID_INSTANT"],
  "bronze/retained/trash-record.ts#trashRecords": ["INVALID_INSTANT", "INVALID_DATE"],
  "retention/empty-trash.ts#emptyTrash": ["INVALID_INSTANT"],
  // What cannot be given back is told as moved; what another changed is looked at again.
  "gold/freeze/commit.ts#keepInputs": ["LOCK_LOST", "RETENTION_REFUSED"],
  // Files are loaded whole there: no row is looked up to tell its day.
  "retention/proof/assert-replaced.ts#assertHolds": ["UNKNOWN_LOOKUP", "INVALID_DATE"],
  "run/run-id.ts#startOfRunId": ["INVALID_INSTANT"],
  "run/with-run.ts#underLock": ["INVALID_DATE"],
  "run/run.ts#writePointer": ["INVALID_INSTANT"],
  "run/run.ts#readPointer": ["INVALID_INSTANT"],
  "bronze/read/path-columns.ts#instantOf": ["INVALID_INSTANT", "INVALID_DATE"],
  "dataset/layout.ts#rangeOf": ["INVALID_DATE", "INVALID_ARGUMENT"],
  "dataset/layout.ts#withinSeason": ["INVALID_DATE", "INVALID_ARGUMENT"],

  // A clock is the caller's own: its option says what comes of one that gives no instant.
  "time/instant.ts#clockOf": "all",

  // What a plan over runs says was written by the library, and has its digest.
  "retention/day/keep-rules.ts#keptByRules": ["INVALID_INSTANT", "INVALID_DATE"],
  "run/pruning/run-plan.ts#runPlanId": ["INVALID_ARGUMENT"],
  "run/pruning/run-trash.ts#runTrash": ["INVALID_INSTANT", "INVALID_DATE"],
  "run/pruning/empty-run-trash.ts#emptyRunTrash": ["INVALID_INSTANT"],
  "run/pruning/apply-run-plan.ts#assertNotKept": [
    "INVALID_INSTANT",
    "INVALID_DATE",
    "INVALID_TIME_ZONE",
    "INVALID_DURATION",
  ],
  "run/pruning/apply-run-plan.ts#assertStillUnnamed": ["INVALID_INSTANT"],
  // It has no datasets.
  "run/pruning/run-pruning.ts#new RunPruning": ["INVALID_DATASET"],

  // The zone was looked up where it was given.
  "report/gather.ts#gather": ["INVALID_TIME_ZONE"],
  // What the library refuses to answer about a day is shown there.
  "report/gather-dataset.ts#askDays": "all",
  "report/gather-dataset.ts#coverageDays": "all",
  "report/gather-dataset.ts#askHistory": "all",
  "report/server/routes.ts#respond": "all",
  "report/gather-runs.ts#gatherRuns": "all",
  "run/list-runs.ts#recordOf": "all",
  "report/server/watch-tree.ts#stateOf": "all",
  "report/gather-gold.ts#gatherGold": "all",
  "report/gather-checks.ts#gatherFreshness": "all",
  "dataset/day-of.ts#dayOfTime": ["INVALID_TIME_ZONE"],
  "bronze/read/join-as-of.ts#datesOfLabels": ["INVALID_TIME_ZONE"],
  "bronze/write/partition-rows.ts#partitionRows": ["INVALID_TIME_ZONE"],
  "gold/gold-store.ts#assertSlate": ["INVALID_TIME_ZONE"],
  "retention/make-plan.ts#firstKeptDate": ["INVALID_TIME_ZONE"],
  "run/stage-output.ts#readOutput": ["INVALID_TIME_ZONE"],
  "run/pruning/plan-runs.ts#planRuns": ["INVALID_TIME_ZONE"],

  "bronze/survey/slots.ts#slotsOf": ["INVALID_TIME_ZONE"],
  "bronze/survey/slots.ts#foldersOfSlots": ["INVALID_TIME_ZONE"],
  "bronze/survey/slots.ts#lateAfterNs": ["INVALID_TIME_ZONE"],
  "bronze/survey/freshness.ts#freshnessOfOne": ["INVALID_TIME_ZONE", "INVALID_DATE"],

  // What is wrong with a file is a finding, or stands in the day's `unreadable`.
  "bronze/survey/coverage.ts#lookAt": "all",
  // By then its columns are decoded.
  "bronze/survey/coverage.ts#coverageOf": [
    "CORRUPT_FILE",
    "MISSING_COLUMN",
    "MISSING_KEY_COLUMN",
    "NAIVE_TIMESTAMP",
    "TYPE_CLASH",
    "UNKNOWN_LOOKUP",
  ],
  "doctor/walk.ts#walk": ["INVALID_PATH", "NOT_FOUND"],
  "doctor/temp-files.ts#examineTempFiles": ["NOT_FOUND"],
  "doctor/bronze.ts#examineDataset": "all",
  "doctor/bronze.ts#examineRetention": "all",
  "doctor/gold.ts#examineGold": "all",
  "doctor/runs.ts#examineRuns": "all",
  "doctor/imports.ts#examineOne": "all",

  // A file is surveyed by its times alone, which are no part of the key.
  "bronze/survey/freshness.ts#newestOfUnit": ["MISSING_KEY_COLUMN", "UNKNOWN_LOOKUP"],

  // Rows are taken as they are, with their instants as epoch nanoseconds.
  "run/input-digest.ts#digestInputs": ["INVALID_INSTANT", "UNKNOWN_COLUMN"],

  // A cell's reader is made where a cell is asked for.
  "bronze/read/bronze-day.ts#new BronzeDay": ["UNKNOWN_COLUMN"],
  "travel/answer/snapshot.ts#new Snapshot": ["UNKNOWN_COLUMN"],

  // Only what is there is asked for: columns that a file has, under the names that it has.
  "table/parquet/parquet-file.ts#decodeColumn": ["UNKNOWN_COLUMN"],
  // Names of columns are told without a look at the cells.
  "table/forms/tabular.ts#columns": "all",
  "table/forms/tabular.ts#rows": ["UNKNOWN_COLUMN"],
  "table/forms/tabular.ts#toCSV": ["UNKNOWN_COLUMN"],
  "retention/proof/checks.ts#seededAsks": ["UNKNOWN_COLUMN"],
  "bronze/leak/alter-file.ts#alterableFile": ["INVALID_ROWS"],
  // A training set is read in its own types, and names no file of bronze.
  "gold/training/training-set.ts#readTrainingSet": ["TYPE_CLASH"],
  "gold/training/training-set.ts#writeTrainingSet": ["INPUTS_MOVED", "UNKNOWN_DATASET", "MISFILED_DAY"],
  "gold/training/training-slates.ts#rowsOfFile": ["NAIVE_TIMESTAMP"],
  // 64-bit integers of lists are read as bigints.
  "table/parquet/decode-nested.ts#cellsReader": ["TYPE_CLASH"],
  // A plan is checked with the store's own datasets, and asked what it and the manifests say.
  "retention/proof/verify-plan.ts#verifyPlan": [
    "PRUNED",
    "UNKNOWN_COLUMN",
    "INVALID_DATASET",
    "INVALID_INSTANT",
    "INVALID_DATE",
    "INVALID_DURATION",
  ],
  // A pointer that is about to move is read without a bound on its age.
  "run/pointer.ts#movePointer": ["POINTER_STALE", "INVALID_DURATION"],
  "run/pruning/names-of-runs.ts#namedRuns": ["POINTER_STALE", "INVALID_DURATION"],

  // What cannot be read as an instant, a date or a document is said as a clash of types, bad rows or a damaged document.
  "table/convert-column.ts#conversionOf": ["INVALID_INSTANT", "INVALID_DATE"],
  "table/from-cells.ts#dayOf": "all",
  "gold/build/output.ts#columnOf": ["INVALID_INSTANT"],
  "bronze/read/snapshot-metadata.ts#readSnapshotMetadata": ["INVALID_INSTANT"],
  "json/sealed-json.ts#check": ["INVALID_ARGUMENT"],
  "bronze/retained/retention-plan.ts#planId": ["INVALID_ARGUMENT"],
  // A schema makes an issue of it, which the write reports.
  "dataset/column-schema.ts#instant": "all",
  "dataset/column-schema.ts#domainDate": "all",
  // Why a value is none of a column's is part of what is said of it.
  "dataset/given-cell.ts#givenCell": "all",

  // A cell that JSON cannot have is written as what it is.
  "table/json-cell.ts#jsonCell": "all",

  // A file that is not there is an answer.
  "storage/storage.ts#readIfThere": ["NOT_FOUND"],
  "run/pointer.ts#readPointerFrom": ["NOT_FOUND"],
  "gold/verify/late-arrivals.ts#openBeside": "all",
  "gold/verify/late-arrivals.ts#extrasOf": "all",
  "gold/verify/verify-all.ts#readChains": "all",
  "bronze/read/held-parts.ts#retainedParts": ["CORRUPT_FILE", "TYPE_CLASH"],
  "bronze/read/snapshot-metadata.ts#readDeclaredContent": ["INVALID_INSTANT"],
  "gold/verify/check-inputs.ts#contentAt": ["CORRUPT_FILE", "UNSUPPORTED_TYPE"],
  "bronze/read/held-parts.ts#partsNamed": ["CORRUPT_FILE"],
  // Where a question cannot be asked again, every file decides.
  "gold/freeze/attest.ts#decidingPaths": [
    "PRUNED",
    "MISSING_COLUMN",
    "MISSING_KEY_COLUMN",
    "NAIVE_TIMESTAMP",
    "TYPE_CLASH",
    "UNKNOWN_LOOKUP",
    "UNREACHABLE_FILES",
  ],
  "run/abandoned.ts#markOne": "all",
  "bronze/retained/retained-day.ts#problemOf": ["CORRUPT_FILE", "NOT_FOUND"],
  // A run whose name is no time has no hour, and stays.
  "retention/day/kept-parts.ts#startOf": "all",
  // What cannot be merged is refused in the plan, and stays as it is.
  "retention/day/pack-parts.ts#unlessUnwritable": ["INVALID_ROWS"],
  "retention/day/pack-parts.ts#encoded": ["INVALID_ROWS"],
  "retention/day/pack-parts.ts#fileOfPart": ["INVALID_ROWS"],
  // Rows are digested with their instants as bigints.
  // One slate's error is in the report.
  "gold/freeze/backfill.ts#attempt": "all",
  // So is what the function under check throws, as `BUILD_FAILED`.
  "gold/leak/trial.ts##run": [
    "READ_ONLY",
    "INVALID_DATE",
    "INVALID_DURATION",
    "INVALID_PATH",
    "INVALID_ROWS",
    "UNKNOWN_DATASET",
  ],
  "run/with-run.ts#workOf": ["RUN_ENDED"],

  // These make something, and what it throws stands with its own methods.
  "storage/local/local-disk.ts#localDiskOver": "all",
  "storage/local/disk-calls.ts#nodeDiskCalls": "all",
  "storage/memory.ts#memoryStorage": "all",
  "storage/read-cost.ts#metered": "all",
  "storage/s3/s3-storage.ts#s3Storage": [
    "LOCK_HELD",
    "NOT_A_FILE",
    "NOT_A_LOCK",
    "NOT_FOUND",
    "STORAGE_FAILED",
    "STORAGE_UNSUPPORTED",
  ],
  "time/calendar.ts#createCalendar": "all",
  "time/season.ts#seasonStartingIn": ["INVALID_DATE"],
  "bronze/bronze-store.ts#read": "all",
  "gold/gold-store.ts#new GoldStore": ["INVALID_DATE"],
  "gold/gold-store.ts#slateOf": ["INVALID_DURATION", "INVALID_TIME_ZONE"],
  "run/run-bronze.ts#boundBronze": "all",
  "run/run-gold.ts#boundGold": "all",
  "run/run-retention.ts#boundRetention": "all",

  // The library makes its paths of names that were checked; those that a caller gives are checked by `assertPath`.
  "storage/path.ts#joinPath": "all",
  "storage/local/scratch-folder.ts#scratchFolder": "all",
  "run/run-paths.ts#runPaths": ["INVALID_PATH"],
  "storage/storage.ts#list": ["INVALID_PATH"],
  "storage/storage.ts#read": ["INVALID_PATH"],
  "storage/storage.ts#stat": ["INVALID_PATH"],
  "storage/storage.ts#listTree": ["INVALID_PATH", "INVALID_ARGUMENT"],
  "storage/storage.ts#openVersion": ["INVALID_PATH", "INVALID_ARGUMENT"],
  "storage/storage.ts#publish": ["INVALID_PATH"],
  "storage/storage.ts#replace": ["INVALID_PATH"],
  "storage/storage.ts#swap": ["INVALID_PATH"],
  "storage/storage.ts#remove": ["INVALID_PATH"],
  "storage/storage.ts#lock": ["INVALID_PATH"],
};

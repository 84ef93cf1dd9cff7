import { contentOfFile } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError } from "../../errors.js";
import { canonicalJson, encodeReadBack, seal } from "../../json/index.js";
import {
  assertOptions,
  callback,
  either,
  given,
  group,
  type OptionTable,
  required,
  text,
  texts,
} from "../../options.js";
import {
  assertName,
  joinPath,
  MAX_IN_FLIGHT,
  mapConcurrently,
  readIfThere,
  type Storage,
} from "../../storage/index.js";
import type { Cell } from "../../table/index.js";
import { assertDate, formatInstant } from "../../time/index.js";
import { LIBRARY_VERSION } from "../../version.js";
import { columnOf, encodeTable } from "../build/output.js";
import { publishOutput } from "../build/publish-output.js";
import { holdsContent, readOutput } from "../build/read-output.js";
import { commitOver, locksToCommit } from "../freeze/commit.js";
import { foreignFiles, isForeignManifest } from "../manifest/foreign.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { RUN_OPTIONS, runIdOf } from "../manifest/manifest.js";
import { contentName } from "../manifest/slate.js";
import type { Labels } from "./training-labels.js";
import {
  parseTrainingManifest,
  SPLITS,
  type Split,
  TRAINING_MANIFEST_VERSION,
  type TrainingManifest,
} from "./training-manifest.js";
import { type JoinedSlates, joinSlates } from "./training-rows.js";
import { frozenSlates, rowsOfFile } from "./training-slates.js";

/**
 * What to make a training set of.
 *
 * @category Gold
 */
export interface TrainingSetOptions {
  /** First slate date. */
  readonly from: string;
  /** Last slate date. */
  readonly to: string;
  /** Snapshot type of the slates that are the features. */
  readonly snapshot: string;
  /** What is to be learned. A row of features without a label is left out and counted. */
  readonly labels: Labels;
  /** Columns that features and labels share; the slate's keys are columns of the features too. */
  readonly on: readonly string[];
  /** Name to write it under, once: `v1`. */
  readonly version: string;
  /** Slates up to `trainEnd` train, later ones up to `valEnd` validate, the rest test; by slate date, both inclusive. */
  readonly splits: { readonly trainEnd: string; readonly valEnd: string };
  /** The run that writes; kept in the manifest. */
  readonly run?: { readonly id: string };
}

const SPLIT_OPTIONS: OptionTable<TrainingSetOptions["splits"]> = {
  trainEnd: required(given),
  valEnd: required(given),
};
const TRAINING_OPTIONS: OptionTable<TrainingSetOptions> = {
  from: required(given),
  to: required(given),
  snapshot: required(text),
  labels: required(either({ is: "a list of rows", accepts: Array.isArray }, callback)),
  on: required(texts),
  version: given,
  splits: required(group(SPLIT_OPTIONS)),
  run: group(RUN_OPTIONS),
};

/**
 * What writing a training set did.
 *
 * @category Gold
 */
export interface TrainingSetResult {
  /** `unchanged`: the same slates and labels gave the same files, which were there already. */
  readonly status: "written" | "unchanged";
  readonly manifest: TrainingManifest;
  /** Path of the manifest. */
  readonly path: string;
}

/**
 * A training set, read back.
 *
 * @category Gold
 */
export interface TrainingSet extends Readonly<Record<Split, Record<string, Cell>[]>> {
  readonly manifest: TrainingManifest;
}

/**
 * Joins frozen slates with labels and writes the result once: data first, manifest last. Rows are split by slate, so no
 * slate is on both sides of a split.
 */
export async function writeTrainingSet(
  gold: GoldContext<readonly AnyDataset[]>,
  options: TrainingSetOptions,
): Promise<TrainingSetResult> {
  const { storage, rules } = gold;
  assertOptions(options, TRAINING_OPTIONS, "trainingSet");
  const locks = locksToCommit(gold, "a training set");
  const folder = trainingFolder(options.version);
  assertPeriod(options);
  const runId = runIdOf(options.run);
  const { from, to, snapshot, on, splits, version } = options;
  const slates = await frozenSlates(storage, rules, snapshot, { from, to });
  const joined = await joinSlates(rules, slates, options);
  const files = SPLITS.map((split) => [split, encodeSplit(folder, joined, split)] as const);

  const lock = await locks.lock(joinPath("gold/training", `.${version}.lock`));
  try {
    const path = joinPath(folder, "manifest.json");
    const manifest = seal({
      format: "bronzestore.training" as const,
      version: TRAINING_MANIFEST_VERSION as 1,
      name: version,
      snapshot,
      from,
      to,
      on: [...on],
      splits: { train_end: splits.trainEnd, val_end: splits.valEnd },
      created_at: formatInstant(gold.clock()),
      run_id: runId,
      git_sha: gold.gitSha ?? null,
      library: { name: "bronzestore" as const, version: LIBRARY_VERSION },
      slates: joined.slates,
      keys: joined.keys,
      features: { columns: joined.features, sha256: sha256(canonicalJson(joined.features)) },
      labels: joined.labels,
      files: Object.fromEntries(files.map(([split, { file }]) => [split, file])) as TrainingManifest["files"],
    });
    for await (const { path: theirs } of foreignFiles(storage, folder))
      throw conflict(version, path, [`${theirs} is another program's`]);
    const there = await readIfThere(storage, path);
    if (there) {
      const previous = parseTrainingManifest(there, path);
      const differences = differencesBetween(previous, manifest);
      for (const [split, { file, bytes }] of files) {
        const before = previous.files[split];
        if (before.sha256 === file.sha256) continue;
        // The encoder of another version may write the same rows in other bytes.
        if (!(await holdsContent(storage, before, contentOfFile(bytes, file.path))))
          differences.push(`${split} has other content`);
      }
      if (differences.length === 0) return { status: "unchanged", manifest: previous, path };
      throw conflict(version, path, differences);
    }
    const manifestBytes = encodeReadBack(manifest, path, parseTrainingManifest);
    for (const [, { file, bytes }] of files) await publishOutput(storage, file.path, bytes);
    // It names no file of bronze; its slates do, and its store must be registered as theirs is.
    if (!(await commitOver(gold, [], { path, bytes: manifestBytes })))
      throw conflict(version, path, ["another process wrote it at the same moment, without the lock"]);
    return { status: "written", manifest, path };
  } finally {
    await lock.release();
  }
}

/**
 * Reads a training set back, its files checked against its manifest.
 * @throws BronzeError `TRAINING_NOT_FOUND`, `CORRUPT_FILE`, `MANIFEST_TAMPERED`, ...
 */
export async function readTrainingSet(storage: Storage, version: string): Promise<TrainingSet> {
  const path = joinPath(trainingFolder(version), "manifest.json");
  const bytes = await readIfThere(storage, path);
  if (!bytes || isForeignManifest(bytes)) {
    throw new BronzeError(
      "TRAINING_NOT_FOUND",
      `There is no training set "${version}": ${path} is ${bytes ? "another program's" : "missing"}.`,
      {
        version,
      },
    );
  }
  const manifest = parseTrainingManifest(bytes, path);
  const [train, val, test] = await mapConcurrently(SPLITS, MAX_IN_FLIGHT, async (split) => {
    const file = await readOutput(storage, manifest.files[split]);
    return rowsOfFile(file, file.columns);
  });
  return { manifest, train: train!, val: val!, test: test! };
}

function trainingFolder(version: string): string {
  return joinPath("gold/training", assertName(version, "version of a training set"));
}

function assertPeriod({ from, to, on, splits: { trainEnd, valEnd } }: TrainingSetOptions): void {
  for (const [date, what] of [
    [from, "from"],
    [to, "to"],
    [trainEnd, "splits.trainEnd"],
    [valEnd, "splits.valEnd"],
  ] as const)
    assertDate(date, what);
  const problem =
    from > to
      ? `from ${from} lies after to ${to}`
      : trainEnd > valEnd
        ? `trainEnd ${trainEnd} lies after valEnd ${valEnd}`
        : on.length === 0
          ? "on names no column to join on"
          : undefined;
  if (problem) throw new BronzeError("INVALID_ARGUMENT", `A training set cannot be made: ${problem}.`);
}

function encodeSplit(folder: string, { rows, types }: JoinedSlates, split: Split) {
  const own = rows.filter((row) => row.split === split);
  const cells = own.map(({ row }) => row);
  const bytes = encodeTable(
    [...types].map(([name, type]) => columnOf(name, type, cells, true)),
    joinPath(folder, `${split}.parquet`),
  );
  const digest = sha256(bytes);
  const file = {
    path: joinPath(folder, contentName(split, digest)),
    sha256: digest,
    size_bytes: bytes.byteLength,
    rows: own.length,
    slates: new Set(own.map(({ slate }) => slate)).size,
  };
  return { file, bytes };
}

/** How two manifests differ, in words, but for their files; their writer and time do not count. */
function differencesBetween(before: TrainingManifest, after: TrainingManifest): string[] {
  const differences: string[] = [];
  const digests = (manifest: TrainingManifest) =>
    new Map(manifest.slates.map(({ slate, digest }) => [canonicalJson(slate), digest]));
  const [old, now] = [digests(before), digests(after)];
  for (const [slate, digest] of old) {
    if (!now.has(slate)) differences.push(`slate ${slate} is gone`);
    else if (now.get(slate) !== digest) differences.push(`slate ${slate} has another manifest`);
  }
  for (const slate of now.keys()) if (!old.has(slate)) differences.push(`slate ${slate} is new`);
  for (const name of ["snapshot", "from", "to", "on", "splits", "keys", "features", "labels"] as const) {
    const [was, is] = [canonicalJson(before[name]), canonicalJson(after[name])];
    if (was !== is) differences.push(`${name} was ${was} and is ${is}`);
  }
  return differences;
}

function conflict(version: string, path: string, differences: readonly string[]): BronzeError {
  return new BronzeError(
    "TRAINING_CONFLICT",
    `Training set "${version}" is written already (${path}) and would come out different: ${differences.join("; ")}. ` +
      "It stays as it is; write the new one under another version.",
    { version, manifest: path, differences },
  );
}

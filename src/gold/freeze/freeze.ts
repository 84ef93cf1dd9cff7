import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { type Json, toJsonObject } from "../../json/index.js";
import {
  anObject,
  assertIs,
  assertOptions,
  callback,
  flag,
  given,
  group,
  type OptionTable,
  required,
  text,
} from "../../options.js";
import { shown } from "../../shown.js";
import { joinPath, readIfThere, type Storage } from "../../storage/index.js";
import { traced } from "../../telemetry/index.js";
import { exactly, formatInstant, type InstantLike, toEpochNs } from "../../time/index.js";
import { type KnownBy, knownByNs } from "../../travel/index.js";
import { LIBRARY_VERSION } from "../../version.js";
import {
  type Build,
  type Built,
  buildSlate,
  externalDifferences,
  inputDifferences,
} from "../build/build-slate.js";
import { publishOutput } from "../build/publish-output.js";
import { isSameResult } from "../build/read-output.js";
import type { GoldContext } from "../manifest/gold-context.js";
import {
  encodeManifest,
  MANIFEST_VERSION,
  type Manifest,
  type ManifestV2,
  RUN_OPTIONS,
  runIdOf,
  sealManifest,
} from "../manifest/manifest.js";
import { newestRevision, nextRevision } from "../manifest/revisions.js";
import { dataPath, revisionFiles, type SlateKey, slateFolder, slateKey } from "../manifest/slate.js";
import { inputsNow } from "../verify/verify.js";
import { commitOver, locksToCommit } from "./commit.js";
import { assertInputs, assertKeepable, assertRequired } from "./require-inputs.js";

/**
 * What to freeze.
 *
 * @category Gold
 */
export interface FreezeOptions<Name extends string = string> {
  readonly slate: SlateKey;
  /** Snapshot type, for example `lock` or `pretip`. */
  readonly snapshot: string;
  /** Tip-off; the snapshot type says how long before it the cutoff lies. */
  readonly tip: InstantLike;
  /** Bound what the builder sees to rows captured by then; `cutoff`: by the cutoff itself. Default: no bound. */
  readonly knownBy?: KnownBy;
  /** Handed to the builder as it is kept in the manifest: read back from JSON. Members that are `undefined` are left out. */
  readonly parameters?: Readonly<Record<string, Json>>;
  /**
   * Datasets without which the slate is not frozen; `true` for all that the builder reads. Each of their reads must have
   * found a row known by the cutoff, so that a day whose scrape is late is not frozen empty for ever. Default: none.
   */
  readonly requireInputs?: true | readonly Name[];
  /** The run that freezes; kept in the manifest. */
  readonly run?: { readonly id: string };
  /** The present: a slate whose cutoff lies later is not due. Default: the store's clock. */
  readonly now?: InstantLike;
  /** Adds a revision beside what is frozen, instead of refusing. Default: false. */
  readonly force?: boolean;
}

/**
 * What a freeze did.
 *
 * @category Gold
 */
export interface FreezeResult {
  /**
   * `unchanged`: the same inputs gave the same result, which was frozen already; `repaired`: so it was, but its data
   * was gone or damaged, and the same bytes were put back.
   */
  readonly status: "frozen" | "unchanged" | "repaired";
  readonly manifest: Manifest;
  /** Path of the manifest. */
  readonly path: string;
}

/**
 * Builds a slate and freezes it: data first, manifest last. The manifest is the commit point; a data file without one
 * is an interrupted freeze, which the next freeze completes. If retention removes an input while the builder runs, the
 * slate is built again from what is there then.
 */
export async function freeze<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  options: FreezeOptions,
  build: Build<Datasets>,
): Promise<FreezeResult> {
  assertOptions(options, FREEZE_OPTIONS, "freeze");
  const { slate, snapshot, run } = options;
  return traced(
    "bronzestore:freeze",
    () => ({ slate: { ...slate }, snapshot, runId: run?.id }),
    async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await freezeOnce(gold, options, build);
        } catch (error) {
          if (attempt === MAX_ATTEMPTS || !isBronzeError(error, "INPUTS_MOVED")) throw error;
        }
      }
    },
    ({ status, path, manifest }) => ({
      status,
      path,
      rows: manifest.output.rows,
      revision: manifest.revision,
    }),
  );
}

export const FREEZE_OPTIONS: OptionTable<FreezeOptions> = {
  slate: required(anObject),
  snapshot: required(text),
  tip: required(given),
  knownBy: given,
  parameters: given,
  requireInputs: given,
  run: group(RUN_OPTIONS),
  now: given,
  force: flag,
};

/** Each attempt needs another plan that commits on the same days while the builder runs. */
const MAX_ATTEMPTS = 4;

async function freezeOnce<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  options: FreezeOptions,
  build: Build<Datasets>,
): Promise<FreezeResult> {
  const { storage, rules } = gold;
  assertIs(build, callback, "The builder");
  const locks = locksToCommit(gold, "a freeze");
  const { snapshot, force = false } = options;
  const slate = slateKey(rules, options.slate);
  const parameters = toJsonObject(options.parameters, "parameters");
  const runId = runIdOf(options.run);
  assertRequired(gold, options.requireInputs);
  const tip = toEpochNs(options.tip, "tip");
  const cutoff = tip - beforeTip(gold, snapshot);
  const knownBy = knownByNs(options.knownBy, cutoff);
  const nowNs = options.now === undefined ? gold.clock() : toEpochNs(options.now, "now");
  if (cutoff > nowNs) {
    throw new BronzeError(
      "SLATE_NOT_DUE",
      `The ${snapshot} of ${shown(slate)} is at ${formatInstant(cutoff)}, which has not come yet; what is known then is not known now.`,
      { slate, snapshot },
    );
  }
  const folder = slateFolder(rules, slate);
  gold.assertSlate(slate, tip);
  const buildOn = (acceptsPruned: "never" | "always") => {
    const bounds = { knownBy: exactly(knownBy), acceptsPruned, asInputs: true };
    const view = gold.bronze.viewWith(exactly(cutoff), bounds);
    return buildSlate(gold, view, { slate, snapshot, tip, parameters }, build);
  };
  const which = { slate, snapshot };
  let built: Built;
  /** Why nothing is frozen from here on, unless it is what was frozen before: of that, parts may have been pruned since. */
  let refused: BronzeError | undefined;
  try {
    built = await buildOn("never");
    assertInputs(built.inputs, options.requireInputs, which);
  } catch (error) {
    const isPruned = isBronzeError(error, "PRUNED");
    if (!isPruned && !isBronzeError(error, "INPUTS_EMPTY")) throw error;
    const frozen = (await newestRevision(storage, folder, snapshot))?.manifest;
    if (!frozen || !(isPruned || (await inputsNow(gold, frozen)).pruned.size > 0)) throw error;
    refused = error;
    built = await buildOn("always");
  }
  assertKeepable(gold, built.inputs, which);

  // One freeze of a slate at a time, so that two do not build on one revision. No bytes depend on it: data is named by
  // its content, and whoever publishes the manifest first has frozen the slate.
  const lock = await locks.lock(joinPath(folder, `.${snapshot}.lock`));
  try {
    const latest = await newestRevision(storage, folder, snapshot);
    const previous = latest?.manifest;
    if (latest && previous) {
      const differences = await differencesBetween(gold, previous, built);
      if (differences.length === 0) {
        const status = await repairOutput(storage, previous, built.bytes);
        return { status, manifest: previous, path: latest.path };
      }
      if (!force && !refused) throw conflict(slate, snapshot, latest.path, differences);
    }
    if (refused) throw refused;
    const revision = await nextRevision(storage, folder, snapshot);
    const path = revisionFiles(folder, snapshot, revision).manifest;
    const data = dataPath(folder, snapshot, revision, built.outputSha256);
    const manifest = sealManifest<ManifestV2>({
      format: "bronzestore.slate",
      version: MANIFEST_VERSION,
      slate,
      snapshot,
      revision,
      previous: previous?.digest ?? null,
      event_ts: formatInstant(tip),
      snapshot_ts: formatInstant(cutoff),
      boundary: "inclusive",
      delay: null,
      known_by: knownBy === undefined ? null : formatInstant(knownBy),
      frozen_at: formatInstant(gold.clock()),
      run_id: runId,
      git_sha: gold.gitSha ?? null,
      library: { name: "bronzestore", version: LIBRARY_VERSION },
      parameters,
      ...built.recorded,
      row_key: gold.rowKey === undefined ? null : [...gold.rowKey],
      inputs: built.inputs,
      output: {
        path: data,
        sha256: built.outputSha256,
        size_bytes: built.bytes.byteLength,
        rows: built.rows,
        content: built.outputContent,
        columns: [...built.columns],
      },
    });
    const bytes = encodeManifest(manifest, path);
    await publishOutput(storage, data, built.bytes);
    if (!(await commitOver(gold, built.inputs, { path, bytes }))) {
      throw conflict(slate, snapshot, path, [
        "another process froze it at the same moment, without the lock",
      ]);
    }
    return { status: "frozen", manifest, path };
  } finally {
    await lock.release();
  }
}

/** Restores lost bytes of a frozen output; the manifest proves that they are the same. */
async function repairOutput(
  storage: Storage,
  manifest: Manifest,
  bytes: Uint8Array,
): Promise<"unchanged" | "repaired"> {
  const there = await readIfThere(storage, manifest.output.path);
  if (there && sha256(there) === manifest.output.sha256) return "unchanged";
  // Another version of the encoder may write the same rows in other bytes, which the manifest does not name.
  if (sha256(bytes) !== manifest.output.sha256)
    throw new BronzeError(
      "CORRUPT_FILE",
      `${manifest.output.path} is not what was frozen, and this version writes the same rows in other bytes. Restore it from a copy.`,
      { file: manifest.output.path },
    );
  await storage.replace(manifest.output.path, bytes);
  return "repaired";
}

/** How long before the tip the cutoff of a snapshot type is. @throws BronzeError `INVALID_ARGUMENT` */
export function beforeTip({ rules }: GoldContext<readonly AnyDataset[]>, snapshot: string): bigint {
  const before = rules.snapshots.get(snapshot);
  if (before !== undefined) return before;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `There is no snapshot type "${String(snapshot)}"; this store has ${[...rules.snapshots.keys()].join(", ")}.`,
  );
}

const NOTHING: ReadonlySet<string> = new Set();

/** How a new build differs from the frozen one, in words; empty when inputs and result are the same. */
async function differencesBetween(
  gold: GoldContext<readonly AnyDataset[]>,
  frozen: Manifest,
  built: Built,
): Promise<string[]> {
  const moved = (pruned: ReadonlySet<string>) => inputDifferences(frozen.inputs, built.inputs, pruned);
  const pruned = moved(NOTHING).length > 0 ? (await inputsNow(gold, frozen)).pruned : NOTHING;
  const differences = [...moved(pruned), ...externalDifferences(frozen, built.recorded)];
  if (!(await isSameResult(gold.storage, frozen, built))) {
    const rows =
      frozen.output.rows === built.rows
        ? "other values"
        : `${built.rows} rows instead of ${frozen.output.rows}`;
    differences.push(
      `the result: ${rows}${differences.length === 0 ? ", from the same inputs, so the builder changed" : ""}`,
    );
  }
  return differences;
}

function conflict(
  slate: SlateKey,
  snapshot: string,
  path: string,
  differences: readonly string[],
): BronzeError {
  return new BronzeError(
    "SLATE_CONFLICT",
    `The ${snapshot} of ${shown(slate)} is frozen already (${path}) and would come out different: ` +
      `${differences.join("; ")}. Frozen slates stay as they are; force: true adds a revision beside it.`,
    { slate, snapshot, manifest: path, differences },
  );
}

import type { AnyDataset } from "../dataset/index.js";
import { sha256 } from "../digest.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { type Json, toJsonObject } from "../json/index.js";
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
} from "../options.js";
import { shown } from "../shown.js";
import { joinPath, readIfThere, type Storage } from "../storage/index.js";
import { exactly, formatInstant, type InstantLike, toEpochNs } from "../time/index.js";
import { type KnownBy, knownByNs } from "../travel/index.js";
import { LIBRARY_VERSION } from "../version.js";
import { type Build, type Built, buildSlate, inputDifferences } from "./build-slate.js";
import { commitOver, locksToCommit } from "./commit.js";
import type { GoldContext } from "./gold-context.js";
import {
  encodeManifest,
  MANIFEST_VERSION,
  type Manifest,
  RUN_OPTIONS,
  runIdOf,
  sealManifest,
} from "./manifest.js";
import { publishOver } from "./output.js";
import { assertInputs, assertKeepable, assertRequired } from "./require-inputs.js";
import { newestRevision, nextRevision } from "./revisions.js";
import { revisionFiles, type SlateKey, slateFolder, slateKey } from "./slate.js";

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
  for (let attempt = 1; ; attempt++) {
    try {
      return await freezeOnce(gold, options, build);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isBronzeError(error, "INPUTS_MOVED")) throw error;
    }
  }
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
  assertOptions(options, FREEZE_OPTIONS, "freeze");
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
  const view = gold.bronze.viewWith(exactly(cutoff), { knownBy: exactly(knownBy) });
  const built = await buildSlate(gold, view, { slate, snapshot, tip, parameters }, build);
  assertKeepable(gold, built.inputs, { slate, snapshot });
  assertInputs(built.inputs, options.requireInputs, { slate, snapshot });

  // One freeze of a slate at a time: only the process that may commit may replace the bytes of an orphan.
  const lock = await locks.lock(joinPath(folder, `.${snapshot}.lock`));
  try {
    const latest = await newestRevision(storage, folder, snapshot);
    const previous = latest?.manifest;
    if (latest && previous) {
      const differences = differencesBetween(previous, built);
      if (differences.length === 0) {
        const status = await repairOutput(storage, previous, built.bytes);
        return { status, manifest: previous, path: latest.path };
      }
      if (!force) throw conflict(slate, snapshot, latest.path, differences);
    }
    const revision = await nextRevision(storage, folder, snapshot);
    const files = revisionFiles(folder, snapshot, revision);
    const manifest = sealManifest({
      format: "bronzestore.slate",
      version: MANIFEST_VERSION,
      slate,
      snapshot,
      revision,
      previous: previous?.digest ?? null,
      tip_ts: formatInstant(tip),
      snapshot_ts: formatInstant(cutoff),
      known_by: knownBy === undefined ? null : formatInstant(knownBy),
      frozen_at: formatInstant(gold.clock()),
      run_id: runId,
      git_sha: gold.gitSha ?? null,
      library: { name: "bronzestore", version: LIBRARY_VERSION },
      parameters,
      inputs: built.inputs,
      output: {
        path: files.data,
        sha256: built.outputSha256,
        size_bytes: built.bytes.byteLength,
        rows: built.rows,
        columns: [...built.columns],
      },
    });
    const bytes = encodeManifest(manifest, files.manifest);
    await publishOver(storage, files.data, built.bytes);
    const commit = () => storage.publish(files.manifest, bytes);
    if (!(await commitOver(gold, built.inputs, commit))) {
      throw conflict(slate, snapshot, files.manifest, [
        "another process froze it at the same moment, without the lock",
      ]);
    }
    return { status: "frozen", manifest, path: files.manifest };
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

/** How a new build differs from the frozen one, in words; empty when inputs and result are the same. */
function differencesBetween(frozen: Manifest, built: Built): string[] {
  const differences = inputDifferences(frozen.inputs, built.inputs);
  if (frozen.output.sha256 !== built.outputSha256) {
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

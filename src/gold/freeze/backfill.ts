import { type AnyDataset, aSchedule, type Schedule } from "../../dataset/index.js";
import { BronzeError, isBronzeError } from "../../errors.js";
import { canonicalJson, toJsonObject, wellFormed } from "../../json/index.js";
import {
  assertIs,
  assertOptions,
  callback,
  given,
  group,
  type OptionTable,
  required,
  text,
  texts,
  whole,
} from "../../options.js";
import { saidBy } from "../../shown.js";
import { assertDateRange, exactly, formatInstant, type InstantLike, toEpochNs } from "../../time/index.js";
import { type KnownBy, knownByNs } from "../../travel/index.js";
import type { Build } from "../build/build-slate.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { type Manifest, RUN_OPTIONS, runIdOf } from "../manifest/manifest.js";
import { isFrozen } from "../manifest/revisions.js";
import type { SlateKey } from "../manifest/slate.js";
import { assertGamesHaveKeys } from "../manifest/slate-of-game.js";
import { locksToCommit } from "./commit.js";
import { beforeTip, type FreezeOptions, freeze } from "./freeze.js";
import { assertRequired } from "./require-inputs.js";

/**
 * What to do with each game of a schedule.
 *
 * @category Gold
 */
export interface DueOptions<Name extends string = string> {
  /** Snapshot types to freeze. Default: all of the store's. */
  readonly snapshots?: readonly string[];
  /** The present. Default: the store's clock. */
  readonly now?: InstantLike;
  /** Freezes under way at once. Default: 2. */
  readonly concurrency?: number;
  /** The run that freezes; kept in the manifests. */
  readonly run?: { readonly id: string };
  /**
   * Bounds what each builder sees to rows captured by then; `"cutoff"`: by its slate's own cutoff, as a live run saw it.
   * Default: no bound.
   */
  readonly knownBy?: KnownBy;
  /** Handed to each builder and kept in the manifests. */
  readonly parameters?: FreezeOptions["parameters"];
  /** Datasets without which a slate is not frozen, as for `freeze`; such a slate fails, and is tried anew the next time. */
  readonly requireInputs?: FreezeOptions<Name>["requireInputs"];
  /** Told of each game as it is done. */
  onEvent?(event: BackfillEvent): void;
  /** Where to keep a JSON status, replaced atomically, relative to the store's root. Default: none. */
  readonly statusPath?: string;
}

export const DUE_OPTIONS: OptionTable<DueOptions> = {
  snapshots: texts,
  now: given,
  concurrency: whole(1),
  run: group(RUN_OPTIONS),
  knownBy: given,
  parameters: given,
  requireInputs: given,
  onEvent: callback,
  statusPath: text,
};

/**
 * Which games, and what to do with each.
 *
 * @category Gold
 */
export interface BackfillOptions<Name extends string = string> extends DueOptions<Name> {
  /** First domain date. */
  readonly from: string;
  /** Last domain date. */
  readonly to: string;
}

export const BACKFILL_OPTIONS: OptionTable<BackfillOptions> = {
  ...DUE_OPTIONS,
  from: required(given),
  to: required(given),
};

/**
 * One game and snapshot type that is done.
 *
 * @category Gold
 */
export interface BackfillEvent {
  readonly slate: SlateKey;
  readonly snapshot: string;
  /** `frozen-before`: there was a manifest already, and the builder was not run. */
  readonly status: "frozen" | "unchanged" | "frozen-before" | "failed";
  /** Of what this call froze. */
  readonly manifest?: Manifest;
  readonly error?: unknown;
  readonly done: number;
  readonly total: number;
}

/**
 * What came of it.
 *
 * @category Gold
 */
export interface BackfillReport {
  /** Games that were looked at: with none, nothing could be frozen. */
  readonly games: number;
  /** Slates whose cutoff has not come. */
  readonly notDue: number;
  readonly frozen: number;
  /** Frozen before, so left alone. */
  readonly skipped: number;
  /** Games without a tip-off, which have no cutoff. */
  readonly withoutTip: readonly string[];
  /** In the order of the schedule. */
  readonly failed: readonly {
    readonly slate: SlateKey;
    readonly snapshot: string;
    readonly error: unknown;
  }[];
}

/** Freezes every game of a range of dates that is not frozen yet, with a limit on concurrent work. */
export async function backfill<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  schedule: Schedule,
  build: Build<Datasets>,
  options: BackfillOptions,
): Promise<BackfillReport> {
  assertOptions(options, BACKFILL_OPTIONS, "backfill");
  assertIs(schedule, aSchedule, "The schedule");
  const { from, to } = options;
  assertDateRange(from, to);
  const games = schedule.games.filter(({ game_date }) => game_date >= from && game_date <= to);
  return freezeGames(gold, games, build, options);
}

/** Freezes every game whose cutoff has come. */
export async function freezeDue<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  schedule: Schedule,
  build: Build<Datasets>,
  options: DueOptions,
): Promise<BackfillReport> {
  assertOptions(options, DUE_OPTIONS, "freezeDue");
  assertIs(schedule, aSchedule, "The schedule");
  return freezeGames(gold, schedule.games, build, options);
}

interface Task {
  readonly slate: SlateKey;
  readonly snapshot: string;
  readonly tip: bigint;
}

async function freezeGames<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  games: Schedule["games"],
  build: Build<Datasets>,
  options: DueOptions,
): Promise<BackfillReport> {
  assertIs(build, callback, "The builder");
  // An error that every slate would have is thrown once.
  locksToCommit(gold, "a freeze");
  for (const snapshot of options.snapshots ?? []) beforeTip(gold, snapshot);
  const { tasks, notDue } = tasksOf(gold, games, options);
  const { concurrency = 2 } = options;
  knownByNs(options.knownBy, 0n);
  toJsonObject(options.parameters, "parameters");
  runIdOf(options.run);
  assertRequired(gold, options.requireInputs);

  let done = 0;
  let frozen = 0;
  let skipped = 0;
  const failures = new Map<number, BackfillReport["failed"][number]>();
  /** In the order of the schedule, whichever ended first. */
  const failed = () => [...failures].sort(([a], [b]) => a - b).map(([, failure]) => failure);
  const status = statusWriter(gold, options.statusPath);
  async function work(due: number, { slate, snapshot, tip }: Task): Promise<void> {
    const event = await attempt(slate, snapshot, tip);
    if (event.status === "failed") failures.set(due, { slate, snapshot, error: event.error });
    else if (event.status === "frozen") frozen++;
    else skipped++;
    done++;
    const total = tasks.length;
    const place = done;
    // The status first: the caller's event listener may throw.
    await status({ done, total, frozen, skipped, failed: failed() });
    options.onEvent?.({ ...event, slate, snapshot, done: place, total });
  }
  async function attempt(
    slate: SlateKey,
    snapshot: string,
    tip: bigint,
  ): Promise<Pick<BackfillEvent, "status" | "error" | "manifest">> {
    try {
      if (await isFrozen(gold.storage, gold.rules, slate, snapshot)) return { status: "frozen-before" };
      const { run, knownBy, parameters, requireInputs } = options;
      const what = { slate, snapshot, tip: exactly(tip), run, knownBy, parameters, requireInputs };
      const { status, manifest } = await freeze(gold, what, build);
      return status === "frozen" ? { status, manifest } : { status: "unchanged" };
    } catch (error) {
      return { status: "failed", error };
    }
  }

  await status({ done, total: tasks.length, frozen, skipped, failed: [] });
  const queue = tasks.entries();
  const workers = Array.from({ length: Math.min(concurrency, tasks.length) }, async () => {
    for (const [due, task] of queue) await work(due, task);
  });
  await Promise.all(workers);
  const withoutTip = games.filter(({ tip_ts }) => tip_ts === undefined).map(({ game_id }) => game_id);
  return { games: games.length, frozen, skipped, notDue, withoutTip, failed: failed() };
}

/** The due slates of games, each once. @throws BronzeError `INVALID_ARGUMENT` */
function tasksOf(
  gold: GoldContext<readonly AnyDataset[]>,
  games: Schedule["games"],
  options: DueOptions,
): { tasks: Task[]; notDue: number } {
  const nowNs = options.now === undefined ? gold.clock() : toEpochNs(options.now, "now");
  const snapshots = [...(options.snapshots ?? gold.rules.snapshots.keys())];
  if (snapshots.length === 0) throw new BronzeError("INVALID_ARGUMENT", "snapshots names no snapshot type.");
  const types = snapshots.map((snapshot) => ({ snapshot, before: beforeTip(gold, snapshot) }));
  const slates = games.map((game) => gold.slateOf(game));
  assertGamesHaveKeys(gold.rules, games, slates);
  const tasks: Task[] = [];
  const known = new Map<string, string>();
  let notDue = 0;
  for (const [i, { game_id, tip_ts }] of games.entries()) {
    const slate = slates[i]!;
    if (tip_ts === undefined) continue;
    const name = JSON.stringify(Object.values(slate).map(String));
    const other = known.get(name);
    if (other !== undefined && Object.keys(slate).length === gold.rules.key.length) {
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `Games ${other} and ${game_id} of the schedule are the same slate ${name}, which is frozen at one game's cutoff; add a key column by which they differ.`,
        { games: [other, game_id] },
      );
    }
    known.set(name, game_id);
    for (const { snapshot, before } of types) {
      if (tip_ts - before <= nowNs) tasks.push({ slate, snapshot, tip: tip_ts });
      else notDue++;
    }
  }
  return { tasks, notDue };
}

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly frozen: number;
  readonly skipped: number;
  readonly failed: readonly { slate: SlateKey; snapshot: string; error: unknown }[];
}

/** Replaces the status file after each game, one replacement at a time and never an older state over a newer. */
function statusWriter(
  { storage, clock }: GoldContext<readonly AnyDataset[]>,
  path: string | undefined,
): (progress: Progress) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (progress) => {
    if (path === undefined) return last;
    const { failed, ...counts } = progress;
    const text = canonicalJson({
      ...counts,
      updated_at: formatInstant(clock()),
      failed: failed.map(({ slate, snapshot, error }) => ({
        slate: Object.fromEntries(Object.entries(slate).map(([column, value]) => [column, shownKey(value)])),
        snapshot,
        ...errorText(error),
      })),
    });
    // For people: nothing reads it, and of two backfills the later one is of interest.
    last = last.then(() => storage.replace(path, new TextEncoder().encode(`${text}\n`)));
    return last;
  };
}

/** The key of a failed slate may hold values that are not keys; its status must not fail for that. */
function shownKey(value: unknown): string | number {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : wellFormed(typeof value === "bigint" ? String(value) : saidBy(value));
}

function errorText(error: unknown): { code: string | null; message: string } {
  const code = isBronzeError(error) ? error.code : null;
  return { code, message: wellFormed(saidBy(error)) };
}

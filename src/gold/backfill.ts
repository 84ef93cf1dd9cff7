import type { AnyDataset, Schedule } from "../dataset/index.js";
import { type BronzeError, isBronzeError } from "../errors.js";
import { canonicalJson } from "../json/index.js";
import { assertDate, formatInstant, type InstantLike, type SeasonRule, toEpochNs } from "../time/index.js";
import { type KnownBy, knownByNs } from "../travel/index.js";
import { type Build, type FreezeOptions, freeze } from "./freeze.js";
import type { GoldContext } from "./gold-context.js";
import type { Manifest } from "./manifest.js";
import { isFrozen } from "./revisions.js";
import type { SlateKey } from "./slate.js";

/** What to do with each game of a schedule. */
export interface DueOptions {
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
  /** Told of each game as it is done. */
  onEvent?(event: BackfillEvent): void;
  /** Where to keep a JSON status, replaced atomically, relative to the store's root. Default: none. */
  readonly statusPath?: string;
}

/** Which games, and what to do with each. */
export interface BackfillOptions extends DueOptions {
  /** First domain date. */
  readonly from: string;
  /** Last domain date. */
  readonly to: string;
}

/** One game and snapshot type that is done. */
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

/** What came of it. */
export interface BackfillReport {
  readonly frozen: number;
  /** Frozen before, so left alone. */
  readonly skipped: number;
  /** Games without a tip-off, which have no cutoff. */
  readonly withoutTip: readonly string[];
  readonly failed: readonly {
    readonly slate: SlateKey;
    readonly snapshot: string;
    readonly error: unknown;
  }[];
}

/** Freezes every game of a range of dates that is not frozen yet, within a bound on what runs at once. */
export function backfill<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  season: SeasonRule,
  schedule: Schedule,
  build: Build<Datasets>,
  { from, to, ...options }: BackfillOptions,
): Promise<BackfillReport> {
  assertDate(from, "from");
  assertDate(to, "to");
  const games = schedule.games.filter(({ game_date }) => game_date >= from && game_date <= to);
  return freezeGames(gold, season, games, build, options);
}

/** Freezes every game whose cutoff has come. */
export function freezeDue<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  season: SeasonRule,
  schedule: Schedule,
  build: Build<Datasets>,
  options: DueOptions,
): Promise<BackfillReport> {
  return freezeGames(gold, season, schedule.games, build, options);
}

interface Task {
  readonly slate: SlateKey;
  readonly snapshot: string;
  readonly tip: bigint;
}

async function freezeGames<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  season: SeasonRule,
  games: Schedule["games"],
  build: Build<Datasets>,
  options: DueOptions,
): Promise<BackfillReport> {
  const { rules } = gold;
  // Refused here: else every slate would fail by it, one after the other.
  knownByNs(options.knownBy, 0n);
  const nowNs = options.now === undefined ? gold.clock() : toEpochNs(options.now, "now");
  const tasks: Task[] = [];
  for (const { game_id, game_date, tip_ts } of games) {
    if (tip_ts === undefined) continue;
    const slate = slateOfGame(rules.key, { season: season(game_date), game_date, game_id });
    for (const snapshot of options.snapshots ?? rules.snapshots.keys()) {
      if (tip_ts - (rules.snapshots.get(snapshot) ?? 0n) <= nowNs)
        tasks.push({ slate, snapshot, tip: tip_ts });
    }
  }

  let done = 0;
  let frozen = 0;
  let skipped = 0;
  const failed: { slate: SlateKey; snapshot: string; error: unknown }[] = [];
  const status = statusWriter(gold, options.statusPath);
  async function work({ slate, snapshot, tip }: Task): Promise<void> {
    const event = await attempt(slate, snapshot, tip);
    if (event.status === "failed") failed.push({ slate, snapshot, error: event.error });
    else if (event.status === "frozen") frozen++;
    else skipped++;
    options.onEvent?.({ ...event, slate, snapshot, done: ++done, total: tasks.length });
    await status({ done, total: tasks.length, frozen, skipped, failed });
  }
  async function attempt(
    slate: SlateKey,
    snapshot: string,
    tip: bigint,
  ): Promise<Pick<BackfillEvent, "status" | "error" | "manifest">> {
    try {
      if (await isFrozen(gold.storage, rules, slate, snapshot)) return { status: "frozen-before" };
      const { run, knownBy, parameters } = options;
      const { status, manifest } = await freeze(
        gold,
        { slate, snapshot, tip, run, knownBy, parameters },
        build,
      );
      return status === "frozen" ? { status, manifest } : { status: "unchanged" };
    } catch (error) {
      return { status: "failed", error };
    }
  }

  const queue = tasks.values();
  const workers = Array.from({ length: Math.max(1, options.concurrency ?? 2) }, async () => {
    for (const task of queue) await work(task);
  });
  await Promise.all(workers);
  const withoutTip = games.filter(({ tip_ts }) => tip_ts === undefined).map(({ game_id }) => game_id);
  return { frozen, skipped, withoutTip, failed };
}

/** A game's values under the slate's key columns. */
function slateOfGame(key: readonly string[], game: Record<string, string | number>): SlateKey {
  return Object.fromEntries(key.filter((column) => column in game).map((column) => [column, game[column]!]));
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
        slate: { ...slate },
        snapshot,
        ...errorText(error),
      })),
    });
    last = last.then(() => storage.replace(path, new TextEncoder().encode(`${text}\n`)));
    return last;
  };
}

function errorText(error: unknown): { code: string | null; message: string } {
  const code = isBronzeError(error) ? (error satisfies BronzeError).code : null;
  return { code, message: error instanceof Error ? error.message : String(error) };
}

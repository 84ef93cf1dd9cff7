import type * as z from "zod";
import { BronzeStore } from "../bronze/index.js";
import type { AnyDataset, Schedule } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import {
  anObject,
  assertIs,
  assertNoMore,
  assertOptions,
  callback,
  group,
  type OptionTable,
  required,
  text,
  texts,
  whole,
  zodObject,
} from "../options.js";
import { aStorage, localDisk, type Storage } from "../storage/index.js";
import type { Cell } from "../table/index.js";
import {
  assertDate,
  assertDateRange,
  calendar,
  checkedSeason,
  clockOf,
  nbaSeason,
  type SeasonRule,
} from "../time/index.js";
import {
  type BackfillOptions,
  type BackfillReport,
  backfill,
  type DueOptions,
  freezeDue,
} from "./backfill.js";
import type { Build } from "./build-slate.js";
import { type ForeignManifest, foreignManifests } from "./foreign.js";
import { beforeTip, type FreezeOptions, type FreezeResult, freeze } from "./freeze.js";
import type { GoldContext } from "./gold-context.js";
import type { LeakCheck, LeakCheckOptions } from "./leak/leak-check.js";
import { leakCheckSlate, type SlateToBuild } from "./leak-check-slate.js";
import type { Manifest } from "./manifest.js";
import { rowsOfManifest } from "./read-output.js";
import { type Replay, replayManifest } from "./replay.js";
import { findManifest, newestManifests, RANGE_OPTIONS, type SlateRange } from "./revisions.js";
import {
  assertGameSlate,
  GAME_SLATE,
  LOCK_AND_PRETIP,
  type SlateKey,
  type SnapshotTypes,
  slateRules,
} from "./slate.js";
import { slateOfGame } from "./slate-of-game.js";
import {
  readTrainingSet,
  type TrainingSet,
  type TrainingSetOptions,
  type TrainingSetResult,
  writeTrainingSet,
} from "./training-set.js";
import { type Verification, verifyManifest } from "./verify.js";

/** Where gold lives, what it is built from, and what a slate is. */
export type GoldStoreOptions<Datasets extends readonly AnyDataset[]> = (
  | {
      /** Folder that holds `gold/`. */
      readonly root: string;
      readonly storage?: undefined;
    }
  | {
      readonly root?: undefined;
      /** Where the bytes live, if not on local disk. */
      readonly storage: Storage;
    }
) & {
  readonly bronze: BronzeStore<Datasets>;
  /** Schema of a slate's rows. Default: column types follow from the values. */
  readonly schema?: z.core.$ZodObject;
  /**
   * Key columns of a slate, outermost folder first, and which of them is its date (`YYYY-MM-DD`). Default: season,
   * game_date, game_id. From a schedule: the date is the game's, `season` is by the season rule unless the game has one,
   * all else are columns of the game.
   */
  readonly slate?: { readonly key: readonly string[]; readonly dateKey: string };
  /** Snapshot types and how long before the tip each is taken. Default: lock (15 minutes) and pretip (0). */
  readonly snapshots?: SnapshotTypes;
  /** Season rule for slates made from a schedule. Default: `nbaSeason`. */
  readonly season?: SeasonRule;
  /** Zone of a game's domain date. Default: `America/New_York`. */
  readonly timeZone?: string;
  /** Commit of the code that builds, for manifests. */
  readonly gitSha?: string;
  /** The present, in epoch nanoseconds. Default: the system clock. */
  readonly clock?: () => bigint;
};

/** Which revision of which snapshot type. */
export interface RevisionOptions {
  /** Snapshot type, for example `lock`. */
  readonly snapshot: string;
  /** Default: the newest. */
  readonly revision?: number;
}

const REVISION_OPTIONS: OptionTable<RevisionOptions> = { snapshot: required(text), revision: whole(1) };

/** Which manifests to list. */
export interface ListOptions extends SlateRange {
  /** Snapshot type. Default: all. */
  readonly snapshot?: string;
}

const LIST_OPTIONS: OptionTable<ListOptions> = { ...RANGE_OPTIONS, snapshot: text };

/** A frozen slate, read back. */
export interface FrozenSlate {
  readonly manifest: Manifest;
  readonly rows: Record<string, Cell>[];
}

/**
 * Slates frozen once, with a manifest that proves them. Each slate can be rebuilt from bronze years later, or the
 * library says exactly what changed.
 *
 * @example
 * ```ts
 * const gold = new GoldStore({ root: "data", bronze });
 * const slate = { season: 2025, game_date: "2026-01-15", game_id: "0022500561" };
 * await gold.freeze({ slate, snapshot: "lock", tip }, async (at) => {
 *   const injuries = await at.read("injuries_raw", { date: slate.game_date, lookbackDays: 1 });
 *   return injuries.rows().map(({ player_id, status }) => ({ player_id, out: status === "Out" }));
 * });
 * (await gold.verify(slate, { snapshot: "lock" })).ok; // true
 * ```
 */
export class GoldStore<const Datasets extends readonly AnyDataset[]> {
  readonly #context: GoldContext<Datasets>;

  /** @throws BronzeError `INVALID_ARGUMENT` for keys or snapshot types that make no sense */
  constructor(options: GoldStoreOptions<Datasets>) {
    assertOptions(options, GOLD_OPTIONS, "GoldStore");
    if ((options.root === undefined) === (options.storage === undefined))
      throw new BronzeError(
        "INVALID_ARGUMENT",
        "GoldStore needs a root (a folder) or a storage, one of the two.",
      );
    const { key, dateKey } = options.slate ?? GAME_SLATE;
    const season = options.season ? checkedSeason(options.season) : nbaSeason;
    const zone = options.timeZone ?? "America/New_York";
    calendar(zone); // refuses an unknown one
    const rules = slateRules(key, dateKey, options.snapshots ?? LOCK_AND_PRETIP);
    this.#context = {
      storage: options.storage ?? localDisk(options.root),
      bronze: options.bronze,
      rules,
      schema: options.schema,
      clock: clockOf(options.clock),
      gitSha: options.gitSha,
      // A game's own season is used only where the user's slate key includes it.
      slateOf: ({ game_id, game_date, ...columns }) =>
        slateOfGame(rules, season, { ...(options.slate && columns), game_id, game_date }),
      assertSlate: (slate, tip) => {
        if (options.slate) assertDate(slate[dateKey] as string, `the slate's ${dateKey}`);
        else assertGameSlate(slate, tip, zone, season);
      },
    };
  }

  /** Where the bytes live. */
  get storage(): Storage {
    return this.#context.storage;
  }

  /** The store it is built from. */
  get bronze(): BronzeStore<Datasets> {
    return this.#context.bronze;
  }

  /**
   * Builds a slate from a view pinned at its cutoff and freezes the result. The same result again is a no-op that
   * says so; anything else is refused, unless `force` adds a revision.
   *
   * @throws BronzeError `SLATE_CONFLICT`, `SLATE_NOT_DUE`, `BUILD_FAILED`, `INVALID_ROWS`, `INPUTS_EMPTY`, ...
   */
  freeze(options: FreezeOptions<Datasets[number]["name"]>, build: Build<Datasets>): Promise<FreezeResult> {
    return freeze(this.#context, options, build);
  }

  /**
   * Reads a frozen slate back, its bytes checked against its manifest.
   * @throws BronzeError `SLATE_NOT_FROZEN`, `CORRUPT_FILE` when the data is not what was frozen
   */
  async read(slate: SlateKey, options: RevisionOptions): Promise<FrozenSlate> {
    const { manifest } = await this.#find(slate, options, "read");
    return { manifest, rows: await rowsOfManifest(this.#context, manifest) };
  }

  /** The manifest of a frozen slate. @throws BronzeError `SLATE_NOT_FROZEN`, `MANIFEST_TAMPERED`, ... */
  async manifest(slate: SlateKey, options: RevisionOptions): Promise<Manifest> {
    return (await this.#find(slate, options, "manifest")).manifest;
  }

  /**
   * Manifests of the frozen slates of a range of dates, newest revision of each; no data is opened. What another program
   * left below `gold/` is not among them: `foreign` lists it.
   *
   * @example
   * ```ts
   * for await (const { slate, output } of gold.list({ from: "2026-01-01", to: "2026-01-31", snapshot: "lock" })) { ... }
   * ```
   */
  list(options: ListOptions = {}): AsyncGenerator<Manifest> {
    // Here, and not when the first manifest is read.
    assertOptions(options, LIST_OPTIONS, "list");
    assertDateRange(options.from, options.to);
    if (options.snapshot !== undefined) beforeTip(this.#context, options.snapshot);
    return newestManifests(this.#context, options);
  }

  /**
   * What another program left below `gold/`: every JSON file that is not this library's, in path order, and why. It stops
   * nothing here, and is never overwritten; retention keeps the bronze files that it names.
   *
   * @example
   * ```ts
   * for await (const { path, reason } of gold.foreign()) console.log(path, reason);
   * ```
   */
  foreign(...more: []): AsyncGenerator<ForeignManifest> {
    assertNoMore(more, "foreign");
    return foreignManifests(this.#context.storage);
  }

  /** Takes every hash of a slate's manifest again: its inputs, its output, itself. */
  async verify(slate: SlateKey, options: RevisionOptions): Promise<Verification> {
    return verifyManifest(this.#context, (await this.#find(slate, options, "verify")).manifest);
  }

  /** Builds a slate again from bronze at its recorded cutoff, compares row by row, and says what moved. */
  async replay(slate: SlateKey, options: RevisionOptions, build: Build<Datasets>): Promise<Replay> {
    assertIs(build, callback, "The builder");
    return replayManifest(this.#context, (await this.#find(slate, options, "replay")).manifest, build);
  }

  /**
   * Proves that a slate's builder depends on nothing after the slate's cutoff (see `leakCheck`); freezes nothing.
   * @throws BronzeError `LEAK`, `BUILD_UNSTABLE`, `BUILD_FAILED`
   */
  leakCheck(
    options: SlateToBuild,
    build: Build<Datasets>,
    check: Pick<LeakCheckOptions<Datasets>, "seed" | "days"> = {},
  ): Promise<LeakCheck> {
    return leakCheckSlate(this.#context, options, build, check);
  }

  /**
   * Freezes what is due: every game of the schedule whose cutoff has come and which is not frozen yet. The timer's job.
   * Where slates have keys of their own, the games must have columns of those names.
   *
   * @example
   * ```ts
   * const report = await gold.freezeDue(schedule, build);
   * report.failed; // one bad game does not stop the rest
   * ```
   */
  freezeDue(
    schedule: Schedule,
    build: Build<Datasets>,
    options: DueOptions<Datasets[number]["name"]> = {},
  ): Promise<BackfillReport> {
    return freezeDue(this.#context, schedule, build, options);
  }

  /** Freezes the past: every game of a range of dates that is not frozen yet. Can be stopped and run again. */
  backfill(
    schedule: Schedule,
    build: Build<Datasets>,
    options: BackfillOptions<Datasets[number]["name"]>,
  ): Promise<BackfillReport> {
    return backfill(this.#context, schedule, build, options);
  }

  /**
   * Joins frozen slates with labels and writes a training set once, split by slate date. The same again is a no-op
   * that says so; anything else under the same version is refused.
   *
   * @throws BronzeError `TRAINING_CONFLICT`, `LABEL_IN_FEATURES`, `SLATE_NOT_FROZEN`, `CORRUPT_FILE`, ...
   * @example
   * ```ts
   * await gold.trainingSet({
   *   from: "2025-10-21", to: "2026-04-12", snapshot: "lock", version: "v1",
   *   labels: async ({ slate }) => boxScoresOf(slate.game_id), on: ["player_id"],
   *   splits: { trainEnd: "2026-01-31", valEnd: "2026-02-28" },
   * });
   * ```
   */
  trainingSet(options: TrainingSetOptions): Promise<TrainingSetResult> {
    return writeTrainingSet(this.#context, options);
  }

  /** Reads a training set back, its files checked against its manifest. @throws BronzeError `TRAINING_NOT_FOUND`, ... */
  async readTrainingSet(version: string): Promise<TrainingSet> {
    return readTrainingSet(this.#context.storage, version);
  }

  #find(slate: SlateKey, options: RevisionOptions, where: string) {
    assertOptions(options, REVISION_OPTIONS, where);
    const { snapshot, revision } = options;
    return findManifest(this.#context.storage, this.#context.rules, slate, snapshot, revision);
  }
}

const SLATE_OPTIONS: OptionTable<NonNullable<GoldStoreOptions<readonly AnyDataset[]>["slate"]>> = {
  key: required(texts),
  dateKey: required(text),
};

/** The options of gold, apart from where its bytes and its bronze are stored. */
export const GOLD_SETUP: OptionTable<
  Omit<GoldStoreOptions<readonly AnyDataset[]>, "root" | "storage" | "bronze" | "clock">
> = {
  schema: zodObject,
  slate: group(SLATE_OPTIONS),
  snapshots: anObject,
  season: callback,
  timeZone: text,
  gitSha: text,
};

const GOLD_OPTIONS: OptionTable<GoldStoreOptions<readonly AnyDataset[]>> = {
  ...GOLD_SETUP,
  root: text,
  storage: aStorage,
  bronze: {
    is: "the BronzeStore it is built from",
    accepts: (value) => value instanceof BronzeStore,
    required: true,
  },
  clock: callback,
};

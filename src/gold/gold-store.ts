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
  zoneName,
} from "../options.js";
import { Printed, withText } from "../printed.js";
import { aStorage, localDisk, type Storage } from "../storage/index.js";
import type { Cell } from "../table/index.js";
import {
  assertDate,
  assertDateRange,
  calendar,
  checkedSeason,
  clockOf,
  type SeasonRule,
} from "../time/index.js";
import type { Build } from "./build/build-slate.js";
import { rowsOfManifest } from "./build/read-output.js";
import { Attester, type AttestResult } from "./freeze/attest.js";
import { type AttestedSlate, attestAll } from "./freeze/attest-all.js";
import {
  type BackfillOptions,
  type BackfillReport,
  backfill,
  type DueOptions,
  freezeDue,
} from "./freeze/backfill.js";
import { beforeTip, type FreezeOptions, type FreezeResult, freeze } from "./freeze/freeze.js";
import type { LeakCheck, LeakCheckOptions } from "./leak/leak-check.js";
import { leakCheckSlate, type SlateToBuild } from "./leak-check-slate.js";
import { type ForeignManifest, foreignManifests } from "./manifest/foreign.js";
import type { GoldContext } from "./manifest/gold-context.js";
import type { Manifest } from "./manifest/manifest.js";
import { findManifest, newestManifests, RANGE_OPTIONS, type SlateRange } from "./manifest/revisions.js";
import {
  assertGameSlate,
  GAME_SLATE,
  LOCK_AND_PRETIP,
  type SlateKey,
  type SnapshotTypes,
  slateRules,
} from "./manifest/slate.js";
import { assertGameDate, slateOfGame } from "./manifest/slate-of-game.js";
import {
  attestText,
  backfillText,
  freezeText,
  frozenSlateText,
  replayText,
  trainingText,
  verificationText,
} from "./result-text.js";
import {
  readTrainingSet,
  type TrainingSet,
  type TrainingSetOptions,
  type TrainingSetResult,
  writeTrainingSet,
} from "./training/training-set.js";
import { type Replay, replayManifest } from "./verify/replay.js";
import { type Verification, verifyManifest } from "./verify/verify.js";
import { type VerifyFinding, type VerifySummary, verifyAll } from "./verify/verify-all.js";

/**
 * Where gold lives, what it is built from, and what a slate is.
 *
 * @category Gold
 */
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
   * Columns of a slate's rows that are unique together: a freeze of two rows with one key, or of a row without one, is
   * refused. Default: none, and nothing is checked.
   */
  readonly rowKey?: readonly string[];
  /**
   * Key columns of a slate, outermost folder first, and which of them is its date (`YYYY-MM-DD`). Default: season,
   * game_date, game_id. From a schedule: the date is the game's, `season` is by the season rule unless the game has one,
   * all else are columns of the game. In the default key the rule, where there is one, comes before the game's column.
   */
  readonly slate?: { readonly key: readonly string[]; readonly dateKey: string };
  /** Snapshot types and how long before the tip each is taken. Default: lock (15 minutes) and pretip (0). */
  readonly snapshots?: SnapshotTypes;
  /**
   * Season rule for slates made from a schedule, such as `nbaSeason`; the seasons of slates by the default key are checked
   * by it. Without a rule, a game's season is its column `season`.
   */
  readonly season?: SeasonRule;
  /**
   * Zone of games' domain dates: an IANA name, such as `America/New_York`. A slate by the default key, and every game
   * of a schedule, is dated by its tip's day there.
   */
  readonly timeZone: string;
  /** Commit of the code that builds, for manifests. */
  readonly gitSha?: string;
  /** The present, in epoch nanoseconds; one that gives none is `INVALID_INSTANT` wherever it is asked. Default: the system clock. */
  readonly clock?: () => bigint;
};

/**
 * Which revision of which snapshot type.
 *
 * @category Gold
 */
export interface RevisionOptions {
  /** Snapshot type, for example `lock`. */
  readonly snapshot: string;
  /** Default: the newest. */
  readonly revision?: number;
}

const REVISION_OPTIONS: OptionTable<RevisionOptions> = { snapshot: required(text), revision: whole(1) };

/**
 * Which manifests to list.
 *
 * @category Gold
 */
export interface ListOptions extends SlateRange {
  /** Snapshot type. Default: all. */
  readonly snapshot?: string;
}

const LIST_OPTIONS: OptionTable<ListOptions> = { ...RANGE_OPTIONS, snapshot: text };

/**
 * A frozen slate, read back.
 *
 * @category Gold
 */
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
 * const gold = new GoldStore({ root: "data", bronze, timeZone: "America/New_York", season: nbaSeason });
 * const slate = { season: 2025, game_date: "2026-01-15", game_id: "0022500561" };
 * await gold.freeze({ slate, snapshot: "lock", tip }, async (at) => {
 *   const injuries = await at.read("injuries_raw", { date: slate.game_date, lookbackDays: 1 });
 *   return injuries.rows().map(({ player_id, status }) => ({ player_id, out: status === "Out" }));
 * });
 * (await gold.verify(slate, { snapshot: "lock" })).ok; // true
 * ```
 * @category Gold
 */
export class GoldStore<const Datasets extends readonly AnyDataset[]> extends Printed {
  readonly #context: GoldContext<Datasets>;

  /**
   * @throws BronzeError `INVALID_ARGUMENT` for keys, snapshot types or options that make no sense;
   * `INVALID_DURATION` for how long before the tip one is taken; `INVALID_TIME_ZONE`
   */
  constructor(options: GoldStoreOptions<Datasets>) {
    super();
    assertOptions(options, GOLD_OPTIONS, "GoldStore");
    if ((options.root === undefined) === (options.storage === undefined))
      throw new BronzeError(
        "INVALID_ARGUMENT",
        "GoldStore needs a root (a folder) or a storage, one of the two.",
      );
    const { key, dateKey } = options.slate ?? GAME_SLATE;
    const season = options.season && checkedSeason(options.season);
    const zone = calendar(options.timeZone);
    const rules = slateRules(key, dateKey, options.snapshots ?? LOCK_AND_PRETIP);
    this.#context = {
      storage: options.storage ?? localDisk(options.root),
      bronze: options.bronze,
      rules,
      zone,
      schema: options.schema,
      rowKey: checkedRowKey(options.rowKey),
      clock: clockOf(options.clock),
      gitSha: options.gitSha,
      slateOf: (game) => {
        assertGameDate(game, zone);
        // Schedules write seasons in ways of their own ("2025-26"); ready-made slates follow the rule where there is one.
        const { game_id, game_date } = game;
        return slateOfGame(rules, season, options.slate || !season ? game : { game_id, game_date });
      },
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

  /** What a slate is, when its snapshots are taken, and which datasets it is built from. */
  toString(): string {
    const { rules, storage, bronze, zone } = this.#context;
    const when = [...rules.snapshots].map(([name, ns]) => `${name} ${Number(ns) / 1e9} s before the tip`);
    return [
      `GoldStore in ${storage.description}: slates by ${rules.key.join(", ")}, ${zone.timeZone}`,
      `  snapshots: ${when.join(", ")}`,
      `  from bronze: ${bronze.datasets.map(({ name }) => name).join(", ")}`,
    ].join("\n");
  }

  /** The store it is built from. */
  get bronze(): BronzeStore<Datasets> {
    return this.#context.bronze;
  }

  /**
   * Builds a slate from a view pinned at its cutoff and freezes the result. The same result again is a no-op that
   * says so; anything else is refused, unless `force` adds a revision.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_PATH` for a key value that is no folder
   * name, `INVALID_DATE`, `INVALID_INSTANT`, `UNKNOWN_DATASET` for a required input, and `SLATE_NOT_DUE`; of the
   * builder, `BUILD_FAILED`, `INVALID_ROWS` and `INVALID_DATASET` for a schema that no file can hold; of its
   * inputs, `INPUTS_EMPTY`, `MUTABLE_INPUT`, and `INPUTS_MOVED` after four tries; of what is there, `SLATE_CONFLICT`,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path
   * outside the root; of bronze, `GOLD_UNREGISTERED`, `RETENTION_INVALID` and `MISFILED_DAY`; of the lock,
   * `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
   * `STORAGE_FAILED`. A BronzeError that the builder throws goes through as it is; its reads through the view
   * throw, of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `INVALID_DATE` and `INVALID_DURATION`; of the
   * files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`,
   * `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
   * `STORAGE_FAILED`
   * @example
   * ```ts
   * const { status, manifest } = await gold.freeze({ slate, snapshot: "lock", tip }, async (at) => {
   *   const injuries = await at.read("injuries_raw", { date: slate.game_date, lookbackDays: 1 });
   *   return injuries.rows().map(({ player_id, status }) => ({ player_id, out: status === "Out" }));
   * });
   * status; // "frozen", and "unchanged" the second time
   * ```
   */
  async freeze(
    options: FreezeOptions<Datasets[number]["name"]>,
    build: Build<Datasets>,
  ): Promise<FreezeResult> {
    return withText(await freeze(this.#context, options, build), freezeText);
  }

  /**
   * Reads a frozen slate back, its bytes checked against its manifest.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT` and `INVALID_PATH`; of the manifest,
   * `SLATE_NOT_FROZEN`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one
   * that names a path outside the root; of the data, `CORRUPT_FILE` when it is not what was frozen,
   * `UNSUPPORTED_TYPE`, and `TYPE_CLASH` for an integer past 2^53 where the schema says number; of the storage,
   * `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { rows, manifest } = await gold.read(slate, { snapshot: "lock" });
   * ```
   */
  async read(slate: SlateKey, options: RevisionOptions): Promise<FrozenSlate> {
    const { manifest } = await this.#find(slate, options, "read");
    return withText({ manifest, rows: await rowsOfManifest(this.#context, manifest) }, frozenSlateText);
  }

  /**
   * The manifest of a frozen slate.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT` and `INVALID_PATH`; of the manifest,
   * `SLATE_NOT_FROZEN`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one
   * that names a path outside the root; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { snapshot_ts, inputs } = await gold.manifest(slate, { snapshot: "lock", revision: 1 });
   * ```
   */
  async manifest(slate: SlateKey, options: RevisionOptions): Promise<Manifest> {
    return (await this.#find(slate, options, "manifest")).manifest;
  }

  /**
   * Manifests of the frozen slates of a range of dates, newest revision of each; no data is opened. What another program
   * left below `gold/` is not among them: `foreign` lists it.
   *
   * @throws BronzeError of the question, at once, `INVALID_ARGUMENT` and `INVALID_DATE`; of each manifest when it
   * is its turn, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that
   * names a path outside the root; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`
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
   * @throws BronzeError when it is its turn, of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`; `INVALID_ARGUMENT` for
   * an argument it does not take
   * @example
   * ```ts
   * for await (const { path, reason } of gold.foreign()) console.log(path, reason);
   * ```
   */
  foreign(...more: []): AsyncGenerator<ForeignManifest> {
    assertNoMore(more, "foreign");
    return foreignManifests(this.#context.storage);
  }

  /**
   * Takes every hash of a slate's manifest again: its inputs, its output, itself.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT` and `INVALID_PATH`; of the manifest,
   * `SLATE_NOT_FROZEN`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one
   * that names a path outside the root; of the days it read, `UNKNOWN_DATASET` where bronze was not given the
   * dataset, `MISFILED_DAY`, `RETENTION_INVALID`, and `UNSUPPORTED_TYPE` for a compacted file that is encrypted;
   * of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. What no longer holds is in `problems`, not
   * thrown
   * @example
   * ```ts
   * const { ok, problems } = await gold.verify(slate, { snapshot: "lock" });
   * ```
   */
  async verify(slate: SlateKey, options: RevisionOptions): Promise<Verification> {
    const { manifest } = await this.#find(slate, options, "verify");
    return withText(await verifyManifest(this.#context, manifest), verificationText);
  }

  /**
   * Verifies all slates of a range of dates, every revision: each manifest and each file is read once, and what is wrong
   * with one is one finding, with the slates that it touches. Findings come grouped by cause, as they are found; the
   * generator returns how much was looked at.
   *
   * @throws BronzeError of the question, at once, `INVALID_ARGUMENT` and `INVALID_DATE`; when it is its turn,
   * `NOTHING_CHECKED` where there is no manifest; of the days that were read, `UNKNOWN_DATASET` where bronze was not given
   * the dataset, `MISFILED_DAY`, `RETENTION_INVALID`, and `CORRUPT_FILE` and `UNSUPPORTED_TYPE` for a compacted file; of
   * the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. What no longer holds is a finding, not thrown
   * @example
   * ```ts
   * for await (const { ok, kind, path, slates } of gold.verifyAll({ from: "2026-01-01" }))
   *   if (!ok) console.error(kind, path, slates.length);
   * ```
   */
  verifyAll(options: ListOptions = {}): AsyncGenerator<VerifyFinding, VerifySummary> {
    assertOptions(options, LIST_OPTIONS, "verifyAll");
    assertDateRange(options.from, options.to);
    if (options.snapshot !== undefined) beforeTip(this.#context, options.snapshot);
    return verifyAll(this.#context, options);
  }

  /**
   * Writes beside a slate's manifest of version 1, which names its inputs by their bytes, what those contain and which of
   * them decide, after all of it was found to hold. Then retention may compact what it names. A manifest of version 2 says
   * this itself, and needs none.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT` and `INVALID_PATH`; of the manifest, `SLATE_NOT_FROZEN`,
   * `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path outside the
   * root; `ATTESTATION_REFUSED` where anything it names is not as it was; of the files read, `CORRUPT_FILE` and
   * `UNSUPPORTED_TYPE`; of bronze, `UNKNOWN_DATASET`, `INPUTS_MOVED`, `GOLD_UNREGISTERED`, `RETENTION_INVALID` and
   * `MISFILED_DAY`; of the lock, `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`,
   * `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { status } = await gold.attest(slate, { snapshot: "lock", revision: 1 }); // "attested"
   * ```
   */
  async attest(slate: SlateKey, options: RevisionOptions): Promise<AttestResult> {
    const { manifest } = await this.#find(slate, options, "attest");
    return withText(await new Attester(this.#context).attest(manifest), attestText);
  }

  /**
   * Attests all slates of a range of dates, every revision, one by one as `attest` does, each manifest and each file read
   * once. What is wrong with one is its `error`, and stops no other.
   *
   * @throws BronzeError of the question, at once, `INVALID_ARGUMENT` and `INVALID_DATE`; when it is its turn,
   * `NOTHING_CHECKED` where there is no manifest; of bronze, `UNKNOWN_DATASET` and `GOLD_UNREGISTERED`; of the lock,
   * `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`.
   * What one slate throws is its `error`: `ATTESTATION_REFUSED`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`,
   * `INVALID_PATH`, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `INPUTS_MOVED`, `RETENTION_INVALID` and `MISFILED_DAY`
   * @example
   * ```ts
   * for await (const { slate, status, error } of gold.attestAll({ to: "2026-03-31" }))
   *   if (status === "refused") console.error(slate, error?.message);
   * ```
   */
  attestAll(options: ListOptions = {}): AsyncGenerator<AttestedSlate> {
    assertOptions(options, LIST_OPTIONS, "attestAll");
    assertDateRange(options.from, options.to);
    if (options.snapshot !== undefined) beforeTip(this.#context, options.snapshot);
    return attestAll(this.#context, options);
  }

  /**
   * Builds a slate again from bronze at its recorded cutoff, compares row by row, and says what moved.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT` and `INVALID_PATH`; of the manifest,
   * `SLATE_NOT_FROZEN`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one
   * that names a path outside the root; of the builder, `BUILD_FAILED`, `INVALID_ROWS` and `INVALID_DATASET`; of
   * the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`. A BronzeError that the builder throws goes
   * through as it is; its reads through the view throw, of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`,
   * `INVALID_DATE` and `INVALID_DURATION`; of the files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
   * `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`,
   * `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and `STORAGE_FAILED`; none of them where an
   * input is gone or changed, which is then the `cause`
   * @example
   * ```ts
   * const { same, cause, because } = await gold.replay(slate, { snapshot: "lock" }, build);
   * if (!same) console.error(cause, because); // "late-arrival", ["input bronze/... is new"]
   * ```
   */
  async replay(slate: SlateKey, options: RevisionOptions, build: Build<Datasets>): Promise<Replay> {
    assertIs(build, callback, "The builder");
    const { manifest } = await this.#find(slate, options, "replay");
    return withText(await replayManifest(this.#context, manifest, build), replayText);
  }

  /**
   * Proves that a slate's builder depends on nothing after the slate's cutoff (see `leakCheck`); freezes nothing.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_PATH`, `INVALID_DATE` and `INVALID_INSTANT`;
   * `LEAK`: `details.leaks` holds a `Leak` for each cutoff that has one, `details.captures` what a report without
   * a leak counts; `NOTHING_CHECKED` when there was no cutoff, or at none of them an output and a row after it in
   * what was read; `BUILD_UNSTABLE` when the function gives another output from the same files; `BUILD_FAILED`
   * when it throws on the files as they are, whatever it is that it throws, `READ_ONLY` too, for a write through a
   * store that it is lent; of the files read, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`,
   * `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`, `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP` and `RETENTION_INVALID`; of the storage, `NOT_FOUND`,
   * `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * await gold.leakCheck({ slate, snapshot: "lock", tip }, build, { seed: 7 }); // throws where it leaks
   * ```
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
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DATE`, and
   * `UNKNOWN_DATASET` for a required input; `LOCK_UNAVAILABLE`; of the status file, `INVALID_PATH`, `NOT_A_FILE`
   * and `STORAGE_FAILED`. What one slate throws is in `failed`: `BUILD_FAILED`, `INVALID_ROWS`, `INVALID_DATASET`,
   * `INPUTS_EMPTY`, `MUTABLE_INPUT`, `INPUTS_MOVED`, `SLATE_CONFLICT`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`,
   * `GOLD_UNREGISTERED`, `LOCK_HELD`, `NOT_A_LOCK`, and of its builder's reads `INVALID_DURATION`, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP`, `RETENTION_INVALID` and `NOT_FOUND`. What `onEvent` throws goes through
   * @example
   * ```ts
   * const report = await gold.freezeDue(schedule, build);
   * report.failed; // one bad game does not stop the rest
   * ```
   */
  async freezeDue(
    schedule: Schedule,
    build: Build<Datasets>,
    options: DueOptions<Datasets[number]["name"]> = {},
  ): Promise<BackfillReport> {
    return withText(await freezeDue(this.#context, schedule, build, options), backfillText);
  }

  /**
   * Freezes the past: every game of a range of dates that is not frozen yet. Can be stopped and run again.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DATE`, and
   * `UNKNOWN_DATASET` for a required input; `LOCK_UNAVAILABLE`; of the status file, `INVALID_PATH`, `NOT_A_FILE`
   * and `STORAGE_FAILED`. What one slate throws is in `failed`: `BUILD_FAILED`, `INVALID_ROWS`, `INVALID_DATASET`,
   * `INPUTS_EMPTY`, `MUTABLE_INPUT`, `INPUTS_MOVED`, `SLATE_CONFLICT`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`,
   * `GOLD_UNREGISTERED`, `LOCK_HELD`, `NOT_A_LOCK`, and of its builder's reads `INVALID_DURATION`, `CORRUPT_FILE`,
   * `UNSUPPORTED_TYPE`, `NAIVE_TIMESTAMP`, `TYPE_CLASH`, `MISSING_KEY_COLUMN`, `MISSING_COLUMN`, `MISFILED_DAY`,
   * `UNREACHABLE_FILES`, `UNKNOWN_LOOKUP`, `RETENTION_INVALID` and `NOT_FOUND`. What `onEvent` throws goes through
   * @example
   * ```ts
   * const { frozen, failed } = await gold.backfill(schedule, build, { from: "2026-01-01", to: "2026-01-31" });
   * ```
   */
  async backfill(
    schedule: Schedule,
    build: Build<Datasets>,
    options: BackfillOptions<Datasets[number]["name"]>,
  ): Promise<BackfillReport> {
    return withText(await backfill(this.#context, schedule, build, options), backfillText);
  }

  /**
   * Joins frozen slates with labels and writes a training set once, split by slate date. The same again is a no-op
   * that says so; anything else under the same version is refused.
   *
   * @throws BronzeError of the question, `INVALID_ARGUMENT`, `INVALID_PATH` for the version, and `INVALID_DATE`;
   * of the slates, `SLATE_NOT_FROZEN`, `MANIFEST_INVALID`, `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and
   * `INVALID_PATH` for one that names a path outside the root; of their data, `CORRUPT_FILE`, `UNSUPPORTED_TYPE`,
   * and `TYPE_CLASH` where two have one column in other types; of the labels, `INVALID_ROWS`, `UNKNOWN_COLUMN` and
   * `LABEL_IN_FEATURES`; `TRAINING_CONFLICT`; of bronze, `GOLD_UNREGISTERED` and `RETENTION_INVALID`; of the lock,
   * `LOCK_UNAVAILABLE`, `LOCK_HELD` and `NOT_A_LOCK`; of the storage, `NOT_FOUND`, `NOT_A_FILE` and
   * `STORAGE_FAILED`
   * @example
   * ```ts
   * await gold.trainingSet({
   *   from: "2025-10-21", to: "2026-04-12", snapshot: "lock", version: "v1",
   *   labels: async ({ slate }) => boxScoresOf(slate.game_id), on: ["player_id"],
   *   splits: { trainEnd: "2026-01-31", valEnd: "2026-02-28" },
   * });
   * ```
   */
  async trainingSet(options: TrainingSetOptions): Promise<TrainingSetResult> {
    return withText(await writeTrainingSet(this.#context, options), trainingText);
  }

  /**
   * Reads a training set back, its files checked against its manifest.
   *
   * @throws BronzeError `INVALID_PATH` for the version; of the manifest, `TRAINING_NOT_FOUND`, `MANIFEST_INVALID`,
   * `MANIFEST_VERSION`, `MANIFEST_TAMPERED`, and `INVALID_PATH` for one that names a path outside the root; of the
   * data, `CORRUPT_FILE` when it is not what was written, and `UNSUPPORTED_TYPE`; of the storage, `NOT_FOUND`,
   * `NOT_A_FILE` and `STORAGE_FAILED`
   * @example
   * ```ts
   * const { train, val, test } = await gold.readTrainingSet("v1");
   * ```
   */
  async readTrainingSet(version: string): Promise<TrainingSet> {
    return withText(await readTrainingSet(this.#context.storage, version), trainingText);
  }

  #find(slate: SlateKey, options: RevisionOptions, where: string) {
    assertOptions(options, REVISION_OPTIONS, where);
    const { snapshot, revision } = options;
    return findManifest(this.#context.storage, this.#context.rules, slate, snapshot, revision);
  }
}

/** Refuses a key that says nothing. @throws BronzeError `INVALID_ARGUMENT` */
function checkedRowKey(rowKey: readonly string[] | undefined): readonly string[] | undefined {
  if (!rowKey || (rowKey.length > 0 && new Set(rowKey).size === rowKey.length)) return rowKey && [...rowKey];
  throw new BronzeError(
    "INVALID_ARGUMENT",
    "rowKey names the columns that tell a slate's rows apart: at least one, and each once.",
  );
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
  rowKey: texts,
  slate: group(SLATE_OPTIONS),
  snapshots: anObject,
  season: callback,
  timeZone: required(zoneName),
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

import type * as z from "zod";
import type { BronzeStore } from "../bronze/index.js";
import type { AnyDataset, Schedule } from "../dataset/index.js";
import { BronzeError } from "../errors.js";
import { localDisk, type Storage } from "../storage/index.js";
import { type Cell, cellReader, openParquet } from "../table/index.js";
import { assertDate, nbaSeason, type SeasonRule } from "../time/index.js";
import {
  type BackfillOptions,
  type BackfillReport,
  backfill,
  type DueOptions,
  freezeDue,
} from "./backfill.js";
import { sha256 } from "./canonical-json.js";
import { type Build, type FreezeOptions, type FreezeResult, freeze } from "./freeze.js";
import type { GoldContext } from "./gold-context.js";
import type { Manifest } from "./manifest.js";
import { type Replay, replayManifest } from "./replay.js";
import { findManifest, manifestsIn, readManifest, type SlateRange, slateFolders } from "./revisions.js";
import { GAME_SLATE, LOCK_AND_PRETIP, type SlateKey, type SnapshotTypes, slateRules } from "./slate.js";
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
  readonly schema?: z.ZodObject;
  /** Key columns of a slate, outermost folder first, and which of them is its date. Default: season, game_date, game_id. */
  readonly slate?: { readonly key: readonly string[]; readonly dateKey: string };
  /** Snapshot types and how long before the tip each is taken. Default: lock (15 minutes) and pretip (0). */
  readonly snapshots?: SnapshotTypes;
  /** Season rule for slates made from a schedule. Default: `nbaSeason`. */
  readonly season?: SeasonRule;
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

/** A frozen slate, read back. */
export interface FrozenSlate {
  readonly manifest: Manifest;
  readonly rows: Record<string, Cell>[];
}

/**
 * Slates frozen once, with a manifest that proves them: any slate can be rebuilt from bronze years later, or the
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
  readonly #season: SeasonRule;

  /** @throws BronzeError `INVALID_ARGUMENT` for keys or snapshot types that make no sense */
  constructor(options: GoldStoreOptions<Datasets>) {
    const { key, dateKey } = options.slate ?? GAME_SLATE;
    this.#context = {
      storage: options.storage ?? localDisk(options.root),
      bronze: options.bronze,
      rules: slateRules(key, dateKey, options.snapshots ?? LOCK_AND_PRETIP),
      schema: options.schema,
      clock: options.clock ?? (() => BigInt(Date.now()) * 1_000_000n),
      gitSha: options.gitSha,
    };
    this.#season = options.season ?? nbaSeason;
  }

  /**
   * Builds a slate from a view pinned at its cutoff and freezes the result. The same result again is a no-op that
   * says so; anything else is refused, unless `force` adds a revision.
   *
   * @throws BronzeError `SLATE_CONFLICT`, `SLATE_NOT_DUE`, `BUILD_FAILED`, `INVALID_ROWS`, ...
   */
  freeze(options: FreezeOptions, build: Build<Datasets>): Promise<FreezeResult> {
    return freeze(this.#context, options, build);
  }

  /**
   * Reads a frozen slate back, its bytes checked against its manifest.
   * @throws BronzeError `SLATE_NOT_FROZEN`, `CORRUPT_FILE` when the data is not what was frozen
   */
  async read(slate: SlateKey, options: RevisionOptions): Promise<FrozenSlate> {
    const { storage, schema } = this.#context;
    const { manifest } = await this.#find(slate, options);
    const bytes = await storage.read(manifest.output.path);
    if (sha256(bytes) !== manifest.output.sha256) {
      throw new BronzeError(
        "CORRUPT_FILE",
        `${manifest.output.path} is not what was frozen: its SHA-256 differs from its manifest's. Restore it, or replay the slate.`,
        { file: manifest.output.path },
      );
    }
    const file = openParquet(bytes, manifest.output.path);
    const readers = [...file.columns.keys()].map((name) => {
      const isNumber = schema?.shape[name] !== undefined && holdsNumbers(schema, name);
      return [name, cellReader(file.column(name), isNumber ? "number" : "bigint")] as const;
    });
    const rows = Array.from({ length: file.rowCount }, (_, row) =>
      Object.fromEntries(readers.map(([name, cell]) => [name, cell(row)])),
    );
    return { manifest, rows };
  }

  /** The manifest of a frozen slate. @throws BronzeError `SLATE_NOT_FROZEN`, `MANIFEST_TAMPERED`, ... */
  async manifest(slate: SlateKey, options: RevisionOptions): Promise<Manifest> {
    return (await this.#find(slate, options)).manifest;
  }

  /**
   * Manifests of the frozen slates of a range of dates, newest revision of each; no data is opened.
   *
   * @example
   * ```ts
   * for await (const { slate, output } of gold.list({ from: "2026-01-01", to: "2026-01-31", snapshot: "lock" })) { ... }
   * ```
   */
  async *list(options: SlateRange & { readonly snapshot?: string } = {}): AsyncGenerator<Manifest> {
    const { storage, rules } = this.#context;
    for (const date of [options.from, options.to]) if (date !== undefined) assertDate(date);
    for await (const folder of slateFolders(storage, rules, options)) {
      const manifests = await manifestsIn(storage, folder);
      for (const [i, { snapshot, path }] of manifests.entries()) {
        const isNewest = manifests[i + 1]?.snapshot !== snapshot;
        if (isNewest && (options.snapshot ?? snapshot) === snapshot) yield await readManifest(storage, path);
      }
    }
  }

  /** Takes every hash of a slate's manifest again: its inputs, its output, itself. */
  async verify(slate: SlateKey, options: RevisionOptions): Promise<Verification> {
    return verifyManifest(this.#context, await this.manifest(slate, options));
  }

  /** Builds a slate again from bronze at its recorded cutoff, compares row by row, and says what moved. */
  async replay(slate: SlateKey, options: RevisionOptions, build: Build<Datasets>): Promise<Replay> {
    return replayManifest(this.#context, await this.manifest(slate, options), build);
  }

  /**
   * Freezes what is due: every game of the schedule whose cutoff has come and which is not frozen yet. The timer's job.
   *
   * @example
   * ```ts
   * const report = await gold.freezeDue(schedule, build);
   * report.failed; // one bad game does not stop the rest
   * ```
   */
  freezeDue(schedule: Schedule, build: Build<Datasets>, options: DueOptions = {}): Promise<BackfillReport> {
    return freezeDue(this.#context, this.#season, schedule, build, options);
  }

  /** Freezes the past: every game of a range of dates that is not frozen yet. Can be stopped and run again. */
  backfill(schedule: Schedule, build: Build<Datasets>, options: BackfillOptions): Promise<BackfillReport> {
    return backfill(this.#context, this.#season, schedule, build, options);
  }

  #find(slate: SlateKey, { snapshot, revision }: RevisionOptions) {
    return findManifest(this.#context.storage, this.#context.rules, slate, snapshot, revision);
  }
}

function holdsNumbers(schema: z.ZodObject, name: string): boolean {
  let inner: z.core.$ZodType | undefined = schema.shape[name];
  while (inner && "innerType" in inner._zod.def)
    inner = (inner._zod.def as { innerType?: z.core.$ZodType }).innerType;
  return inner?._zod.def.type === "number";
}

import { crc32 } from "node:zlib";
import type { AnyDataset } from "../dataset/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { assertOptions, given } from "../options.js";
import { type FileIdentity, joinPath, type Storage } from "../storage/index.js";
import { epochDay } from "../time/index.js";
import { LIBRARY_VERSION } from "../version.js";
import {
  type CacheEntry,
  confirmed,
  freshnessOf,
  identitiesOf,
  lastChangeOf,
  loadedFrom,
  makeEntry,
  openEntry,
} from "./cache-entry.js";
import type { DayFile, DayOptions } from "./day-files.js";
import { type Loaded, type LoadOptions, loadFrame } from "./load-frame.js";

/** Whether a store keeps what it made of closed days, and how much of it. */
export interface CacheOptions {
  /** The most that the entries of a storage may take together, in bytes. Default: 1 GiB. */
  readonly maxBytes?: number;
}

/** Below the root; hidden, beside `bronze/`, so that no engine takes anything in it for data. */
export const CACHE_FOLDER = ".cache";

const ENTRIES_FOLDER = joinPath(CACHE_FOLDER, "timelines");

const DEFAULT_MAX_BYTES = 1024 ** 3;

/** A day that is over in every zone of the Earth is closed: the last, UTC-12, ends half a day after UTC does. */
const AFTER_DAY_NS = 43_200_000_000_000n;
const DAY_NS = 86_400_000_000_000n;

/** A day whose files still change is not packed again at every change. */
const SETTLED_MS = 60_000;

/** What a process that was killed while it wrote may have left behind is removed after this. */
const ABANDONED_MS = 3_600_000;

/** What was asked for: an entry answers one such question about the days' files, at any cutoff. */
export interface CacheQuestion extends DayOptions {
  readonly dates: readonly string[];
}

/**
 * Timelines of closed days, kept beside the data: derived, disposable, and only ever an optimisation. What it answers is
 * what loading the files would have answered, and whatever is wrong with an entry, or with the disk it lies on, ends in
 * loading them.
 *
 * An entry is found by what was asked and how the dataset is defined, and holds against the files themselves: see
 * `freshnessOf`. Entries are published atomically, so any number of processes may read, write and remove them at once.
 */
export class TimelineCache {
  readonly #maxBytes: number;
  readonly #clock: () => bigint;
  /** Storages that can not be written to; asked once. */
  readonly #readOnly = new WeakSet<Storage>();
  /** Entries that could not be made of their files, or would be too large: not tried again. */
  readonly #unfit = new Set<string>();

  constructor({ maxBytes = DEFAULT_MAX_BYTES }: CacheOptions, clock: () => bigint) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** `loadFrame`, from an entry where there is one that holds; leaves one behind for a day that is closed. */
  async load(
    storage: Storage,
    dataset: AnyDataset,
    question: CacheQuestion,
    list: () => Promise<readonly DayFile[]>,
    options: LoadOptions,
  ): Promise<Loaded> {
    if (!storage.identify) return loadFrame(storage, dataset, await list(), options);
    const asked = askedOf(dataset, question);
    const path = entryPath(asked);
    // A disk reads it beside this thread, which meanwhile looks at the files; what it is worth is judged after that.
    const reading = storage.read(path).catch(() => undefined);
    const files = await list();
    if (files.length === 0) return loadFrame(storage, dataset, files, options);
    const seenMs = Date.now();
    const identities = await identitiesOf(storage, files);
    const bytes = await reading;
    const entry = bytes && openEntry(bytes);
    if (
      entry?.header.asked === asked &&
      (await this.#holds(entry, storage, path, files, identities, seenMs))
    ) {
      const loaded = loadedFrom(entry, dataset, options.horizonNs);
      if (loaded) return loaded;
    }
    const isSettled = identities !== undefined && lastChangeOf(identities) + SETTLED_MS <= seenMs;
    const mayMake = entry === undefined || isSettled;
    const made = mayMake ? await this.#make(storage, path, dataset, asked, question, files) : undefined;
    return (
      (made && loadedFrom(made, dataset, options.horizonNs)) ?? loadFrame(storage, dataset, files, options)
    );
  }

  /** Whether an entry holds for the files as they are. Once that took a look at their bytes, the next need not. */
  async #holds(
    entry: CacheEntry,
    storage: Storage,
    path: string,
    files: readonly DayFile[],
    identities: readonly FileIdentity[] | undefined,
    seenMs: number,
  ): Promise<boolean> {
    const freshness = await unlessFailed(freshnessOf(entry, storage, files, identities));
    if (!identities || freshness === undefined || freshness === "stale") return false;
    if (freshness === "same bytes") {
      const bytes = confirmed(entry, identities, seenMs);
      if (bytes) await this.#write(storage, path, bytes);
    }
    return true;
  }

  async #make(
    storage: Storage,
    path: string,
    dataset: AnyDataset,
    asked: string,
    { dates }: CacheQuestion,
    files: readonly DayFile[],
  ): Promise<CacheEntry | undefined> {
    if (this.#readOnly.has(storage) || this.#unfit.has(path)) return undefined;
    const nowNs = this.#clock();
    if (dates.some((date) => nowNs < BigInt(epochDay(date) + 1) * DAY_NS + AFTER_DAY_NS)) return undefined;
    // Whatever goes wrong here goes wrong, and is said, when the files are loaded; or it does not matter to the question.
    const entry = await makeEntry(storage, dataset, asked, files).catch(() => "unfit" as const);
    if (entry === undefined) return undefined; // the files are changing
    if (entry === "unfit" || entry.bytes.byteLength > this.#maxBytes) this.#unfit.add(path);
    else await this.#write(storage, path, entry.bytes);
    return entry === "unfit" ? undefined : entry;
  }

  /** A cache that can not be written is no reason to fail a read. */
  async #write(storage: Storage, path: string, bytes: Uint8Array): Promise<void> {
    if (this.#readOnly.has(storage)) return;
    try {
      await markFolder(storage);
      await makeRoom(storage, path, this.#maxBytes - bytes.byteLength);
      await storage.replace(path, bytes);
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      this.#readOnly.add(storage);
    }
  }
}

/** The cache that was asked for, if any. @throws BronzeError `INVALID_ARGUMENT` */
export function cacheOf(
  asked: boolean | CacheOptions | undefined,
  clock: () => bigint,
): TimelineCache | undefined {
  if (asked === undefined || asked === false) return undefined;
  const options = asked === true ? {} : asked;
  assertOptions(options ?? null, { maxBytes: given }, "cache");
  const { maxBytes } = options;
  if (maxBytes !== undefined && !(typeof maxBytes === "number" && maxBytes >= 0)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `cache.maxBytes is ${String(maxBytes)}; give the most bytes that all entries may take together.`,
      { maxBytes },
    );
  }
  return new TimelineCache(options, clock);
}

/** All that an entry is made for: under another version, definition or question there is another entry, or none. */
function askedOf(dataset: AnyDataset, { dates, prefer, includeRuns }: CacheQuestion): string {
  const asked = [
    LIBRARY_VERSION,
    definitionOf(dataset, dates),
    dates,
    prefer ?? "history",
    includeRuns ?? true,
  ];
  return JSON.stringify(asked, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

/** A short hash: two questions that share it take turns in one entry, which says in full whose it is. */
function entryPath(asked: string): string {
  return joinPath(ENTRIES_FOLDER, `${crc32(asked).toString(16).padStart(8, "0")}.timeline`);
}

/** All of a definition that a frame or its index depends on. A tombstone test is asked when a question is. */
function definitionOf(dataset: AnyDataset, dates: readonly string[]): unknown {
  const { name, file, key, columns, history, partitionIs, scope, snapshotTime, timestamps } = dataset;
  return {
    ...{ name, file, key, history, partitionIs, scope, snapshotTime: snapshotTime ?? null },
    columns: [...columns.values()],
    timestamps: Object.entries(timestamps).map(([rule, value]) => [rule, value ?? null]),
    seasons: dates.map((date) => dataset.season(date)),
  };
}

async function unlessFailed<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isBronzeError(error)) return undefined;
    throw error;
  }
}

/** Tells backups and version control what tools of all kinds tell them of their caches. */
async function markFolder(storage: Storage): Promise<void> {
  const encoder = new TextEncoder();
  for (const [name, text] of [
    ["CACHEDIR.TAG", CACHEDIR_TAG],
    [".gitignore", "*\n"],
  ] as const) {
    const path = joinPath(CACHE_FOLDER, name);
    if ((await storage.stat(path)) === undefined) await storage.publish(path, encoder.encode(text));
  }
}

const CACHEDIR_TAG = `Signature: 8a477f597d28d172789f06886806bc55
# Timelines of closed days, kept by bronzestore. May be deleted at any time.
`;

/** Removes the entries written longest ago until those that stay fit; what other processes removed is gone too. */
async function makeRoom(storage: Storage, path: string, maxBytes: number): Promise<void> {
  const entries: { path: string; sizeBytes: number; modifiedMs: number }[] = [];
  for (const { name, kind } of await storage.list(ENTRIES_FOLDER)) {
    const other = joinPath(ENTRIES_FOLDER, name);
    if (kind !== "file" || other === path) continue;
    const stat = await storage.stat(other);
    if (!stat) continue;
    const isTemp = name.startsWith(".");
    if (!isTemp) entries.push({ path: other, ...stat });
    else if (stat.modifiedMs < Date.now() - ABANDONED_MS) await storage.remove(other);
  }
  entries.sort((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? -1 : 1));
  let total = 0;
  for (const entry of entries) {
    total += entry.sizeBytes;
    if (total > maxBytes) await storage.remove(entry.path);
  }
}

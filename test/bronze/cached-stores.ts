import {
  type AnyDataset,
  BronzeStore,
  type BronzeStoreOptions,
  isBronzeError,
  type Storage,
} from "bronzestore";
import { CACHE_FOLDER } from "../../src/bronze/timeline-cache.js";
import { injuries, injuriesByGame, odds } from "./feeds.js";

export const DATE = "2026-01-15";
export const ENTRIES = `${CACHE_FOLDER}/timelines`;

/** A day after the feeds' day: it is closed. */
export const LATER = "2026-01-17T18:00:00Z";

/** A storage whose files all seem to have changed an hour earlier than they did, and that says what is read of it. */
export function settled(storage: Storage): Storage & { readonly opened: string[] } {
  const opened: string[] = [];
  return {
    ...storage,
    opened,
    read: (path) => {
      opened.push(path);
      return storage.read(path);
    },
    identify: async (path) => {
      const identity = await storage.identify!(path);
      return identity && { ...identity, changedMs: identity.changedMs - 3_600_000 };
    },
  };
}

type Options = Partial<BronzeStoreOptions<readonly AnyDataset[]>>;

/** Two stores over one storage, one with a cache and one without; their clock stands a day after the feeds' day. */
export function twoStores(storage: Storage, options: Options = {}, now = LATER) {
  const clock = () => BigInt(Date.parse(now)) * 1_000_000n;
  const datasets = [odds, injuries, injuriesByGame];
  const store = (cache: NonNullable<Options["cache"]>) =>
    new BronzeStore({ datasets, clock, cache, ...options, storage, root: undefined });
  return { cached: store(options.cache ?? true), plain: store(false) };
}

/** A store of any datasets. */
export type AnyStore = BronzeStore<readonly AnyDataset[]>;

/** Cutoffs before, among and after the feeds' rows. */
export const CUTOFFS = [
  "2026-01-15T12:00:00Z",
  "2026-01-15T17:00:00Z",
  "2026-01-15T17:20:00Z",
  "2026-01-15T22:30:00Z",
  "2026-01-17T00:00:00Z",
];

/** What a promise comes to, as something that can be compared: an error is an answer too. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  }
}

/** Everything a store says of a day through every door that reads: rows, columns, provenance, records. */
export async function everythingOf(
  store: unknown,
  dataset: string,
  cutoffs: readonly (string | bigint)[] = CUTOFFS,
  date = DATE,
): Promise<unknown[]> {
  const bronze = store as AnyStore;
  const said: unknown[] = [];
  for (const cutoff of cutoffs) {
    for (const knownBy of [undefined, cutoff]) {
      for (const maxAge of [undefined, "PT3H"]) {
        const ask = async () => {
          const at = bronze.asOf(cutoff, { knownBy });
          const snapshot = await at.read(dataset, { date, lookbackDays: 1, maxAge });
          const { provenance, columns } = snapshot;
          const [{ files, rowsNotSelectable, rowsAhead, skipped }] = at.reads as [(typeof at.reads)[0]];
          const digests = files.map(({ path, rows, sizeBytes, sha256 }) => [path, rows, sizeBytes, sha256]);
          const arrow = String(snapshot.toArrow().schema);
          return {
            rows: snapshot.rows(),
            provenance,
            columns,
            digests,
            rowsNotSelectable,
            rowsAhead,
            skipped,
            arrow,
          };
        };
        said.push(await outcome(ask()));
      }
    }
  }
  const day = async () => {
    const day = await bronze.readBronzeDay(dataset, date);
    return { rows: day.rows(), files: day.files, columns: day.columns, latestOnly: day.latestOnlyKeys };
  };
  const timeline = async () => {
    const timeline = await bronze.timeline(dataset, { date });
    return [String(timeline), ...[...timeline.sweep(cutoffs)].map((snapshot) => snapshot.rows())];
  };
  const labels = cutoffs.map((cutoff) => ({ game_id: "g1", cutoff_ts: cutoff, day: date }));
  const join = async () => {
    const on = bronze.dataset(dataset).key.includes("game_id") ? "game_id" : bronze.dataset(dataset).key[0]!;
    const asked = labels.map(({ game_id, ...label }) => ({
      ...label,
      [on]: on === "game_id" ? game_id : null,
    }));
    const timeline = await bronze.timeline(dataset, { date });
    const joined = timeline.joinAsOf(asked, { on: [on], cutoff: "cutoff_ts", prefix: "x_" } as never);
    return { rows: joined.rows(), provenance: joined.provenance };
  };
  said.push(await outcome(day()), await outcome(timeline()), await outcome(join()));
  return said;
}

/** The entries there are. */
export async function entriesIn(storage: Storage): Promise<string[]> {
  return (await storage.list(ENTRIES)).map(({ name }) => `${ENTRIES}/${name}`);
}

import {
  type BronzeError,
  GoldStore,
  isBronzeError,
  memoryStorage,
  nbaSeason,
  Retention,
  type Storage,
} from "bronzestore";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partsNamed, unitFolderOf } from "../../src/bronze/index.js";
import { tries } from "../campaign.js";
import { dataFiles, FEEDS, type FeedRow, type FeedStore, storeOfFeed } from "./compacted-feeds.js";

/**
 * The same is written to two stores, and one of them prunes what it likes. Whatever it still answers is what the other
 * answers; what it cannot, it refuses.
 */

const DATE = "2026-01-15";
const NOON = BigInt(Date.parse("2026-01-15T17:00:00Z")) * 1_000_000n;
const MINUTE = 60_000_000_000n;
/** Before any row: what was pruned after it cannot matter. */
const BEFORE_ALL = NOON - 60n * MINUTE;
const NAME = "feed" as never;
const KEPT = "gold/keep/manifest.json";

/** Few instants, some a nanosecond apart. */
const at = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom(0n, 0n, 1n))
  .map(([step, ns]) => NOON + BigInt(step) * 10n * MINUTE + ns);

const row = fc.record({
  game_id: fc.constantFrom("g1", "g2"),
  player_id: fc.constantFrom("ada", "bo"),
  isTombstone: fc.boolean(),
  as_of_ts: fc.option(at),
  /** How long after it held it was captured, in steps. */
  delay: fc.integer({ min: -1, max: 3 }),
});
type Drawn = typeof row extends fc.Arbitrary<infer Row> ? Row : never;

interface Write {
  readonly kind: "write";
  readonly rows: readonly Drawn[];
  readonly report_ts: bigint;
  readonly covers: boolean;
}
type Step =
  | Write
  | { readonly kind: "prune"; readonly keep: readonly boolean[] }
  | { readonly kind: "compact" };

const write: fc.Arbitrary<Write> = fc.record({
  kind: fc.constant("write" as const),
  rows: fc.array(row, { maxLength: 4 }),
  report_ts: at,
  covers: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: write },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("prune" as const),
      keep: fc.array(fc.boolean(), { minLength: 3, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const) }) },
);

/** Writes the same to all; every write is of its own run and its own content, so that none is a retry of a pruned one. */
async function writeTo(stores: readonly FeedStore[], one: Write, index: number): Promise<void> {
  const outcomes: string[] = [];
  for (const store of stores) {
    const dataset = store.dataset("feed");
    const startedAt = NOON + BigInt(index) * 10n * MINUTE + BigInt(index);
    const rows = one.rows.map(
      ({ isTombstone, delay, as_of_ts, ...own }, i): FeedRow => ({
        ...own,
        as_of_ts,
        // A report is not captured again in the very nanosecond: no two writes are the same.
        ingested_ts: (as_of_ts ?? one.report_ts) + BigInt(delay) * 10n * MINUTE,
        report_ts: one.report_ts,
        points: isTombstone && i > 0 ? 0 : 100 * (index + 1) + i,
      }),
    );
    const isSnapshot = dataset.partitionIs === "snapshot";
    const covers = one.covers && dataset.scope.length > 0 ? { covers: [{ game_id: "g2" }] } : {};
    const snapshot = isSnapshot
      ? { snapshot: { ...(rows.length === 0 && { date: DATE, time: startedAt }), ...covers } }
      : {};
    try {
      await store.write(NAME, rows as never, { run: { id: `r${index}`, startedAt }, ...snapshot } as never);
      outcomes.push("written");
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      outcomes.push(error.code);
    }
  }
  expect(new Set(outcomes).size).toBe(1);
}

/** What a question says, as text: all of it, or only the code of what refused it. */
type Question = (store: FeedStore) => Promise<unknown>;

const UNSAID = new Set([
  "filesIgnored",
  "filesPruned",
  "rowsEligiblePruned",
  "pruned",
  "losers",
  "compacted",
  "cost",
]);
function text(value: unknown): string {
  return JSON.stringify(value, (name, own) =>
    UNSAID.has(name) ? undefined : typeof own === "bigint" ? `${own}n` : own,
  );
}

function questionsOf(cutoffs: readonly bigint[]): [string, Question][] {
  const questions: [string, Question][] = [];
  const key = { game_id: "g1", player_id: "ada" } as never;
  for (const includeRuns of [true, false]) {
    for (const cutoff of cutoffs) {
      for (const knownBy of [undefined, "cutoff", NOON + 30n * MINUTE] as const) {
        const asked = `as of ${cutoff}, known by ${knownBy}, runs ${includeRuns}`;
        const options = { date: DATE, includeRuns };
        for (const maxAge of [undefined, "PT40M"]) {
          questions.push([
            `read ${asked}, ${maxAge}`,
            async (store) => {
              const read = await store.asOf(cutoff, { knownBy }).read(NAME, { ...options, maxAge });
              return [read.rows(), read.provenance];
            },
          ]);
        }
        questions.push([
          `columns ${asked}`,
          async (store) => {
            const read = await store
              .asOf(cutoff, { knownBy })
              .read(NAME, { ...options, columns: ["points"] as never });
            return [read.rows(), read.provenance];
          },
        ]);
        questions.push([
          `timeline ${asked}`,
          async (store) => {
            const answer = (await store.timeline(NAME, options)).at(cutoff, { knownBy });
            return [answer.rows(), answer.provenance];
          },
        ]);
        questions.push([
          `explain ${asked}`,
          async (store) => {
            const why = (await store.timeline(NAME, options)).explain(key, cutoff, { knownBy });
            return why.winner;
          },
        ]);
        questions.push([
          `join ${asked}`,
          async (store) => {
            const labels = ["g1", "g2"].map((game_id) => ({ game_id, player_id: "bo", cutoff }));
            const joined = await store.joinAsOf(labels as never, NAME, {
              on: ["game_id", "player_id"],
              cutoff: "cutoff",
              from: DATE,
              to: DATE,
              ...(knownBy === "cutoff" && { knownBy }),
              includeRuns,
            } as never);
            return (joined as unknown as { rows(): Record<string, unknown>[] }).rows();
          },
        ]);
      }
    }
    if (cutoffs.length > 1)
      questions.push([
        `diff, runs ${includeRuns}`,
        async (store) =>
          (await store.timeline(NAME, { date: DATE, includeRuns })).diff(cutoffs[0]!, cutoffs[1]!),
      ]);
    questions.push([
      `latest, runs ${includeRuns}`,
      async (store) => {
        const options = { date: DATE, includeRuns, prefer: "latest" } as const;
        const read = await store.asOf(cutoffs[0]!).read(NAME, options);
        return [read.rows(), read.provenance];
      },
    ]);
    questions.push([
      `day, runs ${includeRuns}`,
      async (store) => (await store.readBronzeDay(NAME, DATE, { includeRuns })).rows(),
    ]);
  }
  questions.push([
    "history",
    async (store) => {
      const history = (await store.timeline(NAME, { date: DATE })).history(key);
      return history;
    },
  ]);
  questions.push(["keys", async (store) => (await store.timeline(NAME, { date: DATE })).keys()]);
  return questions;
}

async function said(store: FeedStore, question: Question): Promise<string> {
  try {
    return text(await question(store));
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return `error ${(error as BronzeError).code}`;
  }
}

const clock = (store: FeedStore) => () => store.now();

function retentionOf(store: FeedStore, storage: Storage) {
  const gold = new GoldStore({
    timeZone: "America/New_York",
    season: nbaSeason,
    storage,
    bronze: store,
    clock: clock(store),
  });
  return new Retention({ bronze: store, gold: [gold as never], clock: clock(store) });
}

const OLD = { datasets: ["feed"] as never, before: "2026-02-15" } as const;

/** Prunes all but the parts that are to be kept, which a manifest of another program names, wherever they lie. */
async function prune(store: FeedStore, storage: Storage, keep: readonly boolean[]): Promise<number> {
  const loose: string[] = [];
  for (const path of await dataFiles(storage)) {
    const folder = unitFolderOf(store.dataset("feed"), path);
    const parts = path.includes(".compacted-") ? await partsNamed(storage, folder!, path) : undefined;
    loose.push(...(parts?.map((part) => part.path) ?? [path]));
  }
  loose.sort();
  const kept = loose.filter((_, i) => keep[i % keep.length]);
  await storage.replace(KEPT, new TextEncoder().encode(JSON.stringify(kept)));
  const retention = retentionOf(store, storage);
  const plan = await retention.planPrune({ ...OLD, hours: true, daysWithoutSlate: true });
  await retention.apply(plan);
  await storage.remove(KEPT);
  return plan.days.flatMap(({ remove }) => remove).length;
}

async function compact(store: FeedStore, storage: Storage): Promise<void> {
  const retention = retentionOf(store, storage);
  await retention.apply(await retention.planCompact({ ...OLD, into: "day" }));
}

describe.each(Object.entries(FEEDS))("%s, pruned", (_, dataset) => {
  it("answers as if nothing had gone, or says that it cannot", async () => {
    const met = { answered: 0, refused: 0, pruned: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { minLength: 2, maxLength: 5 }),
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.array(at, { minLength: 2, maxLength: 2 }),
        // Not every question after each step: other trees tell more.
        fc.array(fc.nat(1_000), { minLength: 12, maxLength: 12 }),
        async (first, more, cutoffs, picks) => {
          const storage = memoryStorage();
          const [store, whole] = [storeOfFeed(dataset, storage), storeOfFeed(dataset)];
          let index = 0;
          let gone = 0;
          const questions = questionsOf([...cutoffs, BEFORE_ALL]);
          const steps: readonly Step[] = [...first, { kind: "prune", keep: [true, false, true] }, ...more];
          for (const one of steps) {
            if (one.kind === "prune") gone += await prune(store, storage, one.keep);
            else if (one.kind === "compact") await compact(store, storage);
            else await writeTo([store, whole], one, index++);
            if (gone === 0) continue;
            for (const pick of picks) {
              const [name, question] = questions[(pick + 7 * index) % questions.length]!;
              const [is, was] = [await said(store, question), await said(whole, question)];
              if (is === "error PRUNED") met.refused++;
              else {
                met.answered++;
                expect(is, name).toBe(was);
              }
            }
          }
          met.pruned += gone;
        },
      ),
      { ...tries({ few: 3, small: 60, large: 250, seed: 171 }), endOnFailure: true },
    );
    expect(met.pruned).toBeGreaterThan(0);
    expect(met.refused).toBeGreaterThan(0);
    expect(met.answered).toBeGreaterThan(0);
  });
});

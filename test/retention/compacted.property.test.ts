import { doctor, memoryStorage, Retention, type Storage } from "bronzestore";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyDataset } from "../../src/dataset/index.js";
import { campaign, tries } from "../campaign.js";
import { waysToRead } from "../storage/ways-to-read.js";
import { dataFiles, FEEDS, type FeedStore, storeOfFeed } from "./compacted-feeds.js";
import { at, DATE, type FeedWrite, MINUTE, NOON, write, writeTo } from "./feed-writes.js";
import { held, oracleFiles, oracleRules } from "./history-oracle.js";
import { filesBelow } from "./world.js";

const ROW = { game_id: "g1", player_id: "ada", points: 1 };

type Step =
  | FeedWrite
  | { readonly kind: "again"; readonly which: number }
  | { readonly kind: "day" | "files" | "empty" }
  | Loss;
/** States that are damaged or missing, perhaps with all of the trash, and made again. */
interface Loss {
  readonly kind: "lose";
  readonly isDamaged: boolean;
  readonly withTrash: boolean;
}
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: write },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("again" as const), which: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("day" as const, "day" as const, "files" as const, "empty" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("lose" as const),
      isDamaged: fc.boolean(),
      withTrash: fc.boolean(),
    }),
  },
);

/** Everything a reader can ask of the day, as text. Where rows lie now is all that may differ. */
async function said(store: FeedStore, cutoffs: readonly bigint[]): Promise<string> {
  const answers: unknown[] = [];
  const name = "feed" as never;
  for (const includeRuns of [true, false]) {
    const day = await store.readBronzeDay(name, DATE, { includeRuns });
    answers.push(
      day.rows(),
      day.files,
      day.sources().map(({ compacted, ...source }) => source),
      day.latestOnlyKeys,
    );
    for (const cutoff of cutoffs) {
      for (const knownBy of [undefined, "cutoff", NOON + 30n * MINUTE] as const) {
        const view = store.asOf(cutoff, { knownBy });
        const options = { date: DATE, includeRuns };
        for (const maxAge of [undefined, "PT40M"]) {
          const { provenance, ...answer } = await view
            .read(name, { ...options, maxAge })
            .then((read) => ({ rows: read.rows(), provenance: read.provenance }));
          const { filesIgnored, ...counts } = provenance;
          answers.push(answer, counts);
        }
        const narrow = await view.read(name, { ...options, columns: ["points"] as never });
        answers.push(narrow.rows());
        const why = day.timeline().explain({ game_id: "g1", player_id: "ada" } as never, cutoff, { knownBy });
        answers.push(withoutPlaces(why), String(why).replace(/ \(in .*?\)/g, ""));
        answers.push(view.reads.map(({ rowsNotSelectable, rowsAhead }) => [rowsNotSelectable, rowsAhead]));
      }
    }
  }
  const timeline = await store.timeline(name, { date: DATE });
  for (const game_id of ["g1", "g2"])
    answers.push(withoutPlaces(timeline.history({ game_id, player_id: "bo" } as never)));
  const coverage = await store.coverage(name, { date: DATE, repeatedKeys: true });
  answers.push(
    coverage.days.map(({ ignored, ...day }) => day),
    coverage.filesRead,
  );
  const { datasets } = await store.freshness({});
  answers.push(datasets.map(({ filesDecoded, ...own }) => own));
  const labels = cutoffs.map((cutoff) => ({ game_id: "g1", player_id: "ada", cutoff }));
  const joined = await store.joinAsOf(labels as never, name, {
    on: ["game_id", "player_id"],
    cutoff: "cutoff",
    from: DATE,
    to: DATE,
  } as never);
  answers.push((joined as unknown as { rows(): unknown[] }).rows());
  return JSON.stringify(answers, (_, value) => (typeof value === "bigint" ? `${value}n` : value), 1);
}

function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, own) =>
      name === "compacted" ? undefined : typeof own === "bigint" ? `${own}n` : own,
    ),
  );
}

const DAY_NS = 24n * 60n * MINUTE;

function retentionOf(store: FeedStore, laterNs = 0n) {
  return new Retention({ bronze: store, gold: [], clock: () => store.now() + laterNs });
}

async function compact(store: FeedStore, into: "day" | "files"): Promise<void> {
  const retention = retentionOf(store);
  const options = { datasets: ["feed"] as never, before: "2026-02-15", into };
  const plan = await retention.planCompact(options);
  expect(plan.refused).toEqual([]);
  await retention.apply(plan);
  expect((await retention.planCompact(options)).days).toEqual([]);
}

/** Whether answers are what brute force over the parts says. */
async function assertHeld(
  store: FeedStore,
  loose: Storage,
  dataset: AnyDataset,
  cutoffs: readonly bigint[],
): Promise<void> {
  const files = await oracleFiles(loose, dataset, DATE);
  const rules = oracleRules(dataset);
  for (const cutoff of cutoffs) {
    for (const knownBy of [undefined, cutoff, NOON + 30n * MINUTE]) {
      for (const maxAge of [undefined, 40n * MINUTE]) {
        const options = { date: DATE, ...(maxAge !== undefined && { maxAge: "PT40M" }) };
        const answer = await store.asOf(cutoff, { knownBy }).read("feed" as never, options as never);
        const rows = (answer as unknown as { rows(): Record<string, unknown>[] }).rows();
        expect(rows.map(({ game_id, player_id, points }) => [game_id, player_id, points])).toEqual(
          held(files, rules, { cutoff, knownBy, maxAge }),
        );
      }
    }
  }
}

async function lose(storage: Storage, dataset: AnyDataset, { isDamaged, withTrash }: Loss): Promise<void> {
  for (const path of await filesBelow(storage, "")) {
    if (withTrash && path.startsWith(".trash/")) await storage.remove(path);
    if (!path.endsWith("/_retention.json")) continue;
    if (isDamaged) await storage.replace(path, (await storage.read(path)).slice(1));
    else await storage.remove(path);
  }
  await doctor({ storage }, { datasets: [dataset], fix: true, neverPruned: ["feed"] });
}

/** Which way to read comes next. */
let turn = 0;

// A feed takes a second a history: each fifth of them in the quick suite.
const { count: every } = campaign({ few: 5, small: 1, large: 1, seed: 0 });
const feeds = Object.entries(FEEDS).filter((_, i) => i % every === 0);

describe.each(feeds)("%s", (_, dataset) => {
  it("answers every question as a store that was never compacted, and as brute force, after each step", async () => {
    let compacted = 0;
    // One after the other; all of them after each history only in the long run.
    const { count: waysAtOnce } = campaign({ few: 1, small: 1, large: 4, seed: 0 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 9 }),
        fc.array(at, { minLength: 1, maxLength: 2 }),
        async (steps, cutoffs) => {
          const storage = memoryStorage();
          const looseStorage = memoryStorage();
          const [store, loose] = [storeOfFeed(dataset, storage), storeOfFeed(dataset, looseStorage)];
          // Locks alone make a folder, of which an empty store says another thing.
          const first = { ...ROW, report_ts: NOON, as_of_ts: NOON, ingested_ts: NOON };
          const writes: FeedWrite[] = [{ kind: "write", rows: [first], run: 0, covers: false }];
          await writeTo([store, loose], writes[0]!);
          for (const one of [...steps, { kind: "day" } as const]) {
            if (one.kind === "day" || one.kind === "files") await compact(store, one.kind);
            else if (one.kind === "empty") await retentionOf(store, DAY_NS).emptyTrash({ olderThan: "P1D" });
            else if (one.kind === "lose") await lose(storage, dataset, one);
            else if (one.kind === "write") {
              writes.push(one);
              await writeTo([store, loose], one);
            } else if (one.kind === "again")
              await writeTo([store, loose], writes[one.which % writes.length]!);
            expect(await said(store, cutoffs)).toBe(await said(loose, cutoffs));
            await assertHeld(store, looseStorage, dataset, cutoffs);
          }
          const last = await said(loose, cutoffs);
          const ways = Object.entries(await waysToRead(storage));
          for (const [how, other] of [...ways, ...ways].slice(turn % ways.length).slice(0, waysAtOnce)) {
            const reading = storeOfFeed(dataset, other);
            expect(await said(reading, cutoffs), how).toBe(last);
            await assertHeld(reading, looseStorage, dataset, cutoffs);
          }
          turn++;
          compacted += (await dataFiles(storage)).filter((path) => path.includes(".compacted-")).length;
        },
      ),
      { ...tries({ few: 1, small: 60, large: 120, seed: 141 }), endOnFailure: true },
    );
    expect(compacted).toBeGreaterThan(0);
  });
});

import { BronzeStore, defineDataset, instant, Retention } from "bronzestore";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { duckdbPlaces } from "./duckdb-place.js";
import { assertSameJoin } from "./same-join.js";

const place = duckdbPlaces();
const DATE = "2026-01-14";
/** Seventeen o'clock, UTC, epoch nanoseconds. */
const START = 1_768_410_000_000_000_000n;
const HOUR = 3_600_000_000_000n;
const MICROSECOND = 1_000n;
const at = (hours: number, and = 0n) => START + BigInt(hours) * HOUR + and;

const base = {
  name: "feed",
  timeZone: "UTC",
  schema: z.object({
    game: z.string(),
    id: z.string(),
    points: z.int().nullable(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant().nullable(),
  }),
  key: ["game", "id"],
  date: { from: "ingested_ts" },
  layout: "date={date}/run={run}/feed.parquet",
} as const;
const changes = defineDataset(base);
/** Of which a row may lack its capture. */
const dated = { ...base, date: { from: "as_of_ts" } } as const;
const uncaptured = defineDataset(dated);
const uncapturedSnapshots = defineDataset({ ...dated, partitionIs: "snapshot" });
const withdrawn = defineDataset({ ...base, tombstone: { points: [0] } });
const snapshots = defineDataset({ ...base, partitionIs: "snapshot" });
const snapshotsOfGames = defineDataset({ ...base, partitionIs: "snapshot", scope: ["game"] });
const together = defineDataset({ ...base, partitionIs: "snapshot", timestamps: { fallback: "dataset" } });

/** A row of game `g`: of an hour of the day, captured in the same. */
const row = (id: string, points: number | null, hour: number, captured = hour) => ({
  game: "g",
  id,
  points,
  as_of_ts: at(hour) as bigint | null,
  ingested_ts: at(captured),
});

interface Edge {
  readonly feed?: unknown;
  /** The hour that each run started in, its rows, and what else is said of a snapshot. */
  readonly runs: readonly (readonly [hour: number, rows: readonly object[], snapshot?: object])[];
  /** Whether the day is compacted before it is asked for. */
  readonly compacted?: boolean;
  /** Each with what it is to be given. */
  readonly labels: readonly {
    readonly id: string;
    readonly day?: string;
    readonly t: bigint;
    readonly kb?: bigint;
    readonly is: unknown;
  }[];
  readonly options?: object;
}

const KNOWN = { knownBy: "kb" };

const EDGES: Readonly<Record<string, Edge>> = {
  "a row is as old as maxAge allows, and a microsecond older": {
    runs: [[0, [row("a", 1, 0)]]],
    options: { maxAge: "PT5H" },
    labels: [
      { id: "a", t: at(5), is: 1 },
      { id: "a", t: at(5, MICROSECOND), is: null },
    ],
  },
  "a row holds from its own instant on": {
    runs: [[0, [row("a", 1, 2, 0)]]],
    labels: [
      { id: "a", t: at(2), is: 1 },
      { id: "a", t: at(2, -MICROSECOND), is: null },
    ],
  },
  "a row is captured at the bound, and a microsecond after it": {
    runs: [[0, [row("a", 1, 0, 3)]]],
    options: KNOWN,
    labels: [
      { id: "a", t: at(9), kb: at(3), is: 1 },
      { id: "a", t: at(9), kb: at(3, -MICROSECOND), is: null },
    ],
  },
  "of rows of one instant the one holds that was captured last, as far as the bound lets": {
    runs: [
      [0, [row("a", 1, 0, 5)]],
      [1, [row("a", 2, 0, 4)]],
    ],
    options: KNOWN,
    labels: [
      { id: "a", t: at(9), kb: at(9), is: 1 },
      { id: "a", t: at(9), kb: at(4), is: 2 },
    ],
  },
  "of rows that tie in both times the later run's holds, wherever it stands in its file": {
    runs: [
      [0, [row("b", 0, 0), row("c", 0, 0), row("a", 1, 0)]],
      [1, [row("a", 2, 0, 0)]],
    ],
    labels: [{ id: "a", t: at(9), is: 2 }],
  },
  "of rows that tie in all but their places the last of the file holds": {
    runs: [[0, [row("a", 1, 0), row("a", 2, 0), row("b", 3, 0)]]],
    labels: [{ id: "a", t: at(9), is: 2 }],
  },
  "a row of a compacted day is found by its place in the file that was written": {
    runs: [
      [0, [row("a", 1, 0), row("b", 2, 0)]],
      [1, [row("b", 3, 1), row("a", 4, 1), row("c", 5, 1)]],
      [2, [row("c", 6, 2)]],
    ],
    compacted: true,
    labels: [
      { id: "a", t: at(0), is: 1 },
      { id: "a", t: at(1), is: 4 },
      { id: "b", t: at(9), is: 3 },
      { id: "c", t: at(9), is: 6 },
    ],
  },
  "a tombstone ends its key, until a row comes after it": {
    feed: withdrawn,
    runs: [
      [0, [row("a", 1, 0)]],
      [1, [row("a", 0, 1)]],
      [2, [row("a", 3, 2)]],
    ],
    labels: [
      { id: "a", t: at(0), is: 1 },
      { id: "a", t: at(1), is: null },
      { id: "a", t: at(2), is: 3 },
    ],
  },
  "the same label is counted as often as it is asked": {
    runs: [[0, [row("a", 1, 0)]]],
    labels: [
      { id: "a", t: at(5), is: 1 },
      { id: "a", t: at(5), is: 1 },
      { id: "nobody", t: at(5), is: null },
      { id: "nobody", t: at(5), is: null },
    ],
  },
  "a state ends a key that it no longer holds, from its own instant on": {
    feed: snapshots,
    runs: [
      [0, [row("a", 1, 0), row("b", 1, 0)]],
      [2, [row("b", 2, 2)]],
    ],
    labels: [
      { id: "a", t: at(2, -MICROSECOND), is: 1 },
      { id: "a", t: at(2), is: null },
    ],
  },
  "a state ends a key for those alone who could have captured it": {
    feed: snapshots,
    runs: [
      [0, [row("a", 1, 0), row("b", 1, 0)]],
      [5, [row("b", 2, 2, 5)]],
    ],
    options: KNOWN,
    labels: [
      { id: "a", t: at(9), kb: at(5, -MICROSECOND), is: 1 },
      { id: "a", t: at(9), kb: at(5), is: null },
    ],
  },
  "an empty state ends the keys of what it covers, and no others": {
    feed: snapshotsOfGames,
    runs: [
      [0, [row("a", 1, 0), { ...row("a", 7, 0), game: "h" }]],
      [2, [], { covers: [{ game: "g" }] }],
    ],
    options: { on: ["id", "game"] },
    labels: [
      { id: "a", game: "g", t: at(9), is: null },
      { id: "a", game: "h", t: at(9), is: 7 },
    ] as never,
  },
  "states of one instant are in the order of their capture": {
    feed: snapshots,
    runs: [
      [5, [row("a", 1, 2, 5), row("b", 1, 2, 5)], { time: at(2) }],
      [6, [row("b", 2, 2, 3)], { time: at(2) }],
    ],
    labels: [{ id: "a", t: at(9), is: 1 }],
  },
  "a state ends no key under a bound where the capture of one of its rows is not known": {
    feed: uncapturedSnapshots,
    runs: [
      [0, [row("a", 1, 0), row("b", 1, 0)]],
      [2, [row("b", 2, 2), { ...row("c", 2, 2), ingested_ts: null }], { time: at(2) }],
    ],
    options: KNOWN,
    labels: [{ id: "a", t: at(9), kb: at(9), is: 1 }],
  },
  "what a key's end is known by later is counted for each label": {
    feed: snapshots,
    runs: [
      [0, [row("a", 1, 0), row("b", 1, 0)]],
      [5, [row("b", 2, 2, 5)], { time: at(2) }],
    ],
    options: KNOWN,
    labels: [
      { id: "a", t: at(3), kb: at(9), is: null },
      { id: "a", t: at(3), kb: at(9), is: null },
    ],
  },
  "of rows of one instant those come first whose capture is not known": {
    feed: uncaptured,
    runs: [
      [0, [row("a", 1, 0)]],
      [1, [{ ...row("a", 2, 0), ingested_ts: null }]],
    ],
    labels: [{ id: "a", t: at(9), is: 1 }],
  },
  "days are histories of their own": {
    feed: snapshots,
    runs: [
      [0, [row("a", 1, 0), row("b", 1, 0)]],
      [24, [row("b", 2, 24)]],
      [25, [row("a", 3, 25), row("b", 3, 25)]],
      [26, [row("b", 4, 26)]],
    ],
    options: { date: "day" },
    labels: [
      { id: "a", day: DATE, t: at(30), is: 1 },
      { id: "a", day: "2026-01-15", t: at(24), is: null },
      { id: "a", day: "2026-01-15", t: at(25), is: 3 },
      { id: "a", day: "2026-01-15", t: at(30), is: null },
      { id: "b", day: DATE, t: at(30), is: 1 },
      { id: "b", day: "2026-01-15", t: at(30), is: 4 },
    ],
  },
  "all rows go by their capture where no as_of_ts was captured by the bound": {
    feed: together,
    runs: [
      [1, [{ ...row("a", 1, 1), as_of_ts: null }]],
      [6, [row("b", 2, 0, 6)]],
    ],
    options: KNOWN,
    labels: [
      { id: "a", t: at(9), kb: at(5), is: 1 },
      { id: "a", t: at(9), kb: at(6), is: null },
    ],
  },
};

describe("a join on DuckDB gives what the library gives where", () => {
  test.each(Object.entries(EDGES))("%s", async (_, { feed = changes, runs, compacted, labels, options }) => {
    const { storage, engine } = place();
    const bronze = new BronzeStore({ storage, datasets: [feed as typeof changes] });
    for (const [i, [hour, rows, said]] of runs.entries()) {
      const snapshot = { ...(rows.length === 0 && { date: DATE, time: at(hour) }), ...said };
      await bronze.write(
        "feed",
        rows as never,
        {
          run: { id: `r${i}`, startedAt: at(hour) },
          ...((feed as { partitionIs?: string }).partitionIs === "snapshot" && { snapshot }),
        } as never,
      );
    }
    if (compacted) {
      const retention = new Retention({ bronze, gold: [] });
      await retention.apply(
        await retention.planCompact({ datasets: ["feed"], before: "2026-02-01", into: "day" }),
      );
    }
    const joined = await assertSameJoin(bronze, engine, {
      dataset: "feed",
      labels,
      options: {
        ...(options && "date" in options ? {} : { from: DATE, to: DATE }),
        ...{ on: ["id"], cutoff: "t", columns: ["points"] },
        ...options,
      },
    });
    expect((joined as { rows: object[] }).rows.map((one) => Reflect.get(one, "points"))).toEqual(
      labels.map(({ is }) => is),
    );
  });
});

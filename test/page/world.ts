import {
  BronzeStore,
  type Build,
  defineDataset,
  doctor,
  GoldStore,
  instant,
  leakCheck,
  memoryStorage,
  Retention,
} from "bronzestore";
import { report } from "bronzestore/report";
import * as z from "zod";

/*
 * A tree with one of everything that a page has a mark for, around the night on which New York's clocks are set back:
 * 2026-11-01 has 25 hours.
 */

const timeZone = "America/New_York";

const injuries = defineDataset({
  name: "injuries",
  layout: "date={date}/hour={hour}/injuries.parquet",
  timeZone,
  schema: z.object({
    game_id: z.string(),
    player_id: z.string(),
    player: z.string(),
    status: z.string(),
    report_ts: instant(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["game_id", "player_id"],
  date: { from: "report_ts" },
  hour: { from: "report_ts" },
  partitionIs: "snapshot",
  expect: { every: "PT1H", from: "10:00", to: "22:00", grace: "PT10M" },
  freshness: { warnAfter: "PT2H", errorAfter: "PT6H" },
});

const odds = defineDataset({
  name: "odds",
  layout: "date={date}/run_ts={run}/odds.parquet",
  timeZone,
  schema: z.object({
    game_id: z.string(),
    game_date: z.string(),
    book: z.string(),
    price: z.int(),
    state: z.string(),
    as_of_ts: instant().nullable(),
    ingested_ts: instant(),
    run_id: z.string().nullish(),
  }),
  key: ["game_id", "book"],
  date: { from: "ingested_ts" },
  tombstone: { state: ["closed"] },
  expect: { every: "PT30M", from: "12:00", to: "20:00", minRows: 4 },
});

const notes = defineDataset({
  name: "notes",
  layout: "**/*.parquet",
  files: "append",
  timeZone: "UTC",
  schema: z.object({ id: z.string(), note: z.string(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["id"],
});

const DATES = ["2026-10-31", "2026-11-01", "2026-11-02"] as const;
const MINUTE = 60_000;

/** Noon on New York's clock: an hour later by UTC once the clocks are set back. */
function noonOf(date: string): number {
  return Date.parse(`${date}T${date < "2026-11-01" ? 16 : 17}:00:00Z`);
}

const games = DATES.flatMap((date, day) =>
  ["BOS", "NYK"].map((home, i) => ({
    ...{ date, game_id: `g${day}${i}`, name: `MIA at ${home}` },
    tip: iso(noonOf(date) + (i === 0 ? 7 : 8.5) * 60 * MINUTE),
  })),
);

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

type Store = BronzeStore<readonly [typeof injuries, typeof odds, typeof notes]>;

/** The evening of each day: a report an hour, a scrape every half hour. */
async function writeDays(bronze: Store) {
  for (const [day, date] of DATES.entries()) {
    const noon = noonOf(date);
    const own = games.filter((game) => game.date === date);
    for (let hour = -2; hour <= 10; hour++) {
      if (day === 1 && (hour === 2 || hour === 3)) continue; // two reports that never came
      const at = noon + hour * 60 * MINUTE;
      const captured = day === 2 && hour === 5 ? at + 25 * MINUTE : at + MINUTE; // late
      const rows = own.flatMap(({ game_id }) =>
        ["ada", "bo", "cy", "di"].flatMap((player_id, i) => {
          if (i === 2 && hour > 4) return []; // cleared
          const status = ["OUT", "QUESTIONABLE", "PROBABLE", hour > 3 ? "AVAILABLE" : "DOUBTFUL"][i]!;
          const player = `${player_id[0]!.toUpperCase()}${player_id.slice(1)} of ${game_id}`;
          return [
            {
              game_id,
              player_id,
              player,
              status,
              report_ts: iso(at),
              as_of_ts: iso(at),
              ingested_ts: iso(captured),
            },
          ];
        }),
      );
      await bronze.write("injuries", rows);
    }
    for (let run = 0; run <= 16; run++) {
      const at = noon + run * 30 * MINUTE + 20_000;
      const rows = own.flatMap(({ game_id }, g) =>
        ["dk", "fd", "mgm"].map((book, b) => ({
          ...{ game_id, game_date: date, book, price: -110 - 5 * ((run * (b + 2) + g) % 7) },
          state: book === "mgm" && run > 12 ? "closed" : "open",
          as_of_ts: book === "fd" && run % 6 === 3 ? null : iso(at - 90_000 * (b + 1)),
          ingested_ts: iso(at),
        })),
      );
      const some = run === 5 ? rows.slice(0, 2) : rows; // too few
      await bronze.write("odds", some, { run: { id: `r${day}-${run}`, startedAt: iso(at) } });
    }
  }
  // Before clocks are set back, and after, at half past one.
  for (const at of ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"])
    await bronze.write(
      "odds",
      [
        {
          game_id: "g10",
          game_date: "2026-11-01",
          book: "dk",
          price: -105,
          state: "open",
          as_of_ts: at,
          ingested_ts: at,
        },
      ],
      { run: { id: `night-${at}`, startedAt: at } },
    );
}

/** Texts in a lake without days. */
async function writeNotes(bronze: Store) {
  const daily = defineDataset({
    ...{ name: "notes", layout: "date={date}/run_ts={run}/n.parquet", timeZone: "UTC" },
    schema: notes.schema,
    key: ["id"],
    date: { from: "ingested_ts" },
  });
  const other = new BronzeStore({ storage: memoryStorage(), datasets: [daily] });
  for (const [i, date] of DATES.entries()) {
    const at = `${date}T12:00:00Z`;
    const rows = ["a", "b"].map((id) => ({
      id,
      note: `note ${i} of ${id}, at length`,
      as_of_ts: at,
      ingested_ts: at,
    }));
    const { partitions } = await other.write("notes", rows, { run: { id: `n${i}`, startedAt: at } });
    await bronze.storage.publish(`bronze/notes/${i}.parquet`, await other.storage.read(partitions[0]!.path));
  }
}

/** What a builder makes of a game: how many players are out, and the best price. */
const build: Build<readonly [typeof injuries, typeof odds, typeof notes]> = async (at, { slate }) => {
  const date = String(slate.game_date);
  const isOwn = (row: { readonly game_id: string }) => row.game_id === slate.game_id;
  const report = [...(await at.read("injuries", { date }))].filter(isOwn);
  const lines = [...(await at.read("odds", { date }))].filter(isOwn);
  const best_price = Math.max(...lines.map(({ price }) => price));
  return [{ out: report.filter(({ status }) => status === "OUT").length, best_price }];
};

/**
 * The tree with its slates: one day compacted, one file of another damaged after it was frozen.
 * @returns the page, and the store as it then is
 */
export async function makePage(): Promise<{ readonly html: string; readonly bronze: Store }> {
  const storage = memoryStorage();
  const clock = () => BigInt(Date.parse("2026-11-03T12:00:00Z")) * 1_000_000n;
  const bronze = new BronzeStore({ storage, datasets: [injuries, odds, notes], clock });
  const slate = { key: ["game_date", "game_id"], dateKey: "game_date" };
  const gold = new GoldStore({ ...{ storage, bronze, clock, timeZone, slate } });
  await writeDays(bronze);
  await writeNotes(bronze);
  for (const { date, game_id, tip } of games)
    for (const snapshot of ["lock", "pretip"])
      await gold.freeze({ slate: { game_date: date, game_id }, snapshot, tip }, build);

  const retention = new Retention({ bronze, gold: [gold], clock });
  await retention.apply(
    await retention.planCompact({ datasets: ["odds"], before: "2026-11-01", into: "day" }),
  );
  const { path } = (await bronze.readBronzeDay("odds", "2026-11-02")).files[3]!;
  const bytes = await storage.read(path);
  bytes[bytes.length >> 1]! ^= 1;
  await storage.replace(path, bytes);

  // What no question reads, and so no other panel shows.
  await storage.publish("bronze/injuries/backup/old.parquet", bytes);
  await storage.publish("runs/2026-11-02/20261102T070000Z-0badcafe.json", new TextEncoder().encode("{"));

  const cutoffs = [games[0]!.tip];
  const html = await report({
    ...{ bronze, gold, title: "a test" },
    diagnose: () => doctor({ storage }, { datasets: bronze.datasets, clock }),
    events: games.map(({ name, tip, date, game_id }) => ({ name, at: tip, date, of: game_id })),
    checks: [
      {
        name: "through the view",
        check: () =>
          leakCheck((at) => at.read("odds", { date: DATES[0] }).then((rows) => rows.rows()), {
            bronze,
            cutoffs,
          }),
      },
      {
        name: "past the view",
        check: () =>
          leakCheck(
            (_, context) => context.bronze.readBronzeDay("odds", DATES[0]).then((day) => day.rows()),
            {
              ...{ bronze, cutoffs },
            },
          ),
      },
    ],
  });
  return { html, bronze };
}

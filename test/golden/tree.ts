import {
  BronzeStore,
  decimal,
  defineDataset,
  domainDate,
  GoldStore,
  importFiles,
  instant,
  layouts,
  type ManifestV2,
  memoryStorage,
  nbaSeason,
  Retention,
  type Storage,
  withRun,
} from "bronzestore";
import * as z from "zod";
import { encodeParquet } from "../../src/table/index.js";
import { injuries, injuriesByGame, odds, quote, report, roster, withView } from "../bronze/feeds.js";
import { asVersion1 } from "../gold/as-version-1.js";
import { someColumns } from "../table/columns.js";

/** One column of every type a schema can declare. */
const everyType = defineDataset({
  name: "every_type",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    id: z.string(),
    flag: z.boolean().nullable(),
    count: z.int().nullable(),
    big: z.bigint().nullable(),
    unsigned: z.uint64().nullable(),
    int32: z.int32().nullable(),
    uint32: z.uint32().nullable(),
    price: z.number().nullable(),
    float: z.float32().nullable(),
    side: z.enum(["home", "away"]).nullable(),
    kind: z.literal(["a", "b"]).nullable(),
    day: domainDate().nullable(),
    stake: decimal(12, 2).nullable(),
    texts: z.array(z.string()).nullable(),
    numbers: z.array(z.number()).nullable(),
    ints: z.array(z.int()).nullable(),
    flags: z.array(z.boolean()).nullable(),
    as_of_ts: instant(),
  }),
  key: ["id"],
  date: { from: "as_of_ts" },
});

/** Of which files are imported. */
const imported = defineDataset({
  name: "imported",
  layout: layouts.daily(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({ game_id: z.string(), book: z.string(), price: z.int().nullable(), as_of_ts: instant() }),
  key: ["game_id", "book"],
  date: { from: "as_of_ts" },
});

const everyTypeRows = [
  {
    id: "full",
    flag: true,
    count: -7,
    big: 2n ** 62n + 1n,
    unsigned: 2n ** 64n - 1n,
    int32: -(2 ** 31),
    uint32: 2 ** 32 - 1,
    price: -0,
    float: 0.5,
    side: "home" as const,
    kind: "b" as const,
    day: "2026-01-15",
    stake: "-110.50",
    texts: ["", "Dončić"],
    numbers: [0.1, -0],
    ints: [1, 2],
    flags: [true, false],
    as_of_ts: "2026-01-15T22:00:00.123456789Z",
  },
  {
    id: "empty",
    flag: null,
    count: null,
    big: null,
    unsigned: null,
    int32: null,
    uint32: null,
    price: null,
    float: null,
    side: null,
    kind: null,
    day: null,
    stake: null,
    texts: null,
    numbers: null,
    ints: null,
    flags: null,
    as_of_ts: "2026-01-15T22:00:00Z",
  },
];

/** Tip-off of g1: 2026-01-15 19:00 ET. */
const TIP = "2026-01-16T00:00:00Z";
const SLATE = { season: 2025, game_date: "2026-01-15", game_id: "g1" };
/** Feeds with a latest view beside their history. */
const viewed = { odds: withView(odds), byGame: withView(injuriesByGame) };
const datasets = [viewed.odds, injuries, viewed.byGame, roster, everyType] as const;

/** A tree with every kind of file this library leaves on a disk, made with clocks that stand still. */
export async function goldenTree(): Promise<Storage> {
  const storage = memoryStorage();
  await writeFeeds(storage);
  await freezeSlates(storage);
  await retain(storage);
  await runTwice(storage);
  await importFile(storage);
  await exportTable(storage);
  await storage.publish("every-column-type.parquet", encodeParquet(someColumns(50), new Map(), ["text"]));
  return storage;
}

/** By a path that is the same on every machine. */
async function importFile(storage: Storage): Promise<void> {
  const bronze = new BronzeStore({ storage, datasets: [imported], clock: clockAt("2026-02-01T00:00:00Z") });
  const options = { ignoreColumns: ["note"], run: { id: "r9", startedAt: "2026-02-01T00:00:00Z" } };
  await importFiles(bronze, "imported", "test/exchange/odds.csv", options);
}

async function exportTable(storage: Storage): Promise<void> {
  const bronze = new BronzeStore({ storage, datasets: [imported], clock: clockAt("2026-02-01T00:00:00Z") });
  await bronze.exportVersions("imported", { from: "2026-01-01", to: "2026-01-31" }, { axes: "both" });
}

function storesAt(storage: Storage, now: string) {
  const bronze = new BronzeStore({ storage, datasets, clock: clockAt(now) });
  const gold = new GoldStore({
    timeZone: "America/New_York",
    season: nbaSeason,
    storage,
    bronze,
    clock: clockAt(now),
    gitSha: "0123456789abcdef0123456789abcdef01234567",
  });
  return { bronze, gold };
}

function clockAt(now: string): () => bigint {
  return () => BigInt(Date.parse(now)) * 1_000_000n;
}

async function writeFeeds(storage: Storage): Promise<void> {
  const { bronze } = storesAt(storage, "2026-01-15T18:00:00Z");
  for (let i = 0; i < 6; i++) {
    const hour = new Date(Date.parse("2026-01-15T21:00:00Z") + i * 3_600_000);
    const rows = ["g1", "g2"].flatMap((game, g) => [
      quote(game, "dk", -110 - 5 * i - g, hour.toISOString(), hour.toISOString()),
      quote(game, "fd", i === 3 ? null : -105 + i, i === 2 ? null : hour.toISOString(), hour.toISOString()),
    ]);
    await bronze.write("odds_raw", rows, { run: { id: `r${i}`, startedAt: hour } });
  }
  // Other rows for a partition that is there: a part file.
  await bronze.write("odds_raw", [quote("g1", "mgm", 100, "2026-01-15T20:59:00Z")], {
    run: { id: "r0b", startedAt: "2026-01-15T21:00:00Z" },
  });

  await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { ada: "Out", bo: "Questionable" }));
  await bronze.write("injuries_raw", report("2026-01-15T23:00:00Z", { ada: "Out" }));
  await bronze.write(
    "injuries_raw",
    [...report("2026-01-16T00:30:00Z", { ada: "Out" }), ...report("2026-01-16T00:45:00Z", { cy: "Out" })],
    { snapshot: { several: true } },
  );
  await bronze.write("injuries_by_game", [
    ...report("2026-01-15T22:00:00Z", { ada: "Out" }, "g1"),
    ...report("2026-01-15T22:00:00Z", { bo: "Out" }, "g2"),
  ]);
  await bronze.write("injuries_by_game", [], {
    snapshot: { time: "2026-01-15T23:00:00Z", covers: [{ game_id: "g1" }] },
  });
  await bronze.write("roster_nightly_raw", [
    { player_id: "ada", team: "BOS", as_of_ts: "2026-01-15T08:00:00Z", ingested_ts: "2026-01-15T08:01:00Z" },
    { player_id: "bo", team: null, as_of_ts: "2026-01-15T08:00:00Z", ingested_ts: "2026-01-15T08:01:00Z" },
  ]);
  await bronze.write("every_type", everyTypeRows);
}

async function freezeSlates(storage: Storage): Promise<void> {
  const { gold } = storesAt(storage, "2026-02-01T00:00:00Z");
  const freeze = (game_date: string, force: boolean) =>
    gold.freeze(
      {
        slate: { ...SLATE, game_date },
        snapshot: "lock",
        tip: game_date === SLATE.game_date ? TIP : `${game_date}T23:00:00Z`,
        knownBy: "cutoff",
        parameters: { weight: force ? 0.5 : 1, books: ["dk", "fd"] },
        run: { id: "r7" },
        force,
      },
      async (at, { parameters }) => {
        const lines = await at.read("odds_raw", { date: "2026-01-15", maxAge: "PT6H" });
        const out = await at.read("injuries_raw", { date: "2026-01-15", lookbackDays: 1 });
        const weight = parameters.weight as number;
        return ["ada", "bo"].map((player_id, i) => ({
          player_id,
          rating: weight * (lines.length + i),
          out: out.column("player_id").includes(player_id),
          since: new Date(TIP),
          best: null,
        }));
      },
    );
  for (const date of ["2026-01-13", "2026-01-14", "2026-01-15"]) await freeze(date, false);
  await freeze("2026-01-15", true);
  // One is as 0.1 left it, and attested since.
  const slate = { ...SLATE, game_date: "2026-01-14" };
  const path = `gold/slates/season=2025/game_date=2026-01-14/game_id=${SLATE.game_id}/manifest.lock.json`;
  const manifest = (await gold.manifest(slate, { snapshot: "lock" })) as ManifestV2;
  await storage.replace(path, asVersion1(manifest));
  await gold.attest(slate, { snapshot: "lock" });
  const games = ["2026-01-13", "2026-01-14", "2026-01-15"];
  await gold.trainingSet({
    from: games[0]!,
    to: games.at(-1)!,
    snapshot: "lock",
    labels: games.map((game_date, i) => ({ game_date, player_id: "ada", points: 10 + i, won: i === 1 })),
    on: ["game_date", "player_id"],
    version: "v1",
    splits: { trainEnd: games[0]!, valEnd: games[1]! },
    run: { id: "r8" },
  });
}

async function retain(storage: Storage): Promise<void> {
  const { bronze, gold } = storesAt(storage, "2026-03-01T12:00:00Z");
  const retention = new Retention({ bronze, gold: [gold], clock: clockAt("2026-03-01T12:00:00Z") });
  const before = "2026-02-01";
  await retention.apply(await retention.planCompact({ datasets: ["odds_raw"], before, into: "day" }));
  await retention.apply(await retention.planPrune({ datasets: ["injuries_raw"], before, hours: true }));
}

const schema = z.array(z.object({ player_id: z.string(), minutes: z.number() }));

async function runTwice(storage: Storage): Promise<void> {
  const options = { storage, name: "live-score", timeZone: "America/New_York", datasets } as const;
  await withRun({ ...options, clock: clockAt("2026-01-15T23:30:00Z") }, async (run) => {
    const minutes = await run.stage("minutes", { output: schema }, () => [
      { player_id: "ada", minutes: 31.5 },
    ]);
    await run.stage("rates", { needs: { minutes } }, () => 1);
    await run.writePointer("projections/latest_run.json", {
      outputs: [minutes],
      inputsDigest: "0".repeat(64),
      fields: { rows: 1, note: "ok" },
    });
  });
  const failing = withRun({ ...options, clock: clockAt("2026-01-15T23:45:00Z") }, (run) =>
    run.stage("odds", {}, () => {
      throw new Error("the feed is down");
    }),
  );
  await failing.catch(() => {});
}

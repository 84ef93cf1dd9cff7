/**
 * The tour: one invented game day goes into a bronze tree, is asked what was known when, and is then read the naive
 * way to see what that gets wrong. No network, a few seconds, the same output every time.
 *
 * Run: `npm run demo`, or `npm run demo -- 42` for another day's numbers. It rebuilds ./demo-data.
 */
import { rmSync } from "node:fs";
import { formatInstant, toEpochNs } from "bronzestore";
import { generateGameDay } from "../fixtures/index.js";
import { easternClock } from "./support/eastern.js";
import { gameDayStore, writeGameDay } from "./support/game-day-store.js";
import { american, counted, headline, table, thousands } from "./support/layout.js";
import { countTwice, leakLateLine, scatterByUtcDay } from "./support/naive.js";
import { bold, dim, green, red, yellow } from "./support/paint.js";

const ROOT = "demo-data";
const seed = Number(process.argv[2] ?? 7);
const day = generateGameDay({ seed });
const { date } = day;

// ---- Write -------------------------------------------------------------------------------------------------------
rmSync(ROOT, { recursive: true, force: true });
const bronze = gameDayStore(ROOT, day.games);
await writeGameDay(bronze, day);

console.log(bold(`bronzestore: what did we know at that moment?`));
console.log(dim(`One invented NBA day, ${date}, from seed ${seed}.`));

headline("The day on disk");
const injuryDay = await bronze.readBronzeDay("injuries_raw", date);
const oddsDay = await bronze.readBronzeDay("odds_raw", date);
const boxDay = await bronze.readBronzeDay("box_scores_raw", date);
table([
  ["injuries_raw", injuryDay.length, "rows in", injuryDay.files.length, dim("hour=HH/ folders, one report each")],
  ["odds_raw", oddsDay.length, "rows in", oddsDay.files.length, dim("run_ts=.../ folders, the first two days before")],
  ["box_scores_raw", boxDay.length, "rows in", boxDay.files.length, dim("run_ts=.../ folders, the labels")],
]);

// ---- Ask ---------------------------------------------------------------------------------------------------------
const game = day.games.at(-1)!;
const { game_id, home, away } = game;
const pretip = toEpochNs(game.tip_ts);
const lock = pretip - 15n * 60_000_000_000n;
const book = "draftkings";

headline(`${away} at ${home}, tip-off ${easternClock(pretip)} ET: the state at two cutoffs`);
const [atLock, atPretip] = [bronze.asOf(lock), bronze.asOf(pretip)];
const injuriesThen = await atLock.read("injuries_raw", { date, lookbackDays: 1 });
const injuriesNow = await atPretip.read("injuries_raw", { date, lookbackDays: 1 });
const linesThen = await atLock.read("odds_raw", { date });
const linesNow = await atPretip.read("odds_raw", { date });
const listed = new Map([...injuriesThen, ...injuriesNow].map((row) => [row.player_id, row]));
const shown = [...listed.values()].filter((row) => row.game_id === game_id);
table([
  ["", "", bold(`lock ${easternClock(lock)}`), bold(`pretip ${easternClock(pretip)}`)],
  ...shown.map(({ player_name, team, ...key }) => {
    const [then, now] = [injuriesThen.get(key)?.status, injuriesNow.get(key)?.status];
    return [player_name, team, then ?? dim("not listed"), paintChange(then, now, now ?? "not listed")];
  }),
  ...(["home", "away"] as const).map((outcome) => {
    const key = { game_id, book, market: "h2h", outcome };
    const [then, now] = [linesThen.get(key)?.price, linesNow.get(key)?.price];
    const team = outcome === "home" ? home : away;
    return [`${book}, to win`, team, american(then), paintChange(then, now, american(now))];
  }),
]);
const { files, rowsSeen, rowsEligible, rowsSelected, rowsByFallback } = linesNow.provenance;
console.log(
  dim(
    `  odds at pretip: ${counted(files.length, "file")}, ${thousands(rowsSeen)} rows seen, ${thousands(rowsEligible)} ` +
      `by the cutoff, ${rowsSelected} selected,\n  ${rowsByFallback} of them by ingested_ts because as_of_ts is null or the epoch`,
  ),
);

headline("What changed in between");
const timeline = await bronze.timeline("odds_raw", { date });
const reports = await bronze.timeline("injuries_raw", { date });
const injuryDiff = reports.diff(lock, pretip);
const oddsDiff = timeline.diff(lock, pretip);
const moved = oddsDiff.changed.filter(({ after }) => after.game_id === game_id);
table([
  ...injuryDiff.added.map((row) => [green("+"), row.player_name, `joins the report: ${row.status}`]),
  ...injuryDiff.gone.map((row) => [red("-"), row.player_name, `leaves the report (was ${row.status})`]),
  ...injuryDiff.changed.map(({ before, after }) => [
    yellow("~"),
    after.player_name,
    `${before.status} -> ${after.status}`,
  ]),
  ...moved
    .slice(0, 4)
    .map(({ before, after }) => [yellow("~"), `${after.book} ${after.market} ${after.outcome}`, quoteChange(before, after)]),
]);
if (moved.length > 4) console.log(dim(`  ... and ${counted(moved.length - 4, "more quote")} of this game`));

headline("Why that price?");
const late = { game_id, book, market: "h2h", outcome: "home" };
const why = timeline.explain(late, pretip);
const lines = String(why).replaceAll(/bronze\/\S*date=[^/]*\//g, "").split("\n");
for (const line of lines.slice(0, 5)) console.log(`  ${line.replace(": won by", ":\n  won by")}`);
console.log(dim(`  ... and ${lines.length - 5} more that lost`));

headline("Labels cannot be seen before the game");
const nextMorning = toEpochNs(`${date}T12:00:00Z`) + 86_400_000_000_000n;
for (const [name, cutoff] of [
  ["pretip", pretip],
  ["next morning", nextMorning],
] as const) {
  const labels = await bronze.asOf(cutoff).read("box_scores_raw", { date });
  const ours = labels.rows().filter((row) => row.game_id === game_id);
  console.log(`  ${name.padEnd(13)}${String(ours.length).padStart(3)} box-score rows of ${away} at ${home}`);
}

// ---- Get it wrong ------------------------------------------------------------------------------------------------
headline("What a naive read of the same folder gets wrong");
const twice = await countTwice(bronze, date);
console.log(`  ${bold("Adding the latest view to the history")} ${dim('(glob "**/*.parquet")')}`);
console.log(`    ${red(thousands(twice.naive))} odds rows instead of ${green(thousands(twice.right))}: ${twice.extra} counted twice`);

const leak = await leakLateLine(bronze, date, late, pretip);
console.log(`  ${bold("Reading the latest file without a cutoff")}`);
console.log(
  `    ${home} to win: ${red(american(leak.naive.price))} instead of ${green(american(leak.right.price))}, ` +
    `so ${leak.naiveChance} instead of ${leak.rightChance} chances in 100.\n` +
    `    The book quoted it at ${easternClock(leak.naive.as_of_ts!)} ET, ${leak.minutesLate} minutes into the game`,
);

const utc = scatterByUtcDay(oddsDay, pretip);
console.log(`  ${bold("Filing quotes under the UTC day they were made")}`);
console.log(`    ${utc.perDay.map(({ date, rows }) => `${date}: ${thousands(rows)}`).join(", ")} rows, for one day of games.`);
console.log(
  `    Reading ${date} alone then gives ${red(`${utc.staleLines} stale prices`)} in the ${utc.lines} lines open at ` +
    `${easternClock(pretip)} ET: its last quote is of ${easternClock(utc.lastQuote)} ET`,
);

headline("Now you");
console.log(`  The tree is in ./${ROOT}: ${dim(`${ROOT}/bronze/<dataset>/season=2025/date=${date}/`)}`);
table([
  ["npx tsx examples/read-a-day.ts", dim("read that day and look at it")],
  ["npx tsx examples/backtest.ts", dim("thousands of cutoffs over its odds")],
  ["npx tsx examples/ingest.ts fixtures/sample-injuries.csv my-data", dim("your own file into bronze")],
]);

function paintChange(then: unknown, now: unknown, text: string): string {
  return then === now ? text : yellow(text);
}

type Quote = { readonly price: number; readonly point: number | null };

function quoteChange(before: Quote, after: Quote): string {
  const text = ({ price, point }: Quote) => (point === null ? american(price) : `${point} at ${american(price)}`);
  return `${text(before)} -> ${text(after)}`;
}

/**
 * The tour: one invented game day goes into a bronze tree, is asked what was known when, and is then read the naive
 * way to see what that gets wrong. No network, a few seconds, the same output every time.
 *
 * Run: `npm run demo`, or `npm run demo -- 42` for a day from another seed. It rebuilds ./demo-data.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { doctor, GoldStore, nbaSeason, Retention, toEpochNs } from "bronzestore";
import { report } from "bronzestore/report";
import { generateGameDay } from "../fixtures/index.js";
import { writeGenerated } from "./support/generated-days.js";
import { byUtcDay, everyFile, lastQuote, latestQuote } from "./support/naive.js";
import {
  bold,
  bullet,
  counted,
  dim,
  easternClock,
  green,
  headline,
  note,
  percent,
  red,
  table,
  thousands,
  yellow,
} from "./support/print.js";
import { american, impliedChance, lineName, offer } from "./support/quotes.js";
import { gameStore } from "./support/store.js";

const ROOT = "demo-data";
const MINUTE_NS = 60_000_000_000n;
const seed = Number(process.argv[2] ?? 7);
const day = generateGameDay({ seed });
const { date } = day;

console.log(`${bold("bronzestore")}: what did we know at that moment?`);
note(`One invented NBA day, ${date}, from seed ${seed}; ./${ROOT} is built anew.`);

// The day goes in as live pipelines would write it: one report, one scrape, one box score at a time.
rmSync(ROOT, { recursive: true, force: true });
const bronze = gameStore(ROOT, day.games);
await writeGenerated(bronze, day);

headline("The day on disk");
const injuryDay = await bronze.readBronzeDay("injuries_raw", date);
const oddsDay = await bronze.readBronzeDay("odds_raw", date);
const boxDay = await bronze.readBronzeDay("box_scores_raw", date);
table([
  ["injuries_raw", ...sizeOf(injuryDay), dim("hour=HH/, by the report's hour in ET")],
  ["odds_raw", ...sizeOf(oddsDay), dim("run_ts=.../, the first one two days before")],
  ["box_scores_raw", ...sizeOf(boxDay), dim("run_ts=.../, the labels")],
]);
note("The report after midnight lies under the next day; yesterday's last one is reached with lookbackDays.");

// The last game of the evening, at two cutoffs. It tips off on the next UTC day.
const game = day.games.at(-1)!;
const { game_id, home, away } = game;
const isOurs = (row: { readonly game_id: string }) => row.game_id === game_id;
const pretip = toEpochNs(game.tip_ts);
const lock = pretip - 15n * MINUTE_NS;

headline(`${away} at ${home}, tip-off ${easternClock(pretip)} ET: what was known at lock and at pretip`);
const [atLock, atPretip] = [bronze.asOf(lock), bronze.asOf(pretip)];
const reportAtLock = await atLock.read("injuries_raw", { date, lookbackDays: 1 });
const reportAtPretip = await atPretip.read("injuries_raw", { date, lookbackDays: 1 });
const linesAtLock = await atLock.read("odds_raw", { date });
const linesAtPretip = await atPretip.read("odds_raw", { date });

const players = new Map(
  [...reportAtLock, ...reportAtPretip].filter(isOurs).map((row) => [row.player_id, row]),
);
const lineOf = (outcome: string) => ({ game_id, book: "draftkings", market: "h2h", outcome });
const statuses = [...players.values()].map((player) => {
  const [then, now] = [reportAtLock, reportAtPretip].map(
    (report) => report.get(player)?.status ?? "not listed",
  );
  return [player.player_name, player.team, ...twoStates(then!, now!)];
});
const prices = Object.entries({ home, away }).map(([side, team]) => {
  const [then, now] = [linesAtLock, linesAtPretip].map((lines) => american(lines.get(lineOf(side))?.price));
  return ["draftkings, to win", team, ...twoStates(then!, now!)];
});
const titles = ["", "", bold(`lock ${easternClock(lock)}`), bold(`pretip ${easternClock(pretip)}`)];
table([titles, ...statuses, ...prices]);
const { files, rowsSeen, rowsEligible, rowsSelected, rowsByFallback } = linesAtPretip.provenance;
note(
  `Odds at pretip: ${thousands(rowsSeen)} rows seen in ${counted(files.length, "file")}, ${thousands(rowsEligible)} of ` +
    `them by then, ${rowsSelected} hold;`,
  `${rowsByFallback} were placed by ingested_ts, their as_of_ts being null or the epoch.`,
);

headline("What changed in between");
const reports = await bronze.timeline("injuries_raw", { date, lookbackDays: 1 });
const odds = await bronze.timeline("odds_raw", { date });
const news = reports.diff(lock, pretip);
const added = news.added.filter(isOurs);
const gone = news.gone.filter(isOurs);
const changed = news.changed.filter(({ after }) => isOurs(after));
const moved = odds.diff(lock, pretip).changed.filter(({ after }) => isOurs(after));
table([
  ...added.map((row) => [green("+"), row.player_name, `joins the report, ${row.status}`]),
  ...gone.map((row) => [red("-"), row.player_name, `leaves the report, was ${row.status}`]),
  ...changed.map(({ before, after }) => [
    yellow("~"),
    after.player_name,
    `${before.status} -> ${after.status}`,
  ]),
  ...moved
    .slice(0, 6)
    .map(({ before, after }) => [yellow("~"), lineName(after), `${offer(before)} -> ${offer(after)}`]),
]);
if (moved.length > 6) note(`and ${counted(moved.length - 6, "more line")} of this game`);

headline(`Why does ${lineName(lineOf("home"))} stand where it stands at pretip?`);
const why = odds.explain(lineOf("home"), pretip);
const reasons = String(why)
  .split("\n")
  .map((line) => line.replace(/bronze\/\S*(run_ts=\w+)\S*/, "$1"));
for (const line of reasons.slice(0, 5)) console.log(`  ${line.replace(": won by", ":\n    won: ")}`);
note(`and ${reasons.length - 5} more that lost`);

headline("Labels exist only after the game");
const buzzer = toEpochNs(day.boxScores.at(-1)!.rows[0]!.as_of_ts);
for (const [name, cutoff] of Object.entries({ pretip, "final buzzer": buzzer })) {
  const labels = await bronze.asOf(cutoff).read("box_scores_raw", { date });
  const rows = counted([...labels].filter(isOurs).length, "box-score row");
  console.log(`  ${name.padEnd(12)} ${easternClock(cutoff)} ET  ${rows} of this game`);
}

headline("What a naive read of the same folder gets wrong");
const twice = await everyFile(bronze, date);
bullet(
  "Reading every file, the latest view with the history",
  `${red(thousands(twice.length))} rows instead of ${green(thousands(oddsDay.length))}: ` +
    `${twice.length - oddsDay.length} quotes count twice`,
);

const right = linesAtPretip.get(lineOf("home"))!;
const leaked = await latestQuote(bronze, date, lineOf("home"));
const [wrongChance, rightChance] = [leaked, right].map(({ price }) => percent(impliedChance(price)));
const minutesLate = (leaked.as_of_ts! - pretip) / MINUTE_NS;
bullet(
  "Reading the latest view without a cutoff",
  `${home} to win at ${red(american(leaked.price))} instead of ${green(american(right.price))}: ` +
    `a chance of ${wrongChance} instead of ${rightChance},`,
  `from a quote made at ${easternClock(leaked.as_of_ts!)} ET, ${minutesLate} minutes into the game`,
);

const scattered = byUtcDay(oddsDay.rows());
const spread = [...scattered].map(([name, rows]) => `${name} (${thousands(rows.length)})`);
const filed = [...scattered.values()].reduce((sum, rows) => sum + rows.length, 0);
const ours = [...linesAtPretip].filter(isOurs);
const stale = ours.filter((row) => {
  const found = lastQuote(scattered.get(date)!, row);
  return !found || offer(found) !== offer(row);
});
bullet(
  "Filing quotes under the UTC day they were made",
  `one day's quotes lie under ${spread.join(", ")} and nowhere (${oddsDay.length - filed});`,
  `at pretip the folder ${date} has ${red(`${stale.length} of ${ours.length}`)} lines of this game wrong: it ends at 19:00 ET`,
);

headline("Frozen once, proven forever");
const gold = new GoldStore({ root: ROOT, bronze, timeZone: "America/New_York", season: nbaSeason });
const slate = { season: 2025, game_date: date, game_id };
// A builder sees bronze only through a view pinned at the cutoff; all that it reads is recorded.
const build: Parameters<typeof gold.freeze>[1] = async (at) => {
  const report = await at.read("injuries_raw", { date, lookbackDays: 1 });
  const lines = await at.read("odds_raw", { date });
  const out = [...report].filter((row) => isOurs(row) && row.status === "OUT");
  return out.map(({ player_id, team }) => ({
    player_id,
    team,
    home_price: lines.get(lineOf("home"))!.price,
  }));
};
const { manifest } = await gold.freeze({ slate, snapshot: "pretip", tip: game.tip_ts }, build);
const inputs = manifest.inputs.flatMap((input) => input.files);
const touched = inputs.at(-1)!.path;
const damage = () => flipOneBit(join(ROOT, touched));
table([
  ["freeze", `${counted(manifest.output.rows, "row")} from ${counted(inputs.length, "bronze file")}`],
  ["again", (await gold.freeze({ slate, snapshot: "pretip", tip: game.tip_ts }, build)).status],
  ["verify", (await verdict()) + dim("  every input and the output hashed again")],
  ["replay", await rebuilt()],
]);
damage();
table([["one bit of a bronze file flipped", await verdict()]]);
damage();
note(`${touched} is whole again.`);

headline("Many small files into one, and nothing moves");
const retention = new Retention({ bronze, gold: [gold] });
const dayAfter = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
const window = { datasets: ["odds_raw"], before: dayAfter } as const;
const before = { ...runFiles(), answers: await answers() };
const compact = await retention.planCompact({ ...window, into: "day" });
await retention.apply(compact);
const after = { ...runFiles(), answers: await answers() };
const isSame = isDeepStrictEqual(after.answers, before.answers);
table([
  ["before", before.files, "files", before.bytes, "bytes"],
  ["compacted", after.files, "file", after.bytes, "bytes"],
]);
table([
  [
    "answers",
    (isSame ? green("the same") : red("different")) + dim("  lines at lock and at pretip, counts, reasons"),
  ],
  ["verify", await verdict()],
  ["replay", await rebuilt()],
]);
const { filesRestored } = await retention.restore(compact.id);
note(
  `Until the trash is emptied that can be taken back, as it is now: ${counted(filesRestored, "file")} again.`,
);

headline("Pruning keeps what a slate needs");
const prune = await retention.planPrune(window);
const goes = prune.days.flatMap((planned) => planned.remove);
const kept = prune.refused.find(({ path }) => path !== null)!;
table([
  ["may go", goes.length, counted(prune.bytes.removed, "byte")],
  ["stays", prune.refused.length, counted(prune.bytes.refused, "byte")],
]);
bullet(`${basename(dirname(kept.path!))} stays`, kept.reason);
note("That is a plan; nothing was touched.");

headline("All of it, to look at");
const page = `${ROOT}/report.html`;
const html = await report({
  bronze,
  title: ROOT,
  events: day.games.map((one) => ({
    name: `${one.away} at ${one.home}`,
    at: one.tip_ts,
    date,
    of: one.game_id,
  })),
  gold,
  checks: [
    {
      name: `${away} at ${home}, pretip`,
      check: () => gold.leakCheck({ slate, snapshot: "pretip", tip: game.tip_ts }, build),
    },
  ],
  diagnose: () => doctor({ root: ROOT }, { datasets: bronze.datasets }),
});
writeFileSync(page, html);
bullet(
  `Open ./${page} in a browser`,
  `what was captured when, what was known at any moment, what changed and why: one file of ${Math.round(html.length / 1000)} kB`,
  "that loads nothing.",
);

headline("Now you");
console.log(`  The tree is in ./${ROOT}/bronze/<dataset>/season=2025/date=${date}/`);
table([
  ["npx tsx examples/read-a-day.ts", dim("a day, as it lies there")],
  ["npx tsx examples/backtest.ts", dim("thousands of cutoffs over its odds")],
  ["npx tsx examples/ingest.ts fixtures/sample-injuries.csv my-data", dim("a file of yours into bronze")],
]);

async function verdict(): Promise<string> {
  const { ok, problems } = await gold.verify(slate, { snapshot: "pretip" });
  return ok
    ? green("intact")
    : red(problems.map(({ kind, path }) => `${kind}: ${basename(dirname(path))}`).join(", "));
}

async function rebuilt(): Promise<string> {
  const { identicalBytes } = await gold.replay(slate, { snapshot: "pretip" }, build);
  return identicalBytes ? green("the same, byte for byte") : red("different");
}

/** What was asked of the odds above, asked again. */
async function answers() {
  const timeline = await bronze.timeline("odds_raw", { date });
  const found = await Promise.all([lock, pretip].map((at) => bronze.asOf(at).read("odds_raw", { date })));
  return {
    rows: found.map((lines) => lines.rows()),
    seen: found.map(({ provenance }) => [
      provenance.rowsSeen,
      provenance.rowsEligible,
      provenance.files.length,
    ]),
    why: String(timeline.explain(lineOf("home"), pretip)),
  };
}

/** The odds of the day on the disk, without their latest view. */
function runFiles() {
  const folder = join(ROOT, `bronze/odds_raw/season=2025/date=${date}`);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".parquet") && dirname(name) !== ".");
  return {
    files: files.length,
    bytes: files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
  };
}

function flipOneBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
}

function sizeOf({ length, files }: { length: number; files: readonly unknown[] }) {
  return [length, "rows in", files.length, "files"];
}

/** Two cells; the second stands out where it differs. */
function twoStates(then: string, now: string): [string, string] {
  return [then, then === now ? now : yellow(now)];
}

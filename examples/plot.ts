/**
 * Draws a day with Observable Plot, and saves SVG files: how a price moved, who was out at tip-off, and what was captured when.
 *
 * Run: `npm run demo`, then `npx tsx examples/plot.ts [root] [date] [folder]` (default: demo-data 2026-01-15 demo-data/plots).
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { toTemporalInstant } from "bronzestore";
import { main } from "./support/main.js";
import { openGames } from "./support/store.js";
import { saveSvg } from "./support/svg.js";

const dateOf = (ns: bigint) => new Date(toTemporalInstant(ns).epochMilliseconds);

await main(import.meta.url, async () => {
  const [root = "demo-data", date = "2026-01-15", folder = "demo-data/plots"] = process.argv.slice(2);
  const { bronze, games } = await openGames(root, date);
  const { game_id, away, home, tip_ts } = games[0]!;
  mkdirSync(folder, { recursive: true });
  const save = (name: string, options: Plot.PlotOptions) => {
    const path = join(folder, `${name}.svg`);
    saveSvg(path, options);
    console.log(path);
  };

  // A price holds from a step to the next one; the last, to the end of what is drawn.
  const timeline = await bronze.timeline("odds_raw", { date });
  const prices = ["draftkings", "fanduel"].flatMap((book) => {
    const steps = timeline.steps({ game_id, book, market: "h2h", outcome: "home" });
    const held = steps.filter(({ from }) => from <= tip_ts);
    const at = held.map(({ from, holds }) => ({ book, at: dateOf(from), price: holds?.row.price ?? null }));
    return [...at, ...at.slice(-1).map((last) => ({ ...last, at: dateOf(tip_ts) }))];
  });
  save("price", {
    title: `${home} to win against ${away}, until tip-off`,
    x: { type: "utc", label: null },
    y: { grid: true },
    marginRight: 70,
    marks: [
      Plot.line(prices, { x: "at", y: "price", stroke: "book", curve: "step-after" }),
      Plot.text(
        prices,
        Plot.selectLast({ x: "at", y: "price", z: "book", text: "book", dx: 4, textAnchor: "start" }),
      ),
    ],
  });

  // A snapshot is an array of rows.
  const report = await bronze.asOf(tip_ts).read("injuries_raw", { date, lookbackDays: 1 });
  save("injuries", {
    title: "The injury report at tip-off",
    y: { label: null },
    marginLeft: 90,
    fx: { label: null },
    x: { label: "players", ticks: 3 },
    marks: [
      Plot.barX(report.rows(), Plot.groupY({ x: "count" }, { y: "team", fx: "status", fill: "status" })),
    ],
  });

  // Coverage has a line for each partition of each day.
  const { days } = await bronze.coverage("injuries_raw", { date });
  const hours = days.flatMap(({ partitions }) =>
    partitions.map(({ partition, rows }) => ({ partition, rows })),
  );
  save("coverage", {
    title: `Rows of injuries_raw on ${date}, by folder`,
    marginBottom: 50,
    x: { tickRotate: -45, label: null },
    marks: [Plot.barY(hours, { x: "partition", y: "rows" }), Plot.ruleY([0])],
  });
});

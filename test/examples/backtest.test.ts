import { beforeAll, describe, expect, it } from "vitest";
import { writeGenerated } from "../../examples/support/generated-days.js";
import { american, impliedChance } from "../../examples/support/quotes.js";
import { gameStore } from "../../examples/support/store.js";
import { generateGameDay } from "../../fixtures/index.js";
import { tempFolders } from "../storage/temp-folder.js";
import { runScript } from "./run-script.js";

const tempFolder = tempFolders();

describe("backtest", () => {
  const root = tempFolder();
  const day = generateGameDay({ seed: 3 });
  beforeAll(() => writeGenerated(gameStore(root, day.games), day));

  it("finds each game's line three hours before and at tip-off", () => {
    const { code, out, err } = runScript("backtest", [root, day.date], tempFolder());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const { game_id, home, away, tip_ts } of day.games) {
      const [bet, close] = [3, 0].map((hours) => priceBy(game_id, Date.parse(tip_ts) - hours * 3_600_000));
      const value = (100 * (impliedChance(close!) - impliedChance(bet!))).toFixed(1);
      const line = out.split("\n").find((text) => text.includes(`${away} at ${home}`))!;
      expect(line.trim().split(/ {2,}/).slice(3)).toEqual([
        american(bet),
        american(close),
        expect.stringMatching(/^\d+$/),
        value,
      ]);
    }
    expect(out).toMatch(/8,641 cutoffs over [\d,]+ rows: [\d,]+ cutoffs\/second/);
  });

  /** By brute force: the row with the greatest (as_of_ts or, where it is no time, ingested_ts) at or before a time. */
  function priceBy(game_id: string, time: number): number {
    let best: { price: number; effective: number; ingested: number } | undefined;
    for (const row of day.oddsRuns.flatMap(({ rows }) => rows)) {
      if (row.game_id !== game_id || row.book !== "draftkings") continue;
      if (row.market !== "h2h" || row.outcome !== "home") continue;
      const ingested = Date.parse(row.ingested_ts);
      const asOf = row.as_of_ts === null ? 0 : Date.parse(row.as_of_ts);
      const effective = asOf === 0 ? ingested : asOf;
      if (effective > time) continue;
      if (best && (effective < best.effective || (effective === best.effective && ingested < best.ingested)))
        continue;
      best = { price: row.price, effective, ingested };
    }
    return best!.price;
  }
});

import { writeFileSync } from "node:fs";
import { type AsOfJoin, BronzeStore } from "bronzestore";
import { columnFromCells, encodeParquet, INSTANT } from "../../src/table/index.js";
import type { Work } from "../support/bench.js";
import { Digest } from "../support/digest.mjs";
import { columnsOf, filesOf, sameKey } from "../support/duck.js";
import { type Label, randomLabels } from "../support/labels.js";
import { compared, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";

const TEXT = { kind: "text" } as const;

/** Labels against a month: for each what held for its key at its own cutoff. */
export const join: Work = {
  name: "join",
  async run(bench) {
    const { root, dates } = bench.season();
    const month = dates.slice(0, bench.quick ? 3 : 30);
    const labels = randomLabels(month, bench.quick ? 10_000 : 100_000);
    const file = bench.path("labels.parquet");
    writeFileSync(file, labelsFile(labels));
    const duck = await bench.duck();
    await duck.run(`CREATE TABLE labels AS SELECT * FROM read_parquet('${file}')`);
    const files = filesOf(
      root,
      month.map((date) => ({ date })),
    );
    const sql = (source: string) => `
      SELECT l.*, o.price, o.point, o.as_of_ts, o.ingested_ts, o.run_id
      FROM labels l ASOF LEFT JOIN ${source} o ON ${sameKey("l", "o")} AND l.cutoff_ts >= o.as_of_ts`;

    const bronze = new BronzeStore({ root, datasets: [odds()] });
    const on = ["game_id", "book", "market", "outcome"] as const;
    const options = { on, cutoff: "cutoff_ts" } as const;
    const delivered = (joined: AsOfJoin) => joined.columns.map((name) => joined.column(name));
    const ask = async (store: typeof bronze) =>
      store.joinAsOf(labels, "odds_raw", { ...options, date: "game_date" });
    const rival = (source: string) => columnsOf(duck, sql(source));

    const own = new Digest();
    for (const { price, point, as_of_ts } of await ask(bronze)) own.add([price], [point], [as_of_ts]);
    const other = await rival(files);
    assertSame("join", own, new Digest().add(other.price!, other.point!, other.as_of_ts!));

    const rows = (month.length * 241_920).toLocaleString("en");
    const what = `joinAsOf, ${labels.length.toLocaleString("en")} labels against ${rows} rows`;
    const cold = await inTurn(
      bench.rounds("long"),
      0,
      () => {
        const store = new BronzeStore({ root, datasets: [odds()] });
        return timed(async () => delivered((await ask(store)) as AsOfJoin));
      },
      () => timed(() => rival(files)),
    );
    await duck.run(`CREATE TABLE odds AS SELECT * FROM ${files}`);
    // Both have the month in memory.
    const timeline = await bronze.timeline("odds_raw", { from: month[0]!, to: month.at(-1)! });
    const warm = await inTurn(
      bench.rounds("long"),
      1,
      () => timed(() => delivered(timeline.joinAsOf(labels, options) as AsOfJoin)),
      () => timed(() => rival("odds")),
    );
    return [
      compared({ work: "join", what: `${what}, both in memory`, unit: "ms", goal: { faster: 5 } }, warm),
      compared({ work: "join", what: `${what}, cold`, unit: "ms", goal: { faster: 1 } }, cold),
    ];
  },
};

function labelsFile(labels: readonly Label[]): Uint8Array {
  const column = (name: keyof Label) => ({
    name,
    column: columnFromCells(
      name === "cutoff_ts" ? INSTANT : TEXT,
      labels.map((label) => label[name]),
    ),
  });
  return encodeParquet((Object.keys(labels[0]!) as (keyof Label)[]).map(column));
}

import { writeFileSync } from "node:fs";
import { BronzeStore } from "bronzestore";
import { columnFromCells, encodeParquet, INSTANT } from "../../src/table/index.js";
import { coldAgain, type Work } from "../support/bench.js";
import { keyOf, numbers, startOfDay } from "../support/data.js";
import { Digest } from "../support/digest.mjs";
import { columnsOf, filesOf, sameKey } from "../support/duck.js";
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
    const ask = async (store: typeof bronze) =>
      (
        await store.joinAsOf(labels, "odds_raw", {
          on: ["game_id", "book", "market", "outcome"],
          cutoff: "cutoff_ts",
          date: "game_date",
        })
      ).rows();
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
        coldAgain(root);
        return timed(() => ask(new BronzeStore({ root, datasets: [odds()] })));
      },
      () => timed(() => rival(files)),
    );
    await duck.run(`CREATE TABLE odds AS SELECT * FROM ${files}`);
    const warm = await inTurn(
      bench.rounds("long"),
      1,
      () => timed(() => ask(bronze)),
      () => timed(() => rival("odds")),
    );
    return [
      compared({ work: "join", what: `${what}, asked again`, unit: "ms", goal: { faster: 5 } }, warm),
      compared({ work: "join", what: `${what}, cold`, unit: "ms", goal: { faster: 1 } }, cold),
    ];
  },
};

interface Label {
  readonly game_id: string;
  readonly book: string;
  readonly market: string;
  readonly outcome: string;
  readonly game_date: string;
  readonly cutoff_ts: bigint;
}

function randomLabels(dates: readonly string[], count: number): Label[] {
  const random = numbers(7);
  return Array.from({ length: count }, (_, i) => {
    const game_date = dates[i % dates.length]!;
    const [game_id, book, market, outcome] = keyOf(game_date, Math.floor(random() * 840));
    const cutoff_ts = startOfDay(game_date) + BigInt(Math.floor(random() * 86_400_000)) * 1_000_000n;
    return { game_id, book, market, outcome, game_date, cutoff_ts };
  });
}

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

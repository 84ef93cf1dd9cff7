import { DuckDBTimestampTZValue } from "@duckdb/node-api";
import { BronzeStore } from "bronzestore";
import type { Bench, Work } from "../support/bench.js";
import { cutoffsOf } from "../support/data.js";
import { Digest } from "../support/digest.mjs";
import { asOfSql, at, COLUMNS, columnsOf, filesOf, sameKey } from "../support/duck.js";
import { compared, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";
import { deliver } from "./cold.js";

const DAY = { date: "2026-01-15" };

/** Many cutoffs on one day: ours in a timeline, DuckDB's in a table in memory. */
async function prepared(bench: Bench) {
  const root = bench.tree([DAY]);
  const duck = await bench.duck();
  await duck.run(`CREATE TABLE odds AS SELECT * FROM ${filesOf(root, [DAY])}`);
  const timeline = await new BronzeStore({ root, datasets: [odds()] }).timeline("odds_raw", DAY);
  return { duck, timeline };
}

/** 1,000 cutoffs, each a question of its own. */
export const repeated: Work = {
  name: "repeated",
  async run(bench) {
    const { duck, timeline } = await prepared(bench);
    const statement = await duck.prepare(asOfSql("odds", "$1"));
    const bound = (cutoff: bigint) => {
      statement.bindTimestampTZ(1, new DuckDBTimestampTZValue(cutoff / 1000n));
      return statement;
    };
    const cutoffs = cutoffsOf(DAY.date, 1000);
    const few = cutoffsOf(DAY.date, 20); // a DuckDB question costs the same each time
    for (const cutoff of few) {
      const own = deliver(timeline.at(cutoff));
      const other = (await bound(cutoff).runAndReadAll()).getColumnsObjectJS();
      assertSame(
        "repeated asOf",
        new Digest().add(own.price!, own.point!, own.as_of_ts!),
        new Digest().add(other.price!, other.point!, other.as_of_ts!),
      );
    }
    const each = (ms: number, count: number) => ms / count;
    const selected = await inTurn(
      bench.rounds("short"),
      2,
      async () =>
        each(await timed(() => cutoffs.map((cutoff) => timeline.at(cutoff).length)), cutoffs.length),
      async () => {
        const ms = await timed(async () => {
          for (const cutoff of few) await bound(cutoff).run();
        });
        return each(ms, few.length);
      },
    );
    const delivered = await inTurn(
      bench.rounds("short"),
      2,
      async () =>
        each(await timed(() => cutoffs.map((cutoff) => deliver(timeline.at(cutoff)))), cutoffs.length),
      async () => {
        const ms = await timed(async () => {
          for (const cutoff of few) (await bound(cutoff).runAndReadAll()).getColumnsObjectJS();
        });
        return each(ms, few.length);
      },
    );
    const line = { work: "repeated", unit: "ms" as const };
    return [
      compared(
        { ...line, what: "1,000 cutoffs on a day, each its own asOf", goal: { faster: 500 } },
        selected,
      ),
      compared({ ...line, what: "the same, all columns delivered", goal: undefined }, delivered),
    ];
  },
};

/** The same 1,000 as one sweep, all columns delivered. */
export const sweep: Work = {
  name: "sweep",
  async run(bench) {
    const { duck, timeline } = await prepared(bench);
    const cutoffs = cutoffsOf(DAY.date, 1000);
    await duck.run(
      `CREATE TABLE cutoffs AS SELECT unnest([${cutoffs.map(at).join(", ")}]) AS cutoff;
       CREATE TABLE keys AS SELECT DISTINCT game_id, book, market, outcome FROM odds`,
    );
    const sql = `
      SELECT c.cutoff, ${COLUMNS.map((name) => `o.${name}`).join(", ")}
      FROM cutoffs c CROSS JOIN keys k ASOF JOIN odds o ON ${sameKey("k", "o")} AND c.cutoff >= o.as_of_ts`;
    const ours = () => Array.from(timeline.sweep(cutoffs), deliver);
    const rival = () => columnsOf(duck, sql);
    const own = new Digest();
    for (const { price, point, as_of_ts } of ours()) own.add(price!, point!, as_of_ts!);
    const other = await rival();
    assertSame("sweep", own, new Digest().add(other.price!, other.point!, other.as_of_ts!));
    return [
      compared(
        {
          work: "sweep",
          what: "1,000 cutoffs in one sweep, all columns delivered",
          unit: "ms",
          goal: { faster: 10 },
        },
        await inTurn(
          bench.quick ? 3 : 7,
          1,
          () => timed(ours),
          () => timed(rival),
        ),
      ),
    ];
  },
};

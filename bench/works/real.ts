import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DuckDBConnection, DuckDBTimestampTZValue } from "@duckdb/node-api";
import { BronzeStore, defineDataset, instant, layouts, nbaSeason, type RowOf } from "bronzestore";
import * as z from "zod";
import type { Work } from "../support/bench.js";
import { Digest } from "../support/digest.mjs";
import { alone, compared, inTurn, timed } from "../support/measure.js";
import { assertSame } from "../support/same.js";

/** Third-party data that lies beside the project where it may be had. */
const SCRAPES = fileURLToPath(
  new URL("../../../shared/data/bench/odds_nfl_scrapes.parquet", import.meta.url),
);

const nfl = defineDataset({
  name: "odds_nfl",
  layout: layouts.perRun(),
  timeZone: "America/New_York",
  season: nbaSeason,
  schema: z.object({
    event_id: z.string(),
    bookmaker: z.string(),
    market: z.string(),
    outcome: z.string(),
    home_team: z.string(),
    away_team: z.string(),
    commence_ts: instant(),
    price: z.int32(),
    point: z.number().nullable(),
    as_of_ts: instant(),
    ingested_ts: instant(),
  }),
  key: ["event_id", "bookmaker", "market", "outcome"],
  date: { from: "ingested_ts" },
  partitionIs: "snapshot",
});

/** A real season of odds, each scrape a run of its own. */
export const real: Work = {
  name: "real",
  async run(bench) {
    if (!existsSync(SCRAPES)) {
      console.log("real: the scrapes are not beside the project; left out");
      return [];
    }
    const duck = await bench.duck();
    const some = bench.quick ? "LIMIT 300" : "";
    await duck.run(`
      CREATE TABLE scrapes AS SELECT event_id, bookmaker, market, outcome, home_team, away_team, commence_ts,
        price_american AS price, point::DOUBLE AS point, as_of_ts, ingested_ts
      FROM read_parquet('${SCRAPES}')
      WHERE ingested_ts IN (SELECT DISTINCT ingested_ts FROM read_parquet('${SCRAPES}') ORDER BY ALL ${some})
      ORDER BY ingested_ts`);
    const root = bench.path("tree");
    const bronze = new BronzeStore({ root, datasets: [nfl] });
    let written = { runs: 0, rows: 0, ms: 0, from: 0n, to: 0n };
    for await (const run of runs(duck)) {
      const startedAt = run[0]!.ingested_ts as bigint;
      const ms = await timed(() =>
        bronze.write("odds_nfl", run as RowOf<typeof nfl>[], { run: { id: `run-${startedAt}`, startedAt } }),
      );
      const { runs, rows, from } = written;
      written = {
        runs: runs + 1,
        rows: rows + run.length,
        ms: written.ms + ms,
        from: from || startedAt,
        to: startedAt,
      };
    }

    const day = (ns: bigint) => new Date(Number(ns / 1_000_000n) - 5 * 3_600_000).toISOString().slice(0, 10);
    const span = { from: day(written.from), to: day(written.to + 3_600_000_000_000n) };
    let timeline = await bronze.timeline("odds_nfl", span);
    const built = await timed(async () => {
      timeline = await bronze.timeline("odds_nfl", span);
    });

    // Scrapes lie in the table in order, so DuckDB skips all row groups but those of the newest.
    const statement = await duck.prepare(`
      SELECT event_id, bookmaker, market, outcome, arg_max(price, as_of_ts) AS price,
        arg_max_null(point, as_of_ts) AS point, max(as_of_ts) AS as_of_ts
      FROM scrapes
      WHERE as_of_ts <= $1 AND ingested_ts >= (SELECT max(ingested_ts) FROM scrapes WHERE ingested_ts <= $1)
      GROUP BY event_id, bookmaker, market, outcome`);
    const bound = (cutoff: bigint) => {
      statement.bindTimestampTZ(1, new DuckDBTimestampTZValue(cutoff / 1000n));
      return statement;
    };
    const count = bench.quick ? 1_000 : 10_000;
    const cutoffs = (many: number) =>
      Array.from(
        { length: many },
        (_, i) =>
          written.from +
          ((((written.to - written.from) / 1_000_000_000n) * BigInt(i + 1)) / BigInt(many)) * 1_000_000_000n,
      );
    const few = cutoffs(50);
    const [own, other] = [new Digest(), new Digest()];
    for (const cutoff of few) {
      const at = timeline.at(cutoff);
      own.add(at.column("price"), at.column("point"), at.column("as_of_ts"));
      const { price, point, as_of_ts } = (await bound(cutoff).runAndReadAll()).getColumnsObjectJS();
      other.add(price!, point!, as_of_ts!);
    }
    assertSame("real", own, other);
    const all = cutoffs(count);
    const pairs = await inTurn(
      bench.quick ? 3 : 7,
      1,
      async () => (await timed(() => all.map((cutoff) => timeline.at(cutoff).length))) / all.length,
      async () =>
        (await timed(async () => {
          for (const cutoff of few) await bound(cutoff).run();
        })) / few.length,
    );
    const { runs: files, rows, ms } = written;
    const scrapes = `${files.toLocaleString("en")} real scrapes, ${rows.toLocaleString("en")} rows`;
    return [
      alone({ work: "real", what: `write ${scrapes}, each`, unit: "ms" }, [ms / files]),
      alone({ work: "real", what: "index all of them, cold", unit: "s" }, [built / 1000]),
      compared(
        { work: "real", what: `${count.toLocaleString("en")} cutoffs on them, each`, unit: "ms" },
        pairs,
      ),
    ];
  },
};

/** The scrapes, one at a time. */
async function* runs(duck: DuckDBConnection): AsyncGenerator<Record<string, unknown>[]> {
  let run: Record<string, unknown>[] = [];
  const result = await duck.stream("SELECT * FROM scrapes ORDER BY ingested_ts");
  for await (const rows of result.yieldRowObjectJs()) {
    for (const row of rows) {
      for (const name of ["commence_ts", "as_of_ts", "ingested_ts"])
        row[name] = (BigInt(Number(row[name])) * 1_000_000n) as never;
      if (run.length > 0 && run[0]!.ingested_ts !== (row.ingested_ts as unknown)) {
        yield run;
        run = [];
      }
      run.push(row);
    }
  }
  if (run.length > 0) yield run;
}

import { BronzeStore, type Snapshot } from "bronzestore";
import type { Bench, Work } from "../support/bench.js";
import { cutoffsOf, type DaySpec } from "../support/data.js";
import { Digest } from "../support/digest.mjs";
import { asOfSql, at, columnsOf, filesOf, snapshotSql } from "../support/duck.js";
import { compared, type Figure, type Goal, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { assertSame } from "../support/same.js";

const DATE = "2026-01-15";

/** Until code is compiled as it stays; DuckDB's always was. The first question of a process is another work. */
const WARM_UPS = 12;

/** `asOf` of one day of 288 files, nothing known of it before, delivered as JavaScript columns. */
export const cold: Work = {
  name: "cold",
  async run(bench) {
    const [noon, evening] = [cutoffsOf(DATE, 1)[0]!, cutoffsOf(DATE, 100)[97]!];
    return [
      await measure(bench, "cold", "cold asOf of a day, 241,920 rows, at 23:17", evening, { faster: 1.5 }),
      await measure(bench, "cold", "the same at noon: half the files can be passed over", noon),
      await measure(
        bench,
        "cold",
        "the same at 23:17, each run in an order of its own",
        evening,
        { faster: 1.5 },
        { shuffled: true },
      ),
    ];
  },
};

/** The same where each file is the whole state, so that only the newest has to be decoded. */
export const snapshot: Work = {
  name: "snapshot",
  async run(bench) {
    const evening = cutoffsOf(DATE, 100)[97]!;
    return [
      await measure(bench, "snapshot", "cold asOf of a day of snapshots, at 23:17", evening, { faster: 5 }),
    ];
  },
};

async function measure(
  bench: Bench,
  work: "cold" | "snapshot",
  what: string,
  cutoff: bigint,
  goal?: Goal,
  spec: Partial<DaySpec> = {},
): Promise<Figure> {
  const partitionIs = work === "cold" ? "changes" : "snapshot";
  const day = { date: DATE, missing: work === "cold" ? 0 : 0.03, ...spec };
  const root = bench.tree([day]);
  const duck = await bench.duck();
  const sql = (work === "cold" ? asOfSql : snapshotSql)(filesOf(root, [day]), at(cutoff));
  const ours = async () => {
    const bronze = new BronzeStore({ root, datasets: [odds({ partitionIs })] });
    return deliver(await bronze.asOf(cutoff).read("odds_raw", { date: DATE }));
  };
  const rival = () => columnsOf(duck, sql);
  assertSame(what, digestOf(await ours()), digestOf(await rival()));
  return compared(
    { work, what, unit: "ms", goal },
    await inTurn(
      bench.rounds("short"),
      WARM_UPS,
      () => timed(ours),
      () => timed(rival),
    ),
  );
}

/** All columns of a snapshot as JavaScript arrays. */
export function deliver<Row>(snapshot: Snapshot<Row>): Record<string, unknown[]> {
  return Object.fromEntries(
    snapshot.columns.map((name) => [name, snapshot.column(name as keyof Row & string)]),
  );
}

/** What an answer in columns is held to. */
export function digestOf({ price, point, as_of_ts }: Record<string, unknown[]>): Digest {
  return new Digest().add(price!, point!, as_of_ts!);
}

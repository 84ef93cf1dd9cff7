import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localDisk } from "bronzestore";
import { filesOf, listDays } from "../../src/bronze/read/day-files.js";
import { addDays } from "../../src/time/index.js";
import type { Bench, Work } from "../support/bench.js";
import { dayFolder } from "../support/data.js";
import { compared, type Figure, inTurn, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";

const HOURS = 24;

/** Which files make one day, in trees of any size. DuckDB is given the day's own path too. */
export const listing: Work = {
  name: "listing",
  async run(bench) {
    const figures: Figure[] = [];
    for (const partitions of bench.quick ? [500, 5_000] : [500, 5_000, 50_000])
      figures.push(await measure(bench, partitions));
    return figures;
  },
};

async function measure(bench: Bench, partitions: number): Promise<Figure> {
  const root = bench.path("tree");
  const days = Math.ceil(partitions / HOURS);
  const dates = Array.from({ length: days }, (_, i) => addDays("2020-08-01", i));
  for (const date of dates) {
    for (let hour = 0; hour < HOURS; hour++) {
      const folder = join(dayFolder(root, { date }), `hour=${String(hour).padStart(2, "0")}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "odds.parquet"), "");
    }
  }
  const date = dates[days >> 1]!;
  const duck = await bench.duck();
  const glob = `SELECT count(*) AS files FROM glob('${join(dayFolder(root, { date }), "hour=*", "*.parquet")}')`;
  const storage = localDisk(root);
  const ours = async () => filesOf(await listDays(storage, odds(), [date])).length;
  const rival = async () => Number((await duck.runAndReadAll(glob)).getColumnsObjectJS().files![0]);
  const [own, other] = [await ours(), await rival()];
  if (own !== HOURS || other !== HOURS) throw new Error(`listing: ${own} and ${other} files, not ${HOURS}`);
  return compared(
    {
      work: "listing",
      what: `list a day of 24 files out of ${partitions.toLocaleString("en")} partitions`,
      unit: "ms",
      goal: { atMost: 5 },
    },
    await inTurn(
      bench.quick ? 9 : 25,
      3,
      () => timed(ours),
      () => timed(rival),
    ),
  );
}

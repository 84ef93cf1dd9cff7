import { BronzeStore, memoryStorage, type RowOf } from "bronzestore";
import { contentDigest, encodeParquet, openParquet } from "../../src/table/index.js";
import type { Work } from "../support/bench.js";
import { type DaySpec, gamesOf, rowsOf, runsOf } from "../support/data.js";
import { compared, type Figure, inTurn } from "../support/measure.js";
import { odds } from "../support/odds.mjs";

const DATE = "2026-01-15";
const NOTHING_DECLARED = { snapshotNs: undefined, ingestedNs: undefined, covers: [] };

/** What the content digest of a run's file takes of the processor, beside what encoding that file takes. */
export const digest: Work = {
  name: "digest",
  async run(bench) {
    return [
      await measure("content digest of a run of 840 rows", { date: DATE, firstRuns: 1 }, 100, bench.quick),
      await measure(
        "content digest of a run of 100,800 rows",
        { date: DATE, runs: 1, rowsPerRun: 100_800 },
        2,
        bench.quick,
      ),
    ];
  },
};

async function measure(what: string, day: DaySpec, times: number, quick: boolean): Promise<Figure> {
  const [run] = runsOf(day);
  const rows = rowsOf(run!) as RowOf<ReturnType<typeof odds>>[];
  const games = gamesOf(DATE).map((game_id) => ({ game_id, game_date: DATE }));
  const storage = memoryStorage();
  const bronze = new BronzeStore({ storage, datasets: [odds({ games })] });
  const { partitions } = await bronze.write("odds_raw", rows, {
    run: { id: run!.id, startedAt: run!.startedAt },
  });
  const file = openParquet(await storage.read(partitions[0]!.path), what);
  const columns = [...file.columns.keys()].map((name) => ({ name, column: file.column(name) }));
  const ours = () => processorTime(times, () => contentDigest(file.stored, NOTHING_DECLARED));
  const encoding = () => processorTime(times, () => encodeParquet(columns));
  const pairs = await inTurn(quick ? 5 : 15, 3, ours, encoding);
  return compared({ work: "digest", what, unit: "ms", goal: { share: 0.1 } }, pairs, "encoding it");
}

/** Milliseconds of the processor that something takes, of many: its clock has steps. */
function processorTime(times: number, work: () => unknown): number {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

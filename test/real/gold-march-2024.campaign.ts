import {
  BronzeStore,
  type Build,
  defineSchedule,
  GoldStore,
  memoryStorage,
  nbaSeason,
  Retention,
  type Storage,
} from "bronzestore";
import { expect, test } from "vitest";
import { injuries, MARCH, writable } from "./march-2024.js";
import { type CsvRow, describeShared, groupBy, readCsv, text } from "./shared-data.js";

const reports = injuries("snapshot");

/** Players listed out at the cutoff, by team. */
const playersOut: Build<readonly [typeof reports]> = async (at, { slate }) => {
  const [game_date, matchup] = String(slate.game_id).split("_");
  const report = await at.read("injuries_raw", { date: String(slate.game_date), lookbackDays: 1 });
  return report
    .rows()
    .filter((row) => row.game_date === game_date && row.matchup === matchup && row.status === "Out")
    .map(({ team, player, reason }) => ({ team, player, reason }));
};

describeShared("every game of March 2024, frozen at its tip", [MARCH], () => {
  test("is verified and replayed byte for byte after each day of bronze became one file, and after it was undone", async () => {
    const { storage, bronze, gold, frozen } = await frozenMonth();
    const retention = new Retention({ bronze, gold: [gold] });
    const before = await bytesIn(storage, "bronze");
    expect(before.files).toBe(744);
    const plan = await retention.planCompact({
      datasets: ["injuries_raw"],
      before: "2024-04-02",
      into: "day",
    });
    expect(plan.refused).toEqual([]);
    await retention.apply(plan);
    const after = await bytesIn(storage, "bronze");
    // The 744 hours are those of 31 days in UTC, which are 32 in New York.
    expect(after.files).toBe(32);
    expect(await provenAll(gold)).toBe(frozen);
    console.log(
      `${frozen} slates: ${before.files} files of ${before.bytes} bytes became ${after.files} of ${after.bytes}.`,
    );
    await retention.apply(
      await retention.planCompact({ datasets: ["injuries_raw"], before: "2024-04-02", into: "files" }),
    );
    expect(await bytesIn(storage, "bronze")).toEqual(before);
    expect(await provenAll(gold)).toBe(frozen);
  });

  test("of which each day in UTC becomes one file of 24 reports", async () => {
    const storage = memoryStorage();
    const bronze = new BronzeStore({ storage, datasets: [injuries("snapshot", "UTC")] });
    await writeMonth(bronze);
    const before = await bytesIn(storage, "bronze");
    const retention = new Retention({ bronze, gold: [] });
    const compact = { datasets: ["injuries_raw"], before: "2024-04-02", into: "day" } as const;
    await retention.apply(await retention.planCompact(compact));
    const after = await bytesIn(storage, "bronze");
    expect([before.files, after.files]).toEqual([744, 31]);
    console.log(`By days in UTC: ${before.bytes} bytes became ${after.bytes}.`);
  });

  test("is replayed byte for byte after bronze was pruned to what the manifests need", async () => {
    const { storage, bronze, gold, frozen } = await frozenMonth();
    expect(await provenAll(gold)).toBe(frozen);
    const before = await bytesIn(storage, "bronze");
    const retention = new Retention({ bronze, gold: [gold] });
    const plan = await retention.planPrune({ datasets: ["injuries_raw"], before: "2024-04-02", hours: true });
    await retention.apply(plan);
    const after = await bytesIn(storage, "bronze");
    expect(after.files).toBeLessThan(before.files);
    expect(await provenAll(gold)).toBe(frozen);
    console.log(
      `Pruned to what ${frozen} slates need: ${after.files} files, ${after.bytes} of ${before.bytes} bytes.`,
    );
  });
});

/** A month of reports, and each game's slate. */
async function frozenMonth() {
  const storage = memoryStorage();
  const bronze = new BronzeStore({ storage, datasets: [reports] });
  const rows = await writeMonth(bronze);
  const schedule = defineSchedule(gamesOf(rows), { timeZone: "America/New_York" });
  const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze });
  const range = { from: "2024-03-01", to: "2024-03-30", snapshots: ["pretip"] };
  const { frozen, failed } = await gold.backfill(schedule, playersOut, range);
  expect(failed).toEqual([]);
  expect(frozen).toBeGreaterThan(200);
  return { storage, bronze, gold, frozen };
}

/** Writes each report by itself. */
async function writeMonth(bronze: BronzeStore<readonly [typeof reports]>): Promise<CsvRow[]> {
  const rows = readCsv(MARCH);
  const written = groupBy(rows, (row) => text(row, "as_of_ts"));
  for (const report of written.values()) await bronze.write("injuries_raw", report.map(writable));
  return rows;
}

/** How many slates there are, each verified and replayed to the same bytes. */
async function provenAll(gold: GoldStore<readonly [typeof reports]>): Promise<number> {
  let slates = 0;
  let listed = 0;
  for await (const { slate, output } of gold.list({ snapshot: "pretip" })) {
    expect((await gold.verify(slate, { snapshot: "pretip" })).ok).toBe(true);
    const found = await gold.replay(slate, { snapshot: "pretip" }, playersOut);
    expect(found).toMatchObject({ same: true, identicalBytes: true });
    listed += output.rows;
    slates++;
  }
  expect(listed).toBeGreaterThan(1000);
  return slates;
}

/** Tip-offs as the reports print them: "07:30 (ET)", in the evening unless it says noon. */
function gamesOf(rows: readonly CsvRow[]) {
  const games = new Map<string, { game_id: string; tip_ts: string }>();
  for (const row of rows) {
    const time = /^(\d\d):(\d\d)/.exec(row.game_time_et ?? "");
    if (!time) continue;
    const date = text(row, "game_date");
    const hour = (Number(time[1]) % 12) + 12;
    const offset = date < "2024-03-10" ? "-05:00" : "-04:00";
    const game_id = `${date}_${text(row, "matchup")}`;
    games.set(game_id, {
      game_id,
      tip_ts: `${date}T${String(hour).padStart(2, "0")}:${time[2]}${`:00${offset}`}`,
    });
  }
  return games.values();
}

async function bytesIn(storage: Storage, folder: string): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 };
  for (const { name, kind } of await storage.list(folder)) {
    const path = `${folder}/${name}`;
    if (kind === "file" && name.endsWith(".parquet")) {
      total.files++;
      total.bytes += (await storage.stat(path))?.sizeBytes ?? 0;
    } else if (kind === "folder") {
      const inner = await bytesIn(storage, path);
      total.files += inner.files;
      total.bytes += inner.bytes;
    }
  }
  return total;
}

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
  test("is replayed byte for byte, and again after bronze was pruned to what the manifests need", async () => {
    const started = performance.now();
    const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
    const storage = memoryStorage();
    const bronze = new BronzeStore({ storage, datasets: [reports] });
    const rows = readCsv(MARCH);
    for (const report of groupBy(rows, (row) => text(row, "as_of_ts")).values()) {
      await bronze.write("injuries_raw", report.map(writable));
    }
    const schedule = defineSchedule(gamesOf(rows), { timeZone: "America/New_York" });
    const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze });
    const range = { from: "2024-03-01", to: "2024-03-30", snapshots: ["pretip"] };
    const backfilled = await gold.backfill(schedule, playersOut, range);
    expect(backfilled.failed).toEqual([]);
    expect(backfilled.frozen).toBeGreaterThan(200);
    const written = seconds();

    let listed = 0;
    const replayAll = async () => {
      let same = 0;
      listed = 0;
      for await (const manifest of gold.list({ snapshot: "pretip" })) {
        const found = await gold.replay(manifest.slate, { snapshot: "pretip" }, playersOut);
        expect(found).toMatchObject({ same: true, identicalBytes: true });
        listed += manifest.output.rows;
        same++;
      }
      return same;
    };
    expect(await replayAll()).toBe(backfilled.frozen);
    expect(listed).toBeGreaterThan(1000);
    const replayed = seconds();

    const before = await bytesIn(storage, "bronze");
    const retention = new Retention({ bronze, gold: [gold] });
    const plan = await retention.planPrune({ datasets: ["injuries_raw"], before: "2024-04-02", hours: true });
    await retention.apply(plan);
    const after = await bytesIn(storage, "bronze");
    expect(after.files).toBeLessThan(before.files);
    expect(await replayAll()).toBe(backfilled.frozen);
    for await (const { slate } of gold.list()) {
      expect((await gold.verify(slate, { snapshot: "pretip" })).problems).toEqual([]);
    }
    console.log(
      `${rows.length} rows of ${before.files} reports; ${backfilled.frozen} slates list ${listed} players out. Pruned to ` +
        `what they need: ${after.files} files, ${after.bytes} of ${before.bytes} bytes. ` +
        `Frozen by ${written} s, replayed by ${replayed} s, pruned and replayed again by ${seconds()} s.`,
    );
  });
});

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
    if (kind === "file") {
      total.files++;
      total.bytes += (await storage.stat(path))?.sizeBytes ?? 0;
    } else {
      const inner = await bytesIn(storage, path);
      total.files += inner.files;
      total.bytes += inner.bytes;
    }
  }
  return total;
}

import {
  BronzeStore,
  type Build,
  GoldStore,
  memoryStorage,
  nbaSeason,
  Retention,
  type Storage,
} from "bronzestore";
import { injuries, odds, quote, report, run } from "../bronze/feeds.js";

/** Tip-off of g1: 2026-01-15 19:00 ET. */
export const TIP = "2026-01-16T00:00:00Z";
export const SLATE = { season: 2025, game_date: "2026-01-15", game_id: "g1" };

/** A store with an evening of reports and quotes, and gold over the same storage. The clock stands after the game. */
export async function frozenWorld(storage: Storage = memoryStorage(), now = "2026-01-16T12:00:00Z") {
  const clock = () => BigInt(Date.parse(now)) * 1_000_000n;
  const bronze = new BronzeStore({ storage, datasets: [injuries, odds], clock });
  const gold = new GoldStore({ timeZone: "America/New_York", season: nbaSeason, storage, bronze, clock });
  const retention = new Retention({ bronze, gold: [gold], clock });
  return { storage, bronze, gold, retention };
}

/** Writes the evening. */
export async function writeEvening({
  bronze,
}: Pick<Awaited<ReturnType<typeof frozenWorld>>, "bronze">): Promise<void> {
  await bronze.write("injuries_raw", report("2026-01-15T22:00:00Z", { ada: "Out", bo: "Questionable" }));
  await bronze.write("injuries_raw", report("2026-01-15T23:00:00Z", { ada: "Out" }));
  await bronze.write("injuries_raw", report("2026-01-16T00:30:00Z", { ada: "Out", cy: "Out" }));
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -110, "2026-01-15T17:00:00Z"), quote("g1", "fd", -105, null)],
    run("r1"),
  );
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -120, "2026-01-15T23:40:00Z")],
    run("r2", "2026-01-15T23:41:00Z"),
  );
  await bronze.write(
    "odds_raw",
    [quote("g1", "dk", -150, "2026-01-16T00:10:00Z")],
    run("r3", "2026-01-16T00:11:00Z"),
  );
}

/** Who is out, and the best price, at the cutoff. */
export const build: Build<readonly [typeof injuries, typeof odds]> = async (at, { slate }) => {
  const date = String(slate.game_date);
  const out = await at.read("injuries_raw", { date, lookbackDays: 1 });
  const lines = await at.read("odds_raw", { date });
  const best = Math.max(...lines.column("price").filter((price) => price !== null));
  return out.rows().map(({ player_id, status }) => ({ player_id, out: status === "Out", best_price: best }));
};

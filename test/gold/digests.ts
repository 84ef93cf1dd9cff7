import { createHash } from "node:crypto";
import { GoldStore, nbaSeason } from "bronzestore";
import * as z from "zod";
import { filesIn } from "../bronze/feeds.js";
import { frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

/** Every type a column has, and values at the edges of what it can hold. */
const schema = z.object({
  player_id: z.string(),
  rate: z.number().nullable(),
  games: z.int(),
  small: z.int32(),
  big: z.bigint(),
  out: z.boolean().nullable(),
  marks: z.array(z.string()),
});

/**
 * The SHA-256 of every file of a small world, by path: the same on every machine and Node. Of gold's id and of the file named
 * by it every one is another.
 */
export async function digestsOfEverything(): Promise<Map<string, string>> {
  const { storage, bronze } = await frozenWorld();
  await writeEvening({ bronze });
  const clock = () => BigInt(Date.parse("2026-01-16T12:00:00Z")) * 1_000_000n;
  const gold = new GoldStore({
    timeZone: "America/New_York",
    season: nbaSeason,
    storage,
    bronze,
    schema,
    clock,
  });
  await gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP }, async (at) => {
    const lines = await at.read("odds_raw", { date: SLATE.game_date });
    return Array.from({ length: 500 }, (_, i) => ({
      player_id: i % 7 === 0 ? "Dončić \u{1f3c0}" : `p${i}`,
      rate: i % 5 === 0 ? null : lines.length / (i + 1),
      games: Number.MAX_SAFE_INTEGER - i,
      small: -(2 ** 31) + i,
      big: 2n ** 63n - 1n - BigInt(i),
      out: i % 3 === 0 ? null : i % 2 === 0,
      marks: Array.from({ length: i % 4 }, (_, n) => `${n}`),
    }));
  });
  await gold.trainingSet({
    from: SLATE.game_date,
    to: SLATE.game_date,
    snapshot: "lock",
    labels: Array.from({ length: 500 }, (_, i) => ({ player_id: `p${i}`, points: Math.sqrt(i) })),
    on: ["player_id"],
    version: "v1",
    splits: { trainEnd: SLATE.game_date, valEnd: SLATE.game_date },
  });
  const digests = new Map<string, string>();
  const paths = [...(await filesIn(storage, "bronze")), ...(await filesIn(storage, "gold"))];
  for (const path of paths.filter((own) => !/^gold\/_store\.json$|^bronze\/_gold\//.test(own)))
    digests.set(
      path,
      createHash("sha256")
        .update(await storage.read(path))
        .digest("hex"),
    );
  return digests;
}

import { BronzeStore, importFiles, type Storage } from "bronzestore";
import { injuries, odds, roster, withView } from "../bronze/feeds.js";

/** Imports whose kills are tried: many parts of a folder, states, and rows that only a latest view keeps. */
export const IMPORTS = {
  odds: (storage: Storage, pattern: string, at?: bigint) =>
    importFiles(storeIn(storage, at), "odds_raw", pattern, {
      columns: { game_id: "GAME" },
      run: { id: "dump", startedAt: "2026-01-15T17:15:00Z" },
      rowsPerWrite: 12,
    }),
  injuries: (storage: Storage, pattern: string, at?: bigint) =>
    importFiles(storeIn(storage, at), "injuries_raw", pattern, { rowsPerWrite: 5 }),
  roster: (storage: Storage, pattern: string, at?: bigint) =>
    importFiles(storeIn(storage, at), "roster_nightly_raw", pattern, { rowsPerWrite: 5 }),
} as const;

/** When the first attempt of an import is; the second is later, and must keep what the first recorded. */
const FIRST = BigInt(Date.parse("2026-02-01T00:00:00Z")) * 1_000_000n;
export const SECOND = FIRST + 1_000_000_007n;

function storeIn(storage: Storage, at = FIRST) {
  return new BronzeStore({
    storage,
    datasets: [withView(odds), injuries, roster] as const,
    clock: () => at,
  });
}

/** Rows of all files of a dataset, as their number by their text. */
export async function rowsOf(
  storage: Storage,
  name: "odds_raw" | "injuries_raw" | "roster_nightly_raw",
): Promise<Map<string, number>> {
  const bronze = storeIn(storage);
  const rows = new Map<string, number>();
  for (const date of await bronze.dates(name)) {
    for (const row of (await bronze.readBronzeDay(name, date)).rows()) {
      const { ingested_ts: _, run_id: __, ...own } = row as Record<string, unknown>;
      const text = JSON.stringify(own, (_, value) => (typeof value === "bigint" ? String(value) : value));
      rows.set(text, (rows.get(text) ?? 0) + 1);
    }
  }
  return rows;
}

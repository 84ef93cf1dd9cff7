import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Storage } from "bronzestore";
import { isTempName } from "../../src/storage/index.js";
import { filesBelow } from "../retention/world.js";

/** Writes files into a folder; the folder with a star, as a pattern for all of them. */
export function filesIn(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return `${folder}/**/*`;
}

export function csv(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [head, ...rows].map((cells) => `${cells.join(",")}\n`).join("");
}

/** Every file of a storage with its bytes as text, but for locks and what a killed writer left, which are no data. */
export async function treeOf(storage: Storage): Promise<Map<string, string>> {
  const tree = new Map<string, string>();
  for (const path of (await filesBelow(storage, "")).sort()) {
    if (path.endsWith(".lock") || isTempName(path.split("/").at(-1)!)) continue;
    tree.set(path, Buffer.from(await storage.read(path)).toString("base64"));
  }
  return tree;
}

/** Some games' quotes: two of each book, an hour apart, in an order that goes back and forth between the days. */
export function quotes(count: number): string {
  const games = ["g0", "g1", "g2", "g3"];
  const rows = Array.from({ length: count }, (_, i) => [
    games[i % games.length],
    `book${Math.floor(i / 4) % 7}`,
    i % 11 === 3 ? "" : -100 - (i % 50),
    `2026-01-15T${String(10 + (i % 9)).padStart(2, "0")}:00:00Z`,
  ]);
  return csv(["GAME", "book", "price", "as_of_ts"], rows);
}

/** Reports of one evening, a state every half hour, each of some players. */
export function reports(states: number): string {
  const rows = Array.from({ length: states }, (_, state) => {
    const at = new Date(Date.parse("2026-01-15T20:10:00Z") + state * 1_800_000).toISOString();
    return Array.from({ length: 1 + (state % 4) }, (_, player) => [at, "g1", `p${player}`, "OUT", at]);
  });
  // By player, so that each state lies in pieces all over the file.
  const byPlayer = rows.flat().sort((a, b) => (a[2]! < b[2]! ? -1 : a[2]! > b[2]! ? 1 : 0));
  return csv(["report_ts", "game_id", "player_id", "status", "as_of_ts"], byPlayer);
}

/** Players of some nights, most of them more than once. */
export function rosters(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => [
    `p${i % 17}`,
    i % 5 === 2 ? "" : `T${i % 3}`,
    `2026-01-1${4 + (i % 3)}T${String(12 + (i % 7)).padStart(2, "0")}:00:00Z`,
  ]);
  return csv(["player_id", "team", "as_of_ts"], rows);
}

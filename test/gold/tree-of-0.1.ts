import { readFileSync } from "node:fs";
import { memoryStorage } from "bronzestore";
import { frozenWorld } from "./slates.js";

export const FOLDER_OF_01 = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1";

/**
 * The tree that 0.1 made of the evening of `slates.ts`, byte for byte: the lock frozen with parameters, then again by force
 * with another builder, and the pretip known by its cutoff.
 */
export async function treeOf01() {
  const files: Record<string, string> = JSON.parse(
    readFileSync(new URL("./trees/gold-0.1.json", import.meta.url), "utf8"),
  );
  const storage = memoryStorage();
  for (const [path, base64] of Object.entries(files))
    await storage.publish(path, new Uint8Array(Buffer.from(base64, "base64")));
  const manifests = Object.entries(files)
    .filter(([path]) => /\/manifest\.[^/]*\.json$/.test(path))
    .map(([, base64]) => Buffer.from(base64, "base64").toString("utf8"));
  return { ...(await frozenWorld(storage)), manifests };
}

import { type Manifest, sealManifest } from "../../src/gold/manifest/manifest.js";
import { encodeSealed } from "../../src/json/index.js";
import type { World } from "./world.js";

const FOLDER = "gold/slates/season=2025/game_date=2026-01-15/game_id=g1";

/**
 * Puts a manifest beside the first whose question reads a file it does not name, as a faulty tool might: the
 * certificate alone can tell.
 */
export async function tamperedQuestion({ storage }: Pick<World, "storage">): Promise<void> {
  const bytes = await storage.read(`${FOLDER}/manifest.lock.json`);
  const { digest: _, ...manifest }: Manifest = JSON.parse(new TextDecoder().decode(bytes));
  const other = sealManifest({ ...manifest, snapshot: "late", snapshot_ts: "2026-01-16T00:30:00Z" });
  await storage.publish(`${FOLDER}/manifest.late.json`, encodeSealed(other));
}

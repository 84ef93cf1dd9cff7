import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every Parquet file below a folder, with its size: what any engine would find. */
export function filesBelow(folder: string): { path: string; sizeBytes: number }[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".parquet"))
    .map((name) => ({ path: name, sizeBytes: statSync(join(folder, name)).size }));
}

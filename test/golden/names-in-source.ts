import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Every `"bronzestore.x"` in the source, but for the symbols, which no file holds. */
export function namesInSource(): string[] {
  const src = fileURLToPath(new URL("../../src/", import.meta.url));
  const names = new Set<string>();
  for (const path of readdirSync(src, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts")) continue;
    const source = readFileSync(join(src, path), "utf8").replaceAll(/Symbol\.for\([^)]*\)/g, "");
    for (const [, name] of source.matchAll(/["'`](bronzestore\.[a-z0-9_]+)["'`]/g)) names.add(name!);
  }
  return [...names].sort();
}

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";
import { SUITES } from "./suites.js";

// Whatever asks `campaign()` how often to try is run again here, in the campaigns' environment: with more seeds.
const folder = fileURLToPath(new URL(".", import.meta.url));
for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
  if (!path.endsWith(SUITES.tests)) continue;
  if (!/from "(\.\/|(\.\.\/)+)campaign\.js"/.test(readFileSync(`${folder}${path}`, "utf8"))) continue;
  describe(path, async () => {
    await import(`${folder}${path}`);
  });
}

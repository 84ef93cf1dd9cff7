import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Third-party files, read in place and never copied; `undefined` where this checkout has none beside it. */
export const sharedFixtures: string | undefined = (() => {
  const folder = fileURLToPath(new URL("../../../shared/data/fixtures", import.meta.url));
  return existsSync(folder) ? folder : undefined;
})();

export function pandasFiles(fixtures: string): string[] {
  return readdirSync(`${fixtures}/pv2_raw`)
    .filter((name) => name.endsWith(".parquet"))
    .sort()
    .map((name) => `${fixtures}/pv2_raw/${name}`);
}

import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";

const memory = fileURLToPath(new URL("../../src/storage/memory.ts", import.meta.url));

/**
 * Gives tests a storage on S3 where they ask for `memoryStorage()`, whoever imports it from where: the suites of the library
 * run on it as they are.
 *
 * @param server what answers: `radosgw`, which has to run, or a `double` of a server in the test's own process
 */
export function memoryOn(server: "radosgw" | "double"): Plugin {
  const instead = fileURLToPath(new URL(`memory-on-${server}.ts`, import.meta.url));
  return {
    name: `memoryStorage() is on S3 (${server})`,
    enforce: "pre",
    async resolveId(source, importer) {
      if (!source.endsWith("/memory.js")) return null;
      const found = await this.resolve(source, importer, { skipSelf: true });
      return found?.id === memory ? instead : found;
    },
  };
}

import { mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * A program of a test in one file that plain Node runs, made before the tests of the file that asks: one that is begun
 * thousands of times should not be translated each time. It lies inside the repository, so that packages are found.
 *
 * @param url the program
 * @returns its path, once tests run
 */
export function builtChild(url: URL): () => string {
  const source = fileURLToPath(url);
  let folder = "";
  const built = () => join(folder, basename(source).replace(/\.ts$/, ".mjs"));
  beforeAll(async () => {
    folder = mkdtempSync(join(root, ".readme-child-"));
    await build({
      entryPoints: [source],
      outfile: built(),
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      alias: { bronzestore: join(root, "src/index.ts") },
      logLevel: "silent",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return built;
}

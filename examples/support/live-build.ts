import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

const examples = fileURLToPath(new URL("..", import.meta.url));

/**
 * Compiles the live scripts with the library, so that a process of theirs starts in a fraction of a second.
 *
 * @returns the folder they lie in, and what removes it
 */
export async function buildLiveScripts(): Promise<{ readonly folder: string; remove(): void }> {
  const live = join(examples, "live");
  const project = dirname(examples.replace(/\/$/, ""));
  // Below node_modules, where the packages that stay outside are found.
  const folder = join(project, "node_modules/.cache", `live-scripts-${process.pid}`);
  await build({
    config: false,
    silent: true,
    entry: readdirSync(live).map((name) => join(live, name)),
    outDir: folder,
    format: ["esm"],
    target: "node20",
    platform: "node",
    tsconfig: join(project, "tsconfig.json"),
    splitting: true,
    noExternal: [/^(?!koffi$|apache-arrow$)/],
    external: ["koffi", "apache-arrow"],
    outExtension: () => ({ js: ".mjs" }),
  });
  if (!existsSync(join(folder, "live-score.mjs"))) throw new Error(`The live scripts are not in ${folder}.`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

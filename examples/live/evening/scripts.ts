import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import type { ClockTiming } from "../../../fixtures/simulated-clock.js";

/** The live scripts. */
export const SCRIPT_NAMES = [
  "live-score",
  "live-scrape",
  "live-rates",
  "live-sim",
  "backfill-injuries",
  "freeze-due",
] as const;
export type ScriptName = (typeof SCRIPT_NAMES)[number];

/** What a process gets besides the options of its script, which know nothing of it. */
export interface Staging {
  /** What the script takes for the present. */
  readonly clock: ClockTiming;
  /** Folder in which acknowledged writes are noted. Default: not noted. */
  readonly acks?: string;
}

/** The live scripts, ready to start as processes that take a simulated clock for the present. */
export interface StagedScripts {
  /** @param options of the script, such as `{ root: "data", feed: "http://127.0.0.1:8080" }` */
  start(
    script: ScriptName,
    staging: Staging,
    options: Readonly<Record<string, string>>,
    stdio?: StdioOptions,
  ): ChildProcess;
  /** Removes what was compiled. */
  remove(): void;
}

/** Compiles the live scripts with the library, so that a process of theirs starts in a fraction of a second. */
export async function stageScripts(): Promise<StagedScripts> {
  const project = fileURLToPath(new URL("../../..", import.meta.url));
  // Below node_modules, where the packages that stay outside are found.
  const folder = join(project, "node_modules/.cache", `live-scripts-${process.pid}`);
  await build({
    config: false,
    silent: true,
    entry: [join(dirname(fileURLToPath(import.meta.url)), "one-script.ts")],
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
  const program = join(folder, "one-script.mjs");
  if (!existsSync(program)) throw new Error(`The live scripts are not in ${folder}.`);
  return {
    start(script, staging, options, stdio = "pipe") {
      const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
      return spawn(process.execPath, [program, script, JSON.stringify(staging), ...args], { stdio });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

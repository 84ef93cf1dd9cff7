import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  formatInstant,
  localDisk,
  type Run,
  type RunResult,
  type Storage,
  type WithRunOptions,
  withRun,
} from "bronzestore";
import * as z from "zod";
import { lockFile } from "../../../src/storage/local/flock.js";
import { flockByCommand, flockByKoffi } from "../../../src/storage/local/flock-calls.js";
import { injuries, report } from "../../bronze/feeds.js";

export const POINTER = "projections/latest_run.json";
export const LOCK = "runs/.lock";
/** A file of the root, by which a test tells a process that has no ear for anything else to go on. */
export const ENOUGH = "enough";
const datasets = [injuries] as const;

export type PipelineRun = Run<typeof datasets>;
type Options = Omit<WithRunOptions<typeof datasets>, "root" | "storage" | "name" | "datasets" | "timeZone">;

/** Runs the pipeline of these tests, or part of it. */
export function runIn<T>(
  storage: Storage,
  fn: (run: PipelineRun) => T | Promise<T>,
  options: Options = {},
): Promise<RunResult<T>> {
  return withRun({ storage, name: "live-score", timeZone: "America/New_York", datasets, ...options }, fn);
}

/** Writes bronze, keeps the outputs of two stages, moves the pointer. `within` happens in the second stage. */
export async function pipeline(run: PipelineRun, within: () => unknown = () => {}): Promise<void> {
  const scrape = await run.stage("scrape", { output: z.object({ at: z.string() }) }, async () => {
    const at = formatInstant(run.startedAt);
    await run.bronze.write("injuries_raw", report(at, { ada: "Out", bo: "Questionable" }));
    return { at };
  });
  const score = await run.stage("score", { needs: { scrape }, output: z.string() }, async ({ scrape }) => {
    await within();
    return `scored ${scrape.at}`;
  });
  await run.writePointer(POINTER, { outputs: [scrape, score] });
}

/** The ways a lock is had from the kernel. */
export const WAYS = ["koffi", "the flock command"] as const;
export type Way = (typeof WAYS)[number];

/** A folder whose locks are taken in one of the ways; without one, as users get it. */
export function diskLockedBy(root: string, way?: Way): Storage {
  const disk = localDisk(root);
  if (way === undefined) return disk;
  const calls = way === "koffi" ? flockByKoffi() : flockByCommand();
  if (calls === undefined) throw new Error("koffi does not load here");
  return {
    ...disk,
    locks: {
      async lock(path, options) {
        const file = join(root, path);
        mkdirSync(dirname(file), { recursive: true });
        return lockFile(file, { path, where: disk.description }, { ...options, calls });
      },
    },
  };
}

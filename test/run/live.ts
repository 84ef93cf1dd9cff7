import { nbaSeason, type Run, type RunResult, type Storage, type WithRunOptions, withRun } from "bronzestore";
import { injuries, odds, roster } from "../bronze/feeds.js";

/** 18:30 in New York: half an hour before the tip of g1. */
export const NOW = "2026-01-15T23:30:00Z";

export function clockAt(instant: string): () => bigint {
  return () => BigInt(Date.parse(instant)) * 1_000_000n;
}

export const datasets = [injuries, odds, roster] as const;

/** Runs in memory at a fixed time, over the test feeds. */
export function runAt<T>(
  storage: Storage,
  fn: (run: Run<typeof datasets>) => T | Promise<T>,
  options: Partial<Omit<WithRunOptions<typeof datasets>, "root" | "storage" | "datasets">> = {},
): Promise<RunResult<T>> {
  return withRun(
    {
      storage,
      name: "live-score",
      timeZone: "America/New_York",
      datasets,
      gold: { season: nbaSeason },
      clock: clockAt(NOW),
      ...options,
    },
    fn,
  );
}

/** The value of a run that was not skipped, and its id. */
export async function finished<T>(result: Promise<RunResult<T>>): Promise<{ value: T; runId: string }> {
  const ended = await result;
  if (ended.status === "skipped") throw new Error("the run was skipped");
  return ended;
}

export async function jsonAt(storage: Storage, path: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await storage.read(path)));
}

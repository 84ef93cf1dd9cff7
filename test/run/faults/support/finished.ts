import type { RunResult } from "bronzestore";

/** What came of a run that nobody kept out. */
export function finished<T>(result: RunResult<T>): { readonly runId: string; readonly value: T } {
  if (result.status === "skipped") throw new Error(`the lock is held by ${result.holder}`);
  return result;
}

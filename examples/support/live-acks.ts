import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { formatInstant } from "bronzestore";

/** Rows that a write has acknowledged. Instants are ISO-8601 UTC. */
export interface Acknowledged {
  readonly dataset: string;
  readonly run_id: string;
  readonly rows: readonly Record<string, string | number | null>[];
}

/**
 * Notes, after a write has returned, what it promised to keep: one line in a file of this process, flushed before
 * anything else happens. Whoever kills the process can hold the store to it.
 */
export function acknowledge(
  folder: string | undefined,
  dataset: string,
  run_id: string,
  rows: readonly object[],
): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `${run_id}.jsonl`), "a");
  const asText = (_: string, value: unknown) => (typeof value === "bigint" ? formatInstant(value) : value);
  writeSync(file, `${JSON.stringify({ dataset, run_id, rows }, asText)}\n`);
  fsyncSync(file);
  closeSync(file);
}

import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Answer } from "./same.js";

/** What a process came to. */
export interface Ran extends Answer {
  /** From start to end of the process. */
  readonly wallMs: number;
  /** The questions alone. */
  readonly ms: number;
  /** Most memory the process had. */
  readonly peakMb: number;
}

/** A process of plain Node that is to run `bench/child/<script>` with a request. What tsx sets for itself is not for a user's. */
function processOf(script: string, requestFile: string, asked: unknown) {
  writeFileSync(requestFile, JSON.stringify(asked));
  const path = fileURLToPath(new URL(`../child/${script}`, import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  return [process.execPath, [path, requestFile], { encoding: "utf8", env }] as const;
}

/** Runs a child with a request, and reads what it prints. */
export function runChild(script: "ours.mjs" | "duckdb.mjs", requestFile: string, asked: unknown): Ran {
  const child = processOf(script, requestFile, asked);
  const start = performance.now();
  const output = execFileSync(...child);
  return { wallMs: performance.now() - start, ...JSON.parse(output) };
}

/** The same for several requests at once, a process each. */
export async function runChildren(
  script: "ours.mjs",
  requestFile: string,
  asked: readonly unknown[],
): Promise<{ readonly ran: readonly Omit<Ran, "wallMs">[]; readonly wallMs: number }> {
  const children = asked.map((one, i) => processOf(script, `${requestFile}.${i}`, one));
  const start = performance.now();
  const outputs = await Promise.all(children.map((child) => promisify(execFile)(...child)));
  const ran = outputs.map(({ stdout }) => JSON.parse(stdout) as Omit<Ran, "wallMs">);
  return { ran, wallMs: performance.now() - start };
}

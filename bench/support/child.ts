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

/** Runs `bench/child/<script>` on plain Node with a request, and reads what it prints. */
export function runChild(script: "ours.mjs" | "duckdb.mjs", requestFile: string, asked: unknown): Ran {
  writeFileSync(requestFile, JSON.stringify(asked));
  const path = fileURLToPath(new URL(`../child/${script}`, import.meta.url));
  // What tsx sets for itself is not for a process that is to be a user's.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const start = performance.now();
  const output = execFileSync(process.execPath, [path, requestFile], { encoding: "utf8", env });
  return { wallMs: performance.now() - start, ...JSON.parse(output) };
}

/** The same for several requests at once, a process each. */
export async function runChildren(
  script: "ours.mjs",
  requestFile: string,
  asked: readonly unknown[],
): Promise<{ readonly ran: readonly Omit<Ran, "wallMs">[]; readonly wallMs: number }> {
  const path = fileURLToPath(new URL(`../child/${script}`, import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const files = asked.map((one, i) => {
    writeFileSync(`${requestFile}.${i}`, JSON.stringify(one));
    return `${requestFile}.${i}`;
  });
  const start = performance.now();
  const ran = await Promise.all(
    files.map(async (file) => {
      const { stdout } = await promisify(execFile)(process.execPath, [path, file], { encoding: "utf8", env });
      return JSON.parse(stdout) as Omit<Ran, "wallMs">;
    }),
  );
  return { ran, wallMs: performance.now() - start };
}

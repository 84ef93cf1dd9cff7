import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A script of `children/`, running in a process of its own. */
interface Child {
  readonly process: ChildProcess;
  /** Complete lines printed so far. */
  lines(): string[];
  /** Waits for the first line (each script prints `ready`). */
  ready(): Promise<void>;
  go(): void;
  /** Kills it with SIGKILL if asked, and waits for its end. */
  ended(kill?: boolean): Promise<number | null>;
}

export function startChild(script: string, ...args: string[]): Child {
  const file = fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  const isReady = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve();
    });
    child.on("exit", () => reject(new Error(`${script} ended before it was ready`)));
  });
  isReady.catch(() => {}); // awaited or not
  // "close", not "exit": what it printed before must have arrived.
  const isEnded = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    process: child,
    lines: () => text.split("\n").slice(0, -1),
    ready: () => isReady,
    go: () => void child.stdin.write("go\n"),
    ended: async (kill = false) => {
      if (kill) child.kill("SIGKILL");
      return await isEnded;
    },
  };
}

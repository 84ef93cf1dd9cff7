import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A script of `children/` in a process of its own, that talks in lines. */
interface Child {
  /** The next line it prints; `undefined` when it has ended instead. */
  next(): Promise<string | undefined>;
  /** A line for it to read. */
  answer(line: string): void;
  /** Waits for its end, after SIGKILL if asked. */
  ended(kill?: boolean): Promise<void>;
}

export function startChild(script: string, ...args: string[]): Child {
  const file = fileURLToPath(new URL(`../children/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    cwd: fileURLToPath(new URL("../../../../", import.meta.url)),
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => {}); // it may have been killed
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const end = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    next: async () => (await lines.next()).value,
    answer: (line) => void child.stdin.write(`${line}\n`),
    async ended(kill = false) {
      if (kill) child.kill("SIGKILL");
      child.stdin.end();
      await end;
    },
  };
}

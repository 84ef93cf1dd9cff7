import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LOCK } from "./pipeline.js";

const project = fileURLToPath(new URL("../../../", import.meta.url));

/** A process under test. */
export interface Runner {
  readonly process: ChildProcess;
  lines(): string[];
  /** Waits for a line that starts so, and gives the rest of it. */
  says(start: string): Promise<string>;
  /** Sends it a line. */
  tell(line: string): void;
  readonly ended: Promise<Ending>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Starts a script of `children/`; on another Node, or by a command that starts what it is given. */
export function startRunner(
  script: string,
  args: readonly string[],
  { node = process.execPath, within = [] }: { node?: string; within?: readonly string[] } = {},
): Runner {
  const file = fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url));
  const [command = "", ...rest] = [...within, node, "--import", "tsx", file, ...args];
  return start(command, rest);
}

/** Starts any command in a process group of its own. */
export function start(command: string, args: readonly string[]): Runner {
  const child = spawn(command, args, { cwd: project, stdio: ["pipe", "pipe", "pipe"], detached: true });
  let text = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {}); // it may have been killed
  let isEnded = false;
  const ended = new Promise<Ending>((resolve) =>
    child.on("close", (code, signal) => {
      isEnded = true;
      resolve({ code, signal, stderr });
      for (const look of waiting) look();
    }),
  );
  const lines = () => text.split("\n").slice(0, -1);
  const shown = [command, ...args].join(" ");
  return {
    process: child,
    lines,
    says: (start) =>
      new Promise((resolve, reject) => {
        function look() {
          const line = lines().find((said) => said.startsWith(start));
          if (line === undefined && !isEnded) return;
          waiting.delete(look);
          if (line !== undefined) resolve(line.slice(start.length).trim());
          else reject(new Error(`${shown} ended without saying "${start}":\n${text}\n${stderr}`));
        }
        waiting.add(look);
        look();
      }),
    tell: (line) => void child.stdin.write(`${line}\n`),
    ended,
  };
}

/** `flock(1)` holding a root's lock until its group is killed. */
export async function startShellHolder(root: string): Promise<Runner> {
  mkdirSync(dirname(join(root, LOCK)), { recursive: true });
  const holder = start("flock", [join(root, LOCK), "sh", "-c", "echo held; exec sleep 900"]);
  await holder.says("held");
  return holder;
}

/** SIGKILL, to it and all it has started. */
export function killGroup(runner: Runner): void {
  process.kill(-runner.process.pid!, "SIGKILL");
}

/** Whether flock(1), in a process of its own, gets a root's lock. */
export function isFreeForShell(root: string, lock = LOCK): boolean {
  const { status, error } = spawnSync("flock", ["-n", join(root, lock), "true"]);
  if (error) throw error;
  return status === 0;
}

/** The binary of another Node, or why it cannot be had. */
export async function nodeBinary(version: string): Promise<{ binary: string } | { missing: string }> {
  const script = "console.log(process.version, process.execPath)";
  const command = ["-y", "-p", `node@${version}`, "node", "-e", script];
  try {
    const { stdout } = await promisify(execFile)("npx", command, { cwd: project });
    const [found, binary] = stdout.trim().split(" ");
    if (found?.startsWith(`v${version}.`) && binary) return { binary };
    return { missing: `npx gives ${stdout.trim()}` };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

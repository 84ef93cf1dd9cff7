import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** A process that freezes when it is told to. */
interface Freezer {
  readonly process: ChildProcess;
  readonly isReady: Promise<void>;
  /** The line it printed, or what ended it. */
  readonly said: Promise<string>;
}

/** @param program a file of JavaScript, or of TypeScript, with its arguments */
export function startFreezer(program: string, ...args: string[]): Freezer {
  const loader = program.endsWith(".ts") ? ["--import", "tsx"] : [];
  const child = spawn(process.execPath, [...loader, program, ...args], {
    cwd: project,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  const isReady = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      text += chunk;
      resolve();
    });
    child.on("close", () => resolve());
  });
  const said = new Promise<string>((resolve) => {
    child.on("close", (code, signal) => resolve(text.split("\n")[1] || (signal ?? `exit ${code}`)));
  });
  child.stdin.on("error", () => {}); // it may have been killed
  return { process: child, isReady, said };
}

/** Lets them all get ready, then all go at once. */
export async function together(freezers: readonly Freezer[]): Promise<string[]> {
  await Promise.all(freezers.map(({ isReady }) => isReady));
  for (const freezer of freezers) freezer.process.stdin!.write("go\n");
  return Promise.all(freezers.map(({ said }) => said));
}

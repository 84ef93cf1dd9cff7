import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { killed, spawnBound } from "../../own-process.js";

/** Rows of a statement: big integers and decimals are text, and so are NaN and infinities. */
export interface RunnerRows {
  readonly columns: readonly string[];
  /** As the engine calls them. */
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A program that has an engine run statements, one after the other. */
export interface Runner {
  /** Runs a statement for what it does. @throws Error with what the engine says */
  run(sql: string): Promise<void>;
  /** Runs a statement for its rows. @throws Error with what the engine says */
  rows(sql: string): Promise<RunnerRows>;
  /** Asks for anything else that the program knows. */
  ask(request: { readonly do: string } & Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Ends the program. */
  stop(): Promise<void>;
}

/**
 * Starts a program that answers lines of JSON, and waits until it is ready.
 *
 * @param log where it, and what it uses, says what goes wrong
 * @throws Error with the end of that
 */
export async function startRunner(
  command: string,
  args: readonly string[],
  { log, env, cwd }: { readonly log: string; readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<Runner> {
  const errors = openSync(log, "a");
  const child = spawnBound(command, args, { stdio: ["pipe", "pipe", errors], env, cwd });
  closeSync(errors);
  const answers = linesOf(child, log);
  await answers();
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: object): Promise<Record<string, unknown>> => {
    const answer = last.then(async () => {
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      const said = await answers();
      if (typeof said.error === "string") throw new Error(said.error);
      return said;
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    ask,
    run: async (sql) => void (await ask({ do: "run", sql })),
    rows: async (sql) => (await ask({ do: "rows", sql })) as unknown as RunnerRows,
    stop: () => killed(child),
  };
}

/** The next line that a program says. @throws Error when it has ended */
function linesOf(child: ChildProcess, log: string): () => Promise<Record<string, unknown>> {
  const lines: string[] = [];
  let wake: (() => void) | undefined;
  let isOver = false;
  const reader = createInterface({ input: child.stdout! });
  reader.on("line", (line) => {
    lines.push(line);
    wake?.();
  });
  reader.on("close", () => {
    isOver = true;
    wake?.();
  });
  child.on("error", () => {
    isOver = true;
    wake?.();
  });
  return async () => {
    while (lines.length === 0 && !isOver)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    const line = lines.shift();
    if (line === undefined)
      throw new Error(
        `${child.spawnargs.slice(3, 6).join(" ")} ended. ${readFileSync(log, "utf8").slice(-4_000)}`,
      );
    return JSON.parse(line) as Record<string, unknown>;
  };
}

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../", import.meta.url));

/** What a script said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `examples/<name>.ts` in a process of its own, its output piped, the library taken from `src`. */
export function runScript(name: string, args: readonly string[], cwd: string): Ended {
  return runProgram([join(project, "examples", `${name}.ts`), ...args], cwd);
}

/** Runs node with TypeScript and the library from `src`. */
export function runProgram(args: readonly string[], cwd: string): Ended {
  const { FORCE_COLOR, NO_COLOR, ...env } = process.env;
  const tsx = import.meta.resolve("tsx");
  const child = spawnSync(process.execPath, ["--import", tsx, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...env, TSX_TSCONFIG_PATH: join(project, "tsconfig.json") },
  });
  return { code: child.status, out: child.stdout, err: child.stderr };
}

/** A file of `fixtures/`. */
export function fixture(name: string): string {
  return join(project, "fixtures", name);
}

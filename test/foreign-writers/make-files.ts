import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * Has all writers make their files, in a folder that goes away with what made them: a Python environment of its own, with the
 * versions of `requirements.txt`.
 *
 * @throws Error that says what is missing: without a writer nothing was shown
 */
export function makeFiles(): { readonly root: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "bronzestore-writers-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const root = join(folder, "files");
    mkdirSync(root);
    const python = installedPython(join(folder, "python"));
    console.info(runToEnd("a writer failed", python, [join(here, "writers/make.py"), root]).stdout.trim());
    rmSync(join(folder, "python"), { recursive: true, force: true });
    return { root, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * A Python environment with packages of `requirements.txt`, in a folder of its own. Returns its program.
 *
 * @param only names of packages. Default: all
 * @throws Error that says what is missing
 */
export function installedPython(folder: string, only?: readonly string[]): string {
  const python = join(folder, "bin/python");
  const list = join(here, "requirements.txt");
  const lines = readFileSync(list, "utf8").trim().split("\n");
  const chosen = only?.map((name) => lines.find((line) => line.startsWith(`${name}==`)) ?? `no ${name}`);
  runToEnd("Python 3.11 or newer with venv is needed", "python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir", ...(chosen ?? ["-r", list])];
  runToEnd("pip cannot install the writers (it needs a package index that it can reach)", python, pip);
  runToEnd("java is needed by Spark", "java", ["-version"]);
  return python;
}

/** Waits for its end, so that nothing of it outlives the run. */
export function runToEnd(needed: string, command: string, args: readonly string[]): SpawnSyncReturns<string> {
  const done = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", TZ: "UTC" },
  });
  if (done.status === 0) return done;
  const said = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().slice(-4_000);
  throw new Error(`${needed}: ${command} ${args.join(" ")} failed. ${done.error?.message ?? ""}\n${said}`);
}

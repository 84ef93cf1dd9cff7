import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Runner, startRunner } from "./runner.js";

const script = fileURLToPath(new URL("clickhouse_runner.py", import.meta.url));

/**
 * Starts ClickHouse within a program of its own: `chdb`, the same code as the server's.
 *
 * @param config what a server's configuration would say besides, as XML
 */
export function startClickhouse(python: string, folder: string, config = ""): Promise<Runner> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "config.xml");
  writeFileSync(file, `<clickhouse>${config}</clickhouse>`);
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", TZ: "UTC" };
  return startRunner(python, [script, folder, file], {
    log: join(folder, "clickhouse.log"),
    env,
    cwd: folder,
  });
}

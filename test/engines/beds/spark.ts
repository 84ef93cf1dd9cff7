import type { ChildProcess } from "node:child_process";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, killed, spawnBound, until } from "../../own-process.js";
import { type Runner, startRunner } from "./runner.js";

const script = fileURLToPath(new URL("spark_runner.py", import.meta.url));

/** A cluster of Spark that runs: a master and its workers, each a process of its own, on loopback. */
export interface SparkCluster {
  /** Its address: `spark://127.0.0.1:<port>`. */
  readonly master: string;
  readonly workers: readonly SparkWorker[];
  /** Starts a driver on it. `settings` are Spark's own, besides those of the tests. */
  driver(settings?: Readonly<Record<string, string>>): Promise<SparkDriver>;
  /** Ends all of its processes. */
  stop(): Promise<void>;
}

export interface SparkWorker {
  readonly pid: number;
  /** Below it run its executors. */
  readonly folder: string;
  /** Kills it. Its executors end when they notice. */
  kill(): Promise<void>;
}

export interface SparkDriver extends Runner {
  /** How many tasks each worker has completed for it, by the worker's pid. */
  tasks(): Promise<Map<number, number>>;
  /**
   * Registers the SQL function `held`, true of every row, which waits where a worker is held, until that worker has ended.
   *
   * @param folder which `hold` was called with
   */
  registerHeld(folder: string): Promise<void>;
}

const MEMORY = { SPARK_DAEMON_MEMORY: "256m" };
/** Executors of one core each, small, with as many partitions as make work for all. */
const SETTINGS = {
  "spark.ui.enabled": "false",
  "spark.ui.showConsoleProgress": "false",
  "spark.driver.host": "127.0.0.1",
  "spark.driver.bindAddress": "127.0.0.1",
  "spark.driver.memory": "1g",
  "spark.executor.memory": "1g",
  "spark.executor.cores": "1",
  "spark.cores.max": "2",
  // Nothing is asked before both workers are there.
  "spark.scheduler.minRegisteredResourcesRatio": "1.0",
  "spark.scheduler.maxRegisteredResourcesWaitingTime": "600s",
  "spark.sql.session.timeZone": "UTC",
  "spark.sql.shuffle.partitions": "4",
  // It writes each plan down, with all the text that is in it.
  "spark.sql.maxPlanStringLength": "10000",
};

/**
 * Starts a standalone cluster: one master, and two workers of one core.
 *
 * @param python of an environment that has pyspark
 * @param folder for its logs and the work of its executors
 * @throws Error with what a part said that did not start
 */
export async function startSpark(python: string, folder: string): Promise<SparkCluster> {
  mkdirSync(folder, { recursive: true });
  const home = sparkHome(python);
  const env = {
    ...process.env,
    ...MEMORY,
    SPARK_HOME: home,
    SPARK_LOCAL_IP: "127.0.0.1",
    SPARK_LOCAL_DIRS: join(folder, "local"),
    PYSPARK_PYTHON: python,
    PYTHONDONTWRITEBYTECODE: "1",
    TZ: "UTC",
  };
  const [port, page, ...others] = (await freePorts(6)) as [number, number, ...number[]];
  const started: ChildProcess[] = [];
  const drivers: Runner[] = [];
  const stop = async () => {
    for (const driver of drivers) await driver.stop();
    for (const child of started.toReversed()) await killed(child);
  };
  const start = (name: string, args: readonly string[]) => {
    const log = openSync(join(folder, `${name}.log`), "a");
    const child = spawnBound(join(home, "bin/spark-class"), args, {
      stdio: ["ignore", log, log],
      env,
      cwd: folder,
    });
    closeSync(log);
    started.push(child);
    return child;
  };
  const waiting = (child: ChildProcess, name: string) => () =>
    child.exitCode === null && child.signalCode === null
      ? undefined
      : new Error(
          `Spark's ${name} ended. ${readFileSync(join(folder, `${name}.log`), "utf8").slice(-4_000)}`,
        );
  try {
    const at = ["--host", "127.0.0.1", "--port"];
    const master = start("master", [
      "org.apache.spark.deploy.master.Master",
      ...at,
      `${port}`,
      "--webui-port",
      `${page}`,
    ]);
    await until(() => aliveWorkers(page).then((count) => count !== undefined), waiting(master, "master"));
    const address = `spark://127.0.0.1:${port}`;
    const workers: (SparkWorker & { readonly page: number })[] = [];
    for (const i of [0, 1]) {
      const [own, ownPage] = [others[2 * i]!, others[2 * i + 1]!];
      const name = `worker-${i}`;
      const work = join(folder, name);
      const size = ["--cores", "1", "--memory", "1500m", "--work-dir", work, "--webui-port", `${ownPage}`];
      const child = start(name, ["org.apache.spark.deploy.worker.Worker", ...at, `${own}`, ...size, address]);
      workers.push({ pid: child.pid!, folder: work, page: ownPage, kill: () => killed(child) });
    }
    for (const [i, child] of started.slice(1).entries())
      await until(async () => ((await aliveWorkers(page)) ?? 0) > i, waiting(child, `worker-${i}`));
    const driver = async (settings: Readonly<Record<string, string>> = {}): Promise<SparkDriver> => {
      const given = JSON.stringify({ ...SETTINGS, ...settings });
      const log = join(folder, `driver-${drivers.length}.log`);
      const runner = await startRunner(python, [script, address, given], { log, env, cwd: folder });
      drivers.push(runner);
      return {
        ...runner,
        tasks: () => tasksOf(runner, workers),
        registerHeld: async (held) => void (await runner.ask({ do: "hold", folder: held })),
      };
    };
    return { master: address, workers, driver, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sparkHome(python: string): string {
  const found = spawnSync(python, ["-c", "import pyspark; print(pyspark.__path__[0])"], { encoding: "utf8" });
  if (found.status === 0) return found.stdout.trim();
  throw new Error(`${python} has no pyspark. ${found.error?.message ?? found.stderr}`);
}

/** How many workers the master has; `undefined` while it does not answer. */
async function aliveWorkers(page: number): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${page}/json/`).catch(() => undefined);
  // Its server is up before that page is, and answers with another.
  const said = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
  return (said as { aliveworkers: number } | undefined)?.aliveworkers;
}

async function tasksOf(
  runner: Runner,
  workers: readonly { readonly pid: number; readonly page: number }[],
): Promise<Map<number, number>> {
  const { executors } = (await runner.ask({ do: "executors" })) as {
    executors: readonly { tasks: number; log: string }[];
  };
  const found = new Map<number, number>();
  for (const { tasks, log } of executors) {
    const worker = workers.find(({ page }) => log.includes(`:${page}/`));
    if (!worker) throw new Error(`An executor is of no worker of the cluster: ${log}`);
    found.set(worker.pid, (found.get(worker.pid) ?? 0) + tasks);
  }
  return found;
}

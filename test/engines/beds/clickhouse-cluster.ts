import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from "@clickhouse/client";
import { freePorts, killed, spawnBound, until } from "../../own-process.js";
import { installPackage } from "./npm-package.js";

const script = fileURLToPath(new URL("clickhouse_server.py", import.meta.url));

/** The first versions of chdb that listen, as `clickhouse local` does: its library is a whole server. */
const LIBRARY = { name: "@chdb/lib-linux-x64-gnu", version: "26.7.3-stable.1" };

const NAME = "tests";

/** Servers of ClickHouse that know each other, each a process of its own, on loopback. */
export interface ClickHouseCluster {
  /** As their configuration names it: each of them is a shard of it. */
  readonly name: string;
  readonly servers: readonly ClickHouseServer[];
  /** Ends all of its processes. */
  stop(): Promise<void>;
}

export interface ClickHouseServer {
  /** Asks it. `settings` are its own, as a user's profile has them. */
  client(settings?: ClickHouseSettings): ClickHouseClient;
  kill(): Promise<void>;
}

/**
 * Gets the library out of npm's registry and starts the servers.
 *
 * @param folder for the library, and what the servers leave
 * @param configs what each server's configuration says besides, as XML
 * @throws Error with what a server said that did not start
 */
export async function startClickhouseCluster(
  python: string,
  folder: string,
  configs: readonly string[],
): Promise<ClickHouseCluster> {
  const library = installedLibrary(join(folder, "library"));
  const ports = await freePorts(2 * configs.length);
  const shards = ports
    .slice(configs.length)
    .map((port) => `<shard><replica><host>127.0.0.1</host><port>${port}</port></replica></shard>`);
  const known = `<remote_servers><${NAME}>${shards.join("")}</${NAME}></remote_servers>`;
  const servers: ClickHouseServer[] = [];
  const stop = async () => {
    for (const server of servers) await server.kill();
  };
  try {
    for (const [i, config] of configs.entries()) {
      const place = mkdtempSync(join(folder, `server-${i}-`));
      writeFileSync(join(place, "config.xml"), `<clickhouse>${config}${known}</clickhouse>`);
      const [http, tcp] = [ports[i]!, ports[configs.length + i]!];
      servers.push(await startServer(python, library, place, { http, tcp }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: NAME, servers, stop };
}

/** Gets it once. */
function installedLibrary(folder: string): string {
  const { name, version } = LIBRARY;
  const library = join(folder, "node_modules", name, "libchdb.so");
  if (existsSync(library)) return library;
  installPackage(folder, `${name}@${version}`);
  return library;
}

/** It serves as long as its statement runs. */
const SERVING =
  "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) FROM system.numbers SETTINGS max_block_size=1 FORMAT Null";

async function startServer(
  python: string,
  library: string,
  place: string,
  ports: { readonly http: number; readonly tcp: number },
): Promise<ClickHouseServer> {
  const log = join(place, "server.log");
  const out = openSync(log, "a");
  const options = [
    `--config-file=${join(place, "config.xml")}`,
    `--path=${join(place, "store")}`,
    "--listen_host=127.0.0.1",
    `--http_port=${ports.http}`,
    `--tcp_port=${ports.tcp}`,
  ];
  const child: ChildProcess = spawnBound(
    python,
    [script, library, "--multiquery", ...options, `--query=${SERVING}`],
    {
      stdio: ["ignore", out, out],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", TZ: "UTC" },
      cwd: place,
    },
  );
  closeSync(out);
  const clients: ClickHouseClient[] = [];
  const kill = async () => {
    for (const client of clients) await client.close();
    await killed(child);
  };
  const url = `http://127.0.0.1:${ports.http}`;
  try {
    await until(
      () =>
        fetch(`${url}/ping`).then(
          ({ ok }) => ok,
          () => false,
        ),
      () =>
        child.exitCode === null && child.signalCode === null
          ? undefined
          : new Error(`A server of ClickHouse ended. ${readFileSync(log, "utf8").slice(-4_000)}`),
    );
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    client(settings = {}) {
      const client = createClient({
        url,
        request_timeout: 600_000,
        clickhouse_settings: settings,
        log: { level: ClickHouseLogLevel.OFF },
      });
      clients.push(client);
      return client;
    },
    kill,
  };
}

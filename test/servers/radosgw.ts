import { type ChildProcess, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, killed, spawnBound } from "../own-process.js";

/** A server of S3 that runs, with one empty bucket. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Ends its processes, and removes its folder. */
  stop(): Promise<void>;
}

const NEEDED = [
  "ceph-authtool",
  "monmaptool",
  "ceph-mon",
  "ceph-osd",
  "ceph",
  "radosgw",
  "radosgw-admin",
  "setpriv",
];

/**
 * Starts Debian's radosgw (Ceph's gateway for S3) with the least that it needs: a monitor and one store in memory, all on
 * loopback, in a folder that goes away with them. It takes about three seconds and 250 MB.
 *
 * @throws Error that says what is missing, or what a part said that did not start
 */
export async function startRadosgw(): Promise<S3Server> {
  const missing = NEEDED.filter((command) => spawnSync("which", [command]).status !== 0);
  if (missing.length > 0)
    throw new Error(
      `${missing.join(", ")} not found; on Debian or Ubuntu, test/servers/install-radosgw.sh installs what the server needs (radosgw, ceph-mon, ceph-osd, ceph-common).`,
    );
  const folder = mkdtempSync(join(tmpdir(), "bronzestore-radosgw-"));
  const started: ChildProcess[] = [];
  const stop = async () => {
    process.off("exit", killAll);
    // The gateway first: the others would make it wait.
    for (const child of started.toReversed()) await killed(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const killAll = () => {
    for (const child of started) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", killAll);
  try {
    const own = await start(folder, started);
    return { ...own, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(folder: string, started: ChildProcess[]) {
  for (const name of ["mon", "osd", "rgw", "run", "log", "mgr"]) mkdirSync(join(folder, name));
  const [port, monitorPort] = await freePorts(2);
  const cluster = randomUUID();
  const config = join(folder, "ceph.conf");
  writeFileSync(config, configOf(folder, cluster, port!, monitorPort!));
  const within = { folder, config };

  const keyring = join(folder, "keyring");
  const keys: readonly (readonly [name: string, ...caps: string[]])[] = [
    ["mon.", "mon"],
    ["client.admin", "mon", "osd", "mgr"],
    ["client.rgw", "mon", "osd"],
    ["osd.0", "mon", "osd", "mgr"],
  ];
  for (const [i, [name, ...caps]] of keys.entries()) {
    const allowed = caps.flatMap((cap) => ["--cap", cap, "allow *"]);
    const first = i === 0 ? ["--create-keyring"] : [];
    run(within, "ceph-authtool", [...first, keyring, "--gen-key", "-n", name, ...allowed]);
  }
  const map = join(folder, "monmap");
  const address = `[v2:127.0.0.1:${monitorPort}]`;
  run(within, "monmaptool", ["--create", "--clobber", "--fsid", cluster, "--addv", "a", address, map]);
  run(within, "ceph-mon", ["--mkfs", "-i", "a", "--monmap", map, "--keyring", keyring]);
  const monitor = spawned(within, started, "ceph-mon", ["-f", "-i", "a"]);
  await until(within, monitor, () => asked(within, ["--connect-timeout", "2", "-s"]) !== undefined);

  const store = randomUUID();
  run(within, "ceph", ["osd", "new", store]);
  run(within, "ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", store]);
  const disk = spawned(within, started, "ceph-osd", ["-f", "-i", "0"]);
  await until(within, disk, () => asked(within, ["osd", "stat"])?.includes("1 up") === true);

  const endpoint = `http://127.0.0.1:${port}`;
  const gateway = spawned(within, started, "radosgw", ["-f", "-n", "client.rgw"]);
  await until(within, gateway, async () => (await fetch(endpoint).catch(() => undefined))?.ok === true);
  const [accessKeyId, secretAccessKey] = [randomUUID(), randomUUID()];
  const user = [
    "--uid=tests",
    "--display-name=tests",
    `--access-key=${accessKeyId}`,
    `--secret-key=${secretAccessKey}`,
  ];
  run(within, "radosgw-admin", ["-n", "client.rgw", "user", "create", ...user, "--max-buckets=0"]);
  return { endpoint, accessKeyId, secretAccessKey };
}

interface Within {
  readonly folder: string;
  readonly config: string;
}

function run({ config }: Within, command: string, args: readonly string[]): string {
  const done = spawnSync(command, ["-c", config, ...args], { encoding: "utf8", timeout: 120_000 });
  if (done.status === 0) return done.stdout;
  const said = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().slice(-4_000);
  throw new Error(`${command} ${args.join(" ")} failed (${done.status ?? done.signal}). ${said}`);
}

function asked({ config }: Within, args: readonly string[]): string | undefined {
  const done = spawnSync("ceph", ["-c", config, ...args], { encoding: "utf8", timeout: 30_000 });
  return done.status === 0 ? done.stdout : undefined;
}

function spawned(
  { folder, config }: Within,
  started: ChildProcess[],
  command: string,
  args: readonly string[],
) {
  const out = openSync(join(folder, "log", `${command}.out`), "a");
  const child = spawnBound(command, [...args, "-c", config], { stdio: ["ignore", out, out] });
  started.push(child);
  return { child, command };
}

/** Waits until something holds, or the process has ended. */
async function until(
  { folder }: Within,
  { child, command }: { readonly child: ChildProcess; readonly command: string },
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await holds())) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const said = readFileSync(join(folder, "log", `${command}.out`), "utf8").slice(-4_000);
      throw new Error(`${command} ended (${child.exitCode ?? child.signalCode}). ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function configOf(folder: string, cluster: string, port: number, monitorPort: number): string {
  return `
[global]
fsid = ${cluster}
mon host = [v2:127.0.0.1:${monitorPort}/0]
ms bind ipv6 = false
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${folder}/keyring
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
mon cluster log file = ${folder}/log/cluster.log
crash dir = ${folder}/run
mgr data = ${folder}/mgr
mon data avail crit = 1
mon data avail warn = 2
paxos propose interval = 0.05
paxos min wait = 0.01
mon max pg per osd = 1000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[mon.a]
mon data = ${folder}/mon
[osd.0]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
osd class default list = *
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw data = ${folder}/rgw
rgw enable apis = s3
rgw enable usage log = false
rgw enable ops log = false
rgw thread pool size = 64
`;
}

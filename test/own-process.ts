import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createServer } from "node:net";

/** A process that ends with this one, even where this one is killed: the kernel sees to it (`setpriv`, of Linux). */
export function spawnBound(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], options);
}

/** Kills a process, and waits until it has ended. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await over;
}

/** Ports of loopback that nobody has; held open together, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Waits until something holds.
 *
 * @throws Error of `ended` where it gives one: what was waited for cannot come any more
 */
export async function until<T>(
  holds: () => T | undefined | false | Promise<T | undefined | false>,
  ended: () => Error | undefined,
): Promise<T> {
  for (;;) {
    const found = await holds();
    if (found !== undefined && found !== false) return found;
    const error = ended();
    if (error) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

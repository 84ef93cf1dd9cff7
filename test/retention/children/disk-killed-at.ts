import type { LockingStorage, Locks } from "bronzestore";
import { type DiskCalls, nodeDiskCalls } from "../../../src/storage/local/disk-calls.js";
import { localDiskOver } from "../../../src/storage/local/local-disk.js";

const CHANGING = new Set(["open", "write", "fsync", "link", "rename", "unlink", "mkdir"]);

/** A disk on which this process kills itself with SIGKILL just before its nth system call that changes something. */
export function diskKilledAt(root: string, n: number): { storage: LockingStorage; calls(): number } {
  let count = 0;
  const calls = Object.fromEntries(
    Object.entries(nodeDiskCalls).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
      name,
      (...args: unknown[]) => {
        if (CHANGING.has(name) && ++count === n) process.kill(process.pid, "SIGKILL");
        return call(...args);
      },
    ]),
  ) as unknown as DiskCalls;
  const disk = localDiskOver(calls, root);
  // However busy the machine is: nobody here gives up.
  const lock: Locks["lock"] = (path, options) => disk.locks.lock(path, { waitMs: 3_600_000, ...options });
  return { storage: { ...disk, locks: { lock } }, calls: () => count };
}

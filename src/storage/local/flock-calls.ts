import { requireFromHere } from "../../lazy-module.js";

/**
 * One way to ask the kernel for an exclusive `flock` on an open file. The lock belongs to the open file description, so
 * any process that shares the descriptor can take it. It is released when the last copy is closed, which the kernel
 * does for a process that dies.
 */
export interface FlockCalls {
  readonly name: string;
  /** `false` when another process or call holds it; rejects when this file cannot be locked at all. */
  tryLock(fd: number): Promise<boolean>;
  unlock(fd: number): void;
}

/**
 * The best way on this machine: koffi, otherwise the `flock` command. There is no weaker third: locks made of files are
 * invisible to `flock(1)` and outlive their holder.
 */
export const defaultFlockCalls = flockCallsOf(flockByKoffi);

/**
 * Tries koffi until it loads, then keeps it. A failure is not remembered: it may be temporary (no descriptor free for
 * its file), and trying again costs less than the command.
 */
export function flockCallsOf(byKoffi: () => FlockCalls | undefined): () => FlockCalls {
  let found: FlockCalls | undefined;
  return () => {
    found ??= byKoffi();
    return found ?? flockByCommand();
  };
}

type ChildProcess = typeof import("node:child_process");

/** `flock(2)` itself, called in this process; `undefined` where koffi or the function is missing. */
export function flockByKoffi(): FlockCalls | undefined {
  const libc = loadFlock();
  if (libc === undefined) return undefined;
  const { koffi, flock } = libc;
  const { EWOULDBLOCK, EAGAIN, EINTR } = koffi.os.errno;
  return {
    name: "flock(2)",
    async tryLock(fd) {
      for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
        const errno = koffi.errno();
        if (errno === EWOULDBLOCK || errno === EAGAIN) return false;
        if (errno !== EINTR) throw new Error(`flock(2) failed with ${errnoName(koffi.os.errno, errno)}`);
      }
    },
    unlock: (fd) => void flock(fd, LOCK_UN),
  };
}

/**
 * `flock(1)` on a descriptor it inherits from us: it locks the file description that both share, so we still hold the
 * lock when the command has ended.
 */
export function flockByCommand(command = "flock"): FlockCalls {
  return {
    name: "flock(1)",
    tryLock: (fd) =>
      new Promise((resolve, reject) => {
        const { spawn } = requireFromHere("node:child_process") as ChildProcess;
        const child = spawn(command, ["-x", "-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
        child.on("error", reject);
        child.on("exit", (code, signal) => {
          if (code === 0) resolve(true);
          else if (code === 1) resolve(false);
          else reject(new Error(`${command} ended with ${signal ?? `exit code ${code}`}`));
        });
      }),
    unlock: () => {}, // closing the descriptor unlocks
  };
}

const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

/** glibc and musl are already loaded; the names are for systems where that is not enough. */
const LIBRARIES = [null, "libc.so.6", "libc.so", "libc.dylib"];

function loadFlock() {
  try {
    // Loaded here and not at the top: without locks no native code is needed.
    const koffi = requireFromHere("koffi") as typeof import("koffi");
    for (const library of LIBRARIES) {
      try {
        const flock = koffi.load(library).func("int flock(int fd, int operation)");
        return { koffi, flock: flock as (fd: number, operation: number) => number };
      } catch {
        // the next library may have it
      }
    }
  } catch {
    // no koffi for this platform: the command is tried next
  }
  return undefined;
}

function errnoName(names: Readonly<Record<string, number>>, errno: number): string {
  return Object.keys(names).find((name) => names[name] === errno) ?? `errno ${errno}`;
}

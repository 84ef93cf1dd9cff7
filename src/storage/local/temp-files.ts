import { readFileSync, readlinkSync } from "node:fs";
import { randomHex, sha256 } from "../../digest.js";
import { systemCode } from "../storage-error.js";
import type { DiskCalls } from "./disk-calls.js";

/** `.<file>.<pid>-<system>-<random>.tmp`; without `<system>` where that is unknown, and always in 0.1. */
const TEMP_NAME = /^\..+\.(\d+)-(?:([0-9a-f]{8})-)?[0-9a-f]{12}\.tmp$/su;

/** Whether a name is one that writers give their temp files: nobody else makes such names by chance. */
export function isTempName(name: string): boolean {
  return TEMP_NAME.test(name);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Hidden, names its writer, and is short enough for a file name of any length. */
export function tempName(name: string): string {
  const start = [...name].slice(0, 48).join("");
  const system = thisSystem();
  return `.${start}.${process.pid}-${system === undefined ? "" : `${system}-`}${randomHex(6)}.tmp`;
}

/**
 * Removes what killed writers left in a folder: temp files whose process is gone, and those that are a day older than
 * the folder's last change (both times are the disk's own). A process is known to be gone only where its number means
 * the same as here: this boot of this machine, this container. Best effort: what cannot be removed is invisible to
 * readers anyway. A writer that slept for a day finds its temp file gone and fails; nothing of it was acknowledged.
 */
export async function sweepTemps(calls: DiskCalls, folder: string): Promise<void> {
  try {
    for (const { name } of calls.readdirSync(folder)) {
      const [, pid, system] = TEMP_NAME.exec(name) ?? [];
      if (pid === undefined) continue;
      const file = `${folder}/${name}`;
      if (isGone(Number(pid), system) || isOld(calls, file, folder)) await calls.unlink(file);
    }
  } catch {
    // The next writer of the folder will try again.
  }
}

function isGone(pid: number, system: string | undefined): boolean {
  if (system === undefined || system !== thisSystem()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
}

function isOld(calls: DiskCalls, file: string, folder: string): boolean {
  const temp = calls.lstatSync(file);
  const now = calls.statSync(folder);
  return temp !== undefined && now !== undefined && temp.isFile() && now.mtimeMs - temp.mtimeMs > DAY_MS;
}

/** Where process numbers are comparable: a boot of a machine, and the container within it. */
function thisSystem(): string | undefined {
  system ??= findSystem(); // a failure may be temporary, so only a result is kept
  return system;
}

let system: string | undefined;

function findSystem(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return sha256(`${boot} ${readlinkSync("/proc/self/ns/pid")}`).slice(0, 8);
  } catch {
    return undefined;
  }
}

import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";

/** System errors for a temporary lack of something: the same call may work later. */
const PASSING = new Set(["EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "EINTR", "EBUSY"]);

/** Whether a failure says nothing about the next attempt. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(systemCode(error) ?? "");
}

/** A path as the user wrote it, and the storage it belongs to: what a message needs. */
export interface Place {
  readonly path: string;
  /** The storage's description. */
  readonly where: string;
}

/** The system's code for the failure: `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** `NOT_FOUND` for a file. */
export function notFound({ path, where }: Place): BronzeError {
  return new BronzeError(
    "NOT_FOUND",
    `There is no file "${path}" on ${where}; list its folder to see what there is`,
    { path, where },
  );
}

/** `NOT_FOUND` for the version of a file that was opened: whoever planned on it plans again, as for a file that went away. */
export function versionGone({ path, where }: Place): BronzeError {
  return new BronzeError(
    "NOT_FOUND",
    `"${path}" on ${where} was changed or removed while it was read; read it again`,
    { path, where, cause: "CHANGED" },
  );
}

/** A range as `OpenedVersion` has it. @throws BronzeError `INVALID_ARGUMENT` */
export function assertRange({ path, where }: Place, sizeBytes: number, start: number, end: number): void {
  const isIn =
    Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= sizeBytes;
  if (isIn) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `"${path}" on ${where} has ${sizeBytes} bytes, and no range from ${shown(start)} to ${shown(end)}; give whole numbers, 0 <= start <= end <= size`,
    { path, where, sizeBytes, start: shown(start), end: shown(end) },
  );
}

/** `NOT_A_FILE`, naming what is there instead. */
export function notAFile({ path, where }: Place, found: string, wanted: string): BronzeError {
  return new BronzeError(
    "NOT_A_FILE",
    `"${path}" on ${where} is ${found}, not ${wanted}; choose another path or move it away`,
    { path, where, found, wanted },
  );
}

/** `NOT_A_LOCK`, naming what is there instead. */
export function notALock({ path, where }: Place, found: string): BronzeError {
  return new BronzeError(
    "NOT_A_LOCK",
    `"${path}" on ${where} is ${found}, not a lock file, and was left as it is; name another path, or remove it if it is not needed`,
    { path, where, found },
  );
}

/** What is known about a lock that is held elsewhere. */
interface HeldLock extends Place {
  /** How long the caller waited for it. */
  readonly waitMs: number;
  /** How the holder describes itself. */
  readonly holder?: string;
  /** The kind of holder, for the message. */
  readonly by: string;
}

/** `LOCK_HELD`; `remedy` says what can be done, in terms of the call that the user made. */
export function lockHeld(held: HeldLock, remedy = "let the holder finish, then do it again"): BronzeError {
  const { path, where, waitMs, by } = held;
  const still = waitMs > 0 ? `, still after ${waitMs} ms` : "";
  return new BronzeError("LOCK_HELD", `The lock "${path}" on ${where} is held by ${by}${still}; ${remedy}`, {
    ...held,
  });
}

/** The same `LOCK_HELD` with another caller's remedy. */
export function sayRemedy(error: BronzeError, remedy: string): BronzeError {
  const { path, where, waitMs, holder, by } = error.details as Readonly<Record<keyof HeldLock, unknown>>;
  // Another storage may give fewer details.
  if (typeof path !== "string" || typeof where !== "string" || typeof by !== "string") return error;
  const known = { path, where, by, waitMs: Number(waitMs) };
  return lockHeld(typeof holder === "string" ? { ...known, holder } : known, remedy);
}

/** The remedy if the wait was passed to `Storage.lock` itself. */
export function remedyOf(waitMs: number | undefined): string | undefined {
  return waitMs === undefined ? undefined : "wait longer with waitMs, or let the holder finish";
}

/** `STORAGE_FAILED` with the system's code; a `BronzeError` stays as it is. */
export function storageFailed(error: unknown, { path, where }: Place, action: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const cause = systemCode(error) ?? "unknown";
  const remedy = REMEDIES[cause] ?? "check the disk and its permissions, then do it again";
  const said = error instanceof Error ? error.message : String(error);
  return new BronzeError(
    "STORAGE_FAILED",
    `Could not ${action} "${path}" on ${where}: ${said}; ${remedy}`,
    { path, where, action, cause },
    { cause: error },
  );
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "free some space, then do it again",
  EDQUOT: "free some of your quota, then do it again",
  EACCES: "give this user access to it",
  EPERM: "give this user access to it",
  EROFS: "the disk is mounted read-only",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "wait until the machine has fewer files open",
};

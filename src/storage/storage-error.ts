import { BronzeError } from "../errors.js";

/** A path as the user wrote it, and the storage it belongs to: what a message needs. */
export interface Place {
  readonly path: string;
  /** The storage's description. */
  readonly where: string;
}

/** The system's own word for what went wrong: `ENOSPC`. */
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

/** `NOT_A_FILE`, saying what is there instead. */
export function notAFile({ path, where }: Place, found: string, wanted: string): BronzeError {
  return new BronzeError(
    "NOT_A_FILE",
    `"${path}" on ${where} is ${found}, not ${wanted}; choose another path or move it away`,
    { path, where, found, wanted },
  );
}

/** `STORAGE_FAILED` with the system's code; an error that is ours already stays what it is. */
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
};

import { isBronzeError } from "../errors.js";
import { isTempName, mapReads, type Storage } from "../storage/index.js";
import { check, type Examined, type Finding } from "./finding.js";

const DAY_MS = 24 * 60 * 60 * 1000;

interface TempFilesOptions {
  readonly fix: boolean;
  readonly nowNs: bigint;
  /** Folders that were not looked into. */
  readonly leftOut: readonly string[];
}

/**
 * Temp files that killed writers left, anywhere below the root. Only a file whose name is exactly that of a temp file of
 * this library, and that has not changed for more than 24 hours by the doctor's clock, is found, and removed where asked:
 * a younger one may belong to a write under way. No reader ever sees either.
 */
export async function examineTempFiles(
  storage: Storage,
  files: readonly string[],
  { fix, nowNs, leftOut }: TempFilesOptions,
): Promise<Examined> {
  const temps = files.filter((path) => isTempName(nameOf(path)));
  const nowMs = Number(nowNs / 1_000_000n);
  const isOld = async (path: string, storage: Pick<Storage, "stat">) => {
    const stat = await storage.stat(path);
    return stat !== undefined && nowMs - stat.modifiedMs > DAY_MS ? stat : undefined;
  };
  const stats = await mapReads(storage, temps, (storage, path) => isOld(path, storage));
  const findings: Finding[] = [];
  for (const [i, path] of temps.entries()) {
    const stat = stats[i];
    if (!stat) continue;
    const changed = new Date(stat.modifiedMs).toISOString();
    let done: string | null = null;
    // Looked at again: a write may have begun under this name since.
    if (fix && (await isOld(path, storage))) done = await removed(storage, path);
    findings.push({
      code: "temp-file",
      path,
      what: `A writer that was killed left it, unchanged since ${changed}; ${stat.sizeBytes} bytes.`,
      todo: "Remove it: no reader ever sees it, and nothing in it was acknowledged.",
      fix: "safe",
      done,
    });
  }
  const young = temps.length - findings.length;
  const notes = [
    ...(young === 0 ? [] : [`${young} temp files are younger than a day: a write may be under way`]),
    ...(leftOut.length === 0 ? [] : [`not looked into, for it is of tools: ${leftOut.join(", ")}`]),
  ];
  const note = notes.length === 0 ? null : notes.join("; ");
  return { findings, checks: [check("temp files, among all files", files.length, note)] };
}

/** One that cannot be removed stays a finding. */
async function removed(storage: Storage, path: string): Promise<string | null> {
  try {
    return (await storage.remove(path)) ? "removed" : "gone already";
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return null;
  }
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

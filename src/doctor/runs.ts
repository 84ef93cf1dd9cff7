import { isBronzeError } from "../errors.js";
import { isRunId, markRun, parsePointer, pointerKind, readPrunedDay, readRunRecord } from "../run/index.js";
import { mapReads, type Reading, readIfThere, type Storage } from "../storage/index.js";
import { check, type Examined, type Finding, manual, unreadable } from "./finding.js";
import { nameOf } from "./temp-files.js";

/** Pointers are small; what is larger is somebody's data. */
const MOST_POINTER_BYTES = 256 * 1024;
const PRUNED_DAY = /^runs\/[^/]+\/_retention\.json$/;
const RUN_FILE = /^runs\/[^/]+\/([^/]+)\.json$/;

interface Terms {
  readonly fix: boolean;
  readonly nowNs: bigint;
}

/** Run files, and pointers to runs, which may lie anywhere. */
export async function examineRuns(storage: Storage, all: readonly string[], terms: Terms): Promise<Examined> {
  const records = all.filter((path) => isRunId(RUN_FILE.exec(path)?.[1] ?? ""));
  const ids = new Set(records.map((path) => RUN_FILE.exec(path)![1]!));
  const looks = await mapReads(storage, records, (storage, path) => lookAtRun(storage, path));
  const findings: Finding[] = looks.flatMap(({ finding }) => finding ?? []);
  let untold = 0;
  // One after the other: several may have had one lock.
  for (const { path, lock } of looks.flatMap(({ running }) => running ?? [])) {
    const found = await examineRunning(storage, path, lock, terms);
    if (found === "cannot tell") untold++;
    else findings.push(...found);
  }
  const pointers = await examinePointers(storage, all, ids);
  const states = all.filter((path) => PRUNED_DAY.test(path));
  const damaged = await mapReads(storage, states, (storage, path) => lookAtPrunedDay(storage, path));
  return {
    findings: [...findings, ...damaged.flatMap((finding) => finding ?? []), ...pointers.findings],
    checks: [
      check(
        "run files",
        records.length,
        untold === 0 ? null : `${untold} say that they are running, and their locks cannot be asked`,
      ),
      ...(states.length === 0 ? [] : [check("days whose runs were pruned", states.length)]),
      ...pointers.checks,
    ],
  };
}

/** Which runs of a day were pruned is said in one place. */
async function lookAtPrunedDay(storage: Reading, path: string): Promise<Finding | undefined> {
  try {
    await readPrunedDay(storage, path.slice(0, path.lastIndexOf("/")));
    return undefined;
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return manual("retention-state", path, error.message, "Restore it.");
  }
}

interface RunLook {
  readonly finding?: Finding;
  readonly running?: { readonly path: string; readonly lock: string };
}

async function lookAtRun(storage: Reading, path: string): Promise<RunLook> {
  try {
    const { status, lock } = await readRunRecord(storage, path);
    return status === "running" ? { running: { path, lock } } : {};
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return { finding: manual("unreadable-run", path, error.message, "Restore it, or move it away.") };
  }
}

/**
 * A run that says it is running holds its lock while it does. The lock is asked for without waiting, and given back as it
 * was found, so that the next run still learns from it who died.
 */
async function examineRunning(
  storage: Storage,
  path: string,
  lock: string,
  { fix, nowNs }: Terms,
): Promise<Finding[] | "cannot tell"> {
  if (!storage.locks) return "cannot tell";
  try {
    const held = await storage.locks.lock(lock, { waitMs: 0 });
    try {
      const done =
        fix && (await isMarked(storage, path, { lock, now: nowNs })) ? "marked as abandoned" : null;
      return [
        {
          code: "abandoned-run",
          path,
          what: `It says that it is running, but nobody holds its lock ${lock}: its process died.`,
          todo: "Mark it as abandoned; the next run that takes the lock does so too.",
          fix: "safe",
          done,
        },
      ];
    } finally {
      await held.release({ unsettled: true });
    }
  } catch (error) {
    if (isBronzeError(error, "LOCK_HELD")) return [];
    if (isBronzeError(error)) return "cannot tell";
    throw error;
  }
}

/** One that cannot be marked stays a finding. */
async function isMarked(...run: Parameters<typeof markRun>): Promise<boolean> {
  try {
    return await markRun(...run);
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return false;
  }
}

async function examinePointers(
  storage: Storage,
  all: readonly string[],
  ids: ReadonlySet<string>,
): Promise<Examined> {
  const candidates = all.filter(
    (path) => path.endsWith(".json") && !/^(runs|gold|\.trash|bronze\/_gold)\//.test(path),
  );
  const looks = await mapReads(storage, candidates, (storage, path) => lookAtPointer(storage, path, ids));
  const seen = looks.filter((look) => look !== undefined);
  const foreign = seen.filter((look) => look === "foreign").length;
  return {
    findings: seen.flatMap((look) => (typeof look === "string" ? [] : look)),
    checks: [
      check(
        "pointers",
        seen.length,
        foreign === 0 ? null : `${foreign} name runs of other programs, whose run files are not known`,
      ),
    ],
  };
}

/** `undefined` for a file that is no pointer. */
async function lookAtPointer(
  storage: Reading,
  path: string,
  ids: ReadonlySet<string>,
): Promise<Finding | "fine" | "foreign" | undefined> {
  const bytes = await smallFile(storage, path);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const isNamed = nameOf(path) === "latest_run.json";
  const kind = pointerKind(new TextDecoder().decode(bytes));
  if (!isNamed && kind === undefined) return undefined;
  try {
    const { run_id } = parsePointer(bytes, path, undefined);
    if (!isRunId(run_id)) return "foreign";
    if (ids.has(run_id)) return "fine";
    return manual(
      "pointer-without-run",
      path,
      `It names run ${run_id}, which has no file below runs/.`,
      "Restore the run's file, or write the pointer anew with { force: true }.",
    );
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    if (!isNamed && kind === "unsealed") return undefined;
    return manual(
      "unreadable-pointer",
      path,
      error.message,
      "Restore it, or write it anew with { force: true }.",
    );
  }
}

/** The bytes of a file that is no larger than pointers are; a finding where it cannot be read. */
async function smallFile(storage: Reading, path: string): Promise<Uint8Array | Finding | undefined> {
  try {
    const stat = await storage.stat(path);
    return stat && stat.sizeBytes <= MOST_POINTER_BYTES ? await readIfThere(storage, path) : undefined;
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return unreadable(path, error.message);
  }
}

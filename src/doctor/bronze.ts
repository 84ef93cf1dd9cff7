import {
  assertOwnDays,
  type DayFile,
  dayFileOf,
  foundUnits,
  frameOf,
  listUnit,
  openParts,
  parseRecord,
  recordPath,
  registeredGold,
  TRASH,
  trashRecords,
  type Unit,
  whyUnreachable,
} from "../bronze/index.js";
import type { AnyDataset } from "../dataset/index.js";
import { type BronzeError, isBronzeError } from "../errors.js";
import { parseRunTrash, runTrashPath } from "../run/index.js";
import { counted } from "../shown.js";
import { isDataName, isTempName, mapReads, type Reading, type Storage } from "../storage/index.js";
import { openParquet, type ParquetFile } from "../table/index.js";
import { examineState, type StateRepairs } from "./day-state.js";
import { check, type Examined, type Finding, manual, unreadable } from "./finding.js";
import { nameOf } from "./temp-files.js";

const RESTORE =
  "Restore it from a copy; nothing reads over it in silence, so questions about its day are refused.";

/** What lies in the folder of one dataset. */
export async function examineDataset(
  storage: Storage,
  dataset: AnyDataset,
  all: readonly string[],
  repairs: StateRepairs,
): Promise<Examined> {
  const { folder } = dataset;
  const names = all.filter((path) => path.startsWith(`${folder}/`) && isVisible(path.slice(folder.length)));
  const files = names.flatMap((path) => dayFileOf(dataset, path) ?? []);
  const reached = new Set(files.map(({ path }) => path));
  const others = names.filter((path) => !reached.has(path));
  const units = await unitsIn(storage, dataset);
  const faulty = await mapReads(storage, files, (storage, file) => faultOf(storage, dataset, file));
  const moving = await filesToMove(storage);
  const listed = await mapReads(storage, units, (storage, unit) =>
    examineUnit(storage, dataset, unit, moving),
  );
  const days: Finding[][] = [];
  // A state that is made again is written, one after the other.
  for (const [i, unit] of units.entries())
    days.push(await withRepairs(storage, dataset, unit, listed[i]!, moving, repairs));
  return {
    findings: [...others.map((path) => strayOf(dataset, path)), ...days.flat(), ...faulty.flat()],
    checks: [
      check(
        `data files of ${dataset.name}`,
        files.length,
        names.length === 0 ? `nothing is in ${folder}` : null,
      ),
      check(`days of ${dataset.name}`, units.length),
    ],
  };
}

/** A folder that cannot be listed was found on the walk. */
async function unitsIn(storage: Storage, dataset: AnyDataset): Promise<Unit[]> {
  try {
    return await foundUnits(storage, dataset, {});
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return [];
  }
}

/** Names that start with `.` or `_` are never data, and are other checks' concern. */
export function isVisible(path: string): boolean {
  return path
    .split("/")
    .filter((part) => part !== "")
    .every(isDataName);
}

function strayOf(dataset: AnyDataset, path: string): Finding {
  if (!path.endsWith(".parquet"))
    return manual(
      "stray-file",
      path,
      `It lies in the folder of ${dataset.name} and is no data file.`,
      "Move it out of the dataset's folder, or give it a name that starts with _.",
    );
  return manual(
    "unreachable-file",
    path,
    `No question about ${dataset.name} reaches it: ${whyUnreachable(dataset, path)}.`,
    "Move it to where it belongs, or give the dataset the rules its writer used.",
  );
}

/** A file with a checksum is checked when it is opened; of others all columns are decoded. */
async function faultOf(storage: Reading, dataset: AnyDataset, file: DayFile): Promise<Finding[]> {
  const { path } = file;
  try {
    const parquet = openParquet(await storage.read(path), path);
    if (!parquet.checked) for (const name of parquet.columns.keys()) decode(parquet, name);
    return refusalOf(dataset, file, parquet);
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    // Moved by retention since it was listed.
    if (error.code === "NOT_FOUND" || error.code === "UNSUPPORTED_TYPE") return [];
    if (error.code === "STORAGE_FAILED") return [unreadable(path, error.message)];
    return [manual("damaged-file", path, error.message, RESTORE)];
  }
}

/** Why a question about its day would refuse a whole file: it is not what the definition says. */
function refusalOf(dataset: AnyDataset, file: DayFile, parquet: ParquetFile): Finding[] {
  try {
    const opened = openParts(dataset, file, parquet);
    assertOwnDays(dataset, frameOf(dataset, opened), opened);
    return [];
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    if (error.code === "CORRUPT_FILE") throw error;
    return [
      manual(
        "refused-file",
        file.path,
        error.message,
        "Move it to where it belongs, or mend the definition.",
      ),
    ];
  }
}

/** A column of a type that is not kept is no damage. */
function decode(parquet: ParquetFile, name: string): void {
  try {
    parquet.column(name);
  } catch (error) {
    if (!isBronzeError(error, "UNSUPPORTED_TYPE")) throw error;
  }
}

/** What is wrong with a day that can be listed, or why it cannot. */
async function examineUnit(
  storage: Reading,
  dataset: AnyDataset,
  unit: Unit,
  moving: ReadonlySet<string>,
): Promise<Finding[] | BronzeError> {
  try {
    const { ignored } = await listUnit(storage, dataset, unit);
    return ignored
      .filter(({ path }) => dayFileOf(dataset, path))
      .map(({ path, reason }) =>
        manual(
          "unfinished-retention",
          path,
          `Readers pass over it: ${reason}.`,
          moving.has(path)
            ? FINISH
            : "No plan in the trash is about it any more: remove it, or move it away.",
        ),
      );
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return error;
  }
}

const FINISH = "Run apply of Retention again, with any plan: what was begun is finished first.";

/** The files that plans which were begun and not ended will move, or remove; none where a record cannot be read. */
async function filesToMove(storage: Storage): Promise<Set<string>> {
  try {
    const begun = (await trashRecords(storage)).filter(({ finishedAt }) => finishedAt === null);
    const days = begun.flatMap(({ plan }) => plan.days);
    return new Set(days.flatMap(({ remove, outputs }) => [...remove, ...outputs].map(({ path }) => path)));
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return new Set(); // which is a finding of its own
  }
}

/** A day of which a state was made again is looked at again: another of its folders may have lost its own. */
async function withRepairs(
  storage: Storage,
  dataset: AnyDataset,
  unit: Unit,
  listed: Finding[] | BronzeError,
  moving: ReadonlySet<string>,
  repairs: StateRepairs,
): Promise<Finding[]> {
  if (!isBronzeError(listed)) return listed;
  if (listed.code !== "RETENTION_INVALID") {
    const path = typeof listed.details.file === "string" ? listed.details.file : whereOf(dataset, unit);
    return [manual("broken-day", path, listed.message, RESTORE)];
  }
  const finding = await examineState(storage, dataset, listed, repairs);
  if (finding.done === null) return [finding];
  const after = await examineUnit(storage, dataset, unit, moving);
  const isSame = isBronzeError(after) && after.message === listed.message;
  if (isSame) return [{ ...finding, done: null }];
  return [finding, ...(await withRepairs(storage, dataset, unit, after, moving, repairs))];
}

function whereOf({ folder }: AnyDataset, { days }: Unit): string {
  return days ? `${folder} of ${days.from}` : folder;
}

/** The trash, and the gold stores that registered. */
export async function examineRetention(storage: Storage, all: readonly string[]): Promise<Examined> {
  const plans = new Map<string, string[]>();
  for (const path of all) {
    const [top, id, ...rest] = path.split("/");
    if (top !== TRASH || rest.length === 0 || isTempName(nameOf(path))) continue;
    const own = plans.get(id!);
    if (own) own.push(path);
    else plans.set(id!, [path]);
  }
  const findings: Finding[] = [];
  for (const [id, files] of plans) findings.push(...(await examinePlan(storage, id, files)));
  const registrations = all.filter((path) => /^bronze\/_gold\/[^./][^/]*\.json$/.test(path));
  try {
    await registeredGold(storage);
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    findings.push(manual("retention-state", String(error.details.file), error.message, "Restore it."));
  }
  return {
    findings,
    checks: [
      check("plans in the trash", plans.size),
      check("registrations of gold stores", registrations.length),
    ],
  };
}

async function examinePlan(storage: Storage, id: string, files: readonly string[]): Promise<Finding[]> {
  const ofDays = recordPath(id);
  const ofRuns = runTrashPath(id);
  const path = [ofDays, ofRuns].find((record) => files.includes(record));
  if (path === undefined)
    return [
      manual(
        "trash-without-record",
        files[0]!.slice(0, files[0]!.indexOf(id) + id.length),
        `It holds ${counted(files.length, "file")} and no record that says what they are.`,
        "Restore the record from a copy; without it the files can only be looked at.",
      ),
    ];
  try {
    const bytes = await storage.read(path);
    const record = path === ofDays ? parseRecord(bytes, path) : parseRunTrash(bytes, path);
    if (record.finishedAt !== null) return [];
    const what = `The plan was begun at ${record.startedAt} and has not ended.`;
    const whose = path === ofDays ? "Retention" : "RunPruning";
    return [
      manual(
        "unfinished-retention",
        path,
        what,
        `Run apply of ${whose} again, with any plan: what was begun is finished first.`,
      ),
    ];
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    return [manual("retention-state", path, error.message, "Restore it.")];
  }
}

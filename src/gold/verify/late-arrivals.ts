import { type DayFile, filesOf, frameOf, listDays, openDayFile } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { isBronzeError } from "../../errors.js";
import { MAX_IN_FLIGHT, mapConcurrently, readIfThere, type Storage } from "../../storage/index.js";
import { Timeline } from "../../travel/index.js";
import type { GoldContext } from "../manifest/gold-context.js";
import type { ManifestInput } from "../manifest/manifest.js";
import type { InputChecker } from "./check-inputs.js";
import { problemWith, type VerifyProblem } from "./verify-problem.js";

/** Days as manifests read them, with all that do. */
export interface DaysRead<Ask> extends Pick<ManifestInput, "dataset" | "dates" | "prefer" | "include_runs"> {
  readonly asks: readonly Ask[];
}

/** A part that came late for those that do not name it. */
interface LateArrival<Ask> {
  readonly problem: VerifyProblem;
  readonly asks: readonly Ask[];
}

/**
 * What bronze holds now that manifests do not name, and that they would have read. Each file is looked at once, however many reads
 * find it.
 *
 * @param isNamed whether the manifest of an ask names a part
 * @param atOnce how many files are opened at once
 */
export async function* lateArrivals<Ask extends { readonly cutoffNs: bigint }>(
  gold: GoldContext<readonly AnyDataset[]>,
  checker: InputChecker,
  reads: readonly DaysRead<Ask>[],
  { isNamed, atOnce }: { isNamed(path: string, ask: Ask): boolean; readonly atOnce: number },
): AsyncGenerator<LateArrival<Ask>> {
  const { storage } = gold.bronze;
  const looked = new Set<string>();
  const gone = new Set<string>();
  const told = new Set<string>();
  // What is gone since it was listed may be in another file by now: then the days are listed again.
  for (let isAllThere = false; !isAllThere; ) {
    isAllThere = true;
    const beside = new Map<string, { dataset: AnyDataset; file: DayFile; asks: Ask[] }>();
    for (const { asks, ...read } of reads) {
      for (const { file, parts } of await filesNow(gold, checker, read)) {
        const lacking = asks.filter((ask) => !parts.every((path) => isNamed(path, ask)));
        if (lacking.length === 0 || looked.has(file.path)) continue;
        const known = beside.get(file.path);
        if (known) known.asks.push(...lacking);
        else beside.set(file.path, { dataset: gold.bronze.dataset(read.dataset), file, asks: lacking });
      }
    }
    const files = [...beside.values()];
    for (let from = 0; from < files.length; from += atOnce) {
      const late = await mapConcurrently(files.slice(from, from + atOnce), atOnce, async (own) => {
        const { path } = own.file;
        const opened = await openBeside(storage, own.dataset, own.file);
        isAllThere &&= opened !== undefined || gone.has(path);
        (opened ? looked : gone).add(path);
        return opened ? lateIn(opened, own.asks, isNamed) : [];
      });
      for (const arrival of late.flat()) {
        if (!told.has(arrival.problem.path)) yield arrival;
        told.add(arrival.problem.path);
      }
    }
  }
}

function lateIn<Ask extends { readonly cutoffNs: bigint }>(
  opened: FileBeside,
  asks: readonly Ask[],
  isNamed: (path: string, ask: Ask) => boolean,
): LateArrival<Ask>[] {
  const late = new Map<string, { readonly problem: VerifyProblem; readonly asks: Ask[] }>();
  const at = new Map<bigint, VerifyProblem[]>();
  for (const ask of asks) {
    const extras = at.get(ask.cutoffNs) ?? extrasOf(opened, ask.cutoffNs);
    at.set(ask.cutoffNs, extras);
    for (const problem of extras) {
      if (isNamed(problem.path, ask)) continue;
      const known = late.get(problem.path);
      if (known) known.asks.push(ask);
      else late.set(problem.path, { problem, asks: [ask] });
    }
  }
  return [...late.values()];
}

/** The files that a read would find now, each with the paths of its parts. */
async function filesNow(
  { bronze }: GoldContext<readonly AnyDataset[]>,
  { partsOf }: InputChecker,
  { dataset, dates, prefer, include_runs }: Omit<DaysRead<unknown>, "asks">,
): Promise<{ readonly file: DayFile; readonly parts: readonly string[] }[]> {
  const { storage } = bronze;
  const options = { prefer, includeRuns: include_runs };
  const listed = filesOf(await listDays(storage, bronze.dataset(dataset), dates, options));
  return mapConcurrently(listed, MAX_IN_FLIGHT, async (file) => ({ file, parts: await partsOf(file) }));
}

/** A file with parts that a manifest does not name. */
interface FileBeside {
  readonly path: string;
  readonly sha256: string;
  /** By path, the SHA-256 of the file that each part was. */
  readonly parts: ReadonlyMap<string, string>;
  /** `undefined` where it cannot be read. */
  readonly timeline: Timeline | undefined;
}

/** Opens such a file; `undefined` where it is gone. */
async function openBeside(
  storage: Pick<Storage, "read">,
  dataset: AnyDataset,
  file: DayFile,
): Promise<FileBeside | undefined> {
  const { path } = file;
  const bytes = await readIfThere(storage, path);
  if (!bytes) return undefined;
  const own = { path, sha256: sha256(bytes) };
  try {
    const opened = openDayFile(dataset, file, bytes);
    const parts = new Map(opened.map((part) => [part.file.path, part.held?.facts.sha256 ?? own.sha256]));
    return { ...own, parts, timeline: new Timeline(frameOf(dataset, opened)) };
  } catch (error) {
    if (isBronzeError(error)) return { ...own, parts: new Map(), timeline: undefined };
    throw error;
  }
}

/**
 * What of it holds anything at or before a cutoff. A file that cannot be read, or clashes with the schema, would stop a
 * replay: it matters.
 */
function extrasOf({ path, sha256, parts, timeline }: FileBeside, cutoffNs: bigint): VerifyProblem[] {
  const whole = problemWith({ kind: "input-extra", path, actual: sha256 });
  if (!timeline) return [whole];
  try {
    const { paths } = timeline.inputFiles(cutoffNs);
    return [...paths].map((own) =>
      problemWith({ kind: "input-extra", path: own, actual: parts.get(own) ?? sha256 }),
    );
  } catch (error) {
    if (isBronzeError(error)) return [whole];
    throw error;
  }
}

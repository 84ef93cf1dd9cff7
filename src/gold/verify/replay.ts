import type { AnyDataset } from "../../dataset/index.js";
import { sha256 } from "../../digest.js";
import { readIfThere } from "../../storage/index.js";
import { type Cell, cellReader, openParquet, type ParquetFile } from "../../table/index.js";
import { toEpochNs } from "../../time/index.js";
import { sameCell } from "../../travel/index.js";
import { type Build, type Built, buildSlate, inputDifferences } from "../build/build-slate.js";
import { isSameResult } from "../build/read-output.js";
import type { GoldContext } from "../manifest/gold-context.js";
import { eventTsOf, type Manifest, type ManifestInput } from "../manifest/manifest.js";
import { inputsNow } from "./verify.js";
import type { VerifyProblem } from "./verify-problem.js";

/**
 * What moved, when a replay came out different.
 *
 * | cause | meaning |
 * |---|---|
 * | `output` | the rebuilt rows are the frozen ones by their digest, but the frozen data file was changed or is gone |
 * | `deletion` | a bronze file the manifest names is gone |
 * | `revision` | a bronze file the manifest names has other content |
 * | `late-arrival` | bronze files that came later hold rows known by the cutoff; from the recorded files alone the result is the same |
 * | `selection` | the recorded files are intact, but other rows are selected from them: the dataset's definition, or the library |
 * | `schema` | the same rows, under other columns or types |
 * | `builder` | the same rows were read, and the builder made something else of them |
 *
 * @category Gold
 */
export type ReplayCause =
  | "output"
  | "deletion"
  | "revision"
  | "late-arrival"
  | "selection"
  | "schema"
  | "builder";

/**
 * A cell that came out different. Rows are numbered from 0.
 *
 * @category Gold
 */
export interface CellDifference {
  readonly row: number;
  readonly column: string;
  readonly frozen: Cell;
  readonly rebuilt: Cell;
}

/**
 * What a replay found.
 *
 * @category Gold
 */
export interface Replay {
  readonly same: boolean;
  readonly manifest: Manifest;
  /** Whether the rebuilt file equals the frozen one byte for byte. */
  readonly identicalBytes: boolean;
  readonly cause: ReplayCause | undefined;
  /** Files or facts behind the cause, a line each. */
  readonly because: readonly string[];
  readonly rowsFrozen: number;
  readonly rowsRebuilt: number;
  /** The first 100 cells that differ, row by row. */
  readonly differences: readonly CellDifference[];
}

const SHOWN = 100;

/** Builds a slate again at its recorded cutoff and compares the rows. */
export async function replayManifest<Datasets extends readonly AnyDataset[]>(
  gold: GoldContext<Datasets>,
  manifest: Manifest,
  build: Build<Datasets>,
): Promise<Replay> {
  const bounds = {
    asInputs: true,
    // What decides the rows of a manifest is never pruned.
    acceptsPruned: "always" as const,
    ...(manifest.known_by !== null && { knownBy: manifest.known_by }),
  };
  const options = {
    slate: manifest.slate,
    snapshot: manifest.snapshot,
    tip: toEpochNs(eventTsOf(manifest)),
    parameters: manifest.parameters,
  };
  let rebuilt: Built;
  try {
    rebuilt = await buildSlate(gold, gold.bronze.viewWith(manifest.snapshot_ts, bounds), options, build);
  } catch (error) {
    // An input that can no longer be read is a finding, not a failure of the replay.
    const { broken } = await inputsNow(gold, manifest);
    if (broken.length === 0) throw error;
    const nothing = { same: false, identicalBytes: false, rowsRebuilt: 0, differences: [] };
    return { ...nothing, manifest, rowsFrozen: manifest.output.rows, ...inputCause(broken) };
  }
  const frozenBytes = await readIfThere(gold.storage, manifest.output.path);
  const intact = frozenBytes !== undefined && sha256(frozenBytes) === manifest.output.sha256;
  const differences = intact ? cellDifferences(openParquet(frozenBytes, manifest.output.path), rebuilt) : [];
  const identicalBytes = rebuilt.outputSha256 === manifest.output.sha256;
  const same = intact && (identicalBytes || (sameShape(manifest, rebuilt) && differences.length === 0));
  const found = {
    manifest,
    same,
    identicalBytes,
    rowsFrozen: manifest.output.rows,
    rowsRebuilt: rebuilt.rows,
    differences: differences.slice(0, SHOWN),
  };
  if (same) return { ...found, cause: undefined, because: [] };
  const damage = intact ? [] : [`${manifest.output.path} is not what was frozen`];
  if (await isSameResult(gold.storage, manifest, rebuilt))
    return { ...found, cause: "output", because: damage };

  const { broken, pruned } = await inputsNow(gold, manifest);
  if (broken.length > 0) return { ...found, ...inputCause(broken, damage) };
  const recorded = new Set(manifest.inputs.flatMap(({ files }) => files.map(({ path }) => path)));
  const onlyFiles = (path: string) => recorded.has(path);
  const confined = await buildSlate(
    gold,
    gold.bronze.viewWith(manifest.snapshot_ts, { ...bounds, onlyFiles }),
    options,
    build,
  );
  if (await isSameResult(gold.storage, manifest, confined)) {
    return {
      ...found,
      cause: "late-arrival",
      because: [...inputDifferences(manifest.inputs, rebuilt.inputs, pruned), ...damage],
    };
  }
  const moved = selectionDifferences(manifest.inputs, confined.inputs, pruned);
  if (moved.length > 0) return { ...found, cause: "selection", because: [...moved, ...damage] };
  if (!sameColumns(manifest, confined))
    return { ...found, cause: "schema", because: [...columnDifferences(manifest, confined), ...damage] };
  return {
    ...found,
    cause: "builder",
    because: ["every recorded file is intact and the same rows were selected", ...damage],
  };
}

function inputCause(
  problems: readonly VerifyProblem[],
  damage: readonly string[] = [],
): Pick<Replay, "cause" | "because"> {
  const isGone = problems.some(({ kind }) => kind === "input-missing");
  return {
    cause: isGone ? "deletion" : "revision",
    because: [...problems.map(({ kind, path }) => `${path}: ${kind}`), ...damage],
  };
}

function sameShape(manifest: Manifest, built: Built): boolean {
  return manifest.output.rows === built.rows && sameColumns(manifest, built);
}

function sameColumns(manifest: Manifest, built: Built): boolean {
  return columnDifferences(manifest, built).length === 0;
}

function columnDifferences(manifest: Manifest, built: Built): string[] {
  const text = (columns: readonly { name: string; type: string; nullable: boolean }[]) =>
    new Map(columns.map(({ name, type, nullable }) => [name, `${type}${nullable ? "" : " NOT NULL"}`]));
  const [before, after] = [text(manifest.output.columns), text(built.columns)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map(
      (name) =>
        `column "${name}" was ${before.get(name) ?? "not there"} and is ${after.get(name) ?? "not there"}`,
    );
}

/**
 * What was selected, read by read; the same files may be read with different options.
 * @param pruned paths of inputs that are gone, with the rows that were counted and not selected
 */
function selectionDifferences(
  frozen: readonly ManifestInput[],
  built: readonly ManifestInput[],
  pruned: ReadonlySet<string>,
): string[] {
  const differences: string[] = [];
  const names = [
    "dataset",
    "rows_eligible",
    "rows_selected",
    "rows_by_fallback",
    "max_as_of_ts",
    "max_ingested_ts",
    "max_age",
  ] as const;
  for (let i = 0; i < Math.max(frozen.length, built.length); i++) {
    const [before, after] = [frozen[i], built[i]];
    const isPruned = before?.files.some(({ path }) => pruned.has(path));
    for (const name of names) {
      if (name === "rows_eligible" && isPruned) continue;
      if (before?.[name] !== after?.[name]) {
        differences.push(
          `read ${i + 1} (${(before ?? after)!.dataset}): ${name} was ${before?.[name]} and is ${after?.[name]}`,
        );
      }
    }
  }
  return differences;
}

function cellDifferences(frozen: ParquetFile, { bytes, rows }: Built): CellDifference[] {
  const rebuilt = openParquet(bytes, "the rebuilt output");
  const differences: CellDifference[] = [];
  const names = new Set([...frozen.columns.keys(), ...rebuilt.columns.keys()]);
  for (const name of names) {
    const cells = (file: ParquetFile) =>
      file.columns.has(name) ? cellReader(file.column(name)) : () => null;
    const [before, after] = [cells(frozen), cells(rebuilt)];
    for (let row = 0; row < Math.max(frozen.rowCount, rows); row++) {
      const [was, is] = [row < frozen.rowCount ? before(row) : null, row < rows ? after(row) : null];
      if (!sameCell(was, is)) differences.push({ row, column: name, frozen: was, rebuilt: is });
    }
  }
  return differences.sort((a, b) => a.row - b.row);
}

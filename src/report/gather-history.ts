import { type AnyDataset, BronzeError, type Step, type Timeline, type Version } from "../index.js";
import { CellColumns, Numbered, placing } from "./cell-columns.js";
import { cellWords } from "./cell-words.js";
import { type InstantTable, instantTable } from "./instant-table.js";
import { type AskedKey, AXES, judge, LAST_NS, numberedPlaces, OPTIONS } from "./judge-versions.js";
import type { Axis, HistoryData, KeyData, StepsData } from "./page/data.js";
import { type KeyRanks, packAnswers, packColumns } from "./page/pack.js";

/** A day's history before it is known what is worth showing: all columns are values, and nothing is a label or a group. */
export interface RawHistory extends Omit<HistoryData, "cells" | "arrangement"> {
  /** Cells of each column that is neither in the key nor bookkeeping. */
  readonly columns: ReadonlyMap<string, HistoryData["cells"][number]>;
}

/**
 * Asks a day's timeline for everything that its answers can be: each step of each key on both axes, and what becomes of
 * each version at each of them.
 *
 * @param lean the same days with few columns: what is asked often reads rows
 * @param sinceNs keys that hold nothing from then on, and were not captured since, are left out
 * @throws BronzeError `PRUNED`, and of the cells, which are decoded here, as `Timeline.history` does
 */
export function gatherHistory(
  timeline: Timeline,
  lean: Timeline,
  dataset: AnyDataset,
  sinceNs: bigint | null,
): RawHistory {
  const all = lean.keys().map(
    (key): AskedKey => ({
      key,
      versions: lean.history(key),
      steps: { held: lean.steps(key), known: lean.steps(key, OPTIONS.known) },
    }),
  );
  const kept = all.filter((key) => matters(key, sinceNs));
  // Under this policy the first usable time that is captured changes the rule for every key.
  const together =
    dataset.timestamps.fallback === "dataset"
      ? all.flatMap(({ versions }) => versions.flatMap(({ ingested }) => ingested ?? []))
      : [];

  const judged = kept.map((key) => ({
    held: judge(lean, key, "held", together),
    known: judge(lean, key, "known", together),
  }));
  const points = new Set(together);
  for (const [i, { versions, steps }] of kept.entries()) {
    for (const { effective, asOf, ingested } of versions)
      for (const ns of [effective, asOf, ingested]) if (ns !== null) points.add(ns);
    for (const axis of AXES) {
      for (const { from } of steps[axis]) points.add(from);
      for (const { at } of [...judged[i]![axis].outcomes, ...judged[i]![axis].gone])
        if (at !== null) points.add(at);
      for (const { time } of judged[i]![axis].gone) if (time !== null) points.add(time);
      for (const { effective } of judged[i]![axis].times) if (effective !== null) points.add(effective);
    }
  }
  const table = instantTable(points);
  const files = new Numbered();
  const compacted = new Map<number, number>();
  const versionColumns = {
    effective: [] as number[],
    captured: [] as number[],
    file: [] as number[],
    row: [] as number[],
  };
  const otherAsOf: [number, number][] = [];
  const byFallback: number[] = [];
  const columns = new CellColumns(placing(dataset));
  const answered: Record<Axis, (StepsData & { ranks: KeyRanks })[]> = { held: [], known: [] };
  const firstCaptures = new Map<number, bigint>();

  const keys = kept.map(({ key, versions, steps }, i): KeyData => {
    const first = versionColumns.file.length;
    const whole = timeline.explain(key, LAST_NS).toJSON() as unknown as Explained;
    const rows = rowsOf(whole, versions);
    for (const [j, version] of versions.entries()) {
      const file = files.of(version.file);
      if (version.compacted) compacted.set(file, files.of(version.compacted.file));
      versionColumns.effective.push(table.rankOf(version.effective));
      versionColumns.captured.push(table.rankOf(version.ingested));
      versionColumns.file.push(file);
      versionColumns.row.push(version.rowInFile);
      if (version.asOf !== version.effective) otherAsOf.push([first + j, table.rankOf(version.asOf)]);
      if (version.byFallback) byFallback.push(first + j);
      if (version.ingested !== null && version.ingested < (firstCaptures.get(file) ?? LAST_NS))
        firstCaptures.set(file, version.ingested);
      columns.add(rows[j]!);
    }
    const answers = (axis: Axis): StepsData => ({
      steps: stepsData(steps[axis], versions, table),
      outcomes: judged[i]![axis].outcomes.flatMap(({ at, version, outcome }) => [
        table.rankOf(at),
        version,
        outcome,
      ]),
      gone: judged[i]![axis].gone.flatMap(({ at, file, time }) => [
        table.rankOf(at),
        file === null ? -1 : files.of(file),
        table.rankOf(time),
      ]),
      times: judged[i]![axis].times.flatMap(({ at, version, effective, byFallback }) => [
        table.rankOf(at),
        version,
        table.rankOf(effective),
        byFallback ? 1 : 0,
      ]),
    });
    const ranks = {
      effective: versionColumns.effective.slice(first),
      captured: versionColumns.captured.slice(first),
    };
    for (const axis of AXES) answered[axis].push({ ...answers(axis), ranks });
    return {
      cells: dataset.key.map((name) => cellWords(whole.key[name])),
      ...{ labels: [], group: null, first, count: versions.length },
    };
  });

  return packColumns({
    instants: table.instants,
    unit: table.unit,
    files: files.values,
    compacted: [...compacted],
    ...versionColumns,
    otherAsOf,
    byFallback,
    columns: columns.all(),
    keys,
    answers: { held: packAnswers(answered.held), known: packAnswers(answered.known) },
    captures: [...firstCaptures.values()].map((ns) => table.rankOf(ns)).sort((a, b) => a - b),
    leftOut: all.length - kept.length,
  });
}

/** Whether a key holds anything from an instant on, or has a version of it. */
function matters({ versions, steps }: AskedKey, sinceNs: bigint | null): boolean {
  if (sinceNs === null) return true;
  const isSince = (ns: bigint | null) => ns !== null && ns >= sinceNs;
  const holds = (of: readonly Step<unknown>[]) =>
    of.some(({ from, holds }, i) => holds && (isSince(from) || (of[i + 1]?.from ?? LAST_NS) > sinceNs));
  return (
    versions.some(({ effective, ingested }) => isSince(effective) || isSince(ingested)) ||
    AXES.some((axis) => holds(steps[axis]))
  );
}

function stepsData(
  steps: readonly Step<unknown>[],
  versions: readonly Version<unknown>[],
  table: InstantTable,
): number[] {
  const places = numberedPlaces(versions);
  return steps.flatMap(({ from, holds }) => [table.rankOf(from), holds ? places()(holds) : -1]);
}

/** An explanation as JSON has it. */
interface Explained {
  readonly key: Readonly<Record<string, unknown>>;
  readonly winner: ExplainedVersion | null;
  readonly losers: readonly ExplainedVersion[];
}

interface ExplainedVersion {
  readonly file: string;
  readonly rowInFile: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** The rows of a key's versions, with cells as JSON has them: those of an explanation, latest first there. */
function rowsOf({ winner, losers }: Explained, versions: readonly Version<unknown>[]) {
  const told = [...losers].reverse();
  if (winner) told.push(winner);
  const same = versions.every(
    ({ file, rowInFile }, i) => told[i]?.file === file && told[i].rowInFile === rowInFile,
  );
  if (!same || told.length !== versions.length)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "A key's explanation has other rows than its history: a file changed while the report was made. Make it again.",
    );
  return told.map(({ row }) => row);
}

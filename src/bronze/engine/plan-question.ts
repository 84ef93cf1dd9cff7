import type { AnyDataset } from "../../dataset/index.js";
import type { Dialect, EnginePlan, HistoryPlan, PlanColumn, PlanPart } from "../../sql/index.js";
import { type ColumnType, INSTANT } from "../../table/index.js";
import type { Part, Query } from "../../travel/index.js";
import { declaredTypes } from "../read/frame-columns.js";
import type { Loaded } from "../read/load-frame.js";
import type { OpenedFile } from "../read/open-parts.js";
import { pathCell } from "../read/path-columns.js";
import { formsOf, unsupported } from "./plan-forms.js";

/**
 * The plan of one question about what was loaded: all that paths, footers and retention say.
 *
 * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`; `TYPE_CLASH` for what a path says
 */
export function planQuestion(
  loaded: Loaded,
  { cutoffNs, knownByNs, maxAgeNs }: Query,
  dialect: Dialect,
): EnginePlan {
  return { ...planOfFrame(loaded, dialect), question: { cutoffNs, knownByNs, maxAgeNs } };
}

/** The plan of questions about what was loaded, whose answers have the columns of its frame. @throws as `planHistory` */
export function planOfFrame(loaded: Loaded, dialect: Dialect): HistoryPlan {
  const { frame } = loaded;
  const answer = frame.asked ?? [...frame.columns.keys()];
  return planHistory(
    [loaded],
    { dataset: frame.dataset, answer, typeOf: (name) => frame.columns.get(name)?.type },
    dialect,
  );
}

/** What answers are of. */
interface AnswerOf {
  readonly dataset: AnyDataset;
  /** The columns that they have. */
  readonly answer: readonly string[];
  /** The type of a column in all that was loaded; undefined where nothing has it. */
  readonly typeOf: (name: string) => ColumnType | undefined;
}

/**
 * The plan of what was loaded, one after the other: all that paths, footers and retention say.
 *
 * @throws BronzeError `ENGINE_UNSUPPORTED`, `ENGINE_PRECISION`; `TYPE_CLASH` for what a path says
 */
export function planHistory(
  loads: readonly Loaded[],
  { dataset, answer, typeOf }: AnswerOf,
  dialect: Dialect,
): HistoryPlan {
  const { timestamps: rules, tombstone } = dataset;
  if (tombstone && !tombstone.values)
    throw unsupported(
      dialect,
      `the tombstone of "${dataset.name}" is a function, which only this process can call. Say it by values (tombstone: { status: ["WITHDRAWN"] }), or ask the library itself`,
      { dataset: dataset.name },
    );
  const columns = columnsOf(dataset, answer, typeOf);
  const numberOf = new Map(columns.map(({ name }, i) => [name, i]));
  const number = (name: string) => numberOf.get(name)!;
  for (const name of [...dataset.key, ...(tombstone?.columns ?? [])])
    assertPlain(dataset, columns[number(name)]!, dialect);

  const { forms, formOf } = formsOf(dataset, columns, dialect);
  // A file may be one part where it was loaded first, and less of it a part where it was loaded again.
  const divided = new Set(loads.flatMap(({ frame }) => frame.parts.filter(isLessThanItsFile).map(fileOf)));
  const parts: PlanPart[] = [];
  for (const { frame, opened } of loads) {
    const firstPart = parts.length;
    const firstOf = new Map<string, number>();
    for (const [i, part] of frame.parts.entries()) {
      const from = opened[i]!;
      const o = firstPart + i;
      if (part.state !== undefined && !firstOf.has(part.state)) firstOf.set(part.state, o);
      const { snapshot } = part;
      parts.push({
        path: part.path,
        form: formOf(from, !divided.has(fileOf(part))),
        file: fileOf(part),
        firstRow: part.heldIn?.firstRow ?? 0,
        ranges: rangesOf(part),
        state: part.state === undefined ? o : firstOf.get(part.state)!,
        snapshotNs: snapshot?.timeNs ?? null,
        snapshotIngestedNs: snapshot?.ingestedNs ?? null,
        captureUnknown: snapshot?.captureUnknown ?? false,
        covers: snapshot?.covers ?? [],
        constants: constantsOf(dataset, columns, from),
      });
    }
  }
  return {
    dataset: dataset.name,
    columns,
    answerColumns: answer.length,
    key: dataset.key.map(number),
    scope: dataset.scope.map(number),
    asOf: rules.asOf === null ? null : number(rules.asOf),
    ingested: number(rules.ingested),
    snapshotTime: dataset.snapshotTime === undefined ? null : number(dataset.snapshotTime),
    rules: {
      earliestNs: rules.earliestNs ?? null,
      maxLeadNs: rules.maxLeadNs ?? null,
      unreliable: rules.unreliable,
      fallback: rules.fallback,
    },
    partitionIs: dataset.partitionIs,
    tombstone: [...(tombstone?.values ?? [])].map(([name, values]) => ({ column: number(name), values })),
    parts,
    forms,
  };
}

function fileOf({ path, heldIn }: Part): string {
  return heldIn?.file ?? path;
}

function isLessThanItsFile({ heldIn, rowNumbers }: Part): boolean {
  return heldIn !== undefined || rowNumbers !== undefined;
}

/** The columns of the answer, then those that decide which rows hold and are not among them. */
function columnsOf(dataset: AnyDataset, answer: readonly string[], typeOf: AnswerOf["typeOf"]): PlanColumn[] {
  const declared = declaredTypes(dataset);
  const { key, timestamps, snapshotTime, tombstone } = dataset;
  const decide = [
    ...key,
    ...(timestamps.asOf === null ? [] : [timestamps.asOf]),
    timestamps.ingested,
    ...(snapshotTime === undefined ? [] : [snapshotTime]),
    ...(tombstone?.columns ?? []),
  ];
  return [...new Set([...answer, ...decide])].map((name) => ({
    name,
    type: typeOf(name) ?? declared.get(name) ?? INSTANT,
  }));
}

/** Columns that are compared, and of which a plan may hold values. */
function assertPlain(dataset: AnyDataset, { name, type }: PlanColumn, dialect: Dialect): void {
  if (!["bytes", "list", "nested", "time"].includes(type.kind)) return;
  throw unsupported(
    dialect,
    `column "${name}" of "${dataset.name}" decides which rows hold, and is ${type.kind}`,
    {
      dataset: dataset.name,
      column: name,
    },
  );
}

function constantsOf(dataset: AnyDataset, columns: readonly PlanColumn[], { file, parquet }: OpenedFile) {
  const constants = new Map<number, NonNullable<ReturnType<typeof pathCell>>>();
  for (const [i, { name, type }] of columns.entries()) {
    if (parquet.columns.has(name) || !dataset.columns.has(name)) continue;
    const cell = pathCell(file, name, type);
    if (cell !== undefined && cell !== null) constants.set(i, cell);
  }
  return constants;
}

/** The rows of a part in its file. */
function rangesOf({ rows, rowNumbers, heldIn }: Part): { firstRow: number; rows: number }[] {
  const origin = heldIn?.firstRow ?? 0;
  if (!rowNumbers) return rows === 0 ? [] : [{ firstRow: origin, rows }];
  const ranges: { firstRow: number; rows: number }[] = [];
  for (const row of rowNumbers) {
    const last = ranges.at(-1);
    if (last && last.firstRow + last.rows === origin + row) last.rows++;
    else ranges.push({ firstRow: origin + row, rows: 1 });
  }
  return ranges;
}

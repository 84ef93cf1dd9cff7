import type { AnyDataset } from "../../dataset/index.js";
import type { Dialect, EnginePlan, PlanColumn, PlanPart } from "../../sql/index.js";
import { INSTANT } from "../../table/index.js";
import type { Frame, Part, Query } from "../../travel/index.js";
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
export function planQuestion({ frame, opened }: Loaded, query: Query, dialect: Dialect): EnginePlan {
  const { dataset } = frame;
  const { timestamps: rules, tombstone } = dataset;
  if (tombstone && !tombstone.values)
    throw unsupported(
      dialect,
      `the tombstone of "${dataset.name}" is a function, which only this process can call. Say it by values (tombstone: { status: ["WITHDRAWN"] }), or ask the library itself`,
      { dataset: dataset.name },
    );
  const columns = columnsOf(frame);
  const numberOf = new Map(columns.map(({ name }, i) => [name, i]));
  const number = (name: string) => numberOf.get(name)!;
  for (const name of [...dataset.key, ...(tombstone?.columns ?? [])])
    assertPlain(dataset, columns[number(name)]!, dialect);

  const { forms, formOf } = formsOf(dataset, columns, dialect);
  const firstOf = new Map<string, number>();
  const parts = frame.parts.map((part, o): PlanPart => {
    const from = opened[o]!;
    if (part.state !== undefined && !firstOf.has(part.state)) firstOf.set(part.state, o);
    const { snapshot } = part;
    return {
      path: part.path,
      form: formOf(from, !part.heldIn && !part.rowNumbers),
      file: part.heldIn?.file ?? part.path,
      firstRow: part.heldIn?.firstRow ?? 0,
      ranges: rangesOf(part),
      state: part.state === undefined ? o : firstOf.get(part.state)!,
      snapshotNs: snapshot?.timeNs ?? null,
      snapshotIngestedNs: snapshot?.ingestedNs ?? null,
      captureUnknown: snapshot?.captureUnknown ?? false,
      covers: snapshot?.covers ?? [],
      constants: constantsOf(dataset, columns, from),
    };
  });
  return {
    dataset: dataset.name,
    columns,
    answerColumns: (frame.asked ?? [...frame.columns.keys()]).length,
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
    question: { cutoffNs: query.cutoffNs, knownByNs: query.knownByNs, maxAgeNs: query.maxAgeNs },
    parts,
    forms,
  };
}

/** The columns of the answer, then those that decide which rows hold and are not among them. */
function columnsOf(frame: Frame): PlanColumn[] {
  const { dataset } = frame;
  const answer = frame.asked ?? [...frame.columns.keys()];
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
    type: frame.columns.get(name)?.type ?? declared.get(name) ?? INSTANT,
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

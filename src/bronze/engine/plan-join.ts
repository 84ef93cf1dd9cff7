import type { AnyDataset } from "../../dataset/index.js";
import type { Dialect, EngineBatch, JoinPlan, PlanGroup, PlanLabels } from "../../sql/index.js";
import { metered, type ReadCost, type Storage } from "../../storage/index.js";
import { type Column, type ColumnType, unifyColumns } from "../../table/index.js";
import { toDurationNs } from "../../time/index.js";
import {
  collectJoin,
  type Frame,
  goneOfJoin,
  type JoinCollection,
  type JoinRead,
  type Label,
  type PointInTime,
  rowReader,
} from "../../travel/index.js";
import { assertNothingLacking, type Presence, presenceOf } from "../read/frame-columns.js";
import type { JoinOptions } from "../read/join-options.js";
import { dayWindow } from "../read/load-days.js";
import { frameOf, type Loaded } from "../read/load-frame.js";
import { type DaySpan, datesAsked, type NoSpan } from "../read/question.js";
import { mutableOf, type PlannedHistory } from "./ask-engine.js";
import { planHistory } from "./plan-question.js";

/** A join that an engine is asked. */
export interface AskedJoin {
  readonly storage: Storage;
  readonly dataset: AnyDataset;
  readonly options: JoinOptions<Label>;
}

/** Labels that read the same days. */
export interface JoinGroup {
  readonly span: DaySpan | NoSpan;
  readonly latestNs: bigint;
  /** Their distinct cutoffs and bounds: asked for only where history is not all there. */
  questions(frame: Frame): Promise<Iterable<PointInTime>>;
}

/** What was planned of a join. */
export interface PlannedJoin extends PlannedHistory {
  readonly plan: JoinPlan;
  /** What was read for each group. */
  readonly reads: readonly JoinRead[];
  readonly collected: JoinCollection;
  readonly cost: ReadCost;
}

/** A planned join, and what tells its labels in the rows that an engine gives. */
export interface LabelledJoin extends PlannedJoin {
  /** The columns of the labels. */
  readonly names: readonly string[];
  /** How many columns of the engine's rows tell their labels. */
  readonly told: number;
  /** The labels that those columns tell; `groupOf` is the group of one, by its number, where it is known without its rows. */
  labelsOf(told: EngineBatch): {
    readonly labels: readonly Label[];
    readonly types: ReadonlyMap<string, ColumnType>;
    readonly labelOf: readonly number[];
    readonly groupOf?: (label: number) => number;
  };
  /** The columns of the labels, row by row. */
  columnsOf(told: EngineBatch): readonly (readonly [name: string, column: Column])[];
}

/**
 * Lists and opens what the groups of a join need, one after the other as the library does, and plans it.
 *
 * @param labelsOf the labels, of groups that are planned
 * @throws BronzeError as `loadDays` and `planHistory`; `PRUNED`, `UNKNOWN_COLUMN`, `MISSING_COLUMN`; `TYPE_CLASH` for a column of
 * which the types of two groups cannot be one
 */
export async function planJoin(
  { storage, dataset, options }: AskedJoin,
  groups: readonly JoinGroup[],
  labels: PlanLabels,
  dialect: Dialect,
): Promise<PlannedJoin> {
  const { prefer, includeRuns, onCorrupt, columns, acceptPruned } = options;
  const { reading, cost } = metered(storage);
  const load = dayWindow(reading, dataset, { prefer, includeRuns, onCorrupt, columns, acceptPruned });
  const maxAgeNs = options.maxAge === undefined ? null : toDurationNs(options.maxAge, "maxAge");
  const collected = collectJoin(dataset, options);
  const loads: Loaded[] = [];
  const looked: Presence[] = [];
  const reads: JoinRead[] = [];
  const planned: PlanGroup[] = [];
  const added = new Set<string>();
  let firstPart = 0;
  if (groups.length === 0) {
    // Without labels no file is read, but the columns are still the dataset's.
    const frame = frameOf(dataset, [], { columns });
    for (const name of collected.columnsOf(frame, rowReader(frame))) added.add(name);
    looked.push(presenceOf(dataset, [], [], columns));
  }
  for (const { span, latestNs, questions } of groups) {
    const dates = datesAsked(dataset, span);
    const loaded = await load(dates, latestNs);
    const { frame, presence } = loaded;
    const asked = (frame.gone?.parts.length ?? 0) > 0 ? await questions(frame) : [];
    reads.push({ whole: frame, indexed: frame, dates, gone: goneOfJoin(frame, asked, maxAgeNs) });
    for (const name of collected.columnsOf(frame, rowReader(frame))) added.add(name);
    planned.push({ dates, firstPart, horizonNs: latestNs });
    firstPart += frame.parts.length;
    looked.push(presence);
    loads.push(loaded);
  }
  const omitted = new Set(loads.flatMap(({ frame }) => frame.omitted ?? []).map(({ column }) => column));
  const answer = [...added].filter((name) => !omitted.has(name));
  const types = unifyColumns(
    loads.map(({ frame }, i) => ({
      path: `the files of ${planned[i]!.dates.join(", ") || dataset.name}`,
      columns: new Map([...frame.columns].map(([name, { type }]) => [name, type])),
    })),
  );
  const history = planHistory(loads, { dataset, answer, typeOf: (name) => types.get(name) }, dialect);
  assertNothingLacking(dataset, looked);
  const mutable = new Map(loads.flatMap(mutableOf).map((file) => [file.path, file]));
  return {
    plan: {
      ...history,
      on: options.on.map((name) => history.columns.findIndex((column) => column.name === name)),
      isBounded: options.knownBy !== undefined,
      maxAgeNs,
      groups: planned,
      labels,
    },
    mutable: [...mutable.values()],
    reads,
    collected,
    cost: cost(),
  };
}

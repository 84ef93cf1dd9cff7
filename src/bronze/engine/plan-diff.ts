import { bookkeepingColumns } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import type { OptionTable } from "../../options.js";
import { CHANGE, type Dialect, type DiffPlan } from "../../sql/index.js";
import type { InstantLike } from "../../time/index.js";
import {
  AS_OF_OPTIONS,
  type AsOfOptions,
  assertNotPruned,
  type Frame,
  type Query,
  queryOf,
} from "../../travel/index.js";
import { loadDays } from "../read/load-days.js";
import {
  type DaySpan,
  datesAsked,
  type ReadOptions,
  TIMELINE_OPTIONS,
  type TimelineOptions,
} from "../read/question.js";
import { type AskedOfEngine, mutableOf, type PlannedHistory } from "./ask-engine.js";
import { planOfFrame } from "./plan-question.js";

/**
 * Which days a diff reads, and the bounds of its two questions.
 *
 * @category Engines
 */
export type EngineDiffOptions<Column extends string = never, D = unknown> = TimelineOptions<Column, D> &
  AsOfOptions;

/** The options of a diff. */
export const DIFF_OPTIONS: OptionTable<DaySpan & ReadOptions & AsOfOptions> = {
  ...TIMELINE_OPTIONS,
  ...AS_OF_OPTIONS,
};

/** A diff that an engine is asked. */
export interface AskedDiff extends AskedOfEngine {
  readonly before: Query;
  readonly after: Query;
  readonly options: DaySpan & ReadOptions;
}

/** What was planned of a diff. */
export interface PlannedDiff extends PlannedHistory {
  readonly plan: DiffPlan;
  readonly frame: Frame;
}

/** A diff as it is asked. @throws BronzeError `INVALID_INSTANT`, `INVALID_DURATION` */
export function askedDiff(
  asked: AskedOfEngine,
  [from, to]: readonly [from: InstantLike, to: InstantLike],
  given: EngineDiffOptions<string>,
): AskedDiff {
  const { knownBy, maxAge, ...options } = { ...(given as DaySpan & ReadOptions & AsOfOptions) };
  const bounds = { ...(knownBy !== undefined && { knownBy }), ...(maxAge !== undefined && { maxAge }) };
  return {
    ...asked,
    before: queryOf(from, bounds, undefined),
    after: queryOf(to, bounds, undefined),
    options,
  };
}

/** Plans a diff as a timeline is loaded. @throws BronzeError as `loadDays` and `planOfFrame`; `PRUNED` */
export async function planDiff(
  { storage, dataset, before, after, options }: AskedDiff,
  dialect: Dialect,
): Promise<PlannedDiff> {
  const loaded = await loadDays(storage, dataset, datesAsked(dataset, options), options);
  const { frame } = loaded;
  for (const query of [before, after]) assertNotPruned(frame, query);
  const history = planOfFrame(loaded, dialect);
  const ignored = new Set(bookkeepingColumns(dataset));
  const answer = history.columns.slice(0, history.answerColumns);
  const question = ({ cutoffNs, knownByNs, maxAgeNs }: Query) => ({ cutoffNs, knownByNs, maxAgeNs });
  return {
    frame,
    mutable: mutableOf(loaded),
    plan: {
      ...history,
      before: question(before),
      after: question(after),
      compared: answer.flatMap(({ name }, i) => (ignored.has(name) ? [] : [i])),
    },
  };
}

/** Refuses a column that the rows of a diff have themselves. @throws BronzeError `INVALID_ARGUMENT` */
export function assertNoChangeColumn({ dataset, columns, answerColumns }: DiffPlan): void {
  const found = columns.slice(0, answerColumns).find(({ name }) => name.toLowerCase() === CHANGE);
  if (!found) return;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `"${dataset}" has a column "${found.name}", and rows of a diff say in one of that name what became of their key: leave it out (columns says which are wanted).`,
    { dataset, column: found.name },
  );
}

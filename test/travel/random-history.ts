import fc from "fast-check";
import * as z from "zod";
import { defineDataset, instant, layouts } from "../../src/dataset/index.js";
import type { TimeUnit } from "../../src/table/index.js";
import { nbaSeason } from "../../src/time/index.js";
import { type Frame, Timeline } from "../../src/travel/index.js";
import type { OracleFile, OracleQuestion, OracleRow, OracleRules, OracleTombstone } from "../oracle.js";
import { frameOfRows } from "./frame-of-rows.js";

/** A random feed: its rules, its files in partition order, and questions to ask of it. */
export interface RandomHistory {
  readonly rules: OracleRules;
  readonly files: readonly RandomFile[];
  readonly questions: readonly OracleQuestion[];
}

export interface RandomFile extends OracleFile {
  readonly unit: TimeUnit;
}

export const MS = 1_000_000n;
const START = 1_768_500_000_000n * MS;

/** Few distinct instants, so that ties are common; some differ by one nanosecond. */
const slot = fc.integer({ min: 0, max: 4 }).map((i) => START + BigInt(i) * MS);
const nudge = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0n) },
  { weight: 2, arbitrary: fc.constantFrom(1n, -1n) },
  { weight: 1, arbitrary: fc.constantFrom(1_000n, 1_024n, -1_024n) },
);
const time = fc.tuple(slot, nudge).map(([at, by]) => at + by);
const timeOrNull = fc.oneof({ weight: 5, arbitrary: time }, { weight: 1, arbitrary: fc.constant(null) });

const asOfTime = fc.oneof({ weight: 8, arbitrary: timeOrNull }, { weight: 1, arbitrary: fc.constant(0n) });

/** U+1F3C0 sorts before U+FF5E as UTF-16, after it as code points. */
const game = fc.constantFrom(null, "a", "b", "\uff5e", "\u{1f3c0}");
const player = fc.constantFrom(null, 1, 2);

const plainRow = fc.record({
  game,
  player,
  status: fc.constantFrom("in", "out", "gone", null),
  report_ts: timeOrNull,
  as_of_ts: asOfTime,
  ingested_ts: fc.oneof({ weight: 3, arbitrary: time }, { weight: 1, arbitrary: fc.constant(null) }),
});

const file = fc.record({
  rows: fc.array(plainRow, { maxLength: 4 }),
  snapshotTime: maybe(time),
  snapshotIngested: maybe(time),
  covers: fc.array(fc.tuple(game, player), { maxLength: 2 }),
  unit: fc.constantFrom<TimeUnit>("ms", "us", "ns"),
});

/** Questions lie around the rows' own times, one nanosecond off too. */
const question = fc.record({
  cutoff: time,
  knownBy: maybe(time),
  maxAge: maybe(fc.constantFrom(0n, 1n, MS, 2n * MS, 2n * MS + 1n)),
});

const rules = fc.record({
  earliest: maybe(fc.constantFrom(1n, START, START + MS)),
  maxLead: maybe(fc.constantFrom(0n, 1n, MS, MS + 1_023n)),
  unreliable: fc.integer({ min: 0, max: 7 }).map((n) => n === 7),
  fallback: fc.constantFrom("row" as const, "dataset" as const, "never" as const),
  meaning: fc.constantFrom("changes" as const, "snapshot" as const),
  scope: fc.constantFrom([], ["game"], ["game", "player"], ["player"]),
  snapshotTime: fc.constantFrom(undefined, "report_ts"),
  tombstone: fc.constantFrom<OracleTombstone | undefined>(
    undefined,
    (row: OracleRow) => row.status === "gone",
    { status: ["gone"] },
    { status: ["out", null], player: [2] },
  ),
});

/** Any feed; `fixed` are the rules that are not left to chance. */
export function randomHistory(fixed: Partial<OracleRules> = {}): fc.Arbitrary<RandomHistory> {
  return fc
    .record({
      rules: fc.tuple(rules, fc.integer({ min: 0, max: 7 })).map(([some, n]) => ({
        ...BASE,
        ...some,
        ...(n === 7 && mayLackAsOf(fixed) && WITHOUT_AS_OF),
        ...fixed,
      })),
      files: fc.array(file, { maxLength: 6 }),
      questions: fc.array(question, { minLength: 1, maxLength: 4 }),
    })
    .map((given) => fitting(given as RandomHistory));
}

/** Nothing, as often as something. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(fc.constant(undefined), arbitrary);
}

/** A feed without a semantic time has no rules of how it is trusted; its `as_of_ts` is a column like others. */
const WITHOUT_AS_OF = {
  asOf: null,
  earliest: undefined,
  maxLead: undefined,
  unreliable: false,
  fallback: "row",
} as const;

function mayLackAsOf(fixed: Partial<OracleRules>): boolean {
  return Object.entries(WITHOUT_AS_OF).every(
    ([name, value]) => !(name in fixed) || fixed[name as keyof OracleRules] === value,
  );
}

const BASE = { key: ["game", "player"], asOf: "as_of_ts", ingested: "ingested_ts" };

/** Numbers the rows, and leaves of scope and footer what the rules have a use for. */
function fitting({ rules, files, questions }: RandomHistory): RandomHistory {
  const isSnapshot = rules.meaning === "snapshot";
  const scope = isSnapshot ? rules.scope : [];
  let id = 0;
  return {
    questions,
    rules: { ...rules, scope, snapshotTime: isSnapshot ? rules.snapshotTime : undefined },
    files: files.map((one) => ({
      unit: one.unit,
      rows: one.rows.map((row) => ({ ...row, run_id: `row ${id++}` })),
      ...(isSnapshot && {
        snapshotTime: one.snapshotTime,
        snapshotIngested: one.snapshotIngested,
        covers: one.covers!.map((cells) => scope.map((name) => cells[rules.key.indexOf(name)]!)),
      }),
    })),
  };
}

const schema = z.object({
  game: z.string().nullable(),
  player: z.int().nullable(),
  status: z.string().nullable(),
  report_ts: instant().nullable(),
  as_of_ts: instant().nullable(),
  ingested_ts: instant().nullable(),
  run_id: z.string(),
});

/** The library's frame of the same history. */
export function frameOf(rules: OracleRules, files: readonly RandomFile[]): Frame {
  const { meaning, tombstone, aliases } = rules;
  const dataset = defineDataset({
    name: "random_raw",
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema,
    key: ["game", "player"],
    date: { from: "report_ts" },
    partitionIs: meaning,
    ...(meaning === "snapshot" && {
      scope: rules.scope as ("game" | "player")[],
      ...(rules.snapshotTime && { snapshotTime: "report_ts" as const }),
    }),
    timestamps:
      rules.asOf === null
        ? { asOf: null }
        : {
            fallback: rules.fallback,
            unreliable: rules.unreliable ?? false,
            ...(rules.earliest !== undefined && { earliest: { epochNanoseconds: rules.earliest } }),
            ...(rules.maxLead !== undefined && { maxLead: { nanoseconds: Number(rules.maxLead) } }),
          },
    ...(tombstone && { tombstone: tombstone as never }),
    ...(aliases && { aliases }),
  });
  return frameOfRows(
    dataset,
    files.map(({ rows, unit, covers = [], ...one }) => ({
      rows: withoutUnknown(rows),
      unit,
      snapshot:
        meaning === "snapshot"
          ? { covers, timeNs: one.snapshotTime, ingestedNs: one.snapshotIngested }
          : undefined,
    })),
  );
}

export function timelineOf({ rules, files }: Pick<RandomHistory, "rules" | "files">): Timeline {
  return new Timeline(frameOf(rules, files));
}

/** Options of a question, as `Timeline` takes them. */
export function optionsOf({ knownBy, maxAge }: OracleQuestion) {
  return {
    ...(knownBy !== undefined && { knownBy }),
    ...(maxAge !== undefined && { maxAge: { nanoseconds: Number(maxAge) } }),
  };
}

/** A column in which a file knows nothing is missing from every other such file. */
function withoutUnknown(rows: readonly OracleRow[]): OracleRow[] {
  const known = (name: string) => rows.some((row) => row[name] !== null);
  return rows.map((row) =>
    rows.length % 2 === 0 ? row : Object.fromEntries(Object.entries(row).filter(([name]) => known(name))),
  );
}

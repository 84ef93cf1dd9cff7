import {
  type BronzeDay,
  type BronzeStore,
  type CertificateTerms,
  dayFileOf,
  loadFrame,
  type PlannedDay,
  type RetentionRule,
  readUnit,
  unitOf,
} from "../../bronze/index.js";
import { type AnyDataset, timeColumns } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import type { Manifest } from "../../gold/index.js";
import type { Storage } from "../../storage/index.js";
import { exactText } from "../../table/index.js";
import { durationText, exactly, formatInstant, toEpochNs } from "../../time/index.js";
import { type Provenance, partOffsets, rowReader, type Snapshot } from "../../travel/index.js";
import { partsOfDay } from "../day/day-parts.js";
import { lastRuns } from "../day/prune-day.js";
import { surveyUnit } from "../day/survey-day.js";

/** The result of checking a day. */
interface CheckedDay {
  readonly questions: number;
  readonly difference: string | undefined;
}

/**
 * Checks what a rule guarantees for a day, before and after.
 *
 * - `into-day`, `into-files`: every row is there, in its place, and seeded cutoffs, with and without `knownBy`, with runs
 *   and without, have the same answer from as much.
 * - `last-run-of-hour`: at the moment each remaining run was captured, what was known then is the same:
 *   `asOf(K, { knownBy: K })`. In between, and for what was learned only later, it guarantees nothing.
 * - `prune`: nothing; the days' own questions are given up on purpose.
 */
export async function checkDay(
  rule: RetentionRule,
  dataset: AnyDataset,
  { date }: Pick<PlannedDay, "date">,
  before: Storage,
  after: Storage,
  terms: CertificateTerms,
): Promise<CheckedDay> {
  if (rule === "prune") return { questions: 0, difference: undefined };
  const isLossless = rule === "into-day" || rule === "into-files";
  let questions = 0;
  const read = (storage: Storage, includeRuns: boolean): Promise<BronzeDay> =>
    readUnit(storage, dataset, unitOf(dataset, date), { includeRuns, acceptPruned: true });
  for (const includeRuns of isLossless ? [true, false] : [true]) {
    const [was, is] = [await read(before, includeRuns), await read(after, includeRuns)];
    if (isLossless) {
      questions++;
      const rows = firstDifference(rowsOf(was), rowsOf(is)) ?? firstDifference(placesOf(was), placesOf(is));
      if (rows !== undefined)
        return { questions, difference: `the rows of ${dataset.name} ${date}: ${rows}` };
    }
    for (const { cutoff, knownBy } of await asksBy(rule, was, dataset, date, before, terms)) {
      questions++;
      const answer = isLossless ? countedAnswer : answeredRows;
      const found = firstDifference(answer(was, { cutoff, knownBy }), answer(is, { cutoff, knownBy }));
      if (found === undefined) continue;
      const known = knownBy === undefined ? "" : `, known by ${formatInstant(knownBy)}`;
      return {
        questions,
        difference: `${dataset.name} ${date} as of ${formatInstant(cutoff)}${known}: ${found}`,
      };
    }
  }
  return { questions, difference: undefined };
}

interface Ask {
  readonly cutoff: bigint;
  readonly knownBy: bigint | undefined;
}

/** The questions whose answers a rule must not change. */
async function asksBy(
  rule: RetentionRule,
  day: BronzeDay,
  dataset: AnyDataset,
  date: string,
  before: Storage,
  terms: CertificateTerms,
): Promise<Ask[]> {
  switch (rule) {
    case "into-day":
    case "into-files":
      return seededAsks(day, dataset, terms);
    case "last-run-of-hour":
      return captures(before, dataset, date);
    case "prune":
      return [];
    default:
      return rule satisfies never;
  }
}

/** An answer: its rows after what it counted. */
function* countedAnswer(day: BronzeDay, { cutoff, knownBy }: Ask): Generator<ComparedRow> {
  const answer = day.asOf(exactly(cutoff), { knownBy: exactly(knownBy) });
  yield { counts: countsText(answer.provenance) };
  yield* rowsOf(answer);
}

/** Its rows. */
function answeredRows(day: BronzeDay, { cutoff, knownBy }: Ask): Iterable<ComparedRow> {
  return rowsOf(day.asOf(exactly(cutoff), { knownBy: exactly(knownBy) }));
}

/** Without sizes, which change with the library that writes a file; and without what the folders have besides. */
function countsText({ files, filesIgnored: _, ...counts }: Provenance): string {
  return exactText([...Object.entries(counts), ...files.map(({ path, rows }) => [path, rows])]);
}

/** Every row, in order. */
function rowsOf(day: BronzeDay | Snapshot): Iterable<ComparedRow> {
  return day as Iterable<ComparedRow>;
}

/** Where each was written. */
function* placesOf(day: BronzeDay): Generator<ComparedRow> {
  for (const { file, rowInFile } of day.sources()) yield { file, rowInFile };
}

/** Cutoffs at instants of the day's rows and a nanosecond before, where answers change. */
function seededAsks(day: BronzeDay, dataset: AnyDataset, { seed, cutoffs }: CertificateTerms): Ask[] {
  const instants = timeColumns(dataset)
    .filter((name) => day.columns.includes(name))
    .flatMap((name) => day.column(name))
    .filter((cell) => typeof cell === "bigint");
  if (instants.length === 0) return [];
  const pick = seeded(seed);
  const instant = () => instants[pick(instants.length)]! - BigInt(pick(2));
  return Array.from({ length: cutoffs }, (): Ask => {
    const cutoff = instant();
    return { cutoff, knownBy: [undefined, cutoff, instant()][pick(3)] };
  });
}

/** When each remaining run was captured: the last `ingested_ts` of its parts. */
async function captures(storage: Storage, dataset: AnyDataset, date: string): Promise<Ask[]> {
  const last = new Map<string, bigint>();
  const surveyed = await surveyUnit(storage, dataset, unitOf(dataset, date));
  const parts = lastRuns(partsOfDay({ dataset, files: surveyed.flatMap(({ files }) => files) }));
  const runOf = new Map(parts.map(({ place }) => [place.path, place.values.get("run")]));
  for (const source of new Set(parts.map((part) => part.source))) {
    if (!source.parquet) continue;
    const { frame } = await loadFrame(storage, dataset, [source]);
    const reader = rowReader(frame);
    if (!reader.names.includes(dataset.timestamps.ingested)) continue;
    const offsets = partOffsets(frame.parts);
    for (const [i, { path }] of frame.parts.entries()) {
      const run = runOf.get(path);
      if (run === undefined || run === null) continue;
      for (let row = offsets[i]!; row < offsets[i + 1]!; row++) {
        const captured = reader.cell(dataset.timestamps.ingested, row);
        const known = last.get(run);
        if (typeof captured === "bigint" && (known === undefined || captured > known))
          last.set(run, captured);
      }
    }
  }
  return [...last.values()].map((cutoff) => ({ cutoff, knownBy: cutoff }));
}

/** One `asOf` of one dataset, and its origin. */
export interface Question {
  readonly dataset: string;
  readonly dates: readonly string[];
  readonly prefer: "history" | "latest";
  readonly includeRuns: boolean;
  readonly cutoffNs: bigint;
  readonly knownByNs: bigint | undefined;
  readonly maxAgeNs: bigint | undefined;
  readonly askedBy: string;
}

/** The questions that a manifest records, read by read. */
export function questionsOf(manifest: Manifest, path: string): Question[] {
  return manifest.inputs.map((input) => ({
    dataset: input.dataset,
    dates: input.dates,
    prefer: input.prefer,
    includeRuns: input.include_runs,
    cutoffNs: toEpochNs(manifest.snapshot_ts),
    knownByNs: manifest.known_by === null ? undefined : toEpochNs(manifest.known_by),
    maxAgeNs: input.max_age === null ? undefined : BigInt(input.max_age),
    askedBy: path,
  }));
}

/** `odds_raw of 2026-01-15 as of 2026-01-15T23:45:00Z, known by ..., asked by gold/slates/...` */
export function questionText(question: Question): string {
  const { dataset, dates, prefer, includeRuns, cutoffNs, knownByNs, maxAgeNs, askedBy } = question;
  return [
    `${dataset} of ${dates.join(", ")} as of ${formatInstant(cutoffNs)}`,
    ...(knownByNs === undefined ? [] : [`known by ${formatInstant(knownByNs)}`]),
    ...(maxAgeNs === undefined ? [] : [`at most ${maxAgeNs} ns old`]),
    ...(prefer === "latest" ? ["from the latest view"] : []),
    ...(includeRuns ? [] : ["without runs"]),
    `asked by ${askedBy}`,
  ].join(", ");
}

/** The rows of an answer as text, one per row in key order, and the latest view it is from; an error is an answer too. */
export async function answer(
  bronze: BronzeStore<readonly AnyDataset[]>,
  question: Question,
): Promise<string[]> {
  const { dataset, dates, prefer, includeRuns, cutoffNs, knownByNs, maxAgeNs } = question;
  try {
    const view = bronze.viewWith(exactly(cutoffNs), { knownBy: exactly(knownByNs) });
    const maxAge = maxAgeNs === undefined ? undefined : durationText(maxAgeNs);
    const snapshot = await view.read(dataset, { dates, prefer, includeRuns, maxAge, acceptPruned: true });
    // Once history is pruned no day is answered from its latest view, also where that holds no row of the answer.
    const views = snapshot.provenance.files.filter(
      ({ path }) => dayFileOf(bronze.dataset(dataset), path)?.isLatest,
    );
    return [...Array.from(snapshot, rowText), ...views.map(({ path }) => `an answer from ${path}`)];
  } catch (error) {
    if (isBronzeError(error)) return [`error ${error.code}`];
    throw error;
  }
}

/** A row as text, different for every row. */
function rowText(row: object): string {
  return exactText(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A row, or what is said of one or of all: compared in every bit. A text is compared as it is. */
type ComparedRow = Readonly<Record<string, unknown>> | string;

/** The first row that only one of the answers has, in words; `undefined` when they are the same. */
export function firstDifference(
  before: Iterable<ComparedRow>,
  after: Iterable<ComparedRow>,
): string | undefined {
  const [olds, news] = [before[Symbol.iterator](), after[Symbol.iterator]()];
  for (let i = 1; ; i++) {
    const [was, is] = [olds.next(), news.next()];
    if (was.done && is.done) return undefined;
    if (!was.done && !is.done && isSameRow(was.value, is.value)) continue;
    return `row ${i} is ${shownRow(was)} before and ${shownRow(is)} after`;
  }
}

function isSameRow(a: ComparedRow, b: ComparedRow): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameCell(a[name], b[name]))
  );
}

/** -0 is not 0, and NaN is NaN. */
function isSameCell(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null) return Object.is(a, b);
  return exactText([a]) === exactText([b]);
}

function shownRow({ done, value }: IteratorResult<ComparedRow, unknown>): string {
  if (done) return "not there";
  return typeof value === "string" ? value : rowText(value as object);
}

/** Pseudo-random numbers, the same for the same seed: from 0 up to, not including, `below`. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

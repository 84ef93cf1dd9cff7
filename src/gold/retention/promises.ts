import {
  type BronzeDay,
  BronzeStore,
  type CertificateTerms,
  loadFrame,
  type PlannedDay,
  type RetentionRule,
} from "../../bronze/index.js";
import { type AnyDataset, timeColumns } from "../../dataset/index.js";
import type { Storage } from "../../storage/index.js";
import { exactly, formatInstant } from "../../time/index.js";
import { rowReader } from "../../travel/index.js";
import { lastRuns } from "./plan-day.js";
import { firstDifference, rowText } from "./questions.js";
import { seeded } from "./seeded.js";
import { surveyDay } from "./survey-day.js";

/** What asking the questions a rule promises found. */
export interface Asked {
  readonly questions: number;
  readonly difference: string | undefined;
}

/**
 * Asks what a rule promises of a day, before and after.
 *
 * - `into-day`: every row is there as often as before, and seeded cutoffs, with and without `knownBy`, with runs and
 *   without, have the same answer.
 * - `last-run-of-hour`: at the moment each run that stays was captured, what was known then is the same:
 *   `asOf(K, { knownBy: K })`. In between, and for what was learned only later, it promises nothing.
 * - `prune`: nothing; the days' own questions are given up on purpose.
 */
export async function askPromises(
  rule: RetentionRule,
  dataset: AnyDataset,
  { date }: Pick<PlannedDay, "date">,
  before: Storage,
  after: Storage,
  terms: CertificateTerms,
): Promise<Asked> {
  if (rule === "prune") return { questions: 0, difference: undefined };
  let questions = 0;
  const read = (storage: Storage, includeRuns: boolean): Promise<BronzeDay> => {
    const bronze: BronzeStore<readonly AnyDataset[]> = new BronzeStore({ storage, datasets: [dataset] });
    return bronze.readBronzeDay(dataset.name, date, { includeRuns }) as Promise<BronzeDay>;
  };
  for (const includeRuns of rule === "into-day" ? [true, false] : [true]) {
    const [was, is] = [await read(before, includeRuns), await read(after, includeRuns)];
    if (rule === "into-day") {
      questions++;
      const rows = firstDifference(sortedRows(was), sortedRows(is));
      if (rows !== undefined)
        return { questions, difference: `the rows of ${dataset.name} ${date}: ${rows}` };
    }
    const asks =
      rule === "into-day" ? seededAsks(was, dataset, terms) : await captures(before, dataset, date);
    for (const { cutoff, knownBy } of asks) {
      questions++;
      const found = firstDifference(textsAt(was, { cutoff, knownBy }), textsAt(is, { cutoff, knownBy }));
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

function textsAt(day: BronzeDay, { cutoff, knownBy }: Ask): string[] {
  return Array.from(day.asOf(exactly(cutoff), { knownBy: exactly(knownBy) }), rowText);
}

function sortedRows(day: BronzeDay): string[] {
  return Array.from(day, rowText).sort();
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

/** When each run that stays was captured: the last `ingested_ts` of its files. */
async function captures(storage: Storage, dataset: AnyDataset, date: string): Promise<Ask[]> {
  const last = new Map<string, bigint>();
  for (const file of lastRuns((await surveyDay(storage, dataset, date)).files)) {
    if (!file.footer || file.partition.kind !== "run") continue;
    const { frame } = await loadFrame(storage, dataset, [file]);
    const reader = rowReader(frame);
    if (!reader.names.includes(dataset.timestamps.ingested)) continue;
    for (let row = 0; row < file.footer.rows; row++) {
      const captured = reader.cell(dataset.timestamps.ingested, row);
      const known = last.get(file.partition.runTs);
      if (typeof captured === "bigint" && (known === undefined || captured > known))
        last.set(file.partition.runTs, captured);
    }
  }
  return [...last.values()].map((cutoff) => ({ cutoff, knownBy: cutoff }));
}

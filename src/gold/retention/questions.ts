import type { BronzeStore } from "../../bronze/index.js";
import type { AnyDataset } from "../../dataset/index.js";
import { isBronzeError } from "../../errors.js";
import { exactText } from "../../table/index.js";
import { exactly, formatInstant, toEpochNs } from "../../time/index.js";
import type { Manifest } from "../manifest.js";

/** One `asOf` of one dataset, and who asks it. */
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

/** What a manifest asked, read by read. */
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

/** The rows of an answer as text, one a row in key order; an error is an answer too. */
export async function answer(
  bronze: BronzeStore<readonly AnyDataset[]>,
  question: Question,
): Promise<string[]> {
  const { dataset, dates, prefer, includeRuns, cutoffNs, knownByNs, maxAgeNs } = question;
  try {
    const view = bronze.viewWith(exactly(cutoffNs), { knownBy: exactly(knownByNs) });
    const maxAge =
      maxAgeNs === undefined
        ? undefined
        : { seconds: Number(maxAgeNs / 1_000_000_000n), nanoseconds: Number(maxAgeNs % 1_000_000_000n) };
    const snapshot = await view.read(dataset, { dates, prefer, includeRuns, maxAge });
    return Array.from(snapshot, rowText);
  } catch (error) {
    if (isBronzeError(error)) return [`error ${error.code}`];
    throw error;
  }
}

/** A row as text that no other row has. */
export function rowText(row: object): string {
  return exactText(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The first row that one answer has and the other has not, in words; `undefined` when they are the same. */
export function firstDifference(before: readonly string[], after: readonly string[]): string | undefined {
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (before[i] !== after[i])
      return `row ${i + 1} is ${before[i] ?? "not there"} before and ${after[i] ?? "not there"} after`;
  }
  return undefined;
}

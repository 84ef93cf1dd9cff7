import { type AnyDataset, type BronzeStore, isBronzeError, type LeakCheck } from "../index.js";
import { type Kind, type OptionTable, required, text } from "../options.js";
import type { CheckData, FreshnessData } from "./page/data.js";

/**
 * A leak check to make for the page.
 *
 * @category Report
 */
export interface ReportCheck {
  /** What it is called there: the builder's name. */
  readonly name: string;
  /** Makes it: `() => leakCheck(build, { bronze, cutoffs })`, or a gold store's. */
  check(): Promise<LeakCheck>;
}

const aFunction: Kind = { is: "a function", accepts: (value) => typeof value === "function" };
export const CHECK_OPTIONS: OptionTable<ReportCheck> = { name: required(text), check: required(aFunction) };

/** Makes a check; what it throws is what it says. */
export async function gatherCheck({ name, check }: ReportCheck): Promise<CheckData> {
  try {
    return { name, outcome: "no leak", lines: linesOf(await check()) };
  } catch (error) {
    if (!isBronzeError(error)) throw error;
    const { code, message } = error;
    const outcome = code === "LEAK" ? "leak" : code === "NOTHING_CHECKED" ? "nothing checked" : "failed";
    return { name, outcome, lines: message.split("\n") };
  }
}

function linesOf(result: LeakCheck): string[] {
  return String(result)
    .split("\n")
    .map((line) => line.trim());
}

/** How fresh each dataset is, each by itself: one that cannot be read says so, and stops no other. */
export async function gatherFreshness(
  bronze: BronzeStore<readonly AnyDataset[]>,
  datasets: readonly AnyDataset[],
): Promise<FreshnessData[]> {
  const found: FreshnessData[] = [];
  for (const { name } of datasets) {
    try {
      const [one] = (await bronze.freshness({ datasets: [name] })).datasets;
      const { dataset, status, newest, ageSeconds, proven } = one!;
      found.push({ dataset, status, newest, ageSeconds, proven, refused: null });
    } catch (error) {
      if (!isBronzeError(error)) throw error;
      const unknown = { status: null, newest: null, ageSeconds: null, proven: false };
      found.push({ dataset: name, ...unknown, refused: error.message });
    }
  }
  return found;
}

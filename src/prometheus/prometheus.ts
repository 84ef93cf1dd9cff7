import type { Coverage, Freshness } from "../bronze/index.js";
import { BronzeError, isBronzeError } from "../errors.js";
import { assertIs, assertOptions, type OptionTable, text } from "../options.js";
import { writeOutput } from "../storage/index.js";
import { COVERAGE_METRICS, FRESHNESS_METRICS, type Sample } from "./metrics.js";

/**
 * What surveys found, for Prometheus: one of the two, or both.
 *
 * @category Survey
 */
export interface PrometheusSurvey {
  /** What `bronze.freshness()` gave. */
  readonly freshness?: Freshness;
  /** What `bronze.coverage()` gave, once for each dataset; its days are added up. */
  readonly coverage?: readonly Coverage[];
}

const SURVEY: OptionTable<PrometheusSurvey> = {
  freshness: {
    is: "what bronze.freshness() gave",
    accepts: (value) => says(value, "at") && isListOf(Reflect.get(value, "datasets")),
  },
  coverage: {
    is: "a list of what bronze.coverage() gave",
    accepts: (value) => isListOf(value) && value.every((one) => Array.isArray(Reflect.get(one, "days"))),
  },
};

/**
 * Surveys in the text format of Prometheus, as gauges: `bronzestore_freshness_...` and `bronzestore_coverage_...`, each
 * sample with its `dataset`. What has no value (the age of a dataset without rows) has no sample.
 *
 * @throws BronzeError `INVALID_ARGUMENT` where there is nothing to tell, where a dataset is in `coverage` twice, and for what
 * is no survey; `INVALID_INSTANT` for one whose instants are none
 * @example
 * ```ts
 * const text = toPrometheus({ freshness: await bronze.freshness() });
 * // # HELP bronzestore_freshness_age_seconds From the newest row to the instant asked at.
 * // # TYPE bronzestore_freshness_age_seconds gauge
 * // bronzestore_freshness_age_seconds{dataset="odds_raw"} 420
 * ```
 * @category Survey
 */
export function toPrometheus(survey: PrometheusSurvey): string {
  assertOptions(survey ?? null, SURVEY, "toPrometheus");
  const { freshness, coverage } = survey;
  const isEmpty = !freshness?.datasets.length && !coverage?.length;
  if (isEmpty)
    throw new BronzeError(
      "INVALID_ARGUMENT",
      "There is no dataset to tell Prometheus of; give freshness, or coverage, of a store that has datasets.",
    );
  assertEachOnce("freshness", freshness?.datasets ?? []);
  assertEachOnce("coverage", coverage ?? []);
  try {
    return [
      ...(freshness ? FRESHNESS_METRICS.map((metric) => familyText(metric, metric.samples(freshness))) : []),
      ...(coverage ? COVERAGE_METRICS.map((metric) => familyText(metric, metric.samples(coverage))) : []),
    ].join("");
  } catch (error) {
    throw noSurvey(error);
  }
}

/**
 * Writes surveys to a file in the text format of Prometheus, for the textfile collector of its node exporter: the file is
 * replaced whole, so that a scrape never sees half of it.
 *
 * @param file its path, in a folder that is there; the collector reads names that end in `.prom`
 * @throws BronzeError `INVALID_ARGUMENT` where there is nothing to tell, where a dataset is in `coverage` twice, and for what
 * is no survey; `INVALID_INSTANT` for one whose instants are none; `NOT_FOUND` for the folder; `INVALID_PATH`, `NOT_A_FILE`, `STORAGE_FAILED`
 * @example
 * ```ts
 * const coverage = [await bronze.coverage("odds_raw", { date: "2026-01-15" })];
 * await writePrometheus("/var/lib/node_exporter/odds.prom", { freshness: await bronze.freshness(), coverage });
 * ```
 * @category Survey
 */
export async function writePrometheus(file: string, survey: PrometheusSurvey): Promise<void> {
  assertIs(file, text, "The file for Prometheus");
  const content = toPrometheus(survey);
  await writeOutput(file, content);
}

/** A metric with its samples; nothing where it has none. */
function familyText({ name, help }: { name: string; help: string }, samples: readonly Sample[]): string {
  const lines = samples.flatMap(({ labels, value }) =>
    value === null ? [] : [`${name}${labelsText(labels)} ${numberText(value)}`],
  );
  if (lines.length === 0) return "";
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines, ""].join("\n");
}

function labelsText(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

/** A label's value: whatever is in it, it ends where it ends. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new TypeError(`a count is ${String(value)}`);
}

function assertEachOnce(name: string, of: readonly { readonly dataset: string }[]): void {
  const seen = new Set<string>();
  for (const { dataset } of of) {
    if (seen.has(dataset))
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `"${dataset}" is in ${name} twice, and Prometheus takes one value of each; leave one out, or ask once for all its days.`,
        { dataset },
      );
    seen.add(dataset);
  }
}

function noSurvey(error: unknown): unknown {
  if (isBronzeError(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new BronzeError(
    "INVALID_ARGUMENT",
    `What toPrometheus got is no survey (${why}); give what bronze.freshness() and bronze.coverage() gave, as it came.`,
    {},
    { cause: error },
  );
}

/** A list of objects that name a dataset. */
function isListOf(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every((one) => says(one, "dataset"));
}

function says(value: unknown, name: string): value is object {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "string";
}

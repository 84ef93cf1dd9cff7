import type { Coverage, CoverageDay, DatasetFreshness, Freshness } from "../bronze/index.js";
import { instantSeconds } from "./instant-seconds.js";

/** One value of a metric; of a missing value there is no sample. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
}

/** A gauge, and how its samples are read from a survey. */
interface Metric<Survey> {
  readonly name: string;
  readonly help: string;
  readonly samples: (survey: Survey) => readonly Sample[];
}

/** A metric with a sample for each dataset. */
function ofEach(
  name: string,
  help: string,
  read: (one: DatasetFreshness) => number | null,
): Metric<Freshness> {
  return {
    name: `bronzestore_freshness_${name}`,
    help,
    samples: ({ datasets }) =>
      datasets.map((one) => ({ labels: { dataset: one.dataset }, value: read(one) })),
  };
}

export const FRESHNESS_METRICS: readonly Metric<Freshness>[] = [
  {
    name: "bronzestore_freshness_asked_timestamp_seconds",
    help: "The instant that freshness was asked at.",
    samples: ({ at }) => [{ labels: {}, value: instantSeconds(at) }],
  },
  ofEach(
    "newest_timestamp_seconds",
    "The newest row: the earlier of its effective time and its capture.",
    ({ newest }) => (newest === null ? null : instantSeconds(newest)),
  ),
  ofEach("age_seconds", "From the newest row to the instant asked at.", ({ ageSeconds }) => ageSeconds),
  {
    name: "bronzestore_freshness_status",
    help: "1 for the status that the dataset's limits give, 0 for the others.",
    samples: ({ datasets }) =>
      datasets.flatMap(({ dataset, status }) =>
        status === null
          ? []
          : ["pass", "warn", "error"].map((one) => ({
              labels: { dataset, status: one },
              value: Number(one === status),
            })),
      ),
  },
  ofEach(
    "proven",
    "1 where no older day can hold a newer row, 0 where that was taken on trust.",
    ({ proven }) => Number(proven),
  ),
];

/** A metric with a sample for each dataset, added up over the days that were asked for. */
function ofDays(name: string, help: string, read: (day: CoverageDay) => number): Metric<readonly Coverage[]> {
  return {
    name: `bronzestore_coverage_${name}`,
    help,
    samples: (surveys) =>
      surveys.map(({ dataset, days }) => ({
        labels: { dataset },
        value: days.reduce((sum, day) => sum + read(day), 0),
      })),
  };
}

/** How slots came out; one may be late and thin. */
const SLOT_STATES = ["met", "missing", "thin", "late", "pending"] as const;

export const COVERAGE_METRICS: readonly Metric<readonly Coverage[]>[] = [
  ofDays("days", "Days that were asked for.", () => 1),
  ofDays("days_without_files", "Those of which a question would read no file.", ({ source }) =>
    Number(source === "none"),
  ),
  ofDays("files", "Files that questions about the days read.", ({ files }) => files),
  ofDays("rows", "Rows of these files.", ({ rows }) => rows),
  ofDays("bytes", "Bytes of these files.", ({ bytes }) => bytes),
  ofDays(
    "rows_by_fallback",
    "Rows whose effective time is their capture.",
    ({ rowsByFallback }) => rowsByFallback,
  ),
  ofDays(
    "rows_not_selectable",
    "Rows without any usable time.",
    ({ rowsNotSelectable }) => rowsNotSelectable,
  ),
  ofDays("rows_ahead", "Rows that say they held after they were captured.", ({ rowsAhead }) => rowsAhead),
  ofDays(
    "rows_captured_late",
    "Rows captured after their day was over.",
    ({ rowsCapturedLate }) => rowsCapturedLate,
  ),
  ofDays("rows_capture_unknown", "Rows without a capture.", ({ rowsCaptureUnknown }) => rowsCaptureUnknown),
  ofDays(
    "unreadable_files",
    "Files that could not be read, and are in no other count.",
    ({ unreadable }) => unreadable.length,
  ),
  {
    name: "bronzestore_coverage_slots_expected",
    help: "Captures that were due, where the dataset expects any.",
    samples: (surveys) =>
      surveys.flatMap(({ dataset, days }) => {
        const slots = slotsOf(days);
        return slots.length === 0
          ? []
          : [{ labels: { dataset }, value: slots.reduce((sum, { expected }) => sum + expected, 0) }];
      }),
  },
  {
    name: "bronzestore_coverage_slots",
    help: "How the captures that were due came out.",
    samples: (surveys) =>
      surveys.flatMap(({ dataset, days }) => {
        const slots = slotsOf(days);
        if (slots.length === 0) return [];
        return SLOT_STATES.map((state) => ({
          labels: { dataset, state },
          value: slots.reduce((sum, own) => sum + countOf(own[state]), 0),
        }));
      }),
  },
];

function slotsOf(days: readonly CoverageDay[]): NonNullable<CoverageDay["slots"]>[] {
  return days.flatMap(({ slots }) => slots ?? []);
}

function countOf(slots: number | readonly unknown[]): number {
  return typeof slots === "number" ? slots : slots.length;
}

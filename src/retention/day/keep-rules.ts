import { aSchedule, type Schedule } from "../../dataset/index.js";
import { BronzeError } from "../../errors.js";
import type { SnapshotTypes } from "../../gold/index.js";
import { anObject, type OptionTable, required } from "../../options.js";
import { formatInstant, type InstantLike, toDurationNs, toEpochNs } from "../../time/index.js";

/** Which runs stay as examples of what was known, besides those that something names. */
export interface KeepRules {
  /** Whether the first run of each UTC hour stays. */
  readonly firstOfHour: boolean;
  /** Instants, ISO-8601 UTC, in order: the last run that started by then stays. */
  readonly locks: readonly string[];
}

/**
 * The locks of a schedule: each game's tip-off, less each of the spans.
 *
 * @category Retention
 */
export interface ScheduledLocks {
  readonly schedule: Schedule;
  /** How long before the tip, by name, as for `GoldStore`: `{ lock: "PT15M", pretip: "PT0S" }`. */
  readonly snapshots: SnapshotTypes;
}

export const LOCKS_OPTIONS: OptionTable<ScheduledLocks> = {
  schedule: required(aSchedule),
  snapshots: required(anObject),
};

/** A run and when it started. */
export interface StartedRun<Run> {
  readonly run: Run;
  readonly startNs: bigint;
}

const HOUR_NS = 3_600_000_000_000n;

/**
 * Which of the runs of one pipeline or place stay, and why.
 *
 * @param runs in order of their starts
 */
export function keptByRules<Run>(
  runs: readonly StartedRun<Run>[],
  { firstOfHour, locks }: KeepRules,
): Map<Run, string> {
  const kept = new Map<Run, string>();
  const keep = (run: Run, reason: string) => {
    if (!kept.has(run)) kept.set(run, reason);
  };
  if (firstOfHour) {
    let hour: bigint | undefined;
    for (const { run, startNs } of runs) {
      if (startNs / HOUR_NS !== hour) keep(run, "it is the first run of its hour");
      hour = startNs / HOUR_NS;
    }
  }
  let next = 0;
  for (const lock of locks) {
    const lockNs = toEpochNs(lock);
    while (next < runs.length && runs[next]!.startNs <= lockNs) next++;
    const last = runs[next - 1];
    if (last) keep(last.run, `it is the last run before the lock at ${lock}`);
  }
  return kept;
}

/**
 * Locks as texts, each once, in order.
 *
 * @param lastDate a game without tip-off matters up to this date
 * @throws BronzeError `INVALID_ARGUMENT`, `INVALID_INSTANT`, `INVALID_DURATION`
 */
export function lockTexts(
  locks: Iterable<InstantLike>,
  tips: ScheduledLocks | undefined,
  lastDate: string,
): string[] {
  const instants = Array.from(locks, (lock) => toEpochNs(lock, "a lock"));
  const spans = Object.entries(tips?.snapshots ?? {}).map(([name, span]) =>
    toDurationNs(span, `snapshot type ${name}`),
  );
  for (const { game_id, game_date, tip_ts } of tips?.schedule.games ?? []) {
    if (tip_ts !== undefined) instants.push(...spans.map((span) => tip_ts - span));
    else if (game_date <= lastDate)
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `Game ${game_id} of ${game_date} has no tip_ts, so nobody knows which run was the last before its lock; give the schedule its tip-off, or leave the game out.`,
        { game_id },
      );
  }
  return [...new Set(instants)].sort((a, b) => (a < b ? -1 : 1)).map(formatInstant);
}

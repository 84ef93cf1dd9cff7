/*
 * What the page is given: answers, and where they come from. Both sides use these types: `gather` makes the data in Node,
 * the page reads it. Instants are numbers of a list that a history holds, so that no digit is lost on the way.
 */

/** All that one page holds. */
export interface ReportData {
  /** Version of the library that gave the answers. */
  readonly library: string;
  readonly title: string;
  /** When the answers were given, ISO-8601 UTC. */
  readonly madeAt: string;
  /** Which state of the tree it is of, where a server goes on telling of changes; null for a page that stays as it is. */
  readonly live: number | null;
  /** What each zone adds to UTC: `[from, offset]` in seconds, ascending; outside them it is not known. */
  readonly zones: Readonly<Record<string, ZoneSpans>>;
  readonly datasets: readonly DatasetData[];
  /** Ascending; the history of datasets whose paths say no dates is one day of its own, the last. */
  readonly days: readonly DayData[];
  readonly freshness: readonly FreshnessData[];
  /** Null where no gold store was given. */
  readonly gold: GoldData | null;
  readonly checks: readonly CheckData[];
  readonly runs: RunsData;
  /** Null where nobody is to look; `ask` where the page asks for it, once it is open and whenever a person wants. */
  readonly diagnosis: DiagnosisData | "ask" | null;
}

/** What the doctor found wrong with the tree. */
export interface DiagnosisData {
  /** ISO-8601 UTC. */
  readonly at: string | null;
  readonly ok: boolean;
  readonly findings: readonly {
    readonly code: string;
    readonly path: string;
    readonly what: string;
    /** What to do about it, or what was done. */
    readonly todo: string;
    readonly isDone: boolean;
  }[];
  readonly checks: readonly {
    readonly check: string;
    readonly looked: number;
    readonly note: string | null;
  }[];
  /** What the library says instead. */
  readonly refused: string | null;
}

/** What the newest runs did, newest first. */
export interface RunsData {
  readonly runs: readonly RunData[];
  /** What the library says instead. */
  readonly refused: string | null;
}

/** A run; what its file says is null where it cannot be read. Instants are ISO-8601 UTC. */
export interface RunData {
  readonly id: string;
  readonly name: string | null;
  readonly status: "running" | "completed" | "unchanged" | "failed" | "interrupted" | "abandoned" | null;
  readonly cutoff: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly stages: readonly { readonly name: string; readonly status: string; readonly rows: number }[];
  /** What went wrong. */
  readonly message: string | null;
}

/** How fresh a dataset was when the answers were given. */
export interface FreshnessData {
  readonly dataset: string;
  readonly status: "pass" | "warn" | "error" | null;
  readonly newest: string | null;
  readonly ageSeconds: number | null;
  readonly proven: boolean;
  /** What the library says instead, where it cannot tell. */
  readonly refused: string | null;
}

/** What is frozen, and what is wrong with it: every hash was taken again. */
export interface GoldData {
  readonly slates: readonly SlateData[];
  /** Grouped by cause: one thing that is wrong is said once, with the slates that it touches. */
  readonly findings: readonly FindingData[];
  /** Why not all of it was verified, in the library's words. */
  readonly refused: string | null;
}

export interface SlateData {
  /** The key's cells that tell it from the others, without the date. */
  readonly name: string;
  readonly cells: readonly string[];
  readonly date: string | null;
  readonly snapshot: string;
  readonly revision: number;
  /** Epoch nanoseconds, in decimal. */
  readonly cutoff: string;
  readonly frozenAt: string;
  readonly rows: number;
  readonly inputs: readonly { readonly dataset: string; readonly files: number; readonly rows: number }[];
  readonly digest: string;
  readonly path: string;
  /** Whether its hashes were taken again; a live page does it for the days that are opened. */
  readonly verified: boolean;
}

export interface FindingData {
  readonly kind: string;
  /** Whether what was frozen is whole all the same. */
  readonly ok: boolean;
  readonly path: string;
  readonly message: string | null;
  /** What it touches: numbers of `slates`; those of earlier revisions are only counted. */
  readonly slates: readonly number[];
  readonly touched: number;
}

/** A leak check that was made for the page. */
export interface CheckData {
  readonly name: string;
  readonly outcome: "no leak" | "leak" | "nothing checked" | "failed";
  /** What the library says of it, line by line. */
  readonly lines: readonly string[];
}

/** The last entry is where knowledge ends. */
export type ZoneSpans = readonly (readonly [from: number, offset: number])[];

/** What is the same on all days of a dataset. */
export interface DatasetData {
  readonly name: string;
  readonly timeZone: string;
  readonly meaning: "changes" | "snapshot";
  readonly key: readonly string[];
  /** Name of the column of valid time; null where the feed has none. */
  readonly asOf: string | null;
  readonly ingested: string;
  /** Time between captures in seconds; null where nothing is expected. */
  readonly everySeconds: number | null;
  readonly isDated: boolean;
  /** Why its days, or some of them, are not known, in the library's words. */
  readonly refused: string | null;
}

/** What is worth showing of a dataset's columns. */
export interface Arrangement {
  /** Key column whose values are the groups a person looks at one at a time; null for none. */
  readonly group: string | null;
  /** Columns that name a key beside its own cells: they are text, and the same in all its versions. */
  readonly labels: readonly string[];
  /** Columns whose cells are shown as what a key holds; the first is drawn. */
  readonly values: readonly ValueColumn[];
}

/**
 * `numbers` are drawn as a line, `words` as coloured bands, `text` and `instants` as bands without a colour of their own;
 * instants are shown on the wall clock.
 */
export interface ValueColumn {
  readonly name: string;
  readonly kind: "numbers" | "words" | "text" | "instants";
}

export interface DayData {
  /** Null for what has no dates. */
  readonly date: string | null;
  /** What the bar of time spans, in epoch seconds. */
  readonly window: readonly [from: number, to: number];
  readonly zone: string;
  /** For each dataset in order; null where it has nothing that day. */
  readonly feeds: readonly (FeedDay | null)[];
  readonly events: readonly EventData[];
}

/** An instant that people ask about. */
export interface EventData {
  readonly name: string;
  /** Epoch nanoseconds, in decimal. */
  readonly at: string;
  /** Value of the group it belongs to, as `KeyData.group` has it; null for all. */
  readonly group: string | null;
  /** Whether it is the cutoff of something frozen, and not an event that a person named. */
  readonly isCutoff: boolean;
}

export interface FeedDay {
  readonly coverage: CoverageData | null;
  /** What a question about the day is answered from; null where it cannot be asked. */
  readonly history: HistoryData | null;
  /** Why there is no history, in the library's words; null without a history: a live page has not asked yet. */
  readonly refused: string | null;
}

/** The day as `coverage` counts it. */
export interface CoverageData {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly rowsNotSelectable: number;
  readonly rowsAhead: number;
  readonly pruned: boolean;
  readonly isLatest: boolean;
  readonly unreadable: readonly string[];
  readonly hours: readonly HourData[];
}

/** What was captured in an hour of the wall clock, and what was due in it. */
export interface HourData {
  /** 0 to 23, and on into the next day: 24 is its first hour. -1: before the day. */
  readonly hour: number;
  /** 1 in the hour that autumn repeats, when it comes again. */
  readonly fold: 0 | 1;
  readonly files: number;
  readonly rows: number;
  readonly fallback: number;
  readonly late: number;
  /** Captures due, and those of them that brought rows; null where nothing is expected. */
  readonly due: number | null;
  readonly came: number;
  readonly missing: number;
  readonly thin: number;
  readonly pending: number;
}

/**
 * The versions of all keys, as columns: a version is a row of each. Those of a key lie together, in the order in which
 * the library selects.
 */
export interface HistoryData {
  readonly arrangement: Arrangement;
  /** Epoch nanoseconds, ascending: the first, then what each adds. Text where a number would round. */
  readonly instants: readonly (number | string)[];
  /** Of one instant unit in nanoseconds. */
  readonly unit: number;
  readonly files: readonly string[];
  /** Where a file lies now, once compacted: `[file, holder]`, both numbers of `files`. */
  readonly compacted: readonly (readonly [number, number])[];
  /** Rank of each version's instants, -1 for none; these four as what is added to the version before, from 0 in each key. */
  readonly effective: readonly number[];
  readonly captured: readonly number[];
  /** Valid time where it is not the effective time: `[version, rank]`. */
  readonly otherAsOf: readonly (readonly [number, number])[];
  readonly byFallback: readonly number[];
  readonly file: readonly number[];
  readonly row: readonly number[];
  /** Cells of the value columns: which of `words`. */
  readonly cells: readonly {
    readonly words: readonly string[];
    readonly codes: readonly number[];
  }[];
  readonly keys: readonly KeyData[];
  readonly answers: Readonly<Record<Axis, PackedAnswers>>;
  /** Instants at which a file was captured, as ranks: one a file, ascending. */
  readonly captures: readonly number[];
  /** Keys that held nothing at any time from the day's start on, and are left out. */
  readonly leftOut: number;
}

export interface KeyData {
  /** The key's cells and its labels, as text, in the dataset's order. */
  readonly cells: readonly string[];
  readonly labels: readonly string[];
  readonly group: string | null;
  /** Its first version, and how many it has. */
  readonly first: number;
  readonly count: number;
}

/** Which question is asked: by all that is known now, or by what was captured at the cutoff itself. */
export type Axis = "held" | "known";

/** Answers of one axis. All lists are flat, in the order of time; versions are counted from the key's first. */
export interface StepsData {
  /** `rank, version`: from the instant on the version holds; -1 for none. */
  readonly steps: readonly number[];
  /** `rank, version, outcome`: what becomes of a version from the instant on; rank -1: from ever. */
  readonly outcomes: readonly number[];
  /** `rank, file, time`: from the instant on a file shows the key gone, whose own time is of rank `time`; file -1: no longer. */
  readonly gone: readonly number[];
  /**
   * `rank, version, effective, 1 by fallback`: from the instant on the version goes by other times than the columns say.
   * Only where the first usable time that was captured changes the rule.
   */
  readonly times: readonly number[];
}

/** The same of all keys, one after the other; `counts` has how many entries each key has. */
export interface PackedAnswers {
  readonly steps: PackedEntries;
  readonly outcomes: PackedEntries & { readonly what: readonly number[] };
  /** `[key, list]`, of those that have any. */
  readonly gone: readonly (readonly [number, readonly number[]])[];
  readonly times: readonly (readonly [number, readonly number[]])[];
}

/**
 * Entries whose instant is nearly always that of a version close by: small numbers, and mostly the same ones, so that they
 * take little room.
 */
export interface PackedEntries {
  readonly counts: readonly number[];
  /** What is added to the version of the entry before; from -1 in each key. */
  readonly by: readonly number[];
  /** Twice the distance to the version whose effective time it is, one more for its capture; else `FAR` and the rank. */
  readonly at: readonly number[];
}

/** What can become of a version, as `explain` says it; the number is the place. */
export const OUTCOMES = [
  "after-cutoff",
  "won",
  "earlier-effective-time",
  "earlier-ingested",
  "earlier-partition",
  "earlier-row",
  "gone",
  "tombstone",
  "not-known",
  "not-selectable",
  "too-old",
] as const;

export type Outcome = (typeof OUTCOMES)[number];

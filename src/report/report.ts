import { type AnyDataset, BronzeStore, type Diagnosis, GoldStore, toEpochNs } from "../index.js";
import {
  anObject,
  assertIs,
  assertOptions,
  callback,
  given,
  iterable,
  type Kind,
  type OptionTable,
  required,
  text,
  texts,
  whole,
} from "../options.js";
import { assertDateRange } from "../time/index.js";
import type { Asked } from "./asked.js";
import type { ReportEvent } from "./day-events.js";
import { gather } from "./gather.js";
import { CHECK_OPTIONS, type ReportCheck } from "./gather-checks.js";
import { htmlOf } from "./html.js";
import { pageCode } from "./page/bundle.mjs";

/**
 * What a page shows.
 *
 * @category Report
 */
export interface ReportOptions {
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  /** What the page is called. Default: where the store lies. */
  readonly title?: string;
  /** Names of datasets, in the order they are shown. Default: all of the store. */
  readonly datasets?: readonly string[];
  /** The first day, `YYYY-MM-DD`. Default: the first that any of the datasets has. */
  readonly from?: string;
  /** The last day. Default: the last that any has. */
  readonly to?: string;
  /**
   * For a dataset by name, how many days before a day a question about it reads too. Default: 1 where each file is a state
   * that its own time dates, so that what held as the day began is there; else 0.
   */
  readonly lookbackDays?: Readonly<Record<string, number>>;
  /** Instants that people ask about, such as games: they are shown on the bar of time, and name the keys they are about. */
  readonly events?: Iterable<ReportEvent>;
  /** Its frozen slates are shown, each verified, with what is wrong grouped by cause. Default: none are. */
  readonly gold?: GoldStore<readonly AnyDataset[]>;
  /** Leak checks to make and to show. They run when the page is made, one after the other. */
  readonly checks?: Iterable<ReportCheck>;
  /**
   * Looks for what is wrong with the tree, and what it finds is shown: `() => doctor({ root: "data" }, { datasets })`. It runs when the
   * page is made; a page that is served asks for it once it is open, and again when a person wants. Default: nobody looks.
   */
  readonly diagnose?: () => Promise<Diagnosis>;
}

const aStore: Kind = {
  is: "a BronzeStore",
  accepts: (value) => value instanceof BronzeStore,
};

const aGold: Kind = { is: "a GoldStore", accepts: (value) => value instanceof GoldStore };

export const REPORT_OPTIONS: OptionTable<ReportOptions> = {
  bronze: required(aStore),
  title: text,
  datasets: texts,
  from: given,
  to: given,
  lookbackDays: anObject,
  events: iterable,
  gold: aGold,
  checks: iterable,
  diagnose: callback,
};

/**
 * Makes a page of a store that opens from disk in any browser: what was captured when, what was missing, and for any instant
 * what was known, what changed, and why. It is one file that loads nothing; the answers in it are the library's, for every
 * instant there is, and are looked up.
 *
 * @returns the text of an HTML file
 * @throws BronzeError of the question, `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `INVALID_INSTANT`, `INVALID_DATE`. What cannot be answered of a
 * dataset or of one of its days is told on the page in its place, in the library's words
 * @example
 * ```ts
 * writeFileSync("tree.html", await report({ bronze, from: "2026-01-01", to: "2026-01-31" }));
 * ```
 * @category Report
 */
export async function report(options: ReportOptions): Promise<string> {
  assertOptions(options, REPORT_OPTIONS, "report");
  const data = await gather(askedBy(options), "all", null);
  return htmlOf(data, await pageCode());
}

/**
 * What is asked for, checked.
 *
 * @throws BronzeError `INVALID_ARGUMENT`, `UNKNOWN_DATASET`, `INVALID_DATE`, `INVALID_INSTANT`
 */
export function askedBy(options: ReportOptions): Asked {
  const { bronze, datasets, from, to, lookbackDays = {}, title, gold, diagnose } = options;
  assertDateRange(from, to);
  for (const [name, days] of Object.entries(lookbackDays)) {
    bronze.dataset(name); // refuses one that there is not
    assertIs(days, whole(0), `lookbackDays of ${name}`);
  }
  const events = [...(options.events ?? [])];
  for (const { at } of events) toEpochNs(at, "at of an event");
  const checks = [...(options.checks ?? [])];
  for (const check of checks) assertOptions(check, CHECK_OPTIONS, "a check of a report");
  return {
    bronze,
    title: title ?? bronze.storage.description,
    datasets: datasets ? datasets.map((name) => bronze.dataset(name)) : bronze.datasets,
    ...{ from, to, lookbackDays, events, gold, checks, diagnose },
  };
}

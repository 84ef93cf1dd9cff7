import type { AnyDataset, BronzeStore, Diagnosis } from "../index.js";
import type { ReportEvent } from "./day-events.js";
import type { ReportCheck } from "./gather-checks.js";
import type { AnyGold } from "./gather-gold.js";

/** What a page is asked for, checked. */
export interface Asked {
  readonly bronze: BronzeStore<readonly AnyDataset[]>;
  readonly title: string;
  readonly datasets: readonly AnyDataset[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly lookbackDays: Readonly<Record<string, number>>;
  readonly events: readonly ReportEvent[];
  readonly gold: AnyGold | undefined;
  readonly checks: readonly ReportCheck[];
  readonly diagnose: (() => Promise<Diagnosis>) | undefined;
}

/**
 * How much of it is answered at once: all of it; what a live page shows before a day is opened, which is all but what keys held and
 * whether slates still are what they were; or one day (null: what has no dates) with these two, and nothing of the others.
 */
export type Extent = "all" | "overview" | { readonly day: string | null };

/** Whether what keys held is asked, and each hash taken again. */
export function isDeep(extent: Extent): boolean {
  return extent !== "overview";
}

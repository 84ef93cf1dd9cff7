import { batch, computed, signal } from "@preact/signals";
import type {
  Arrangement,
  Axis,
  DatasetData,
  DayData,
  DiagnosisData,
  EventData,
  FeedDay,
  ReportData,
  ZoneSpans,
} from "./data.js";
import { cellAt, changesOf, type History, heldAt, type Key, nsOf, openHistory, rankAt } from "./lookup.js";
import { type ReadDays, withDays } from "./merge-days.js";
import { wallTime } from "./zone.js";

/*
 * What a person looks at: a day, an instant of it, a group of keys, and one key. All else follows from these.
 */

/** Set before anything is drawn; a live page sets it again. */
const overview = signal<ReportData | undefined>(undefined);
const readDays = signal<ReadDays>(new Map());
const report = computed(() => withDays(overview.value!, readDays.value));
export const data = (): ReportData => report.value;

/** What a live page was told when it asked what is wrong. */
export const toldDiagnosis = signal<DiagnosisData | null>(null);
export const isDiagnosing = signal(false);
/** What is wrong with the tree; null where it is not known (yet). */
export const diagnosis = computed<DiagnosisData | null>(() => {
  const own = data().diagnosis;
  return own === "ask" ? toldDiagnosis.value : own;
});

export const dayPlace = signal(0);
/** Epoch nanoseconds. */
export const cutoff = signal(0n);
export const isKnownOnly = signal(false);
export const group = signal<string | null>(null);
/** What changes are counted from. */
export const since = signal<bigint | null>(null);
export const picked = signal<{
  readonly dataset: number;
  readonly key: number;
} | null>(null);

export const axis = computed<Axis>(() => (isKnownOnly.value ? "known" : "held"));
export const day = computed<DayData>(() => data().days[dayPlace.value]!);
export const spans = computed<ZoneSpans>(() => {
  const { date, zone } = day.value;
  return (readDays.value.get(date)?.zones[zone] ?? data().zones[zone])!;
});
/** Whether the day's answers are here: those of a live page come when a day is opened. */
export const isRead = computed(() => data().live === null || readDays.value.has(day.value.date));

/** A dataset that has something on the day. */
export interface Feed {
  readonly place: number;
  readonly dataset: DatasetData;
  readonly arrangement: Arrangement;
  readonly feed: FeedDay;
  readonly history: History | null;
}

const NOTHING_SHOWN: Arrangement = { group: null, labels: [], values: [] };

const opened = new WeakMap<FeedDay, History>();

function historyOf(feed: FeedDay): History | null {
  if (!feed.history) return null;
  let history = opened.get(feed);
  if (!history) {
    history = openHistory(feed.history);
    opened.set(feed, history);
  }
  return history;
}

export const feeds = computed<readonly Feed[]>(() =>
  day.value.feeds.flatMap((feed, place) =>
    feed
      ? [
          {
            place,
            dataset: data().datasets[place]!,
            arrangement: feed.history?.arrangement ?? NOTHING_SHOWN,
            feed,
            history: historyOf(feed),
          },
        ]
      : [],
  ),
);

/** The column by which the day's keys are grouped, and its values with the events that name them. */
export const groups = computed(() => {
  const column = feeds.value.find(({ arrangement }) => arrangement.group !== null)?.arrangement.group ?? null;
  const values = new Set<string>();
  for (const { arrangement, history } of feeds.value)
    if (column !== null && arrangement.group === column)
      for (const key of history?.keys ?? []) if (key.group !== null) values.add(key.group);
  const events = day.value.events;
  const named = [...values].map((value) => ({
    value,
    event: events.find((event) => !event.isCutoff && event.group === value),
  }));
  const order = (event: EventData | undefined) => (event ? events.indexOf(event) : events.length);
  named.sort((a, b) => order(a.event) - order(b.event) || (a.value < b.value ? -1 : 1));
  return { column, values: named };
});

/** A key of a feed, with its number among the feed's. */
interface Numbered {
  readonly key: Key;
  readonly number: number;
}

/** The keys of a feed that are looked at. */
export function shownKeys({ arrangement, history }: Feed): Numbered[] {
  const keys = (history?.keys ?? []).map((key, number) => ({
    key,
    number,
  }));
  const { column } = groups.value;
  return group.value === null || arrangement.group !== column
    ? keys
    : keys.filter(({ key }) => key.group === group.value);
}

/** Instants at which what any of the keys looked at holds changes. */
export const changes = computed<readonly bigint[]>(() => {
  const all = feeds.value.flatMap((feed) =>
    feed.history
      ? changesOf(
          feed.history,
          shownKeys(feed).map(({ key }) => key),
          axis.value,
        )
      : [],
  );
  return [...new Set(all)].sort((a, b) => (a < b ? -1 : 1));
});

/** The rank of the cutoff in each history, by dataset. */
export const ranks = computed<ReadonlyMap<number, number>>(
  () =>
    new Map(
      feeds.value.flatMap(({ place, history }) => (history ? [[place, rankAt(history, cutoff.value)]] : [])),
    ),
);

const SECOND = 1_000_000_000n;

/** The day's window in nanoseconds. */
export const bounds = computed(() => {
  const [from, to] = day.value.window;
  return { from: BigInt(from) * SECOND, to: BigInt(to) * SECOND };
});

/** Where an instant lies in the window, from 0 to 100. */
export function percentOf(ns: bigint): number {
  const { from, to } = bounds.value;
  if (ns <= from) return 0;
  if (ns >= to) return 100;
  return (Number(ns - from) / Number(to - from)) * 100;
}

export function moveTo(ns: bigint): void {
  const { from, to } = bounds.value;
  cutoff.value = ns < from ? from : ns > to ? to : ns;
}

/** Goes to the next change, or the one before. */
export function step(by: 1 | -1): void {
  const { from, to } = bounds.value;
  const inside = changes.value.filter((ns) => ns >= from && ns <= to);
  const next = by > 0 ? inside.find((ns) => ns > cutoff.value) : inside.findLast((ns) => ns < cutoff.value);
  if (next !== undefined) cutoff.value = next;
}

/** The events of the group looked at, and those of all. */
export const ownEvents = computed(() =>
  day.value.events.filter(
    (event) => event.group === null || group.value === null || event.group === group.value,
  ),
);

export function chooseGroup(value: string | null): void {
  batch(() => {
    group.value = value;
    since.value = null;
    cutoff.value = usualCutoff();
    pickFirst();
  });
}

export function chooseDay(place: number): void {
  if (place < 0 || place >= data().days.length) return;
  later = undefined;
  batch(() => {
    dayPlace.value = place;
    group.value = null;
    const { values } = groups.value;
    chooseGroup(values.length > 1 ? (values.findLast(({ event }) => event) ?? values[0])!.value : null);
  });
}

/** At the last event, else when the last file was captured; where files still come, always there. */
function usualCutoff(): bigint {
  const { from, to } = bounds.value;
  const event = ownEvents.value.findLast(({ at }) => BigInt(at) >= from && BigInt(at) <= to);
  if (event && data().live === null) return BigInt(event.at);
  const captured = feeds.value.flatMap(({ history }) =>
    history ? history.data.captures.map((rank) => history.instants[rank]!) : [],
  );
  const inside = captured.filter((ns) => ns >= from && ns <= to);
  return inside.length > 0 ? inside.reduce((last, ns) => (ns > last ? ns : last)) : to;
}

/** The key with the most to tell: of those that hold something at the cutoff, the one with the most versions. */
function pickFirst(): void {
  const all = feeds.value.flatMap((feed) =>
    shownKeys(feed).map(({ key, number }) => ({
      place: { dataset: feed.place, key: number },
      score: key.count + (heldAt(key, axis.value, ranks.value.get(feed.place) ?? -1) >= 0 ? 1e9 : 0),
    })),
  );
  const best = all.reduce((found, one) => (one.score > (found?.score ?? 0) ? one : found), all[0]);
  picked.value = best?.place ?? null;
}

export function open(given: ReportData): void {
  overview.value = given;
  // The last of the days that have most to show.
  const shown = given.days.map(({ feeds }) => feeds.filter((feed) => feed !== null && hasRows(feed)).length);
  chooseDay(shown.lastIndexOf(Math.max(...shown)));
}

function hasRows({ history, coverage, refused }: FeedDay): boolean {
  return refused === null && (history?.keys.length ?? coverage?.rows ?? 0) > 0;
}

/** What waits for the day's answers. */
let later: (() => void) | undefined;

/** Does something with the day's answers: now, or when they are here, unless another day is chosen before. */
export function onceRead(action: () => void): void {
  if (isRead.value) batch(action);
  else later = action;
}

/** The answers about a day are here: it is shown as it is by itself, or as somebody wanted it meanwhile. */
export function showDay(date: string | null, answers: ReportData): void {
  const waiting = later;
  batch(() => {
    readDays.value = new Map(readDays.value).set(date, answers);
    if (day.value.date !== date) return;
    chooseDay(dayPlace.value);
    waiting?.();
  });
}

/**
 * The tree changed: what was known of it is put out, and all is looked at as before. Who stood where a day is looked at by itself, which is
 * where it ends, goes on with it.
 *
 * @param answers those about the day that is open; `undefined` where there are none
 * @param look looks at what was looked at, by its names
 */
export function renew(given: ReportData, answers: ReportData | undefined, look: () => void): void {
  const isEmpty = data().days.length === 0;
  batch(() => {
    const goesOn = !isEmpty && cutoff.value === usualCutoff();
    const date = isEmpty ? null : day.value.date;
    overview.value = given;
    readDays.value = answers ? new Map([[date, answers]]) : new Map();
    if (given.days.length === 0) return;
    const place = isEmpty ? -1 : given.days.findIndex((one) => one.date === date);
    if (place < 0) return open(given);
    dayPlace.value = place;
    look();
    if (goesOn) cutoff.value = usualCutoff();
  });
}

/** `22:15:00`, with the date where it is another than the day's. */
export function clockText(ns: bigint): string {
  const { date, time, isLocal } = wallTime(spans.value, ns);
  const text = isLocal ? time : `${time}Z`;
  return date === day.value.date ? text : `${date.slice(5)} ${text}`;
}

/** A cell as it is shown: an instant on the wall clock. */
export function cellText({ arrangement, history }: Feed, column: number, version: number): string {
  const cell = cellAt(history!, column, version);
  const ns = arrangement.values[column]!.kind === "instants" ? nsOf(cell) : undefined;
  return ns === undefined ? cell : clockText(ns);
}

/** What a version holds, in a few words: the first value, and the next. */
export function valueText(feed: Feed, version: number): string {
  return feed.arrangement.values
    .slice(0, 2)
    .map((_, column) => cellText(feed, column, version))
    .join(" · ");
}

function nameOfGroup(value: string): string {
  return groups.value.values.find((one) => one.value === value)?.event?.name ?? value;
}

/** What a key is called: its labels, else its cells without the group's. */
export function keyName(
  { dataset, arrangement }: Feed,
  key: Key,
): { readonly name: string; readonly more: string } {
  const place = groups.value.column === null ? -1 : dataset.key.indexOf(arrangement.group ?? "");
  const cells = key.cells.filter((_, i) => i !== place || key.cells.length === 1);
  const [name, ...more] = key.labels.length > 0 ? key.labels : [cells.at(-1)!, ...cells.slice(0, -1)];
  // Beside keys of other groups it says which its own is.
  if (place >= 0 && group.value === null) more.push(nameOfGroup(key.group!));
  return { name: name!, more: more.join(" ") };
}

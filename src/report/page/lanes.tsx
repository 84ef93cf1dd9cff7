import { useComputed, useSignal } from "@preact/signals";
import { memo } from "preact/compat";
import type { Axis } from "./data.js";
import {
  type Band,
  bandsOf,
  cellAt,
  goneAt,
  type History,
  heldAt,
  isByFallback,
  type Key,
} from "./lookup.js";
import { moveFocus } from "./move-focus.js";
import {
  axis,
  bounds,
  cellText,
  data,
  day,
  type Feed,
  feeds,
  isRead,
  keyName,
  percentOf,
  picked,
  ranks,
  shownKeys,
} from "./state.js";
import { counted } from "./words.js";

/** What each key held from when to when. */
export function Lanes() {
  return (
    <div class="two">
      {feeds.value.map((feed) => (
        <FeedLanes key={`${day.value.date} ${feed.place}`} feed={feed} />
      ))}
    </div>
  );
}

/** More are drawn when asked for. */
const FIRST_LANES = 40;

function FeedLanes({ feed }: { feed: Feed }) {
  const { dataset, arrangement, history } = feed;
  const wanted = useSignal("");
  const most = useSignal(FIRST_LANES);
  const keys = shownKeys(feed).filter(({ key }) => matches(key.cells.concat(key.labels), wanted.value));
  const held = useComputed(() => {
    const rank = ranks.value.get(feed.place) ?? -1;
    return shownKeys(feed).filter(({ key }) => heldAt(key, axis.value, rank) >= 0).length;
  });
  return (
    <section class="panel" aria-label={dataset.name}>
      <h2 class="mono">
        {dataset.name}{" "}
        <small>
          {history ? (
            <>
              {held} of {counted(shownKeys(feed).length, "key")} hold,{" "}
              {arrangement.values[0]?.name ?? "no value"}
            </>
          ) : null}
        </small>
      </h2>
      {feed.feed.refused ? <p class="refused">{feed.feed.refused}</p> : null}
      {feed.feed.coverage?.unreadable.map((text) => (
        <p key={text} class="refused">
          {text}
        </p>
      ))}
      {keys.length > FIRST_LANES || wanted.value ? (
        <input
          type="search"
          class="find"
          placeholder="find a key"
          aria-label={`Find a key of ${dataset.name}`}
          onInput={(event) => {
            wanted.value = event.currentTarget.value.toLowerCase();
          }}
        />
      ) : null}
      <div class="lanes">
        {keys.slice(0, most.value).map(({ number }) => (
          <Lane key={number} feed={feed} number={number} />
        ))}
      </div>
      {isRead.value ? null : <p class="hint">Being read.</p>}
      {history && keys.length === 0 ? <p class="hint">No key.</p> : null}
      {keys.length > most.value ? (
        <button
          type="button"
          class="more"
          onClick={() => {
            most.value += 200;
          }}
        >
          and {counted(keys.length - most.value, "more key")}
        </button>
      ) : null}
    </section>
  );
}

function matches(texts: readonly string[], wanted: string): boolean {
  return wanted === "" || texts.some((text) => text.toLowerCase().includes(wanted));
}

function Lane({ feed, number }: { feed: Feed; number: number }) {
  const key = feed.history!.keys[number]!;
  const held = useComputed(() => heldAt(key, axis.value, ranks.value.get(feed.place) ?? -1));
  const isOn = useComputed(() => picked.value?.dataset === feed.place && picked.value.key === number);
  const { name, more } = keyName(feed, key);
  return (
    <button
      type="button"
      class={`lane${isOn.value ? " on" : ""}`}
      aria-pressed={isOn.value}
      onClick={() => {
        picked.value = { dataset: feed.place, key: number };
      }}
      onKeyDown={moveFocus}
    >
      <span class="who">
        <b>{name}</b>
        <i>{more}</i>
      </span>
      <Value feed={feed} version={held.value} />
      <Chart feed={feed} number={number} axis={axis.value} />
    </button>
  );
}

function Value({ feed, version }: { feed: Feed; version: number }) {
  if (version < 0) return <span class="value gone">nothing</span>;
  const [first, second] = feed.arrangement.values;
  if (!first) return <span class="value">holds</span>;
  const cell = cellText(feed, 0, version);
  return (
    <span class={`value ${first.kind}`}>
      {first.kind === "words" ? <i class={`dot w${colourOf(feed, cell)}`} /> : null}
      <b>{cell}</b>
      {second?.kind === "numbers" ? <i>{cellText(feed, 1, version)}</i> : null}
    </span>
  );
}

const colours = new Map<number, Map<string, number>>();

/** The number of a word's colour: the same on all days, and once given it stays. */
function colourOf({ place }: Feed, word: string): number {
  const own = colours.get(place) ?? new Map<string, number>();
  colours.set(place, own);
  if (!own.has(word)) {
    const words = data().days.flatMap(({ feeds }) => feeds[place]?.history?.cells[0]?.words ?? []);
    for (const one of [...new Set(words)].sort()) if (!own.has(one)) own.set(one, own.size);
  }
  return own.get(word) ?? 0;
}

const HEIGHT = 22;

/** A key's day. It is drawn once; what lies after the cutoff is veiled by the style alone. */
const Chart = memo(function Chart({ feed, number, axis }: { feed: Feed; number: number; axis: Axis }) {
  const history = feed.history!;
  const key = history.keys[number]!;
  const { from, to } = bounds.value;
  const bands = bandsOf(history, key, axis, from, to);
  const kind = feed.arrangement.values[0]?.kind ?? "text";
  return (
    <span class="chart">
      <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {kind === "numbers" ? (
          <path d={linePath(history, bands)} class="spark" vector-effect="non-scaling-stroke" />
        ) : (
          bands.map((band, i) => (
            <rect
              key={String(band.from)}
              x={x(band.from)}
              width={Math.max(1.5, x(band.to) - x(band.from) - 1)}
              y="4"
              height="14"
              class={
                kind === "words"
                  ? `band w${colourOf(feed, cellAt(history, 0, band.version))}`
                  : `band t${i % 2}`
              }
            />
          ))
        )}
        <Marks {...{ history, bands, to, axis }} of={key} />
      </svg>
    </span>
  );
});

function x(ns: bigint): number {
  return percentOf(ns) * 10;
}

/** A step for each band, from the smallest number below to the greatest above; where nothing holds the line breaks. */
function linePath(history: History, bands: readonly Band[]): string {
  const numbers = bands.map(({ version }) => Number(cellAt(history, 0, version)));
  const known = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (number: number) => (high > low ? 18 - ((number - low) / (high - low)) * 14 : 11);
  return bands
    .map(({ from, to }, i) => {
      const number = numbers[i]!;
      if (!Number.isFinite(number)) return "";
      const joins = i > 0 && bands[i - 1]!.to === from && Number.isFinite(numbers[i - 1]);
      return `${joins ? "L" : "M"}${x(from).toFixed(1)} ${y(number).toFixed(1)}L${x(to).toFixed(1)} ${y(number).toFixed(1)}`;
    })
    .join("");
}

/** A delay of a fortieth of the day's bar is worth a mark. */
const SEEN = 25;

/** Under a band: placed by the time of capture, or captured only after it began. At its end: gone, or said to be. */
function Marks({
  history,
  bands,
  of,
  axis,
  to,
}: {
  history: History;
  bands: readonly Band[];
  of: Key;
  axis: Axis;
  to: bigint;
}) {
  return (
    <>
      {bands.map((band, i) => {
        const rank = history.data.captured[band.version]!;
        const captured = rank < 0 ? band.to : history.instants[rank]!;
        const until = captured < band.to ? captured : band.to;
        const ends = band.to < to && bands[i + 1]?.from !== band.to;
        return (
          <g key={String(band.from)}>
            {isByFallback(history.data, band.version) ? (
              <rect
                x={x(band.from)}
                width={Math.max(1.5, x(band.to) - x(band.from))}
                y="19.5"
                height="2"
                class="fbline"
              />
            ) : x(until) - x(band.from) > SEEN ? (
              <rect x={x(band.from)} width={x(until) - x(band.from)} y="19.5" height="2" class="lateline" />
            ) : null}
            {ends ? (
              <path
                d={`M${x(band.to)} 3v16`}
                class={isGone(history, of, axis, band.to) ? "absent" : "tomb"}
                vector-effect="non-scaling-stroke"
              />
            ) : null}
          </g>
        );
      })}
    </>
  );
}

function isGone(history: History, key: Key, axis: Axis, at: bigint): boolean {
  return goneAt(key, axis, history.instants.indexOf(at)) !== undefined;
}

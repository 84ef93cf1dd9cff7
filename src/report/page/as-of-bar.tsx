import { isoOf } from "./lookup.js";
import {
  bounds,
  changes,
  chooseGroup,
  clockText,
  cutoff,
  day,
  feeds,
  group,
  groups,
  isKnownOnly,
  moveTo,
  ownEvents,
  percentOf,
  spans,
  step,
} from "./state.js";
import { count } from "./words.js";
import { ticksOf } from "./zone.js";

/** What is asked: the instant, the keys, and by whose knowledge. */
export function AsOfBar() {
  return (
    <section class="asof" aria-label="As of">
      <div class="ask">
        <When />
        <Groups />
        <Jumps />
      </div>
      <Track />
    </section>
  );
}

function When() {
  return (
    <div class="when">
      <span class="eyebrow">what was known at</span>
      <output class="time">{clockText(cutoff.value)}</output>
      <code>
        {isoOf(cutoff.value)} <i>{day.value.zone}</i>
      </code>
    </div>
  );
}

function Groups() {
  const { column, values } = groups.value;
  if (column === null || values.length < 2) return <div />;
  return (
    <div class="groups">
      {values.map(({ value, event }) => (
        <button
          key={value}
          type="button"
          class={value === group.value ? "on" : ""}
          aria-pressed={value === group.value}
          onClick={() => chooseGroup(value)}
        >
          <b>{event?.name ?? value}</b>
          <span>{event ? clockText(BigInt(event.at)).slice(0, 5) : column}</span>
        </button>
      ))}
      <button
        type="button"
        class={group.value === null ? "on" : ""}
        aria-pressed={group.value === null}
        onClick={() => chooseGroup(null)}
      >
        <b>all</b>
        <span>{count(values.length)}</span>
      </button>
    </div>
  );
}

function Jumps() {
  return (
    <div class="jump">
      <button type="button" onClick={() => step(-1)} title="The change before ( , )">
        ‹ change
      </button>
      {ownEvents.value.slice(0, 4).map(({ name, at }) => (
        <button
          key={`${name} ${at}`}
          type="button"
          class={cutoff.value === BigInt(at) ? "on" : ""}
          onClick={() => moveTo(BigInt(at))}
        >
          {name}
        </button>
      ))}
      <button type="button" onClick={() => step(1)} title="The next change ( . )">
        change ›
      </button>
      <label class="switch">
        <input
          type="checkbox"
          checked={isKnownOnly.value}
          onChange={(event) => {
            isKnownOnly.value = event.currentTarget.checked;
          }}
        />
        <span>
          only what had been captured by then <code>knownBy</code>
        </span>
      </label>
    </div>
  );
}

/** The bar of time. Where the cutoff lies is a property of the style, so that dragging draws nothing anew. */
function Track() {
  const [from, to] = day.value.window;
  const rows = feeds.value.filter(({ history }) => history);
  return (
    <div class="track" style={{ height: `${rows.length * 18 + 46}px` }}>
      {rows.map((feed) => (
        <Captures key={feed.place} feed={feed} />
      ))}
      <div class="ticks" aria-hidden="true">
        {ticksOf(spans.value, from, to, 30).map(({ at, label }) => (
          <span key={at} style={{ left: `${percentOf(BigInt(at) * 1_000_000_000n)}%` }}>
            {label}
          </span>
        ))}
      </div>
      {day.value.events.map(({ name, at, group: of }) => (
        <i
          key={`${name} ${at}`}
          class={`flag${of === null || of === group.value ? " on" : ""}`}
          style={{ left: `${percentOf(BigInt(at))}%` }}
          title={name}
        />
      ))}
      <i class="future" />
      <i class="cutline" />
      <Range />
    </div>
  );
}

/** By itself, for it is drawn anew with every step of a drag. */
function Range() {
  return (
    <input
      type="range"
      min={day.value.window[0]}
      max={day.value.window[1]}
      step="60"
      value={String(Number(cutoff.value / 1_000_000_000n))}
      onInput={(event) => {
        moveTo(BigInt(event.currentTarget.value) * 1_000_000_000n);
      }}
      aria-label={`Cutoff, on the clock of ${day.value.zone}`}
      aria-valuetext={`${clockText(cutoff.value)}, ${isoOf(cutoff.value)}; ${changes.value.length} changes this day`}
    />
  );
}

/** When a feed's files were captured. */
function Captures({ feed: { dataset, history } }: { feed: (typeof feeds.value)[number] }) {
  const { from, to } = bounds.value;
  const path = history!.data.captures
    .map((rank) => history!.instants[rank]!)
    .filter((ns) => ns >= from && ns <= to)
    .map((ns) => `M${(percentOf(ns) * 10).toFixed(1)} 3v12`)
    .join("");
  return (
    <div class="captures">
      <span>{dataset.name}</span>
      <svg viewBox="0 0 1000 18" preserveAspectRatio="none" aria-hidden="true">
        <path d={path} vector-effect="non-scaling-stroke" />
      </svg>
    </div>
  );
}

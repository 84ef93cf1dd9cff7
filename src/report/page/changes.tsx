import { useComputed, useSignal } from "@preact/signals";
import { type Change, changesBetween } from "./lookup.js";
import {
  axis,
  bounds,
  clockText,
  cutoff,
  type Feed,
  feeds,
  keyName,
  ownEvents,
  picked,
  shownKeys,
  since,
  valueText,
} from "./state.js";
import { counted } from "./words.js";

const FIRST = 12;

/** What changed between another instant and the cutoff, in the values shown: a value repeated under a new time has not. */
export function Changes() {
  const from = useComputed(() => since.value ?? bounds.value.from);
  const found = useComputed(() => {
    const [early, late] =
      from.value <= cutoff.value ? [from.value, cutoff.value] : [cutoff.value, from.value];
    return feeds.value.flatMap((feed) => changesOf(feed, early, late));
  });
  const list = found.value;
  const most = useSignal(FIRST);
  return (
    <section class="panel" aria-label="Changes">
      <h2>
        Changes{" "}
        <small>
          {clockText(from.value < cutoff.value ? from.value : cutoff.value)} →{" "}
          {clockText(from.value < cutoff.value ? cutoff.value : from.value)}
        </small>
        <Since />
      </h2>
      {list.length === 0 ? <p class="hint">Nothing changed between the two.</p> : null}
      <ul class="diff">
        {list.slice(0, most.value).map((change) => (
          <ChangeLine key={`${change.feed.place} ${change.number}`} {...change} />
        ))}
      </ul>
      {list.length > most.value ? (
        <button
          type="button"
          class="more"
          onClick={() => {
            most.value += 200;
          }}
        >
          and {counted(list.length - most.value, "more key")}
        </button>
      ) : null}
    </section>
  );
}

/** A change of a feed. */
interface FeedChange extends Change {
  readonly feed: Feed;
}

function changesOf(feed: Feed, early: bigint, late: bigint): FeedChange[] {
  const { history } = feed;
  if (!history) return [];
  const numbers = shownKeys(feed).map(({ number }) => number);
  return changesBetween(history, numbers, axis.value, early, late).map((change) => ({ ...change, feed }));
}

function ChangeLine({ feed, number, before, after }: FeedChange) {
  const { name, more } = keyName(feed, feed.history!.keys[number]!);
  const kind = before < 0 ? "add" : after < 0 ? "del" : "chg";
  return (
    <li class={kind}>
      <button
        type="button"
        onClick={() => {
          picked.value = { dataset: feed.place, key: number };
        }}
      >
        <i aria-hidden="true">{{ add: "+", del: "−", chg: "~" }[kind]}</i>
        <b>{name}</b>
        <span>{more}</span>
        <s>{before < 0 ? "nothing" : valueText(feed, before)}</s>
        <em>→</em>
        <u>{after < 0 ? "gone" : valueText(feed, after)}</u>
      </button>
    </li>
  );
}

/** What to count from. */
function Since() {
  const choices = [
    { name: "the day's start", at: null },
    ...ownEvents.value.map(({ name, at }) => ({ name, at: BigInt(at) })),
  ];
  const isPinned = since.value !== null && !choices.some(({ at }) => at === since.value);
  return (
    <span class="seg">
      <select
        aria-label="Changes since"
        value={since.value === null ? "" : String(since.value)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          since.value = value === "" ? null : BigInt(value);
        }}
      >
        {choices.map(({ name, at }) => (
          <option key={String(at)} value={at === null ? "" : String(at)}>
            since {name}
          </option>
        ))}
        {isPinned ? <option value={String(since.value)}>since {clockText(since.value!)}</option> : null}
      </select>
      <button
        type="button"
        onClick={() => {
          since.value = cutoff.value;
        }}
        title="Count changes from the present cutoff"
      >
        pin
      </button>
    </span>
  );
}

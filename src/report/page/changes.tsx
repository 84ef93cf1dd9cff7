import { useComputed } from "@preact/signals";
import { heldAt, rankAt } from "./lookup.js";
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

/** A key that holds something else than it did. */
interface Change {
  readonly feed: Feed;
  readonly number: number;
  readonly before: number;
  readonly after: number;
}

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
        {list.slice(0, FIRST).map((change) => (
          <ChangeLine key={`${change.feed.place} ${change.number}`} {...change} />
        ))}
      </ul>
      {list.length > FIRST ? <p class="hint">and {counted(list.length - FIRST, "more key")}</p> : null}
    </section>
  );
}

function changesOf(feed: Feed, early: bigint, late: bigint): Change[] {
  const { history } = feed;
  if (!history) return [];
  const [a, b] = [rankAt(history, early), rankAt(history, late)];
  const { cells } = history.data;
  const isSame = (before: number, after: number) =>
    before === after ||
    (before >= 0 && after >= 0 && cells.every(({ codes }) => codes[before] === codes[after]));
  return shownKeys(feed).flatMap(({ key, number }) => {
    const [before, after] = [heldAt(key, axis.value, a), heldAt(key, axis.value, b)];
    return isSame(before, after) ? [] : [{ feed, number, before, after }];
  });
}

function ChangeLine({ feed, number, before, after }: Change) {
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

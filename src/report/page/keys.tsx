import { signal } from "@preact/signals";
import { switchTheme } from "./head.js";
import {
  chooseDay,
  chooseGroup,
  cutoff,
  dayPlace,
  group,
  groups,
  isKnownOnly,
  moveTo,
  ownEvents,
  since,
  step,
} from "./state.js";

/** What a key does. Those of one row are shown together. */
interface Command {
  readonly keys: readonly string[];
  readonly does: string;
  run(key: string): void;
}

const isHelpShown = signal(false);

const COMMANDS: readonly Command[] = [
  { keys: [",", "."], does: "the change before, the next one", run: (key) => step(key === "," ? -1 : 1) },
  {
    keys: ["[", "]"],
    does: "the day before, the next one",
    run: (key) => chooseDay(dayPlace.value + (key === "[" ? -1 : 1)),
  },
  { keys: ["g"], does: "the next group of keys", run: nextGroup },
  { keys: ["e"], does: "the next event or frozen cutoff", run: nextEvent },
  {
    keys: ["k"],
    does: "only what had been captured by then, or all that is known now",
    run: () => {
      isKnownOnly.value = !isKnownOnly.value;
    },
  },
  {
    keys: ["p"],
    does: "count changes from the present cutoff",
    run: () => {
      since.value = cutoff.value;
    },
  },
  { keys: ["t"], does: "light or dark", run: switchTheme },
  {
    keys: ["?"],
    does: "these keys",
    run: () => {
      isHelpShown.value = !isHelpShown.value;
    },
  },
];

function nextGroup(): void {
  const { values } = groups.value;
  if (values.length < 2) return;
  const all = [...values.map(({ value }) => value), null];
  chooseGroup(all[(all.indexOf(group.value) + 1) % all.length]!);
}

function nextEvent(): void {
  const all = ownEvents.value.map(({ at }) => BigInt(at));
  const next = all.find((ns) => ns > cutoff.value) ?? all[0];
  if (next !== undefined) moveTo(next);
}

/** Does what a key stands for, unless it is typed into something. */
export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { target } = event;
  if (target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type === "search"))
    return;
  if (event.key === "Escape") isHelpShown.value = false;
  COMMANDS.find(({ keys }) => keys.includes(event.key))?.run(event.key);
}

export function Help() {
  if (!isHelpShown.value) return null;
  return (
    <section class="help panel" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {COMMANDS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>↑</kbd>
            <kbd>↓</kbd>
          </dt>
          <dd>in coverage and in a list of keys: the row before, the next one</dd>
        </div>
      </dl>
    </section>
  );
}

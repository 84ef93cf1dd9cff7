import { LiveMark } from "./live.js";
import { data, diagnosis } from "./state.js";
import { count } from "./words.js";

export function Head() {
  const { title, madeAt, days, datasets, gold, checks, live } = data();
  const damaged = new Set(gold?.findings.flatMap(({ ok, slates }) => (ok ? [] : slates))).size;
  const wrong = diagnosis.value?.findings.filter(({ isDone }) => !isDone).length ?? 0;
  const leaks = checks.filter(({ outcome }) => outcome !== "no leak").length;
  const feeds = days.flatMap(({ feeds }) => feeds.filter((feed) => feed !== null));
  const sum = (of: (feed: (typeof feeds)[number]) => number) =>
    feeds.reduce((total, feed) => total + of(feed), 0);
  const missing = sum(({ coverage }) => coverage?.hours.reduce((n, hour) => n + hour.missing, 0) ?? 0);
  const unreadable =
    sum(({ coverage, refused }) => Math.max(coverage?.unreadable.length ?? 0, refused ? 1 : 0)) +
    datasets.filter(({ refused }) => refused !== null).length;
  return (
    <header class="top">
      <div class="mark">
        <svg width="30" height="30" viewBox="0 0 30 30" aria-hidden="true">
          <circle cx="15" cy="15" r="13.2" class="ring" />
          <path d="M15 1.8a13.2 13.2 0 0 1 0 26.4" class="half" />
          <path d="M15 7v8l5.5 3.2" class="hand" />
        </svg>
        <div>
          <h1>bronzestore</h1>
          <p>
            {title} · read {madeAt.slice(0, live === null ? 16 : 19).replace("T", " ")}Z <LiveMark />
          </p>
        </div>
      </div>
      <dl class="facts">
        <Fact name="days" value={days.filter(({ date }) => date !== null).length} />
        <Fact name="files" value={sum(({ coverage }) => coverage?.files ?? 0)} />
        <Fact
          name="rows"
          value={sum(({ coverage, history }) => coverage?.rows ?? history?.row.length ?? 0)}
        />
        {gold ? <Fact name="frozen slates" value={gold.slates.length} /> : null}
        {gold ? <Fact name="damaged" value={damaged} isBad={damaged > 0} /> : null}
        {checks.length > 0 ? <Fact name="leaks" value={leaks} isBad={leaks > 0} /> : null}
        <Fact name="captures missing" value={missing} isBad={missing > 0} />
        <Fact name="not readable" value={unreadable} isBad={unreadable > 0} />
        {diagnosis.value ? <Fact name="found wrong" value={wrong} isBad={wrong > 0} /> : null}
      </dl>
      <button type="button" class="ghost" onClick={switchTheme} aria-label="Switch between light and dark">
        ◐
      </button>
    </header>
  );
}

function Fact({ name, value, isBad = false }: { name: string; value: number; isBad?: boolean }) {
  return (
    <div class={isBad ? "is-bad" : ""}>
      <dt>{name}</dt>
      <dd>{count(value)}</dd>
    </div>
  );
}

export function switchTheme(): void {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme
    ? dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = isDark ? "light" : "dark";
}

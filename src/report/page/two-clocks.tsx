import { useSignal } from "@preact/signals";
import {
  goneAt,
  type History,
  heldAt,
  instantAt,
  isoOf,
  type Key,
  outcomeLine,
  outcomesAt,
  timesAt,
} from "./lookup.js";
import { Scroll } from "./scroll.js";
import {
  axis,
  bounds,
  cellText,
  clockText,
  cutoff,
  type Feed,
  feeds,
  isKnownOnly,
  keyName,
  picked,
  ranks,
  spans,
  valueText,
} from "./state.js";
import { counted, MEANING, shortPath } from "./words.js";
import { ticksOf } from "./zone.js";

/** Why a key has what it has: its versions by both their times, and what became of each. */
export function TwoClocks() {
  const at = picked.value;
  const feed = at && feeds.value.find(({ place }) => place === at.dataset);
  const key = feed?.history?.keys[at!.key];
  if (!feed?.history || !key) return null;
  return (
    <section class="why panel" aria-label="Two clocks">
      <Plot feed={feed} history={feed.history} of={key} />
      <Explained feed={feed} history={feed.history} of={key} />
    </section>
  );
}

interface Props {
  readonly feed: Feed;
  readonly history: History;
  readonly of: Key;
}

const SIZE = 380;
const LEFT = 62;
const TOP = 12;
const BOTTOM = 44;
const HALF_DAY = 43_200_000_000_000n;

/** The stretch in which a key's versions lie, and the cutoff; what is days away is drawn at its edge. */
function stretchOf({ history, of }: Props): readonly [bigint, bigint] {
  const { from, to } = bounds.value;
  let [low, high] = [from, from];
  let isFirst = true;
  for (let v = of.first; v < of.first + of.count; v++)
    for (const rank of [history.data.effective[v]!, history.data.captured[v]!]) {
      const ns = instantAt(history, rank);
      if (ns === undefined) continue;
      if (isFirst || ns < low) low = ns;
      if (isFirst || ns > high) high = ns;
      isFirst = false;
    }
  if (cutoff.value < low) low = cutoff.value;
  if (cutoff.value > high) high = cutoff.value;
  low = low < from - HALF_DAY ? from - HALF_DAY : low;
  high = high > to + HALF_DAY ? to + HALF_DAY : high;
  const margin = (high - low) / 20n + 60_000_000_000n;
  return [low - margin, high + margin];
}

function Plot(props: Props) {
  const { history, of, feed } = props;
  const [low, high] = stretchOf(props);
  const share = (ns: bigint) => Math.max(0, Math.min(1, Number(ns - low) / Number(high - low)));
  const x = (ns: bigint) => LEFT + share(ns) * (SIZE - LEFT - TOP);
  const y = (ns: bigint) => SIZE - BOTTOM - share(ns) * (SIZE - BOTTOM - TOP);
  const rank = ranks.value.get(feed.place) ?? -1;
  const held = heldAt(of, axis.value, rank);
  const outcomes = outcomesAt(of, axis.value, rank);
  const [cx, cy] = [x(cutoff.value), y(cutoff.value)];
  const seconds = (ns: bigint) => Number(ns / 1_000_000_000n);
  const ticks = ticksOf(spans.value, seconds(low), seconds(high), 6).map(({ at, label }) => ({
    ns: BigInt(at) * 1_000_000_000n,
    label,
  }));
  const isHours = high - low < HALF_DAY * 6n;
  return (
    <div class="plot">
      <h2>
        Two clocks <small>each dot is a stored version of the key</small>
      </h2>
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        role="img"
        aria-label="Versions by effective time and by time of capture"
      >
        <rect
          x={LEFT}
          y={isKnownOnly.value ? cy : TOP}
          width={cx - LEFT}
          height={isKnownOnly.value ? SIZE - BOTTOM - cy : SIZE - BOTTOM - TOP}
          class="elig"
        />
        {ticks.map(({ ns, label }) => (
          <g key={String(ns)}>
            <line x1={x(ns)} x2={x(ns)} y1={TOP} y2={SIZE - BOTTOM} class="grid" />
            <line x1={LEFT} x2={SIZE - TOP} y1={y(ns)} y2={y(ns)} class="grid" />
            <text x={x(ns)} y={SIZE - BOTTOM + 15} class="tick" text-anchor="middle">
              {isHours && label.length === 2 ? `${label}:00` : label}
            </text>
            <text x={LEFT - 6} y={y(ns) + 3.5} class="tick" text-anchor="end">
              {isHours && label.length === 2 ? `${label}:00` : label}
            </text>
          </g>
        ))}
        <line x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} class="diag" />
        <line x1={cx} x2={cx} y1={TOP} y2={SIZE - BOTTOM} class="now" />
        {isKnownOnly.value ? <line x1={LEFT} x2={SIZE - TOP} y1={cy} y2={cy} class="now thin" /> : null}
        {outcomes.map((outcome, i) => {
          const version = of.first + i;
          const { effective: at, byFallback } = timesAt(history, of, axis.value, rank, version);
          const effective = instantAt(history, at);
          if (effective === undefined) return null;
          const captured = instantAt(history, history.data.captured[version]!);
          const isIn =
            outcome === "won" ||
            outcome === "gone" ||
            outcome === "tombstone" ||
            outcome.startsWith("earlier-");
          const kind = `${version === held ? " win" : isIn ? " in" : ""}${byFallback ? " fbv" : ""}`;
          return (
            <circle
              key={version}
              cx={x(effective)}
              cy={captured === undefined ? TOP : y(captured)}
              r={version === held ? 5.5 : 3}
              class={`ver${kind}`}
            >
              <title>{`${valueText(feed, version)}\neffective ${isoOf(effective)}\ncaptured ${captured === undefined ? "nobody knows when" : isoOf(captured)}\n${outcome}: ${MEANING[outcome]}`}</title>
            </circle>
          );
        })}
        <text x={SIZE - TOP} y={SIZE - 8} class="axis" text-anchor="end">
          effective ({feed.dataset.asOf ?? feed.dataset.ingested}) →
        </text>
        <text x="13" y={TOP} class="axis" transform={`rotate(-90 13 ${TOP})`} text-anchor="end">
          captured ({feed.dataset.ingested}) →
        </text>
      </svg>
      <p class="hint">Of the dots in the shaded part the rightmost wins; of those, the highest.</p>
    </div>
  );
}

const FIRST = 12;

function Explained({ feed, history, of }: Props) {
  const isAll = useSignal(false);
  const rank = ranks.value.get(feed.place) ?? -1;
  const held = heldAt(of, axis.value, rank);
  const outcomes = outcomesAt(of, axis.value, rank);
  const latestFirst = outcomes.map((outcome, i) => ({ outcome, version: of.first + i })).reverse();
  // The winner and what lies around it; what is still to come stands above.
  const turn = latestFirst.findIndex(({ outcome }) => outcome !== "after-cutoff" && outcome !== "not-known");
  const first = isAll.value ? 0 : Math.max(0, (turn < 0 ? latestFirst.length : turn) - 3);
  const shown = latestFirst.slice(first, isAll.value ? undefined : first + FIRST);
  const { name, more } = keyName(feed, of);
  const files = new Set(latestFirst.map(({ version }) => history.data.file[version]));
  return (
    <div class="exp">
      <h2>
        Why {[name, more].filter(Boolean).join(" · ")}{" "}
        {held >= 0 ? (
          <>
            is <mark>{valueText(feed, held)}</mark>
          </>
        ) : (
          <>
            has <mark>nothing</mark>
          </>
        )}{" "}
        <small>
          {counted(of.count, "version")} in {counted(files.size, "file")}
        </small>
      </h2>
      <p class="said">
        {feed.dataset.key.map((column, i) => `${column}=${of.cells[i]}`).join(" ")} at {isoOf(cutoff.value)}:{" "}
        {outcomeLine(history, of, axis.value, rank, feed.dataset)}
      </p>
      <Scroll label="Versions of the key">
        <table>
          <thead>
            <tr>
              {feed.arrangement.values.slice(0, 3).map((column) => (
                <th key={column.name}>{column.name}</th>
              ))}
              <th>effective</th>
              <th>captured</th>
              <th>file and row</th>
              <th>outcome</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ outcome, version }) => (
              <VersionRow
                key={version}
                {...{ feed, history, of, version, outcome }}
                isHeld={version === held}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < latestFirst.length || isAll.value ? (
        <button
          type="button"
          class="more"
          onClick={() => {
            isAll.value = !isAll.value;
          }}
        >
          {isAll.value ? "show fewer" : `show all ${counted(latestFirst.length, "version")}`}
        </button>
      ) : null}
      <Gone {...{ feed, history, of }} />
    </div>
  );
}

interface RowProps extends Props {
  readonly version: number;
  readonly outcome: keyof typeof MEANING;
  readonly isHeld: boolean;
}

function VersionRow({ feed, history, of, version, outcome, isHeld }: RowProps) {
  const { data } = history;
  const times = timesAt(history, of, axis.value, ranks.value.get(feed.place) ?? -1, version);
  const effective = instantAt(history, times.effective);
  const captured = instantAt(history, data.captured[version]!);
  const file = data.file[version]!;
  const holder = data.compacted.find(([one]) => one === file)?.[1];
  const path = data.files[file]!;
  const isLater = outcome === "after-cutoff" || outcome === "not-known";
  return (
    <tr class={isHeld ? "won" : isLater ? "later" : ""}>
      {feed.arrangement.values.slice(0, 3).map((column, i) => (
        <td key={column.name}>{cellText(feed, i, version)}</td>
      ))}
      <td class="m" title={effective === undefined ? "" : isoOf(effective)}>
        {effective === undefined ? "none" : clockText(effective)}
        {times.byFallback ? <sup title="by the time of capture">▲</sup> : null}
      </td>
      <td class="m" title={captured === undefined ? "" : isoOf(captured)}>
        {captured === undefined ? "unknown" : clockText(captured)}
      </td>
      <td class="m dim" title={holder === undefined ? path : `${path}, now in ${data.files[holder]}`}>
        {shortPath(path)} #{data.row[version]}
        {holder === undefined ? null : " ▣"}
      </td>
      <td>
        <span class={`tag${isHeld ? " won" : ""}`} title={MEANING[outcome]}>
          {outcome}
        </span>
      </td>
    </tr>
  );
}

function Gone({ feed, history, of }: Props) {
  const rank = ranks.value.get(feed.place) ?? -1;
  const gone = goneAt(of, axis.value, rank);
  if (!gone) return null;
  return (
    <p class="hint">
      {shortPath(history.data.files[gone.file]!)} of {clockText(history.instants[gone.time]!)} is a state
      without this key, so it is gone.
    </p>
  );
}

import type { DatasetData, FeedDay, HourData } from "./data.js";
import { moveFocus } from "./move-focus.js";
import { chooseDay, data, dayPlace } from "./state.js";
import { cadence, count, counted } from "./words.js";
import { dayName } from "./zone.js";

/** A dataset's days by hours of the wall clock: what came, and what was due. */
export function Coverage() {
  const { datasets, days } = data();
  const shown = datasets
    .map((dataset, place) => ({ dataset, place }))
    .filter(({ dataset }) => dataset.isDated);
  if (shown.length === 0 || days.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="coverage">
      <h2 id="coverage">
        Coverage <small>what was captured when, by hour of the dataset's own clock; choose a day</small>
      </h2>
      <div class="maps">
        {shown.map(({ dataset, place }) => (
          <Heat key={dataset.name} dataset={dataset} place={place} />
        ))}
      </div>
      <Legend />
    </section>
  );
}

/** Datasets of which nothing can be told, in the library's words. */
export function NotKnown() {
  return (
    <>
      {data().datasets.map(({ name, refused }) =>
        refused === null ? null : (
          <p key={name} class="panel refused">
            {name}: {refused}
          </p>
        ),
      )}
    </>
  );
}

const WIDTH = 33;
const HEIGHT = 19;
const GAP = 2;
const BREAK = 9;
/** A map of few hours is drawn no larger than one of these. */
const FEWEST = 16;

/** The columns of a map: hours in which any day has something, with a gap where hours are left out. */
function columnsOf(feeds: readonly (FeedDay | null)[]): ReadonlyMap<number, number> {
  const hours = new Set(feeds.flatMap((feed) => feed?.coverage?.hours.map(({ hour }) => hour) ?? []));
  const columns = new Map<number, number>();
  let x = 0;
  let before: number | undefined;
  for (const hour of [...hours].sort((a, b) => a - b)) {
    if (before !== undefined && hour !== before + 1) x += BREAK;
    columns.set(hour, x);
    x += WIDTH;
    before = hour;
  }
  return columns;
}

function Heat({ dataset, place }: { dataset: DatasetData; place: number }) {
  const { days } = data();
  const feeds = days.map((day) => day.feeds[place] ?? null);
  const columns = columnsOf(feeds);
  const width = Math.max(FEWEST * WIDTH, ...[...columns.values()].map((x) => x + WIDTH));
  const hours = feeds.flatMap((feed) => feed?.coverage?.hours ?? []);
  const most = Math.max(1, ...hours.map(({ rows }) => rows));
  const sum = (of: (hour: HourData) => number) => hours.reduce((total, hour) => total + of(hour), 0);
  return (
    <figure class="heat">
      <figcaption>
        <b>{dataset.name}</b>
        <span>
          {cadence(dataset.everySeconds)}, {dataset.timeZone}
        </span>
        <em>
          <Sum of={sum(({ missing }) => missing)} what="missing" kind="gap" />
          <Sum of={sum(({ thin }) => thin)} what="thin" kind="part" />
          <Sum of={sum(({ late }) => late)} what="late" kind="late" />
          <Sum of={sum(({ fallback }) => fallback)} what="rows by fallback" kind="fb" />
        </em>
      </figcaption>
      {dataset.refused === null ? null : <p class="refused">{dataset.refused}</p>}
      <div class="hours" aria-hidden="true">
        <span />
        <svg viewBox={`0 0 ${width} 14`}>
          {[...columns].map(([hour, x]) => (
            <text key={hour} x={x + WIDTH / 2 - 1} y="11" class="tick" text-anchor="middle">
              {hourName(hour)}
            </text>
          ))}
        </svg>
        <span />
      </div>
      {days.map((day, i) =>
        day.date === null ? null : (
          <Row
            key={day.date}
            date={day.date}
            place={i}
            feed={feeds[i]!}
            columns={columns}
            width={width}
            most={most}
            zone={dataset.timeZone}
          />
        ),
      )}
    </figure>
  );
}

function hourName(hour: number): string {
  if (hour < 0) return "‹";
  return hour >= 48 ? "›" : String(hour % 24).padStart(2, "0");
}

function Sum({ of, what, kind }: { of: number; what: string; kind: string }) {
  return of > 0 ? (
    <i class={`t-${kind}`}>
      {count(of)} {what}
    </i>
  ) : null;
}

interface RowProps {
  readonly date: string;
  readonly place: number;
  readonly feed: FeedDay | null;
  readonly columns: ReadonlyMap<number, number>;
  readonly width: number;
  readonly most: number;
  readonly zone: string;
}

function Row({ date, place, feed, columns, width, most, zone }: RowProps) {
  const isOn = dayPlace.value === place;
  const coverage = feed?.coverage;
  const hours = coverage?.hours ?? [];
  return (
    <button
      type="button"
      class={`hrow${isOn ? " on" : ""}`}
      aria-pressed={isOn}
      onClick={() => chooseDay(place)}
      onKeyDown={moveFocus}
    >
      <span class="dayname">
        {dayName(date)}
        <span class="unseen">: {rowText(feed)}</span>
      </span>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        {[...columns].map(([hour, x]) => (
          <Hour
            key={hour}
            x={x}
            name={`${dayName(date)} ${hourName(hour)}:00 ${zone}`}
            cells={hours.filter((one) => one.hour === hour)}
            most={most}
          />
        ))}
      </svg>
      <span class="total">
        {feed?.refused || (coverage && coverage.unreadable.length > 0) ? <i class="t-gap">!</i> : null}
        {coverage?.pruned ? <i title="history was pruned">pruned </i> : null}
        {feed?.history && feed.history.compacted.length > 0 ? <i title="compacted">▣ </i> : null}
        {coverage ? count(coverage.rows) : ""}
      </span>
    </button>
  );
}

/** What a row shows, for who does not see it. */
function rowText(feed: FeedDay | null): string {
  if (!feed?.coverage) return feed?.refused ? "not readable" : "nothing";
  const { files, rows, hours } = feed.coverage;
  const missing = hours.reduce((n, hour) => n + hour.missing, 0);
  const gaps = missing > 0 ? `, ${counted(missing, "capture")} missing` : "";
  return `${counted(files, "file")}, ${counted(rows, "row")}${gaps}. Rows: `;
}

/** An hour of a day: the colour is how many rows came, the height how many of the captures due. Autumn's comes in two halves. */
function Hour({
  x,
  name,
  cells,
  most,
}: {
  x: number;
  name: string;
  cells: readonly HourData[];
  most: number;
}) {
  const [w, h] = [WIDTH - GAP, HEIGHT - GAP - 1];
  if (cells.length === 0) return <rect x={x} y="1" width={w} height={h} class="none" rx="2.5" />;
  return (
    <>
      {cells.map((cell, i) => (
        <HourCell
          key={cell.fold}
          {...{ cell, name, most }}
          x={x + (i * w) / cells.length}
          w={w / cells.length - (i < cells.length - 1 ? 1 : 0)}
          h={h}
        />
      ))}
    </>
  );
}

function HourCell({
  cell,
  name,
  most,
  x,
  w,
  h,
}: {
  cell: HourData;
  name: string;
  most: number;
  x: number;
  w: number;
  h: number;
}) {
  const { rows, due, came, missing, thin, pending, late, fallback, files } = cell;
  const ratio = due ? came / due : rows > 0 ? 1 : 0;
  const shade = Math.min(5, Math.ceil(Math.sqrt(rows / most) * 5));
  const isEmpty = came === 0 && rows === 0;
  const title = [
    `${name}${cell.fold ? ", the second time" : ""}`,
    `${counted(rows, "row")} in ${counted(files, "file")}`,
    ...(due === null ? [] : [`${came} of ${due} captures came`]),
    ...(pending > 0 ? [`${pending} may still come`] : []),
    ...(missing > 0 ? [`${missing} missing`] : []),
    ...(thin > 0 ? [`${thin} with too few rows`] : []),
    ...(late > 0 ? ["captured late"] : []),
    ...(fallback > 0 ? [`${counted(fallback, "row")} placed by the time of capture`] : []),
  ].join("\n");
  return (
    <g>
      <title>{title}</title>
      {isEmpty ? (
        <rect x={x} y="1" width={w} height={h} class={missing > 0 ? "gap" : "none"} rx="2.5" />
      ) : (
        <>
          <rect x={x} y="1" width={w} height={h} class={ratio < 1 && missing > 0 ? "under" : "s0"} rx="2.5" />
          <rect
            x={x}
            y={1 + h * (1 - ratio)}
            width={w}
            height={h * ratio}
            class={`s${Math.max(1, shade)}`}
            rx="2.5"
          />
        </>
      )}
      {thin > 0 ? <path d={`M${x + 3} ${h - 1}h${Math.max(4, w - 6)}`} class="thin" /> : null}
      {late > 0 ? <circle cx={x + w - 5.5} cy="6.5" r="3" class="late" /> : null}
      {fallback > 0 ? <path d={`M${x + 3} 10l3.6-6.4 3.6 6.4z`} class="fb" /> : null}
    </g>
  );
}

function Legend() {
  return (
    <div class="legend" aria-hidden="true">
      <span>
        rows an hour
        <svg width="92" height="14">
          {[1, 2, 3, 4, 5].map((shade, i) => (
            <rect key={shade} x={i * 18} y="1" width="16" height="12" rx="2.5" class={`s${shade}`} />
          ))}
        </svg>
      </span>
      <span>
        <svg width="18" height="14">
          <rect y="1" width="16" height="12" rx="2.5" class="under" />
          <rect y="7" width="16" height="6" rx="2.5" class="s3" />
        </svg>
        fewer captures than due
      </span>
      <span>
        <svg width="18" height="14">
          <rect x="1" y="1" width="15" height="12" rx="2.5" class="gap" />
        </svg>
        missing
      </span>
      <span>
        <svg width="10" height="14">
          <circle cx="5" cy="7" r="3.4" class="late" />
        </svg>
        captured late
      </span>
      <span>
        <svg width="12" height="14">
          <path d="M2 11l4-7 4 7z" class="fb" />
        </svg>
        placed by the time of capture
      </span>
      <span>‹ before the day</span>
      <span>▣ compacted</span>
    </div>
  );
}

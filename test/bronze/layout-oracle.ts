import { matches } from "../dataset/template-oracle.js";

/** Which files a layout has, by looking at every path there is; nothing is shared with `src`. */
export interface OracleLayout {
  readonly history: readonly string[];
  readonly latest: string | undefined;
}

/** A data file. */
interface OraclePlace {
  /** Below the dataset's folder. */
  readonly path: string;
  readonly template: string;
  readonly isLatest: boolean;
  readonly values: Readonly<Record<string, string>>;
  /** The days that its tokens allow, ascending; `undefined` where no token is of a date. */
  readonly days: readonly string[] | undefined;
}

const DATE_TOKENS = ["date", "year", "month", "day", "season"];
/** Every day that a test may mean. */
const CALENDAR = Array.from({ length: 6 * 366 }, (_, i) =>
  new Date(Date.UTC(2022, 0, 1 + i)).toISOString().slice(0, 10),
);
const known = new Map<string, readonly string[]>();

/** The days that tokens allow, ascending. */
export function oracleDays(values: Readonly<Record<string, string>>): readonly string[] {
  const id = DATE_TOKENS.map((token) => values[token] ?? "").join(" ");
  const days = known.get(id) ?? CALENDAR.filter((date) => agrees(values, date));
  known.set(id, days);
  return days;
}

/** The NBA's: from August on it is the year's own. */
export function seasonOf(date: string): string {
  const [year, month] = date.split("-").map(Number) as [number, number];
  return String(month >= 8 ? year : year - 1);
}

/** What a date says of each token. */
export function tokensOfDate(date: string): Record<string, string> {
  const [year, month, day] = date.split("-") as [string, string, string];
  return { date, year, month, day, season: seasonOf(date) };
}

/** Whether a day is as tokens say, those left out that are named. */
export function agrees(values: Readonly<Record<string, string>>, date: string, but?: string): boolean {
  const own = tokensOfDate(date);
  return DATE_TOKENS.every((token) => token === but || (values[token] ?? own[token]) === own[token]);
}

export function datesIn(template: string): string[] {
  return DATE_TOKENS.filter((token) => new RegExp(`\\{${token}[:}]`).test(template));
}

/** What a path is: a latest view before history, an earlier template before a later one. */
export function placeByOracle({ history, latest }: OracleLayout, path: string): OraclePlace | undefined {
  const isFirst = !/\.(part-\d{6,}|compacted-[0-9a-f]{16})\.parquet$/.test(path);
  const place = (template: string, isLatest: boolean): OraclePlace | undefined => {
    const values = matches(template, path);
    if (!values) return undefined;
    const days = datesIn(template).length === 0 ? undefined : oracleDays(values);
    return days?.length === 0 ? undefined : { path, template, isLatest, values, days };
  };
  const view = latest !== undefined && isFirst ? place(latest, true) : undefined;
  return view ?? history.map((template) => place(template, false)).find((own) => own !== undefined);
}

/** SPEC 2: date tokens, hour, run, other tokens left to right, then the path by its bytes; hours before runs. */
function inPartitionOrder(a: OraclePlace, b: OraclePlace): number {
  const parts = (place: OraclePlace) => {
    const { days, values, template, path } = place;
    const columns = [...template.matchAll(/\{(\w+)/g)]
      .map(([, token]) => token!)
      .filter((token) => ![...DATE_TOKENS, "hour", "run"].includes(token));
    return [
      days?.[0] ?? "",
      days?.at(-1) ?? "",
      values.hour === undefined ? "after hours" : `${values.hour}`,
      values.run ?? "",
      ...[...new Set(columns)].map((token) => values[token]!),
      path,
    ];
  };
  const [own, other] = [parts(a), parts(b)];
  const length = Math.max(own.length, other.length) - 1;
  // Where one has fewer columns, the missing ones come first; the path is compared last.
  const padded = (all: string[]) => [
    ...all.slice(0, -1),
    ...new Array(length - all.length + 1).fill(""),
    all.at(-1)!,
  ];
  const [left, right] = [padded(own), padded(other)];
  for (const [i, text] of left.entries()) {
    const order = Buffer.compare(Buffer.from(text), Buffer.from(right[i]!));
    if (order !== 0) return order;
  }
  return 0;
}

/** The files that answer for some dates, unit by unit: history, or the latest view where there is none. */
export function filesByOracle(
  layout: OracleLayout,
  paths: readonly string[],
  dates: readonly string[],
  { prefer = "history", includeRuns = true }: { prefer?: "history" | "latest"; includeRuns?: boolean } = {},
): OraclePlace[] {
  const templates = layout.latest === undefined ? layout.history : [...layout.history, layout.latest];
  const tokens = [...new Set(templates.flatMap(datesIn))];
  const places = paths.map((path) => placeByOracle(layout, path)).filter((place) => place !== undefined);
  const unitOf = (date: string) => tokens.map((token) => tokensOfDate(date)[token]).join(" ");
  const units = new Map(dates.map((date) => [unitOf(date), date]));
  const found = new Map<string, OraclePlace>();
  for (const date of tokens.length === 0 ? [undefined] : units.values()) {
    const own = places.filter(
      ({ values }) =>
        (includeRuns || values.run === undefined) && (date === undefined || agrees(values, date)),
    );
    const [views, history] = [own.filter(({ isLatest }) => isLatest), own.filter((file) => !file.isLatest)];
    const useViews = views.length > 0 && (prefer === "latest" || history.length === 0);
    for (const file of useViews ? views : history) found.set(file.path, file);
  }
  return [...found.values()].sort(inPartitionOrder);
}

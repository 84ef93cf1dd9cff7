import { DATES } from "./instants.js";

/** A layout and what follows from it. */
export interface Shape {
  readonly name: string;
  readonly history: readonly string[];
  readonly latest?: string;
  /** Whether `{hour}` stands in the first template. */
  readonly hour?: boolean;
  /** Columns that its paths give. */
  readonly pathColumns: readonly string[];
  readonly isDated: boolean;
  /** Whether a file holds several days. */
  readonly isOfMonths?: boolean;
  /** Whether the library could have written it, and declares what a snapshot covers in its footer. */
  readonly isWritable: boolean;
  /** Whether retention knows when a day is closed. */
  readonly isClosed: boolean;
  /** Whether two files of one run, or folder, can be told apart by number. */
  readonly canRepeat: boolean;
  readonly files?: "append";
  readonly state?: "file" | "folder";
  /** The path of a choice, before it is numbered. A latest view is there once. */
  path(choice: Choice): { readonly path: string; readonly isOnce?: boolean };
}

/** What a file's place is drawn from: one of two days, one of twelve places, a game. */
export interface Choice {
  readonly day: number;
  readonly place: number;
  readonly game: string | null;
}

const run = ({ day, place }: Choice) => `2026011${5 + day}T18000${place % 3}Z`;
const hour = ({ place }: Choice) => String(13 + (place % 3));
const date = ({ day }: Choice) => DATES[day]!;
const inSeason = (choice: Choice) => `season=2025/date=${date(choice)}`;

const base = { pathColumns: [], isDated: true, isWritable: true, isClosed: true, canRepeat: true } as const;

export const SHAPES: readonly Shape[] = [
  {
    ...base,
    name: "runs and hours with a latest view",
    history: [
      "season={season}/date={date}/run_ts={run}/feed.parquet",
      "season={season}/date={date}/hour={hour}/feed.parquet",
    ],
    latest: "season={season}/date={date}/feed.parquet",
    path: (choice) =>
      choice.place < 5
        ? { path: `${inSeason(choice)}/run_ts=${run(choice)}/feed.parquet` }
        : choice.place < 9
          ? { path: `${inSeason(choice)}/hour=${hour(choice)}/feed.parquet` }
          : { path: `${inSeason(choice)}/feed.parquet`, isOnce: true },
  },
  {
    ...base,
    name: "runs",
    history: ["date={date}/run={run}/data.parquet"],
    path: (choice) => ({ path: `date=${date(choice)}/run=${run(choice)}/data.parquet` }),
  },
  {
    ...base,
    name: "hours",
    history: ["date={date}/hour={hour}/data.parquet"],
    hour: true,
    path: (choice) => ({ path: `date=${date(choice)}/hour=${hour(choice)}/data.parquet` }),
  },
  {
    ...base,
    name: "parts of a day",
    history: ["date={date}/data.parquet"],
    files: "append",
    path: (choice) => ({ path: `date=${date(choice)}/data.parquet` }),
  },
  {
    ...base,
    name: "folders of games",
    history: ["game={game}/date={date}/run={run}/x.parquet"],
    pathColumns: ["game"],
    path: (choice) => ({
      path: `game=${encodeURIComponent(choice.game!)}/date=${date(choice)}/run=${run(choice)}/x.parquet`,
    }),
  },
  {
    ...base,
    name: "files of a month",
    history: ["{year}/{month}/part-{run}.parquet"],
    isOfMonths: true,
    path: (choice) => ({ path: `2026/01/part-${run({ ...choice, day: 0 })}.parquet` }),
  },
  {
    ...base,
    name: "runs without a date",
    history: ["run={run}/points.parquet"],
    isDated: false,
    isClosed: false,
    path: (choice) => ({ path: `run=${run(choice)}/points.parquet` }),
  },
  {
    ...base,
    name: "names of another writer, each file a state",
    history: ["dt={date:YYYYMMDD}/*.parquet"],
    files: "append",
    state: "file",
    isWritable: false,
    canRepeat: false,
    path: (choice) => ({
      path: `dt=${date(choice).replaceAll("-", "")}/part-0000${choice.place}.snappy.parquet`,
      isOnce: true,
    }),
  },
  {
    ...base,
    name: "names of another writer, each folder a state",
    history: ["dt={date}/run={run}/*.parquet"],
    state: "folder",
    isWritable: false,
    isClosed: false,
    canRepeat: false,
    path: (choice) => ({
      path: `dt=${date(choice)}/run=${run(choice)}/part-${choice.place % 4}.parquet`,
      isOnce: true,
    }),
  },
  {
    ...base,
    name: "a latest view alone",
    history: [],
    latest: "season={season}/date={date}/feed.parquet",
    isClosed: false,
    canRepeat: false,
    path: (choice) => ({ path: `${inSeason(choice)}/feed.parquet`, isOnce: true }),
  },
];

/** The path of a file, `.part-000002` where one is there; `undefined` where there can be no second one. */
export function placeOf(shape: Shape, choice: Choice, taken: Map<string, number>): string | undefined {
  const { path, isOnce = false } = shape.path(choice);
  const before = taken.get(path) ?? 0;
  if (isOnce && before > 0) return undefined;
  taken.set(path, before + 1);
  return before === 0
    ? path
    : path.replace(/\.parquet$/, `.part-${String(before + 1).padStart(6, "0")}.parquet`);
}

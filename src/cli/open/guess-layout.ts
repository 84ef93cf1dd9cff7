/** Where the files of a dataset that nobody defined seem to lie. */
export interface GuessedLayout {
  readonly name: string;
  /** Below the root; empty: the root itself. */
  readonly folder: string;
  /** Templates, that of most files first. */
  readonly history: readonly string[];
  readonly latest: string | undefined;
  /** Its files, relative to the root. */
  readonly paths: readonly string[];
  /** Columns that paths give: those of dates by name, and others. */
  readonly dateColumn: string | undefined;
  readonly pathColumns: readonly string[];
  /** In which month a season starts, where paths have one. */
  readonly seasonStart: number | undefined;
  /** Whether it is a dataset to be, which files are brought into. */
  readonly isImported: boolean;
}

/** One part of a path: what it would be in a template, and whether it says anything. */
interface Piece {
  readonly text: string;
  readonly token: string | undefined;
  readonly key: string | undefined;
}

const DATE =
  /^(?:\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))$/;
/** Any name of a folder. */
const ANYTHING = "*";
const RUN = /^\d{8}T\d{6}Z$/;
/** Folders of this library that hold no dataset. */
const NO_DATASETS = new Set(["gold", "runs", "versions", "imports", "trash"]);

/**
 * Groups the paths of a tree into datasets by their folders, and makes templates of them: `season=2025/date=2026-01-15/hour=17`
 * becomes `season={season}/date={date}/hour={hour}`. Names only are looked at.
 *
 * @param paths of Parquet files, relative to the root
 * @param top the name of a dataset whose files lie in the root itself
 */
export function guessLayouts(paths: readonly string[], top = "data"): GuessedLayout[] {
  const data = paths.filter((path) => !path.split("/").some((part) => /^[._]/.test(part)));
  // Where trees of this library lie: the root itself, or folders below it.
  const trees = new Set(
    data.flatMap((path) => /^(.*\/)?bronze\//.exec(path)?.slice(1) ?? []).map((at) => at ?? ""),
  );
  const isBeside = (path: string) =>
    [...trees].some((at) => path.startsWith(at) && NO_DATASETS.has(path.slice(at.length).split("/")[0]!));
  const groups = new Map<string, string[]>();
  for (const path of data) {
    if (isBeside(path)) continue;
    const folder = folderOf(path);
    groups.set(folder, [...(groups.get(folder) ?? []), path]);
  }
  return [...groups]
    .flatMap(([folder, own]) => byFileName(own, folder, top))
    .map(({ folder, paths, name }) => layoutOf(folder, paths, name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The plain folders above everything that says something. */
function folderOf(path: string): string {
  const parts = path.split("/").slice(0, -1);
  const end = parts.findIndex((part, i) => pieceOf(part, parts.slice(0, i)).token !== undefined);
  return (end < 0 ? parts : parts.slice(0, end)).join("/");
}

interface Group {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly name: string;
}

/** Several names that come again in folder after folder are several datasets. */
function byFileName(paths: readonly string[], folder: string, top: string): Group[] {
  const foldersOf = new Map<string, string[]>();
  for (const path of paths) {
    const file = fileOf(path);
    foldersOf.set(file, [...(foldersOf.get(file) ?? []), path]);
  }
  const name = folder.split("/").at(-1) || top;
  const repeated = [...foldersOf.values()].every((own) => own.length > 1);
  if (foldersOf.size === 1 || foldersOf.size > 8 || !repeated) return [{ folder, paths, name }];
  return [...foldersOf].map(([file, own]) => ({ folder, paths: own, name: file.replace(/\.parquet$/, "") }));
}

function layoutOf(folder: string, paths: readonly string[], name: string): GuessedLayout {
  const names = new Set(paths.map(fileOf));
  const dated = [...names].every((file) => datedFile(file) !== undefined);
  const file = names.size === 1 && !dated ? [...names][0]! : dated ? datedFile([...names][0]!)! : "*.parquet";
  const shapes = new Map<string, number>();
  for (const path of paths) {
    const shape = [...piecesOf(path, folder).map(({ text }) => text), file].join("/");
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
  }
  const templates = [...shapes].sort(([, a], [, b]) => b - a).map(([text]) => text);
  const isView = (text: string) =>
    !text.includes("*") &&
    templates.some(
      (other) => other !== text && dirOf(other).startsWith(dirOf(text)) && /\{(?:hour|run)\}/.test(other),
    );
  const latest = templates.find(isView);
  const history = templates.filter((text) => text !== latest);
  const pieces = paths.flatMap((path) => piecesOf(path, folder));
  const dateColumn = pieces.find(({ token, key }) => token === "date" && key !== undefined)?.key;
  const known = new Set(["date", "year", "month", "day", "hour", "run", "season", ANYTHING]);
  const pathColumns = pieces.flatMap(({ token }) =>
    token !== undefined && !known.has(token) ? [token] : [],
  );
  return {
    name: name.replaceAll(/[^A-Za-z0-9._-]/g, "-"),
    folder,
    history: history.length > 0 ? history : templates,
    latest: history.length > 0 ? latest : undefined,
    paths,
    dateColumn,
    pathColumns: [...new Set(pathColumns)],
    seasonStart: templates.some((text) => text.includes("{season}")) ? seasonStartOf(paths) : undefined,
    isImported: false,
  };
}

function dirOf(template: string): string {
  return template.slice(0, template.lastIndexOf("/") + 1);
}

function piecesOf(path: string, folder: string): Piece[] {
  const parts = path
    .slice(folder === "" ? 0 : folder.length + 1)
    .split("/")
    .slice(0, -1);
  return parts.map((part, i) => pieceOf(part, parts.slice(0, i)));
}

function pieceOf(part: string, above: readonly string[]): Piece {
  const at = part.indexOf("=");
  const key = at > 0 ? part.slice(0, at) : undefined;
  const value = part.slice(at + 1);
  const token = tokenOf(key, value, above);
  if (token === undefined) return { text: part, token, key };
  if (token === ANYTHING) return { text: token, token, key };
  return { text: key === undefined ? `{${token}}` : `${key}={${token}}`, token, key };
}

function tokenOf(key: string | undefined, value: string, above: readonly string[]): string | undefined {
  if (DATE.test(value)) return "date";
  if (RUN.test(value)) return "run";
  const name = key === undefined ? undefined : wordOf(key.toLowerCase(), above);
  if (name === "run" || name === "run_ts" || name === "run_id") return "run";
  if (name === "season" && /^\d{4}(?:-\d\d)?$/.test(value)) return "season";
  if (name === "year" && /^\d{4}$/.test(value)) return "year";
  for (const unit of ["month", "day", "hour"]) if (name === unit && /^\d{1,2}$/.test(value)) return unit;
  if (key !== undefined) return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : undefined;
  // 2026/01/15/17: numbers alone say something only below one another.
  const levels = ["year", "month", "day", "hour"];
  const before = above.filter((part) => /^\d+$/.test(part)).length;
  if (before === 0) {
    if (/^(?:19|20)\d\d$/.test(value)) return "year";
    // 2026-W09, 2026Q1, 20260301_0600: a time, and no day.
    return /(?<!\d)(?:19|20)\d\d/.test(value) ? ANYTHING : undefined;
  }
  return /^\d{1,2}$/.test(value) ? levels[before] : undefined;
}

/** `y=2026/m=1/d=15`: one letter says something only at a year, or below one. */
function wordOf(key: string, above: readonly string[]): string {
  const word = LETTERS[key];
  const isBelowYear = above.some((part) => /^y(?:ear|r|yyy)?=\d{4}$/i.test(part));
  return word !== undefined && (word === "year" || isBelowYear) ? word : key;
}

const LETTERS: Readonly<Record<string, string>> = {
  ...{ y: "year", yr: "year", yyyy: "year" },
  ...{ m: "month", mm: "month", d: "day", dd: "day", h: "hour", hh: "hour" },
};

/** The plain name of a file: later parts and compacted files belong to it. */
function fileOf(path: string): string {
  const name = path.split("/").at(-1)!;
  return name.replace(/\.(?:part-\d{6,}|compacted-[0-9a-f]{16})\.parquet$/, ".parquet");
}

/** `prices-{date}.parquet` for `prices-2026-01-15.parquet`. */
function datedFile(name: string): string | undefined {
  const match = /\d{4}-\d\d-\d\d|(?<!\d)\d{8}(?![\dT])/.exec(name);
  return match && DATE.test(match[0])
    ? `${name.slice(0, match.index)}{date}${name.slice(match.index + match[0].length)}`
    : undefined;
}

/** The month from which on a date is of its own year's season, by the paths: 1 where they do not tell. */
function seasonStartOf(paths: readonly string[]): number {
  const pairs = paths.flatMap((path) => {
    const season = /(?:^|\/)season=(\d{4})/.exec(path)?.[1];
    const date = path
      .split(/[/=]/)
      .find((part) => DATE.test(part))
      ?.replaceAll("-", "");
    return season && date
      ? [{ season: Number(season), year: Number(date.slice(0, 4)), month: Number(date.slice(4, 6)) }]
      : [];
  });
  const fits = (start: number) =>
    pairs.every(({ season, year, month }) => season === (month >= start ? year : year - 1));
  return [1, 8, 9, 10, 7, 11, 12, 6, 5, 4, 3, 2].find(fits) ?? 1;
}

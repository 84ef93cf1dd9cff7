import { assertOptions, flag, type Kind, type OptionTable, text } from "../options.js";
import type { SeasonRule } from "../time/index.js";

/**
 * Where the files of a dataset lie below its folder: a path template, several that are one history (the first is
 * written), or templates of the history and of the latest view.
 *
 * `{date}` is `YYYY-MM-DD` or `YYYYMMDD`; `{year}`; `{month}`, `{day}` and `{hour}` have one or two digits; `{season}` is
 * `YYYY` or `YYYY-YY`; `{run}` is the second in which a run started, `YYYYMMDDTHHMMSSZ`, or any text; any other token is a
 * column of the schema, whose value the path gives. `*` is any text within a name, `**` any number of folders. Every form
 * is read; the first is written, unless the token says another: `{date:YYYYMMDD}`, `{season:YYYY-YY}`.
 *
 * @example
 * ```ts
 * layout: "dt={date}/*.parquet"
 * layout: { history: "{date}/run={run}/minutes.parquet", latest: "{date}/minutes.parquet" }
 * ```
 * @category Datasets
 */
export type LayoutOption = string | readonly string[] | LayoutTemplates;

/**
 * Templates by what their files are.
 *
 * @category Datasets
 */
export interface LayoutTemplates {
  /** History; the first template is the one that is written. */
  readonly history?: string | readonly string[];
  /** The latest view, which `write` keeps and replaces. A path it matches is never history. */
  readonly latest?: string;
}

type Day = "season={season}/date={date}";
type Templates<History extends string, File extends string, Latest extends boolean> = Latest extends true
  ? { readonly history: readonly History[]; readonly latest: `${Day}/${File}` }
  : { readonly history: readonly History[] };

/**
 * How a preset's files are named, and whether there is a latest view.
 *
 * @category Datasets
 */
export interface PresetOptions<File extends string = string, Latest extends boolean = boolean> {
  /** Name of each file. Default: `data.parquet`. */
  readonly file?: File;
  /** Keep the flat latest view beside the history ("dual-write"). Default: false. */
  readonly latest?: Latest;
}

const PRESET_OPTIONS: OptionTable<PresetOptions> = { file: text, latest: flag };
const DAILY_OPTIONS: OptionTable<Pick<PresetOptions, "file">> = { file: text };

/**
 * The layouts of this library's own trees, as templates.
 *
 * @example
 * ```ts
 * layout: layouts.perRun({ file: "odds.parquet" })
 * // writes season={season}/date={date}/run_ts={run}/odds.parquet, and reads hour={hour}/ folders too
 * ```
 * @category Datasets
 */
export const layouts = {
  /**
   * `season=YYYY/date=YYYY-MM-DD/hour=HH/`, by the hour of an instant column in the dataset's zone: in autumn both hours 01
   * share a folder. Folders of runs are read too.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for an option there is not
   */
  hourly<const File extends string = "data.parquet", const Latest extends boolean = false>(
    options: PresetOptions<File, Latest> = {},
  ): Templates<`${Day}/hour={hour}/${File}`, File, Latest> {
    assertOptions(options, PRESET_OPTIONS, "layouts.hourly");
    return templates(["hour={hour}", "run_ts={run}"], options) as never;
  },
  /**
   * `season=YYYY/date=YYYY-MM-DD/run_ts=YYYYMMDDTHHMMSSZ/`, one folder per run. Folders of hours are read too.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for an option there is not
   */
  perRun<const File extends string = "data.parquet", const Latest extends boolean = false>(
    options: PresetOptions<File, Latest> = {},
  ): Templates<`${Day}/run_ts={run}/${File}`, File, Latest> {
    assertOptions(options, PRESET_OPTIONS, "layouts.perRun");
    return templates(["run_ts={run}", "hour={hour}"], options) as never;
  },
  /**
   * `season=YYYY/date=YYYY-MM-DD/`, one file per day: the latest view alone, without history.
   *
   * @throws BronzeError `INVALID_ARGUMENT` for an option there is not
   */
  daily<const File extends string = "data.parquet">(
    options: { readonly file?: File } = {},
  ): { readonly latest: `${Day}/${File}` } {
    assertOptions(options, DAILY_OPTIONS, "layouts.daily");
    return { latest: `${DAY}/${options.file ?? "data.parquet"}` as `${Day}/${File}` };
  },
} as const;

const DAY: Day = "season={season}/date={date}";

function templates(
  partitions: readonly string[],
  { file = "data.parquet", latest = false }: PresetOptions,
): LayoutTemplates {
  const history = partitions.map((partition) => `${DAY}/${partition}/${file}`);
  return latest ? { history, latest: `${DAY}/${file}` } : { history };
}

/** The tokens of a template; `string` where its text is not known to the compiler. */
type TokensOf<Template extends string> = string extends Template
  ? string
  : Template extends `${string}{${infer Token}}${infer Rest}`
    ? (Token extends `${infer Name}:${string}` ? Name : Token) | TokensOf<Rest>
    : never;

type HistoryOf<Option> = Option extends string
  ? Option
  : Option extends readonly [infer First extends string, ...unknown[]]
    ? First
    : Option extends readonly (infer Any extends string)[]
      ? Any
      : Option extends { readonly history: infer History }
        ? HistoryOf<History>
        : never;
type LatestOf<Option> = Option extends { readonly latest: infer Latest extends string } ? Latest : never;
type Every<Option> = Option extends string
  ? Option
  : Option extends readonly (infer Any extends string)[]
    ? Any
    : Option extends { readonly history: infer History }
      ? Every<History> | LatestOf<Option>
      : LatestOf<Option>;

/** True where a set of tokens is known to have one of these, `boolean` where it is not known. */
type Has<Tokens extends string, Wanted extends string> = string extends Tokens
  ? boolean
  : Extract<Tokens, Wanted> extends never
    ? false
    : true;

type DateToken = "date" | "year" | "month" | "day" | "season";

/**
 * Whether a layout's paths say dates; `boolean` where the types do not tell.
 *
 * @category Datasets
 */
export type IsDated<Option extends LayoutOption> = Has<TokensOf<Every<Option>>, DateToken>;

/**
 * What a layout makes necessary: the instant behind `{hour}`, the rule behind `{season}`, whether files are appended or
 * overwritten where neither `{run}` nor `{hour}` tells, and what dates the rows.
 *
 * @category Datasets
 */
export type LayoutNeeds<Option extends LayoutOption, Instant extends string> = Needed<
  "hour",
  { readonly from: Instant },
  Has<TokensOf<HistoryOf<Option>>, "hour">
> &
  Needed<"season", SeasonRule, Has<TokensOf<Every<Option>>, "season">> &
  Needed<"files", "append" | "overwritten", IsUntimed<Option>> &
  Needed<"date", object, IsDated<Option>>;

/** Whether the first template of history has neither `{run}` nor `{hour}`. */
type IsUntimed<Option> = [HistoryOf<Option>] extends [never]
  ? false
  : [Has<TokensOf<HistoryOf<Option>>, "run" | "hour">] extends [false]
    ? true
    : false;

type Needed<Name extends string, Value, Is> = [Is] extends [true]
  ? { readonly [N in Name]: Value }
  : { readonly [N in Name]?: Value };

const TEMPLATES_OPTIONS: OptionTable<LayoutTemplates> = {
  history: { is: "a template, or a list of templates", accepts: isTemplates },
  latest: text,
};

/** What `layout` may be. */
export const aLayout: Kind = {
  is: "a path template, a list of them, or { history, latest }",
  accepts: (value) =>
    isTemplates(value) || (typeof value === "object" && value !== null && !Array.isArray(value)),
};

function isTemplates(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string"))
  );
}

/** The texts of a layout's templates. @throws BronzeError `INVALID_ARGUMENT` */
export function templatesOf(option: LayoutOption): {
  history: readonly string[];
  latest: string | undefined;
} {
  if (typeof option === "string") return { history: [option], latest: undefined };
  if (Array.isArray(option)) return { history: option, latest: undefined };
  const given = option as LayoutTemplates;
  assertOptions(given, TEMPLATES_OPTIONS, "layout");
  const { history = [], latest } = given;
  return { history: typeof history === "string" ? [history] : history, latest };
}

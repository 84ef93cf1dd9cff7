import type { BronzeError } from "../errors.js";
import { checkedSeason } from "../time/index.js";
import type { DeclaredColumn } from "./column-schema.js";
import type { AnyOptions } from "./dataset-options.js";
import { type Layout, makeLayout } from "./layout.js";
import { templatesOf } from "./layout-option.js";
import { type PathTemplate, parseTemplate } from "./path-template.js";
import { isColumnToken } from "./path-token.js";

/**
 * The layout that the options of a dataset describe.
 *
 * @throws BronzeError `INVALID_DATASET`, and `INVALID_ARGUMENT` for an option there is not
 */
export function layoutOf(
  options: AnyOptions,
  columns: ReadonlyMap<string, DeclaredColumn>,
  invalid: (what: string) => BronzeError,
): Layout {
  const texts = templatesOf(options.layout);
  const what = `the layout of "${options.name}"`;
  const history = texts.history.map((text) => parseTemplate(text, what));
  const latest = texts.latest === undefined ? undefined : parseTemplate(texts.latest, what);
  const all = latest ? [...history, latest] : history;
  if (all.length === 0) throw invalid("the layout has neither history nor latest; give it a template");
  const season = options.season && checkedSeason(options.season);
  const layout = makeLayout(history, latest, season);
  for (const template of all) assertDates(template, invalid);
  assertColumns(all, columns, invalid);
  assertLatest(history[0], latest, invalid);
  assertNeeds(layout, options, invalid);
  return layout;
}

/** The columns that a layout's paths give and that bound what a file speaks for: all but those of time. */
export function scopeTokens({ history, latest }: Layout): string[] {
  const templates = latest ? [...history, latest] : history;
  return [...new Set(templates.flatMap(({ tokens }) => tokens.filter(isColumnToken)))];
}

type Invalid = (what: string) => BronzeError;

function assertDates({ text, tokens }: PathTemplate, invalid: Invalid): void {
  const has = (token: string) => tokens.includes(token);
  if (has("date")) return;
  if (has("day") && !has("month")) throw invalid(`${text} has a {day} of no {month}`);
  if (has("month") && !has("year") && !has("season"))
    throw invalid(`${text} has a {month} of no {year} and no {season}`);
}

function assertColumns(
  templates: readonly PathTemplate[],
  columns: ReadonlyMap<string, DeclaredColumn>,
  invalid: Invalid,
): void {
  for (const { text, tokens } of templates) {
    const unknown = tokens.find((token) => isColumnToken(token) && !columns.has(token));
    if (unknown !== undefined)
      throw invalid(
        `{${unknown}} in ${text} is neither a token of time nor a column of the schema; declare the column, or write * for what may be anything`,
      );
    const list = tokens.find((token) => isColumnToken(token) && columns.get(token)!.type.kind === "list");
    if (list !== undefined) throw invalid(`{${list}} in ${text} is a list, which no path can say`);
  }
}

/** A view of a month made of days, or the reverse, would be of other rows than the history beside it. */
function assertLatest(
  written: PathTemplate | undefined,
  latest: PathTemplate | undefined,
  invalid: Invalid,
): void {
  if (!written || !latest) return;
  const [days, own] = [daysSaidBy(written), daysSaidBy(latest)];
  if (days !== own)
    throw invalid(
      `the latest view ${latest.text} is of ${own}, and the history ${written.text} of ${days}; make them the same`,
    );
  const open = latest.segments.some(
    ({ isDeep, pieces }) => isDeep || pieces.some(({ kind }) => kind === "any"),
  );
  if (open) throw invalid(`the latest view ${latest.text} is one file, so it has no *`);
  const more = latest.tokens.find((token) => token === "run" || token === "hour" || isColumnToken(token));
  if (more !== undefined)
    throw invalid(`the latest view ${latest.text} is one file of its days, so it has no {${more}}`);
}

function daysSaidBy({ tokens }: PathTemplate): string {
  const has = (token: string) => tokens.includes(token);
  if (has("date") || has("day")) return "a day";
  if (has("month")) return "a month";
  if (has("year")) return "a year";
  return has("season") ? "a season" : "all days";
}

/** Each thing that the templates make necessary is said, and nothing that they leave without a meaning. */
function assertNeeds({ history, latest, dateTokens }: Layout, options: AnyOptions, invalid: Invalid): void {
  const [written] = history;
  const all = latest ? [...history, latest] : history;
  const has = (token: string) => all.some(({ tokens }) => tokens.includes(token));
  if (written?.tokens.includes("hour") && !options.hour)
    throw invalid(`${written.text} has an {hour}: say of which column, with hour: { from: "report_ts" }`);
  if (options.hour && !has("hour")) throw invalid("hour means nothing to a layout without {hour}");
  if (has("season") && !options.season)
    throw invalid("the layout has a {season}: give its rule, such as season: nbaSeason");
  if (options.season && !has("season")) throw invalid("season means nothing to a layout without {season}");
  if (dateTokens.size > 0 && !options.date)
    throw invalid("the layout has dates: say which column tells a row's day, with date: { from }");
  if (options.files !== undefined && !written)
    throw invalid("files means nothing to a layout without history");
  if (
    written &&
    options.files === undefined &&
    !["run", "hour"].some((token) => written.tokens.includes(token))
  )
    throw invalid(
      `${written.text} has neither {run} nor {hour}: say files: "append" where other rows come beside those that are there, or files: "overwritten" where their owner replaces them`,
    );
  assertState(history, options, invalid);
}

function assertState(
  history: readonly PathTemplate[],
  { partitionIs, state }: AnyOptions,
  invalid: Invalid,
): void {
  const open = history.find(({ segments }) => segments.at(-1)!.pieces.some(({ kind }) => kind === "any"));
  if (state !== undefined && (partitionIs !== "snapshot" || !open))
    throw invalid(
      'state only means something with partitionIs: "snapshot" and a * in the names of the files',
    );
  if (state === "folder" && open !== history[0])
    throw invalid(
      `state: "folder" is for layouts that are only read; ${history[0]!.text} names one file, a state`,
    );
  if (partitionIs === "snapshot" && open && state === undefined)
    throw invalid(
      `${open.text} leaves the names of files open: say state: "file" where each is a whole state, or state: "folder" where all of a folder are one`,
    );
}

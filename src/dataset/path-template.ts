import { BronzeError } from "../errors.js";
import { shown } from "../shown.js";
import { COMPACTED_NAME } from "../table/index.js";
import { formsOf, isColumnToken, patternOfToken, readToken, textsOfToken, writeToken } from "./path-token.js";

/**
 * A path with holes: `season={season}/date={date}/run_ts={run}/odds.parquet`. What is in braces is a token, `*` is any
 * text within a name, `**` any number of folders.
 */
export interface PathTemplate {
  readonly text: string;
  readonly segments: readonly Segment[];
  /** Its tokens, left to right, each once. */
  readonly tokens: readonly string[];
  /**
   * The columns that its paths give, each with its token: `{site}` gives `site`; a token of time gives the name before it,
   * as Hive-style folders have it: `game_date` for `game_date={date}`.
   */
  readonly columns: ReadonlyMap<string, string>;
}

/** What one level of a template takes. */
export interface Segment {
  /** Whether it is `**`. */
  readonly isDeep: boolean;
  readonly pieces: readonly Piece[];
  readonly pattern: RegExp;
  readonly tokens: readonly string[];
}

type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "any" }
  | { readonly kind: "token"; readonly name: string; readonly form: string | undefined };

/** Values of tokens, each in its one normal form; null is a column's null. */
export type PathValues = ReadonlyMap<string, string | null>;

/**
 * Reads a template.
 *
 * @param what names it in errors: `the layout of "odds_raw"`
 * @throws BronzeError `INVALID_DATASET`
 */
export function parseTemplate(text: string, what: string): PathTemplate {
  const invalid = (problem: string) =>
    new BronzeError("INVALID_DATASET", `In ${what}, ${shown(text, 200)}: ${problem}.`, { template: text });
  if (!text.endsWith(".parquet"))
    throw invalid(
      'the last part names the files, so it ends in .parquet, such as "data.parquet" or "*.parquet"',
    );
  const segments = text.split("/").map((part) => parseSegment(part, invalid));
  const files = segments.at(-1)!;
  if (files.isDeep) throw invalid("** stands for folders and cannot come last");
  if (isNamed(files)) {
    const name = part(files);
    if (plainName(name) !== name)
      throw invalid(
        `${shown(name)} is a name that later parts and compacted files get; give the plain one, such as "odds.parquet"`,
      );
    // Trees of 0.1: in a partition's folder every Parquet file is data, whatever its name.
    if (isPartitionOf01(segments.at(-2))) segments.splice(-1, 1, { ...files, pattern: /^.+\.parquet$/su });
  }
  const forms = new Map<string, string | undefined>();
  for (const piece of segments.flatMap(({ pieces }) => pieces)) {
    if (piece.kind !== "token") continue;
    if (forms.has(piece.name) && isColumnToken(piece.name) && forms.get(piece.name) !== piece.form)
      throw invalid(`{${piece.name}} stands in it twice, in two forms`);
    forms.set(piece.name, piece.form);
  }
  return { text, segments, tokens: [...forms.keys()], columns: columnsOf(segments) };
}

type Invalid = (problem: string) => BronzeError;

/** Whether a level has one name only. */
function isNamed({ pieces }: Segment): boolean {
  return pieces.every(({ kind }) => kind === "text");
}

function part({ pieces }: Segment): string {
  return pieces.map((piece) => (piece.kind === "text" ? piece.text : "")).join("");
}

function isPartitionOf01(segment: Segment | undefined): boolean {
  const [key, token, ...more] = segment?.pieces ?? [];
  if (key?.kind !== "text" || token?.kind !== "token" || more.length > 0) return false;
  return (key.text === "hour=" && token.name === "hour") || (key.text === "run_ts=" && token.name === "run");
}

function parseSegment(part: string, invalid: Invalid): Segment {
  if (part === "**") return { isDeep: true, pieces: [], pattern: /^/, tokens: [] };
  if (part === "") throw invalid('it has an empty part ("//", or "/" at an end)');
  if (part.includes("**")) throw invalid("** is a part of its own, between slashes");
  if (/^[._]/.test(part)) throw invalid(`${shown(part)} starts with "." or "_", which is never data`);
  if (/^\.+$/.test(part) || part.includes("\\")) throw invalid(`${shown(part)} is no name`);
  const pieces: Piece[] = [];
  for (const [raw, name, form] of part.matchAll(/\{([^{}:]*)(?::([^{}]*))?\}|\*|[^{}*]+|[{}]/g)) {
    if (raw === "*") pieces.push({ kind: "any" });
    else if (raw === "{" || raw === "}") throw invalid(`${shown(part)} has a brace without its other half`);
    else if (name === undefined) pieces.push({ kind: "text", text: raw });
    else pieces.push(tokenPiece(name, form, invalid));
  }
  for (const [i, piece] of pieces.entries()) {
    const before = pieces[i - 1];
    if (before && isOpenEnded(before) && isOpenEnded(piece))
      throw invalid(`in ${shown(part)} nothing tells where one value ends and the next begins`);
  }
  const tokens = pieces.flatMap((piece) => (piece.kind === "token" ? [piece.name] : []));
  return { isDeep: false, pieces, pattern: new RegExp(`^${pieces.map(patternOf).join("")}$`, "su"), tokens };
}

function tokenPiece(name: string, form: string | undefined, invalid: Invalid): Piece {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw invalid(`{${name}} is no name of a token or column`);
  const forms = formsOf(name);
  if (form !== undefined && !forms.includes(form)) {
    throw invalid(
      forms.length > 1
        ? `{${name}} is written ${forms.join(" or ")}, not ${shown(form)}`
        : `{${name}} has one form; write it without ":${form}"`,
    );
  }
  return { kind: "token", name, form };
}

function isOpenEnded(piece: Piece): boolean {
  return (
    piece.kind === "any" || (piece.kind === "token" && (piece.name === "run" || isColumnToken(piece.name)))
  );
}

function patternOf(piece: Piece): string {
  switch (piece.kind) {
    case "text":
      return piece.text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    case "any":
      return "[^/]*?";
    case "token":
      return `(${patternOfToken(piece.name)})`;
    default:
      return piece satisfies never;
  }
}

/**
 * What a name at one level of a template gives its tokens, beside what is known of them already; `undefined` where it does
 * not fit, or contradicts that. Any form of a value is taken.
 */
export function matchName(segment: Segment, name: string, known: PathValues): PathValues | undefined {
  const match = segment.pattern.exec(name);
  if (!match) return undefined;
  if (segment.tokens.length === 0) return known;
  const values = new Map(known);
  return readTokens(segment, match, values) ? values : undefined;
}

/** Adds what a name gives the tokens of its level; `false` where it is no value of one, or not the one that is known. */
function readTokens(
  { tokens }: Segment,
  match: RegExpExecArray,
  values: Map<string, string | null>,
): boolean {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const value = readToken(token, match[i + 1]!);
    if (value === undefined) return false;
    const other = values.get(token);
    if (other !== undefined && other !== value) return false;
    values.set(token, value);
  }
  return true;
}

/** How a path is of a template's form. */
interface PathMatch {
  readonly values: PathValues;
  /** Level by level of the template, how many names of the path lie before its end. */
  readonly ends: readonly number[];
}

/**
 * How a path below a dataset's folder is of a template's form; `undefined` where it is not. The names of later parts and
 * of compacted files are taken for the file they belong to. What `**` leaves open, the shortest one decides.
 */
export function matchPath(template: PathTemplate, path: string): PathMatch | undefined {
  const names = path.split("/");
  const { segments } = template;
  const hasDeep = segments.some(({ isDeep }) => isDeep);
  if (!hasDeep && names.length !== segments.length) return undefined;
  if (names.some((name) => name.startsWith(".") || name.startsWith("_"))) return undefined;
  names.push(plainName(names.pop()!));
  return hasDeep ? matchFrom(segments, names, { values: NO_VALUES, ends: [] }) : matchLevels(segments, names);
}

export const NO_VALUES: PathValues = new Map();

/** Where each level has one name: there is one way to match, and so one map of values. */
function matchLevels(segments: readonly Segment[], names: readonly string[]): PathMatch | undefined {
  const values = new Map<string, string | null>();
  const ends: number[] = [];
  for (const [i, segment] of segments.entries()) {
    const match = segment.pattern.exec(names[i]!);
    if (!match || !readTokens(segment, match, values)) return undefined;
    ends.push(i + 1);
  }
  return { values, ends };
}

function matchFrom(
  segments: readonly Segment[],
  names: readonly string[],
  { values, ends }: PathMatch,
): PathMatch | undefined {
  const at = ends.at(-1) ?? 0;
  const segment = segments[ends.length];
  if (!segment) return names.length === at ? { values, ends } : undefined;
  if (segment.isDeep) {
    for (let end = at; end < names.length; end++) {
      const match = matchFrom(segments, names, { values, ends: [...ends, end] });
      if (match) return match;
    }
    return undefined;
  }
  const name = names[at];
  const own = name === undefined ? undefined : matchName(segment, name, values);
  return own && matchFrom(segments, names, { values: own, ends: [...ends, at + 1] });
}

/** Whether files of a template's form can lie below a folder, or in it. */
export function mayHold(template: PathTemplate, folder: string): boolean {
  const reach = (segments: readonly Segment[], names: readonly string[], known: PathValues): boolean => {
    const [segment, ...after] = segments;
    const [name, ...deeper] = names;
    if (!segment || name === undefined) return segment !== undefined;
    if (segment.isDeep) return true;
    const values = matchName(segment, name, known);
    return values !== undefined && reach(after, deeper, values);
  };
  return reach(template.segments, folder.split("/"), NO_VALUES);
}

/** `odds.parquet` for `odds.part-000002.parquet` and `odds.compacted-0123456789abcdef.parquet`. */
export function plainName(name: string): string {
  if (!name.includes(".part-") && !name.includes(".compacted-")) return name;
  const isCompacted = COMPACTED_NAME.test(name);
  return name.replace(
    isCompacted ? /\.compacted-[0-9a-f]{16}\.parquet$/ : /\.part-\d{6,}\.parquet$/,
    ".parquet",
  );
}

function columnsOf(segments: readonly Segment[]): ReadonlyMap<string, string> {
  const columns = new Map<string, string>();
  for (const { pieces } of segments) {
    for (const [i, piece] of pieces.entries()) {
      if (piece.kind !== "token") continue;
      const before = i === 1 ? pieces[0] : undefined;
      const key = before?.kind === "text" ? /^([A-Za-z_][A-Za-z0-9_]*)=$/.exec(before.text)?.[1] : undefined;
      if (isColumnToken(piece.name)) columns.set(piece.name, piece.name);
      else if (key !== undefined) columns.set(key, piece.name);
    }
  }
  return columns;
}

/**
 * The names a level can have when its tokens have these values, in every form a value is written in; `undefined` where the
 * values do not fix it, so that it has to be listed.
 */
export function namesOf(segment: Segment, values: PathValues): string[] | undefined {
  let names = [""];
  if (segment.isDeep) return undefined;
  for (const piece of segment.pieces) {
    const texts = textsOf(piece, values);
    if (texts === undefined) return undefined;
    names = names.flatMap((name) => texts.map((text) => name + text));
  }
  return [...new Set(names)];
}

function textsOf(piece: Piece, values: PathValues): readonly string[] | undefined {
  if (piece.kind === "text") return [piece.text];
  const value = piece.kind === "token" ? values.get(piece.name) : undefined;
  if (piece.kind === "any" || value === undefined) return undefined;
  return textsOfToken(piece.name, value);
}

/**
 * The path that tokens with these values give; `undefined` where a `*` or a token without a value leaves it open.
 */
export function formatPath(template: PathTemplate, values: PathValues): string | undefined {
  const names: string[] = [];
  for (const { isDeep, pieces } of template.segments) {
    if (isDeep) return undefined;
    let name = "";
    for (const piece of pieces) {
      if (piece.kind === "any") return undefined;
      const value = piece.kind === "text" ? piece.text : values.get(piece.name);
      if (value === undefined) return undefined;
      name += piece.kind === "text" ? value : writeToken(piece.name, piece.form, value);
    }
    names.push(name);
  }
  return names.join("/");
}

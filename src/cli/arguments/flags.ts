import { FORMATS } from "../output/show-answer.js";

/** Text as it was typed: ids keep their leading zeros. */
const text = (value: string): string => value;

/** A flag that may be left out. */
const optional = <const Brief extends string>(brief: Brief, placeholder: string) =>
  ({ kind: "parsed", parse: text, optional: true, brief, placeholder }) as const;

/** Which tree it is about: on every command. */
export const TREE = {
  config: optional("config file; default: bronzestore.config.ts in this folder or above", "FILE"),
  root: optional("a folder of Parquet, read without a config by guessing its layout", "FOLDER"),
} as const;

/** How the answer is written: on every command. */
export const OUTPUT = {
  format: {
    kind: "enum",
    values: FORMATS,
    optional: true,
    brief: "form of the answer; default: table at a terminal, ndjson in a pipe",
  },
  limit: {
    kind: "parsed",
    parse: wholeNumber,
    optional: true,
    brief: "at most so many rows; default: 40 in a table, else all",
    placeholder: "N",
  },
} as const;

/** Which days are read besides the one that is named. */
export const DAYS = {
  lookback: {
    kind: "parsed",
    parse: wholeNumber,
    optional: true,
    brief: "days to read before the day too",
    placeholder: "DAYS",
  },
} as const;

/** How a question goes on where a file is damaged, or may be needed and was pruned. */
export const READING = {
  onCorrupt: {
    kind: "enum",
    values: ["throw", "skip"],
    optional: true,
    brief: "of files that cannot be read: refuse the question, or pass them over and say so; default: throw",
  },
  acceptPruned: {
    kind: "boolean",
    optional: true,
    withNegated: false,
    brief: "answer from what is left where pruned history may be needed",
  },
} as const;

/** The second axis, and age. */
export const BOUNDS = {
  knownBy: optional('only rows captured by then: an instant, or "cutoff"', "INSTANT"),
  maxAge: optional("only rows at most so old at the cutoff: 6h, PT6H", "DURATION"),
} as const;

/** Who answers. */
export const ENGINE = {
  engine: optional("an engine of the config, which is asked in place of this process", "NAME"),
} as const;

export const FROM_TO = {
  from: optional("first day, YYYY-MM-DD", "DATE"),
  to: optional("last day, YYYY-MM-DD", "DATE"),
} as const;

export const COLUMNS = { columns: optional("columns, with commas between", "NAMES") } as const;

export const flagOf = optional;

/** A flag that must be given. */
export const requiredFlag = <const Brief extends string>(brief: Brief, placeholder: string) =>
  ({ kind: "parsed", parse: text, brief, placeholder }) as const;

/** A flag that is there or not. */
export const switchFlag = <const Brief extends string>(brief: Brief) =>
  ({ kind: "boolean", optional: true, withNegated: false, brief }) as const;

/** A flag that is another word for an option of the library: what is said of the option is said of the flag. */
export const ofOption = <const Flag extends object>(option: string, flag: Flag) => ({ ...flag, option });

export const wholeNumberFlag = <const Brief extends string>(brief: Brief, placeholder: string) =>
  ({ kind: "parsed", parse: wholeNumber, optional: true, brief, placeholder }) as const;

export const revisionFlag = wholeNumberFlag("revision of the slate; default: the newest", "N");

/** A positional argument. */
export const argument = <const Placeholder extends string>(placeholder: Placeholder, brief: string) =>
  ({ parse: text, placeholder, brief }) as const;

export interface TreeFlags {
  readonly config?: string;
  readonly root?: string;
}
export interface OutputFlags {
  readonly format?: (typeof FORMATS)[number];
  readonly limit?: number;
}
export interface DaysFlags {
  readonly lookback?: number;
}
export interface ReadingFlags {
  readonly onCorrupt?: "throw" | "skip";
  readonly acceptPruned?: boolean;
}
export interface BoundsFlags {
  readonly knownBy?: string;
  readonly maxAge?: string;
}
export interface EngineFlags {
  readonly engine?: string;
}
export interface FromToFlags {
  readonly from?: string;
  readonly to?: string;
}
export interface ColumnsFlags {
  readonly columns?: string;
}

/** @throws SyntaxError, which the parser of arguments shows */
function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number))
    throw new SyntaxError(`${value} is no whole number`);
  return number;
}

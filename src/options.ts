import { BronzeError } from "./errors.js";
import { kindOf, shown } from "./shown.js";

/** What a value must be. */
export interface Kind {
  /** In words, for messages: `true or false`. */
  readonly is: string;
  accepts(value: unknown): boolean;
  /** A value that is not accepted, in words. Default: `shown`. */
  readonly says?: (value: unknown) => string;
  /** Whether it may not be left out. */
  readonly required?: true;
  /** For an object of options: the options inside. */
  readonly options?: Readonly<Record<string, Kind>>;
}

/** The names of options, those of every form of a union. */
type NamesOf<Options> = Options extends unknown ? keyof Options & string : never;

/**
 * All options, one per line next to their type: the compiler refuses a table that lacks one, or has one that the type
 * lacks, so the checks at run time never differ from the documented options.
 */
export type OptionTable<Options> = { readonly [Name in NamesOf<Options>]: Kind };

/** Anything; it is checked where it is read. */
export const given: Kind = { is: "a value", accepts: () => true };
/** Half a surrogate pair has no bytes: two such names would be one in a file. */
export const text: Kind = {
  is: "text",
  accepts: (value) => typeof value === "string" && !/\p{Surrogate}/u.test(value),
};
/** Which zones there are is the runtime's; a zone is never guessed. */
export const zoneName: Kind = {
  is: 'the name of a time zone, such as "America/New_York" or "UTC"',
  accepts: text.accepts,
};
export const flag: Kind = { is: "true or false", accepts: (value) => typeof value === "boolean" };
export const callback: Kind = { is: "a function", accepts: (value) => typeof value === "function" };
/** Recognized by form, because one process may have several copies of zod, and `zod/mini`. */
export const zodSchema: Kind = {
  is: "a schema of zod 4",
  accepts: (value) => zodType(value) !== undefined,
  says: schemaText,
};
export const zodObject: Kind = {
  is: 'an object of zod 4 (import * as z from "zod" at version 4)',
  accepts: (value) => zodType(value) === "object",
  says: schemaText,
};
/** Something with members: an object with the user's own names, a store, a schema. */
export const anObject: Kind = { is: "an object", accepts: isObject };
export const texts: Kind = {
  is: "a list of text",
  accepts: (value) => Array.isArray(value) && value.every(text.accepts),
};
/** Columns to read or to add. A list of none would look like an answer without columns, and is more likely a mistake. */
export const columnNames: Kind = {
  is: "a list of at least one column",
  accepts: (value) => texts.accepts(value) && (value as readonly string[]).length > 0,
};
/** Anything that `for of` accepts, except text: that would be its letters. */
export const iterable: Kind = {
  is: "a list",
  accepts: (value) =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, Symbol.iterator) === "function",
};

/** A whole number, at least `least`. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Kind {
  const upTo = most === Number.MAX_SAFE_INTEGER ? "or more" : `to ${most}`;
  return {
    is: `a whole number, ${least} ${upTo}`,
    accepts: (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  };
}

/** One of some words. */
export function oneOf(...words: readonly string[]): Kind {
  return {
    is: words.map((word) => JSON.stringify(word)).join(" or "),
    accepts: (value) => words.some((word) => word === value),
  };
}

/** One kind or the other. */
export function either(...kinds: readonly Kind[]): Kind {
  return {
    is: kinds.map(({ is }) => is).join(" or "),
    accepts: (value) => kinds.some((kind) => kind.accepts(value)),
  };
}

/** A value that must be given. */
export function required(kind: Kind): Kind {
  return { ...kind, required: true };
}

/** Options inside options; `options` is a table of its own type. */
export function group(options: Readonly<Record<string, Kind>>): Kind {
  return { is: `an object of options (${Object.keys(options).join(", ")})`, accepts: isRecord, options };
}

/**
 * Refuses options that nothing reads, at every level, and values that an option does not accept: a misspelled bound
 * would otherwise be no bound, and plain JavaScript has no type checker to see it.
 *
 * @param options what the caller passed; `undefined` is no options
 * @param where how a message names the entry point: `freeze`
 * @throws BronzeError `INVALID_ARGUMENT` naming the unknown option and the known ones
 */
export function assertOptions(options: unknown, table: Readonly<Record<string, Kind>>, where: string): void {
  const known = Object.keys(table);
  const needed = known.filter((name) => table[name]!.required);
  if (options === undefined && needed.length === 0) return;
  if (!isRecord(options)) {
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${where} takes an object of options (${known.join(", ")}), not ${shown(options)}.`,
    );
  }
  // Inherited ones count as well, because they would be read.
  for (const option in options) {
    if (Object.hasOwn(table, option)) continue;
    throw new BronzeError(
      "INVALID_ARGUMENT",
      `${where} has no option ${shown(option)}; it has ${known.join(", ")}.`,
      { option, known },
    );
  }
  for (const name of known) {
    const kind = table[name]!;
    const value = options[name];
    if (value === undefined) {
      if (!kind.required) continue;
      throw new BronzeError(
        "INVALID_ARGUMENT",
        `${where} needs ${name}, which must be ${kind.is}; it is missing.`,
        { option: name },
      );
    }
    // The options inside have messages of their own.
    if (kind.options) assertOptions(value, kind.options, `${where}'s ${name}`);
    else assertIs(value, kind, `${name} of ${where}`);
  }
}

/**
 * Refuses arguments after the last one that is read: `apply(plan, { dryRun: true })` would apply.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertNoMore(more: readonly unknown[], where: string): void {
  if (more.length === 0) return;
  throw new BronzeError("INVALID_ARGUMENT", `${where} takes nothing else, and was given ${shown(more[0])}.`);
}

/**
 * Refuses a value that is not of a kind.
 * @throws BronzeError `INVALID_ARGUMENT`
 */
export function assertIs(value: unknown, kind: Kind, what: string): void {
  if (kind.accepts(value)) return;
  const said = (kind.says ?? shown)(value);
  throw new BronzeError("INVALID_ARGUMENT", `${what} is ${said}; it must be ${kind.is}.`, { value });
}

interface SchemaLike {
  readonly _zod?: { readonly def?: { readonly type?: string } };
  readonly safeParse?: unknown;
  readonly "~standard"?: { readonly vendor?: unknown };
}

/** The kind of a value that is a schema of zod 4: `object`, `string`; otherwise `undefined`. */
export function zodType(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { _zod, safeParse } = value as SchemaLike;
  return typeof safeParse === "function" ? _zod?.def?.type : undefined;
}

/** A value that is not the expected schema, in words: the kind of zod schema, or the library it comes from. */
export function schemaText(value: unknown): string {
  if (!isObject(value)) return shown(value);
  const own = zodType(value);
  if (own !== undefined) return `a zod ${own}`;
  const { _zod, safeParse, "~standard": standard } = value as SchemaLike;
  if (_zod !== undefined) return "a schema of zod's core, which has no safeParse";
  // Older versions of zod 3 lack the property of Standard Schema.
  if (standard?.vendor === "zod" || (typeof safeParse === "function" && "_def" in (value as object)))
    return "a schema of zod 3";
  return typeof standard?.vendor === "string" ? `a schema of ${standard.vendor}` : shown(value);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object that holds properties: not a list, map, date or instant, which have no names of their own. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && kindOf(value) === "Object";
}

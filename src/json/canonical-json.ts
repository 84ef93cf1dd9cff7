import { BronzeError } from "../errors.js";

/**
 * A value JSON can hold.
 *
 * @category Gold
 */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * How deep a document may be nested, including those of earlier versions; zod reads twice that before the stack
 * overflows.
 */
const DOCUMENT_DEPTH = 500;
/** How deep a caller's value may be nested; the document around it adds its own levels. */
const GIVEN_DEPTH = 100;
/** A text has at most 2^29 - 24 characters in V8. */
const MAX_LENGTH = 2 ** 29 - 1024;

/**
 * JSON by RFC 8785: members sorted by UTF-16 code units, no spaces, numbers as ECMAScript prints them. Equal values
 * give equal bytes in every language that follows the RFC.
 *
 * Nothing changes silently: the text parses to the same value, or the value is refused. Members that are `undefined`
 * are left out, as if absent; `-0` is written as `0`, which equals it.
 *
 * @param at what the value is called in errors: `parameters` gives `parameters.a[3]`
 * @throws BronzeError `INVALID_ARGUMENT` for what JSON cannot hold or a reader would lose: NaN and infinities, bigints,
 * functions, symbols, instances of classes (dates and maps too), `undefined` and holes in lists, half a surrogate pair,
 * members named `__proto__`, cycles, endless nesting
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown, at = "the document"): string {
  return new Writer(at, DOCUMENT_DEPTH).text(value);
}

/**
 * A caller's value as JSON will return it, or a refusal. It is a copy: later changes of the original do not matter.
 *
 * @param at its name in errors
 * @throws BronzeError `INVALID_ARGUMENT`, as `canonicalJson`, and when it is nested more than 100 deep
 */
export function toJson(value: unknown, at: string): Json {
  return JSON.parse(jsonText(value, at)) as Json;
}

/** The canonical text of such a value. @throws BronzeError `INVALID_ARGUMENT`, as `toJson` */
export function jsonText(value: unknown, at: string): string {
  return new Writer(at, GIVEN_DEPTH).text(value);
}

/** The same for named values; `undefined` gives no members. @throws BronzeError `INVALID_ARGUMENT`, as `toJson` */
export function toJsonObject(value: unknown, at: string): Record<string, Json> {
  const json = value === undefined ? {} : toJson(value, at);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  throw new BronzeError(
    "INVALID_ARGUMENT",
    `${at} is ${Array.isArray(json) ? "a list" : described(value)}; give an object of named values.`,
    { at },
  );
}

/** A text with U+FFFD for each half of a surrogate pair: for other people's text, such as an error's message. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** One pass over one value. */
class Writer {
  readonly #at: string;
  readonly #maxDepth: number;
  /** Names and positions from the top down to the current value. */
  readonly #path: (string | number)[] = [];
  readonly #within: object[] = [];
  /** What was written before: a value that is referred to from several places is written at each. */
  readonly #written = new Map<object, { readonly text: string; readonly height: number }>();
  /** How deep the last written value is nested. */
  #height = 0;

  constructor(at: string, maxDepth: number) {
    this.#at = at;
    this.#maxDepth = maxDepth;
  }

  text(value: unknown): string {
    try {
      return this.#write(value);
    } catch (error) {
      if (error instanceof BronzeError) throw error;
      // A getter or a proxy of the caller's threw, or the text is too long.
      throw this.#refusal(
        `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        "",
        error,
      );
    }
  }

  #write(value: unknown): string {
    this.#height = 0;
    if (value === null || typeof value === "boolean") return String(value);
    if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
    if (typeof value === "string") return this.#string(value, "is");
    if (typeof value !== "object") throw this.#noJson(value);
    const known = this.#written.get(value);
    if (known) {
      this.#assertDepth(known.height);
      this.#height = known.height;
      return known.text;
    }
    if (this.#within.includes(value))
      throw this.#refusal("refers to itself", "JSON has no cycles; leave it out");
    this.#assertDepth(1);
    this.#within.push(value);
    const text = Array.isArray(value) ? this.#list(value) : this.#members(value);
    this.#within.pop();
    this.#written.set(value, { text, height: this.#height });
    return text;
  }

  #list(list: readonly unknown[]): string {
    // The prototype of plain lists is a list itself, also for one from another realm; that of a class is not.
    if (!Array.isArray(Object.getPrototypeOf(list))) throw this.#noJson(list);
    const parts: string[] = [];
    let deepest = 0;
    for (let i = 0; i < list.length; i++) {
      this.#path.push(i);
      if (!Object.hasOwn(list, i)) throw this.#refusal("is a hole in a list", "write null for nothing");
      parts.push(this.#write(list[i]));
      deepest = Math.max(deepest, this.#height);
      this.#path.pop();
    }
    this.#assertNothingElse(list, list.length + 1); // and its length
    this.#height = deepest + 1;
    return this.#joined("[", parts, "]");
  }

  #members(object: object): string {
    if (!isPlain(object)) throw this.#noJson(object);
    const names = Object.keys(object);
    // What was parsed from canonical text is in order.
    if (names.some((name, i) => i > 0 && names[i - 1]! > name)) names.sort((a, b) => (a < b ? -1 : 1));
    this.#assertNothingElse(object, names.length);
    const parts: string[] = [];
    let deepest = 0;
    for (const name of names) {
      const value = (object as Record<string, unknown>)[name];
      if (value === undefined) continue;
      this.#path.push(name);
      // Most JSON readers treat it as the object's prototype, and drop it.
      if (name === "__proto__") throw this.#refusal("has a name that readers lose", "call it something else");
      parts.push(`${this.#string(name, "has a name that is")}:${this.#write(value)}`);
      deepest = Math.max(deepest, this.#height);
      this.#path.pop();
    }
    this.#height = deepest + 1;
    return this.#joined("{", parts, "}");
  }

  /** Members that `Object.keys` does not show: symbols, hidden ones, names on a list. */
  #assertNothingElse(object: object, known: number): void {
    const own = Reflect.ownKeys(object);
    if (own.length === known) return;
    const shown = new Set<string | symbol>(Array.isArray(object) ? ["length"] : Object.keys(object));
    const extra = own.find((name) => !shown.has(name) && !(Array.isArray(object) && isIndex(name)));
    throw this.#refusal(`has the member ${String(extra)}, which JSON would drop`, "leave it out");
  }

  #string(text: string, is: string): string {
    const quoted = JSON.stringify(text);
    // Half a pair comes out as an escape: a text that needed none has none.
    if (quoted.length > text.length + 2 && /\p{Surrogate}/u.test(text))
      throw this.#refusal(
        `${is} not well-formed Unicode (half a surrogate pair)`,
        "UTF-8 does not have it; cut texts between characters",
      );
    return quoted;
  }

  #joined(open: string, parts: readonly string[], close: string): string {
    let length = parts.length + 1;
    for (const part of parts) length += part.length;
    if (length > MAX_LENGTH)
      throw this.#refusal(`comes to more than ${MAX_LENGTH} characters`, "write it in parts, or as a table");
    return `${open}${parts.join(",")}${close}`;
  }

  #assertDepth(height: number): void {
    if (this.#within.length + height <= this.#maxDepth) return;
    // The path to it would be as long as the nesting.
    this.#path.length = Math.min(this.#path.length, SHOWN_STEPS);
    throw this.#refusal(`is nested more than ${this.#maxDepth} deep`, "write it flatter");
  }

  #noJson(value: unknown): BronzeError {
    return this.#refusal(`is ${described(value)}, which JSON does not have`, remedyFor(value));
  }

  #refusal(problem: string, remedy: string, cause?: unknown): BronzeError {
    const steps = this.#path.map((step) => (typeof step === "number" ? `[${step}]` : memberStep(step)));
    const at = `${this.#at}${steps.join("")}`;
    return new BronzeError(
      "INVALID_ARGUMENT",
      `${at} ${problem}${remedy && `; ${remedy}`}.`,
      { at },
      cause === undefined ? undefined : { cause },
    );
  }
}

const SHOWN_STEPS = 5;

function memberStep(name: string): string {
  if (/^[A-Za-z_$][\w$]{0,79}$/.test(name)) return `.${name}`;
  return `[${JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name)}]`;
}

/** An object literal, also from another realm; not an instance of a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf");
}

function isIndex(name: string | symbol): boolean {
  return typeof name === "string" && /^(0|[1-9]\d*)$/.test(name);
}

function described(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return String(value);
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {};
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an instance of a class";
}

function remedyFor(value: unknown): string {
  if (value === undefined) return "write null for nothing";
  if (typeof value === "number") return "write null or a text for it";
  if (typeof value === "bigint")
    return "write it as text; an instant with formatInstant(ns), and read it with instant() in a schema";
  if (typeof value !== "object") return "leave it out";
  if (value instanceof Date || "epochNanoseconds" in (value as object))
    return "write an instant as text with formatInstant(toEpochNs(value)), and read it with instant() in a schema";
  return "write what it holds as a plain object, a list or a text";
}

/**
 * A value for a message: short, on one line, and safe whatever it is (bigints, cycles, a megabyte of text, getters that
 * throw). Text is quoted, a bigint has its `n`.
 */
export function shown(value: unknown, limit = 80): string {
  try {
    return cut(inWords(value, limit, 2), limit * 2);
  } catch {
    return "(a value that cannot be read)";
  }
}

function inWords(value: unknown, limit: number, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value, limit));
    case "bigint":
      return `${cut(String(value), limit)}n`;
    case "function":
      return "(a function)";
    case "object":
      return value === null ? "null" : ofObject(value, limit, depth);
    default:
      return Object.is(value, -0) ? "-0" : cut(String(value), limit);
  }
}

function ofObject(value: object, limit: number, depth: number): string {
  const kind = kindOf(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "(an invalid Date)" : value.toISOString();
  if (value instanceof Error) return `(${value.name}: ${cut(value.message, limit)})`;
  if (kind.startsWith("Temporal.")) return cut(String(value), limit);
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  const isList = Array.isArray(value);
  if (!isList && kind !== "Object") return `(${withArticle(kind)})`;
  if (depth === 0) return isList ? "[...]" : "{...}";
  const names = Object.keys(value);
  const parts = names.slice(0, MOST_PARTS).map((name) => {
    const own = inWords((value as Record<string, unknown>)[name], limit, depth - 1);
    return isList ? own : `${cut(name, limit)}: ${own}`;
  });
  if (names.length > MOST_PARTS) parts.push("...");
  if (isList) return `[${parts.join(", ")}]`;
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

/** `a Map`, `an object`. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A thrown value in words: an error's own message. Anything can be thrown. */
export function saidBy(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : shown(thrown);
}

/** The name of a value's class: `Map`, `Temporal.Instant`; `Object` for plain properties. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

const MOST_PARTS = 6;

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Half a surrogate pair would show as a stray character.
  const end = /[\uD800-\uDBFF]/.test(text[limit - 1]!) ? limit - 1 : limit;
  return `${text.slice(0, end)}...`;
}

/**
 * A value as JSON, for `toJSON`: bigints as decimal text, NaN and infinities as text, bytes and what JSON lacks as in
 * `shown`, cycles and deep values cut off. Never throws.
 */
export function jsonSafe(value: unknown, depth = 8, above: readonly unknown[] = []): unknown {
  try {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "bigint") return String(value);
    if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
    if (typeof value !== "object") return value === undefined ? undefined : shown(value);
    if (above.includes(value)) return "(itself)";
    const inside = [...above, value];
    const items = value instanceof Set ? [...value] : value;
    if (Array.isArray(items) || kindOf(value) === "Object") {
      if (depth === 0) return shown(value);
      if (Array.isArray(items)) return items.map((item) => jsonSafe(item, depth - 1, inside) ?? null);
      // Not by assignment, which does something else for a name such as `__proto__`.
      return Object.fromEntries(
        Object.entries(value).map(([name, own]) => [name, jsonSafe(own, depth - 1, inside)]),
      );
    }
    return shown(value, MOST_TEXT);
  } catch {
    return "(a value that cannot be read)";
  }
}

const MOST_TEXT = 1000;

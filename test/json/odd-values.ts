import fc from "fast-check";

/** Names that mean something to JavaScript, to JSON readers or to file systems. */
export const ODD_NAMES = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "toJSON",
  "hasOwnProperty",
  "length",
  "0",
  "a.b",
  'quo"te',
  "\u0000",
  "\ud83d",
  "\ud83d\ude00",
  "x".repeat(300),
];

/** An object with an own member of that name, `__proto__` too. */
export function named(name: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty({}, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Anything a caller could hand over where JSON is expected, odd names and odd values among it. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
  maxDepth: 3,
  maxKeys: 4,
  key: fc.oneof(fc.string(), fc.constantFrom(...ODD_NAMES)),
  values: [
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom<unknown>(null, undefined, -0, 2 ** 60, "\ud83d", Symbol("s"), () => 1, /x/g, Object(1)),
  ],
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** Plain JSON, with the names and texts that readers stumble over: every value of it must be carried. */
export const plainJson: fc.Arbitrary<unknown> = fc.anything({
  maxDepth: 3,
  maxKeys: 4,
  key: fc
    .oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(...ODD_NAMES))
    .filter((name) => name !== "__proto__" && !/\p{Surrogate}/u.test(name)),
  values: [
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom<unknown>(null, 2 ** 60, 5e-324, "\ud83d\ude00", "\u2028"),
  ],
});

/**
 * Whether what was read back is what was meant: the same members but those that were `undefined`, and no others; the
 * same values, `-0` being the `0` that it equals.
 */
export function isWhatWasMeant(meant: unknown, read: unknown): boolean {
  if (typeof meant !== "object" || meant === null) return meant === read;
  if (typeof read !== "object" || read === null || Array.isArray(meant) !== Array.isArray(read)) return false;
  const names = Object.keys(meant).filter((name) => (meant as Record<string, unknown>)[name] !== undefined);
  if (Array.isArray(meant) && names.length !== meant.length) return false;
  return (
    names.length === Object.keys(read).length &&
    names.every(
      (name) =>
        Object.hasOwn(read, name) &&
        isWhatWasMeant((meant as Record<string, unknown>)[name], (read as Record<string, unknown>)[name]),
    )
  );
}

export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

class Money {
  readonly amount = 1;
  toJSON() {
    return this.amount;
  }
}

const cycle: Record<string, unknown> = {};
cycle.self = { again: cycle };

const inItself: unknown[] = [];
inItself.push(inItself);

const sparse = [1, 2, 3];
delete sparse[1];

/** A value, what is said of it below `parameters`, and why. */
export const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["a function", { f: () => 1 }, "parameters.f is a function"],
  ["a symbol", [Symbol("s")], "parameters[0] is a symbol"],
  ["a bigint", { a: { ns: 1n } }, "parameters.a.ns is 1n"],
  ["NaN", { a: [0, 1, 2, Number.NaN] }, "parameters.a[3] is NaN"],
  ["infinity", { a: Number.NEGATIVE_INFINITY }, "parameters.a is -Infinity"],
  ["undefined in a list", { a: [undefined] }, "parameters.a[0] is undefined"],
  ["a hole", { a: sparse }, "parameters.a[1] is a hole"],
  ["a date", { at: new Date(0) }, "parameters.at is an instance of Date"],
  ["a map", { m: new Map([[1, 2]]) }, "parameters.m is an instance of Map"],
  ["a set", { m: new Set([1]) }, "parameters.m is an instance of Set"],
  ["an instance of a class", { m: new Money() }, "parameters.m is an instance of Money"],
  ["a toJSON of one's own", { m: { toJSON: () => 1 } }, "parameters.m.toJSON is a function"],
  ["bytes", { b: new Uint8Array(2) }, "parameters.b is an instance of Uint8Array"],
  ["a boxed number", { n: Object(1) }, "parameters.n is an instance of Number"],
  ["a regular expression", { r: /x/ }, "parameters.r is an instance of RegExp"],
  ["an error", { e: new Error("x") }, "parameters.e is an instance of Error"],
  ["a promise", { p: Promise.resolve(1) }, "parameters.p is an instance of Promise"],
  ["a list of a class", { l: new (class Rows extends Array {})() }, "parameters.l is an instance of Rows"],
  ["a match, a list with names", { m: /(?<x>a)/.exec("a") }, "parameters.m has the member index"],
  [
    "a symbol for a name",
    { m: { [Symbol.iterator]: 1 } },
    "parameters.m has the member Symbol(Symbol.iterator)",
  ],
  ["a hidden member", Object.defineProperty({}, "x", { value: 1 }), "parameters has the member x"],
  ["a member named __proto__", named("__proto__", 1), "parameters.__proto__ has a name"],
  ["one further down", { a: [named("__proto__", {})] }, "parameters.a[0].__proto__ has a name"],
  ["half a surrogate pair", { a: "\ud83d" }, "parameters.a is not well-formed"],
  ["half of one in a name", named("\ude00", 1), 'parameters["\\ude00"] has a name that is not well-formed'],
  ["a cycle", cycle, "parameters.self.again refers to itself"],
  ["a list in itself", { list: inItself }, "parameters.list[0] refers"],
  ["endless nesting", { a: nested(20_000) }, "parameters.a[0][0][0][0] is nested more than 100 deep"],
  ["101 levels", { a: nested(100) }, "is nested more than 100 deep"],
  [
    "a getter that throws",
    Object.defineProperty({}, "x", { get: fail, enumerable: true }),
    "cannot be read: no",
  ],
  ["a proxy that throws", new Proxy({}, { ownKeys: fail }), "cannot be read: no"],
];

/** Refused as well, after a second of work: where JSON is made. */
export const TOO_LONG = shared(64);

function fail(): never {
  throw new Error("no");
}

/** Each level refers twice to the one below: 2^depth values in little memory. */
function shared(depth: number): unknown {
  let value: unknown = "x";
  for (let i = 0; i < depth; i++) value = { a: value, b: value };
  return value;
}

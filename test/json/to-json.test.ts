import vm from "node:vm";
import { isBronzeError } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, toJson, toJsonObject } from "../../src/json/index.js";
import { campaign } from "../campaign.js";
import { anything, isWhatWasMeant, named, nested, plainJson, REFUSED, TOO_LONG } from "./odd-values.js";

describe("a caller's value as JSON", () => {
  const { count, seed } = campaign({ small: 2_000, large: 60_000, seed: 11 });

  it("comes back as it was meant, or is refused by its path: nothing in between", () => {
    let carried = 0;
    const property = fc.property(fc.oneof(anything, plainJson), (value) => {
      let read: unknown;
      try {
        read = toJson(value, "it");
      } catch (error) {
        if (!isBronzeError(error, "INVALID_ARGUMENT")) throw error;
        return /^it[.[ ]/.test(error.message);
      }
      carried++;
      return isWhatWasMeant(value, read) && canonicalJson(read) === canonicalJson(value);
    });
    fc.assert(property, { numRuns: count, seed });
    expect(carried).toBeGreaterThan(count / 4);
  });

  it("is never refused when it is plain JSON", () => {
    const property = fc.property(plainJson, (value) => isWhatWasMeant(value, toJson(value, "it")));
    fc.assert(property, { numRuns: count, seed });
  });

  it.each([
    ...REFUSED,
    ["more than a text can hold", TOO_LONG, "comes to more than"] as const,
  ])("refuses %s", (_what, value, said) => {
    expect(() => toJson(value, "parameters")).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(said) }),
    );
  });

  it.each([
    ["members that are undefined, by leaving them out", { a: undefined, b: 1 }, { b: 1 }],
    ["-0 as the 0 it equals", [-0], [0]],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ["an object of another realm", vm.runInNewContext("({ a: [1, { b: 2 }] })"), { a: [1, { b: 2 }] }],
    [
      "names that objects have",
      named("constructor", named("toString", 1)),
      named("constructor", named("toString", 1)),
    ],
    ["100 levels", nested(100), nested(100)],
  ])("carries %s", (_what, value, read) => {
    expect(toJson(value, "it")).toEqual(read);
    expect(Object.is((toJson([-0], "it") as number[])[0], 0)).toBe(true);
  });

  it("writes a value that is referred to from several places at each of them", () => {
    const one = { x: [1] };
    expect(toJson([one, { one }], "it")).toEqual([{ x: [1] }, { one: { x: [1] } }]);
  });

  it("finds that a value is too deep wherever it occurs", () => {
    const deep = nested(60);
    expect(() => toJson([deep, nestedOver(50, deep)], "it")).toThrow(/nested more than 100 deep/);
  });

  it.each([[null], [[1]], ["text"], [5]])("is no object of named values as %j", (value) => {
    expect(() => toJsonObject(value, "parameters")).toThrow(
      /parameters is .*; give an object of named values/,
    );
  });
});

function nestedOver(depth: number, inner: unknown): unknown {
  let value = inner;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

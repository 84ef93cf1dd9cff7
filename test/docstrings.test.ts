import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CAUGHT } from "./docstrings-caught.js";
import { publicSurface, statedIn, throwsTexts } from "./public-surface.js";

const surface = publicSurface(CAUGHT);
const { categoryOrder } = JSON.parse(readFileSync(new URL("../typedoc.json", import.meta.url), "utf8")) as {
  categoryOrder: readonly string[];
};
const categories = categoryOrder.filter((name) => name !== "*");

describe("the doc comments of what the library exports", () => {
  it("are there, for each export and each of its overloads, and give it a category of the API reference", () => {
    expect(surface.exports.length).toBeGreaterThan(100);
    const without = surface.exports.filter(
      ({ docs }) => docs.length === 0 || !docs.every((doc) => categories.includes(categoryOf(doc) ?? "")),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it("leave no category of the API reference empty", () => {
    const used = new Set(surface.exports.flatMap(({ docs }) => docs.map(categoryOf)));
    expect(categories.filter((name) => !used.has(name))).toEqual([]);
  });

  it("state every code that a function, method or getter can throw", () => {
    const throwing = surface.callables.filter(({ throws }) => throws.length > 0);
    expect(throwing.length).toBeGreaterThan(60);
    const unstated = throwing.flatMap(({ name, docs, throws, wayTo }) => {
      const stated = docs.map((doc) => statedIn([doc]));
      return throws
        .filter((code) => !stated.every((codes) => codes.has(code)))
        .map((code) => `${name}: ${code}, by ${wayTo(code)}`);
    });
    expect(unstated).toEqual([]);
  });

  it("state no code that there is not", () => {
    const unknown = surface.callables.flatMap(({ name, docs }) =>
      [...statedIn(docs)].filter((code) => !surface.codes.has(code)).map((code) => `${name}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });

  it("state errors in full, and send nobody to another method for them", () => {
    const elsewhere =
      /\.\.\.|\betc\b|and the like|and so on|same as|\bas (the (load|store|storage)|for|of|reading|[`{])/;
    const sent = surface.callables.flatMap(({ name, docs }) =>
      docs.flatMap(throwsTexts).flatMap((text) => (elsewhere.test(text) ? [`${name}: ${text}`] : [])),
    );
    expect(sent).toEqual([]);
  });

  it("are excused from a code only by a function that is there", () => {
    expect(Object.keys(CAUGHT).filter((key) => !surface.met.has(key))).toEqual([]);
  });
});

function categoryOf(doc: string): string | undefined {
  return /@category (.+?)\s*(?:\n|\*\/)/.exec(doc)?.[1];
}

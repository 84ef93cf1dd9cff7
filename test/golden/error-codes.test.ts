import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectGolden } from "./golden.js";

const source = readFileSync(new URL("../../src/errors.ts", import.meta.url), "utf8");

describe("error codes", () => {
  const documented = [...source.matchAll(/^ \* \| `([A-Z_0-9]+)` \|/gm)].map(([, code]) => code!);

  it("are the ones they were: callers branch on them", () => {
    expectGolden("errors", new Map([["codes.txt", `${documented.join("\n")}\n`]]));
  });

  it("have a line each in the table, in the order of the type", () => {
    const [, union] = /export type BronzeErrorCode =([^;]*);/.exec(source)!;
    expect([...union!.matchAll(/"([A-Z_0-9]+)"/g)].map(([, code]) => code)).toEqual(documented);
  });
});

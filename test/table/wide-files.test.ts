import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { campaign } from "../campaign.js";

const { count } = campaign({ few: 500, small: 500, large: 4_000, seed: 0 });
const child = fileURLToPath(new URL("./child/wide.ts", import.meta.url));
const output = execFileSync(process.execPath, ["--import", "tsx", child, String(count)], {
  encoding: "utf8",
});
const { few, twice } = JSON.parse(output) as Record<"few" | "twice", Record<string, number>>;

describe(`a file of ${2 * count} columns costs twice the work of one of ${count}`, () => {
  test.each(Object.keys(few))("%s", (stage) => {
    // Work is blocks of code that were entered, so the same in every run; a quadratic part would tend to 4.
    expect(few[stage]).toBeGreaterThan(count);
    expect(twice[stage]! / few[stage]!).toBeLessThan(2.2);
  });
});

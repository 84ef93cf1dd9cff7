import fc from "fast-check";
import { expect, it } from "vitest";
import { upperBound } from "../../src/travel/rule/version-index.js";
import { tries } from "../campaign.js";

it("a search ends after the last position at or before the cutoff", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 })), { maxLength: 40 }),
      fc.integer({ min: -1, max: 10 }),
      fc.integer({ min: 0, max: 3 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (times, high, low, a, b) => {
        const sorted = times.sort(([h1, l1], [h2, l2]) => h1 - h2 || l1 - l2);
        const instants = {
          high: Float64Array.from(sorted, ([own]) => own),
          low: Uint16Array.from(sorted, ([, own]) => own),
        };
        const [start, end] = [a, b]
          .map((share) => Math.round(share * sorted.length))
          .sort((x, y) => x - y) as [number, number];
        const eligible = sorted
          .slice(start, end)
          .filter(([h, l]) => h < high || (h === high && l <= low)).length;
        expect(upperBound(instants, start, end, { high, low })).toBe(start + eligible);
      },
    ),
    tries({ small: 2_000, large: 40_000, seed: 137 }),
  );
});

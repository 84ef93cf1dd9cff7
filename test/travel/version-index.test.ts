import fc from "fast-check";
import { expect, it } from "vitest";
import { upperBound, upperBoundNear } from "../../src/travel/version-index.js";

it("a search from any guess ends where a search from none does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 })), { maxLength: 40 }),
      fc.integer({ min: -1, max: 10 }),
      fc.integer({ min: 0, max: 3 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (times, high, low, a, b, c) => {
        const sorted = times.sort(([h1, l1], [h2, l2]) => h1 - h2 || l1 - l2);
        const ticks = {
          high: Float64Array.from(sorted, ([own]) => own),
          low: Uint16Array.from(sorted, ([, own]) => own),
        };
        const [start, guess, end] = [a, b, c]
          .map((share) => Math.round(share * sorted.length))
          .sort((x, y) => x - y) as [number, number, number];
        const eligible = sorted
          .slice(start, end)
          .filter(([h, l]) => h < high || (h === high && l <= low)).length;
        expect(upperBound(ticks, start, end, { high, low })).toBe(start + eligible);
        expect(upperBoundNear(ticks, start, end, guess, { high, low })).toBe(start + eligible);
      },
    ),
    { numRuns: 2000 },
  );
});

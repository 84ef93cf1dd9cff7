import { formatRunTs, parseInstant, parseRunTs } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tries } from "../campaign.js";

describe("run times", () => {
  it("cut off the fraction of the second, before 1970 too", () => {
    expect(formatRunTs(parseInstant("2026-01-15T17:15:59.999999999Z"))).toBe("20260115T171559Z");
    expect(formatRunTs(-1n)).toBe("19691231T235959Z");
  });

  it("round-trip every second", () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }), (seconds) => {
        const ns = BigInt(seconds) * 1_000_000_000n;
        expect(parseRunTs(formatRunTs(ns))).toBe(ns);
      }),
      tries({ small: 1_000, large: 20_000, seed: 201 }),
    );
  });

  it("are refused in any other form", () => {
    for (const text of ["20260115", "2026-01-15T17:15:00Z", "20260230T000000Z"]) {
      expect(() => parseRunTs(text)).toThrow(expect.objectContaining({ name: "BronzeError" }));
    }
  });
});

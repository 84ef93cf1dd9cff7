import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startSha256 } from "../src/digest.js";
import { tries } from "./campaign.js";

describe("a SHA-256 of pieces", () => {
  it("is that of all their bytes, whatever their sizes, and though each is written over once it was given", () => {
    const piece = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 4_000, max: 4_200 }),
      fc.integer({ min: 0, max: 20_000 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const own = startSha256();
        const expected = createHash("sha256");
        for (const [i, one] of pieces.entries()) {
          const content = typeof one === "string" ? one : new Uint8Array(one).fill(i + 1);
          expected.update(content);
          own.update(content);
          if (typeof content !== "string") content.fill(0);
        }
        expect(own.hex()).toBe(expected.digest("hex"));
      }),
      tries({ few: 50, small: 500, large: 20_000, seed: 21 }),
    );
  });
});

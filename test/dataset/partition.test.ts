import { formatRunTs, parseInstant, parseRunTs } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePartitions, parsePartitionName, partitionName } from "../../src/dataset/index.js";
import { tries } from "../campaign.js";

describe("partition names", () => {
  it("reads and writes hours and runs", () => {
    for (const name of ["hour=00", "hour=23", "run_ts=20260115T171500Z"]) {
      expect(partitionName(parsePartitionName(name)!)).toBe(name);
    }
    expect(parsePartitionName("hour=7")).toEqual({ kind: "hour", hour: 7 });
  });

  it("takes no other folder for history", () => {
    for (const name of [
      "hour=24",
      "hour=",
      "hour=1a",
      "run_ts=2026",
      "run_ts=20260115T171500",
      "game_id=1",
      "HOUR=01",
    ]) {
      expect(parsePartitionName(name)).toBeUndefined();
    }
  });

  it("orders hours before runs, each in time", () => {
    const names = ["run_ts=20260115T171500Z", "hour=10", "run_ts=20260114T235959Z", "hour=09"];
    const sorted = names.map((name) => parsePartitionName(name)!).sort(comparePartitions);
    expect(sorted.map(partitionName)).toEqual([
      "hour=09",
      "hour=10",
      "run_ts=20260114T235959Z",
      "run_ts=20260115T171500Z",
    ]);
  });
});

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

import { posix, win32 } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BronzeError } from "../../src/errors.js";
import { assertFolder, assertName, assertPath, isDataName, joinPath } from "../../src/storage/index.js";
import { tries } from "../campaign.js";

function codeOf(call: () => unknown): string {
  try {
    call();
    return "accepted";
  } catch (error) {
    if (error instanceof BronzeError) return error.code;
    throw error;
  }
}

describe("assertPath", () => {
  // Pieces that have led out of a root somewhere, glued in any order.
  const piece = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "/",
      "\\",
      "C:",
      "c:",
      "a",
      "é",
      " ",
      "\0",
      "~",
      "%2e",
      "season=2025",
      "...",
      ":",
    ),
    fc.string({ unit: "grapheme", maxLength: 4 }),
  );
  const path = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

  it("accepts no path that leaves the root, on POSIX or Windows", () => {
    let accepted = 0;
    fc.assert(
      fc.property(path, (text) => {
        if (codeOf(() => assertPath(text)) !== "accepted") return;
        accepted++;
        expect(posix.resolve("/base/data", text).startsWith("/base/data/")).toBe(true);
        expect(posix.normalize(text)).toBe(text);
        expect(win32.resolve("D:\\root\\data", text).startsWith("D:\\root\\data\\")).toBe(true);
      }),
      tries({ small: 5_000, large: 100_000, seed: 103 }),
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it("returns an accepted path unchanged", () => {
    for (const text of [
      "a",
      "a/b.parquet",
      "season=2025/date=2026-01-15",
      "..a",
      "a..",
      "a b/é",
      ".locks/x",
    ]) {
      expect(assertPath(text)).toBe(text);
    }
  });

  it("refuses what is not a string", () => {
    expect(codeOf(() => assertPath(undefined as unknown as string))).toBe("INVALID_PATH");
  });

  it("says what is wrong without printing control characters", () => {
    expect(() => assertPath("a\nb")).toThrow(/^Path "a\\nb" contains a control character; write /);
  });
});

describe("assertFolder", () => {
  it('accepts "" as the root and is assertPath otherwise', () => {
    expect(assertFolder("")).toBe("");
    expect(assertFolder("a/b")).toBe("a/b");
    expect(codeOf(() => assertFolder("a/"))).toBe("INVALID_PATH");
  });
});

describe("joinPath", () => {
  it("joins names and paths below the root", () => {
    expect(joinPath("bronze", "odds_raw/season=2025", "x")).toBe("bronze/odds_raw/season=2025/x");
    expect(joinPath("", "a")).toBe("a");
  });

  it("refuses an empty part further on, and nothing at all", () => {
    expect(codeOf(() => joinPath("a", "", "b"))).toBe("INVALID_PATH");
    expect(codeOf(() => joinPath("a", ""))).toBe("INVALID_PATH");
    expect(codeOf(() => joinPath(""))).toBe("INVALID_PATH");
    expect(codeOf(() => joinPath())).toBe("INVALID_PATH");
  });

  it("refuses a part that leads upwards", () => {
    expect(codeOf(() => joinPath("a", ".."))).toBe("INVALID_PATH");
    expect(codeOf(() => joinPath("a", "/b"))).toBe("INVALID_PATH");
  });
});

describe("assertName", () => {
  it.each(["odds_raw", "odds.parquet", "x".repeat(255), "a b"])("accepts %j", (name) => {
    expect(assertName(name, "file name")).toBe(name);
  });

  it.each([
    "",
    "a/b",
    ".x",
    "_x",
    "..",
    "a\\b",
    "a\0",
    "x".repeat(256),
    "é".repeat(128),
    "C:x",
  ])("refuses %j", (name) => {
    expect(codeOf(() => assertName(name, "file name"))).toBe("INVALID_PATH");
  });

  it("says what the name is for", () => {
    expect(() => assertName("_x", "dataset name")).toThrow(/^The dataset name "_x" starts with/);
  });
});

describe("isDataName", () => {
  it("is false for names that start with . or _", () => {
    expect(["a.parquet", ".a", "_SUCCESS", "a_b"].map(isDataName)).toEqual([true, false, false, true]);
  });
});

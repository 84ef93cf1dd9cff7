import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { tempFolders } from "../storage/temp-folder.js";
import { type Ended, runScript } from "./run-script.js";

const tempFolder = tempFolders();

describe("prune-bronze", () => {
  const root = tempFolder();
  let first: Ended;
  beforeAll(() => {
    runScript("demo-week", [root], tempFolder());
    first = runScript("prune-bronze", [root], tempFolder());
  });

  it("makes bronze smaller, and every slate still verifies and replays", () => {
    expect(first).toMatchObject({ code: 0, err: "" });
    const [before, compacted, pruned] = ["before", "compacted", "pruned"].map((when) => {
      const [, files, bytes] = new RegExp(`^ +${when} +([\\d,]+) +([\\d,]+)$`, "m").exec(first.out)!;
      return [files, bytes].map((text) => Number(text!.replaceAll(",", "")));
    });
    for (const i of [0, 1]) {
      expect(compacted![i]).toBeLessThan(before![i]!);
      expect(pruned![i]).toBeLessThan(compacted![i]!);
    }
    const left = readdirSync(join(root, "bronze"), { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => name.endsWith(".parquet"))).toHaveLength(pruned![0]!);
    expect(first.out).toMatch(/36 of 36 slates verify and replay byte for byte/);
  });

  it("says what it refuses and why", () => {
    expect(first.out).toMatch(
      /kept, \d+ files, \d+ bytes: odds_raw 2026-01-12: decides the answer of gold\/slates\//,
    );
  });

  it("has nothing left to do when it runs again", () => {
    const again = runScript("prune-bronze", [root], tempFolder());
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toContain("nothing to remove");
    expect(again.out).toContain("36 of 36 slates");
  });
});

import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/table/index.js";
import { sameCell, Timeline } from "../../src/travel/index.js";
import { injuries, line, odds, status, t } from "./feeds.js";
import { frameOfRows } from "./frame-of-rows.js";

describe("diff", () => {
  const asked = new Timeline(
    frameOfRows(odds, [
      {
        rows: [
          line(1, t("10:00"), { book: "a" }),
          line(2, t("10:00"), { book: "b" }),
          line(1, t("11:00"), { book: "a" }),
          { ...line(5, t("11:00"), { book: "b" }), run_id: "r2" },
          line(7, t("11:00"), { book: "c" }),
        ],
      },
    ]),
  );

  test("lists what was added and what changed, and in which columns", () => {
    const { added, changed, gone } = asked.diff(t("10:30"), t("11:30"));
    expect(added.map(({ book }) => book)).toEqual(["c"]);
    expect(changed).toEqual([
      {
        before: line(2, t("10:00"), { book: "b" }),
        after: expect.objectContaining({ price: 5 }),
        columns: ["price"],
      },
    ]);
    expect(gone).toEqual([]);
  });

  test("a value repeated under a new time or run has not changed", () => {
    const { changed } = asked.diff(t("10:30"), t("11:30"));
    expect(changed.map(({ before }) => before.book)).not.toContain("a");
  });

  test("backwards it lists what was not there yet as gone", () => {
    expect(asked.diff(t("11:30"), t("10:30")).gone.map(({ book }) => book)).toEqual(["c"]);
  });

  test("lists keys that the later report lacks as they were; a new report time alone is no change", () => {
    const reports = new Timeline(
      frameOfRows(injuries, [
        { rows: [status("ann", "OUT", t("10:00")), status("bob", "OUT", t("10:00"))] },
        { rows: [status("bob", "OUT", t("11:00"))] },
      ]),
    );
    expect(reports.diff(t("10:00"), t("11:00"))).toEqual({
      added: [],
      changed: [],
      gone: [status("ann", "OUT", t("10:00"))],
    });
  });

  test("of a cutoff with itself is empty", () => {
    expect(asked.diff(t("11:30"), t("11:30"))).toEqual({ added: [], changed: [], gone: [] });
  });
});

describe("sameCell", () => {
  test.each<[Cell, Cell, boolean]>([
    [1, 1, true],
    [Number.NaN, Number.NaN, true],
    [0, -0, true],
    [1, 1n, false],
    [null, null, true],
    [null, "null", false],
    [[1n, "a"], [1n, "a"], true],
    [[1n], [1], false],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
    [Uint8Array.of(1), Uint8Array.of(2), false],
    [{ a: [null] }, { a: [null] }, true],
    [[Number.NaN], [null], false],
    [[Number.NaN], [Number.NaN], true],
    [[1n], ["1n"], false],
    [[0], [-0], true],
    [[], {}, false],
    [{ a: 1 }, { b: 1 }, false],
  ])("%o and %o: %s", (a, b, same) => {
    expect(sameCell(a, b)).toBe(same);
  });
});

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { renderHtml, renderText, type TableView } from "../../src/table/forms/show-table.js";
import type { Cell } from "../../src/table/index.js";
import { Timeline } from "../../src/travel/index.js";
import { line, odds, t } from "./feeds.js";
import { frameOfRows } from "./frame-of-rows.js";

const text = { kind: "text" } as const;

function snapshotOf(count: number) {
  const rows = Array.from({ length: count }, (_, i) =>
    line(i, t("10:00"), { game_id: `g${String(i).padStart(7, "0")}` }),
  );
  return new Timeline(frameOfRows(odds, [{ rows }])).at(t("12:00"));
}

function jupyter(snapshot: object): Record<string, string> {
  const display = (snapshot as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!;
  return display.call(snapshot);
}

describe("a snapshot printed", () => {
  test("is a small table", () => {
    expect(inspect(snapshotOf(2))).toBe(
      [
        "Snapshot of odds_raw at 2026-01-15T12:00:00Z: 2 rows",
        "  game_id   book  price  as_of_ts              ingested_ts           run_id",
        "  g0000000  dk    0      2026-01-15T10:00:00Z  2026-01-15T10:00:00Z  null",
        "  g0000001  dk    1      2026-01-15T10:00:00Z  2026-01-15T10:00:00Z  null",
      ].join("\n"),
    );
    expect(inspect(snapshotOf(1))).toMatch(/: 1 row\n/);
  });

  test("of nothing is its title, its columns and the reason", () => {
    const lines = inspect(snapshotOf(0)).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain("no rows");
  });

  test("reports what a person should know before trusting it, and nothing else", () => {
    const late = { ...line(1, t("10:00")), ingested_ts: t("13:00") };
    const rows = [
      late,
      { ...line(2, t("10:00"), { book: "fd" }), ingested_ts: null },
      { ...line(3, t("10:00"), { book: "mgm" }), as_of_ts: null },
      { ...line(4, t("10:00"), { book: "none" }), as_of_ts: null, ingested_ts: null },
    ];
    const timeline = new Timeline(frameOfRows(odds, [{ rows }]));
    expect(
      inspect(timeline.at(t("12:00")))
        .split("\n")
        .slice(5),
    ).toEqual([
      '  1 row captured after the cutoff, 1 row captured nobody knows when: knownBy: "cutoff" answers without that',
      "  1 row selected by ingested_ts",
      "  1 row passed over without a usable time",
    ]);
    const label = { game_id: "g1", at: t("12:00") };
    expect(inspect(timeline.joinAsOf([label], { on: ["game_id"], cutoff: "at" })).split("\n")).toEqual([
      "AsOfJoin with odds_raw: 3 rows for 1 label, 1 of them matched",
      "  game_id  at                    book  price  as_of_ts              ingested_ts           run_id",
      "  g1       2026-01-15T12:00:00Z  dk    1      2026-01-15T10:00:00Z  2026-01-15T13:00:00Z  null",
      "  g1       2026-01-15T12:00:00Z  fd    2      2026-01-15T10:00:00Z  null                  null",
      "  g1       2026-01-15T12:00:00Z  mgm   3      null                  2026-01-15T10:00:00Z  null",
      '  1 row captured after the cutoff, 1 row captured nobody knows when: knownBy: "cutoff" answers without that',
      "  1 row selected by ingested_ts",
      "  1 row passed over without a usable time",
    ]);
    const bounded = timeline.at(t("12:00"), { knownBy: "cutoff" });
    expect(inspect(bounded)).not.toContain("captured");
  });

  test("names keys that are there or gone only by what was captured later", () => {
    const isGone = {
      columns: ["price"],
      values: undefined,
      isOne: ({ price }: Record<string, unknown>) => price === 0,
    };
    const gone = { ...odds, tombstone: isGone };
    const rows = [line(-110, t("10:00")), { ...line(0, t("11:00")), ingested_ts: t("13:00") }];
    const snapshot = new Timeline(frameOfRows(gone, [{ rows }])).at(t("12:00"));
    expect(inspect(snapshot).split("\n").slice(2)).toEqual([
      "  nothing held at the cutoff",
      '  1 key there or gone only by a snapshot or tombstone captured later, or nobody knows when: knownBy: "cutoff" answers without that',
    ]);
  });

  test("says where the rule itself was not known yet", () => {
    const old = { ...odds, timestamps: { ...odds.timestamps, fallback: "dataset" as const } };
    const rows = [
      { ...line(1, t("10:00")), as_of_ts: null },
      { ...line(2, t("11:00"), { book: "fd" }), ingested_ts: t("13:00") },
    ];
    const timeline = new Timeline(frameOfRows(old, [{ rows }]));
    expect(inspect(timeline.at(t("12:00")))).toContain(
      "  answered by as_of_ts, of which none that is usable had been captured by the cutoff",
    );
    expect(timeline.at(t("12:00")).provenance.asOfUsableByCutoff).toBe(false);
    expect(timeline.at(t("12:00"), { knownBy: "cutoff" }).provenance.asOfUsableByCutoff).toBe(true);
  });

  test("never prints a hundred thousand rows", () => {
    const lines = inspect(snapshotOf(100_000)).split("\n");
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe("  ... 99990 more rows");
    expect(jupyter(snapshotOf(100_000))["text/html"]!.length).toBeLessThan(5_000);
  });

  test("shows itself to Jupyter and Deno as text and as HTML", () => {
    const shown = jupyter(snapshotOf(1));
    expect(Object.keys(shown)).toEqual(["text/plain", "text/html"]);
    expect(shown["text/html"]).toContain(
      "<td>g0000000</td><td>dk</td><td>0</td><td>2026-01-15T10:00:00Z</td>",
    );
  });
});

test("every answer is as text what it is when printed", () => {
  const rows = [line(1, t("10:00"))];
  const timeline = new Timeline(frameOfRows(odds, [{ rows }]));
  const key = { game_id: rows[0]!.game_id as string, book: rows[0]!.book as string };
  const join = timeline.joinAsOf([{ ...key, at: t("12:00") }], { cutoff: "at", on: ["game_id", "book"] });
  for (const answer of [timeline, timeline.at(t("12:00")), timeline.explain(key, t("12:00")), join]) {
    expect(String(answer)).toBe(inspect(answer));
    expect(String(answer)).not.toContain("[object");
  }
});

describe("what comes from a file", () => {
  const hostile = "<script>alert('1 & \"2\"')</script>";

  function view(name: string, cell: Cell, more: Partial<TableView> = {}): TableView {
    return {
      title: "Snapshot of odds_raw",
      length: 1,
      names: [name],
      omitted: [],
      typeOf: () => text,
      emptyBecause: null,
      notes: [],
      head: [{ [name]: cell }],
      ...more,
    };
  }

  test("is escaped in HTML, columns too", () => {
    const html = renderHtml(view(hostile, hostile));
    expect(html).not.toContain("<script");
    expect(html).toContain("<td>&#60;script&#62;alert(&#39;1 &#38; &#34;2&#34;&#39;)&#60;/s...</td>");
  });

  test("cannot move the cursor of a terminal or break the table, columns neither", () => {
    const shown = renderText(view("pri\u001b[2Jce", "a\nb\u001b[31m\u0000\u009b"));
    expect(shown.split("\n")).toHaveLength(3);
    expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    const html = renderHtml(view("pri\u001b[2Jce", "a\u0007"));
    expect(html).not.toMatch(/\p{Cc}/u);
    const many = Array.from({ length: 14 }, (_, i) => `c\u001b${i}`);
    const wide = renderText(view("", "", { names: many, head: [] }));
    expect(wide.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(wide).toContain("... 2 more columns: c\u00b712, c\u00b713");
  });
});

import { inspect } from "node:util";
import { defineDataset, instant, layouts, leakCheck, nbaSeason, Retention } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { columnFromCells } from "../src/table/index.js";
import { Timeline } from "../src/travel/index.js";
import { storeOf } from "./bronze/feeds.js";
import { errorOf } from "./error-of.js";
import { frozenWorld, TIP, writeEvening } from "./gold/slates.js";
import { PlainTable } from "./table/plain-table.js";
import { frameOfRows } from "./travel/frame-of-rows.js";

const DATE = "2026-01-15";
const NOON = "2026-01-15T17:00:00Z";

async function everything(): Promise<Record<string, object>> {
  const world = await frozenWorld();
  await writeEvening(world);
  const { bronze, gold } = world;
  const timeline = await bronze.timeline("odds_raw", { date: DATE });
  const view = bronze.asOf(TIP);
  const labels = [{ game_id: "g1", cutoff_ts: TIP, at: new Date(0) }];
  return {
    store: bronze,
    gold,
    retention: new Retention({ bronze, gold: [gold] }),
    snapshot: await view.read("odds_raw", { date: DATE }),
    view,
    timeline,
    day: await bronze.readBronzeDay("odds_raw", DATE),
    join: timeline.joinAsOf(labels, { on: ["game_id"], cutoff: "cutoff_ts" }),
    explanation: timeline.explain({ game_id: "g1", book: "dk" }, TIP),
    diff: timeline.diff(NOON, TIP),
  };
}

describe("everything shows itself", () => {
  it("as the same short text in a terminal, as text and in a notebook, instants as ISO text", async () => {
    for (const [name, thing] of Object.entries(await everything())) {
      const text = String(thing);
      expect(text, name).not.toContain("[object");
      expect(inspect(thing), name).toBe(text);
      // As a part of something else too.
      expect(inspect({ thing }), name).toContain(text.split("\n")[0]);
      expect(text.split("\n").length, name).toBeLessThan(30);
      expect(text, name).not.toMatch(/\b1\d{18}\b/);
      const display = Reflect.get(thing, Symbol.for("Jupyter.display")) as () => Record<string, string>;
      const shown = display.call(thing);
      expect(shown["text/plain"], name).toBe(text);
      expect(shown["text/html"], name).toMatch(/^<(div|pre)>.*<\/(div|pre)>$/s);
    }
  });

  it("in a few lines: what it is, and what is in it", async () => {
    const { store, gold, retention, view, join, diff } = await everything();
    expect(String(store)).toBe(
      "BronzeStore of 2 datasets\n" +
        "  injuries_raw by game_id, player_id: snapshot, America/New_York\n" +
        "  odds_raw by game_id, book: changes, America/New_York",
    );
    expect(String(gold)).toContain("snapshots: lock 900 s before the tip, pretip 0 s before the tip");
    expect(String(retention)).toMatch(/^Retention of 2 datasets in /);
    expect(String(view)).toBe(`BronzeView at ${TIP}: 1 read\n  odds_raw ${DATE}`);
    expect(String(join)).toMatch(
      /^AsOfJoin with odds_raw: \d+ rows? for 1 label, 1 of them matched\n {2}game_id {2}/,
    );
    expect(String(join)).toContain("1970-01-01T00:00:00Z");
    expect(String(diff)).toMatch(
      /^Diff of odds_raw from 2026-01-15T17:00:00Z to .*: \d+ added, \d+ changed, \d+ gone\n/,
    );
  });

  it("and what JSON.stringify is given never throws and never says {}", async () => {
    const { snapshot, day, join, explanation, diff } = await everything();
    for (const thing of [snapshot, day, join, explanation, diff]) {
      const json = JSON.stringify(thing);
      expect(json.length).toBeGreaterThan(50);
      expect(json).not.toMatch(/1\d{18}/);
      expect(json).toMatch(/"\d{4}-\d\d-\d\dT/);
    }
  });

  it("keys of an explanation that are instants are ISO text as well", () => {
    const schema = z.object({ valid_at: instant(), value: z.number(), as_of_ts: instant() });
    const forecast = defineDataset({
      name: "forecast",
      layout: layouts.daily(),
      timeZone: "America/New_York",
      season: nbaSeason,
      schema,
      key: ["valid_at"],
      date: { from: "valid_at" },
    });
    const at = 1_768_520_700_000_000_001n;
    const timeline = new Timeline(
      frameOfRows(forecast, [{ rows: [{ valid_at: at, value: 1, as_of_ts: at }] }]),
    );
    expect(String(timeline.explain({ valid_at: at }, at))).toMatch(
      /^valid_at=2026-01-15T23:45:00\.000000001Z at 2026-01-15T23:45:00\.000000001Z: won by/,
    );
  });

  it("a leak is told with its instants as ISO text, whatever the output calls them", async () => {
    const bronze = storeOf();
    const row = { game_id: "g1", book: "dk", price: -110, ingested_ts: "2026-01-16T00:10:00Z" };
    const run = { run: { id: "r1", startedAt: "2026-01-16T00:11:00Z" } };
    await bronze.write("odds_raw", [{ ...row, as_of_ts: "2026-01-16T00:10:00Z" }], run);
    const leaking = async () => {
      const [last] = (await bronze.readBronzeDay("odds_raw", DATE)).rows();
      return [{ as_of_ts: last?.as_of_ts ?? null, newest: last?.ingested_ts ?? null, rows: 1n }];
    };
    const error = await errorOf(leakCheck(leaking, { bronze, cutoffs: ["2026-01-15T23:45:00Z"] }));
    expect(error.code).toBe("LEAK");
    expect(error.message).toContain("as_of_ts: 2026-01-16T00:10:00Z");
    expect(error.message).toContain("[0].as_of_ts is null instead of 2026-01-16T00:10:00Z");
    expect(error.message).toContain(
      "[0].newest is null instead of 1768522200000000000 (as an instant 2026-01-16T00:10:00Z)",
    );
  });
});

describe("columns of a table in a terminal", () => {
  it("line up where text takes two columns a character, or joins several into one", () => {
    const names = ["Dončić", "姚明", "이대호", "👨‍👩‍👧‍👦", "🏀", "e\u0301", "ok"];
    const column = columnFromCells({ kind: "text" }, names);
    const lines = String(
      new PlainTable([
        { name: "名前", column },
        {
          name: "n",
          column: columnFromCells(
            { kind: "text" },
            names.map(() => "|"),
          ),
        },
      ]),
    ).split("\n");
    const widths = [2 * 2, 6, 4, 6, 2, 2, 1, 2];
    lines.slice(1).forEach((line, i) => {
      const before = line.slice(0, -1).trimEnd();
      // Two blanks before the column, six for the widest, two between.
      expect(line.length - before.length - 1).toBe(6 - widths[i]! + 2);
    });
  });

  it("are cut between the characters that people see", () => {
    const cell = (text: string) =>
      String(new PlainTable([{ name: "t", column: columnFromCells({ kind: "text" }, [text]) }])).split(
        "\n",
      )[2];
    expect(cell("名".repeat(15))).toBe(`  ${"名".repeat(15)}`);
    expect(cell("名".repeat(16))).toBe(`  ${"名".repeat(13)}...`);
    expect(cell(`${"x".repeat(26)}👨‍👩‍👧‍👦more`)).toBe(`  ${"x".repeat(26)}...`);
    expect(cell("a\u202eb\u2028c")).toBe("  a·b·c");
  });
});

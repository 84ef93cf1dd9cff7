import { BronzeStore, defineDataset, instant, memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { textsOfSource } from "../texts-of-source.js";

const LEVELS = {
  name: "levels",
  layout: "date={date}/hour={hour}/levels.parquet",
  timeZone: "UTC",
  schema: z.object({ gauge: z.string(), cm: z.int(), held_from: instant().nullable(), seen_at: instant() }),
  key: ["gauge"],
  date: { from: "seen_at" },
  hour: { from: "seen_at" },
  timestamps: { asOf: "held_from", ingested: "seen_at" },
} as const;

const levels = defineDataset(LEVELS);
const states = defineDataset({
  ...LEVELS,
  name: "states",
  partitionIs: "snapshot",
  snapshotTime: "held_from",
});

/** A row that goes by its own time, one without it, and one that says of the past what nobody knew then. */
const ROWS = [
  { gauge: "a", cm: 1, held_from: "2026-03-01T08:00:00Z", seen_at: "2026-03-01T08:01:00Z" },
  { gauge: "b", cm: 2, held_from: null, seen_at: "2026-03-01T09:00:00Z" },
  { gauge: "c", cm: 3, held_from: "2026-03-01T07:00:00Z", seen_at: "2026-03-01T20:00:00Z" },
];
const SPAN = { date: "2026-03-01" };
const NOON = "2026-03-01T12:00:00Z";

describe("what answers and errors say of a dataset whose times have other names", () => {
  it("has those names, whatever is asked", async () => {
    const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [levels, states] });
    await bronze.write("levels", ROWS);
    const view = bronze.asOf(NOON);
    const snapshot = await view.read("levels", SPAN);
    const timeline = await bronze.timeline("levels", SPAN);
    const labels = [{ gauge: "b", at: NOON }];
    const joined = await bronze.joinAsOf(labels, "levels", {
      on: ["gauge"],
      cutoff: "at",
      from: SPAN.date,
      to: SPAN.date,
    });
    const split = await errorOf(
      bronze.write("states", [ROWS[0]!, { ...ROWS[0]!, gauge: "d", held_from: "2026-03-01T08:00:01Z" }]),
    );
    const texts = {
      snapshot: String(snapshot),
      provenance: String(snapshot.provenance),
      "read of a view": String(view.reads[0]!.provenance),
      explained: String(timeline.explain({ gauge: "a" }, NOON)),
      "explained by its capture": String(timeline.explain({ gauge: "b" }, NOON)),
      joined: String(joined),
      "provenance of a join": String(joined.provenance),
      split: split.message,
    };
    for (const [what, text] of Object.entries(texts)) {
      expect([what, text]).toEqual([what, expect.stringMatching(/held_from|seen_at/)]);
      expect([what, text]).toEqual([what, expect.not.stringMatching(/as_of_ts|ingested_ts/)]);
    }
    expect(texts.explained).toContain("effective 2026-03-01T08:00:00Z (held_from)");
    expect(texts["explained by its capture"]).toContain("effective 2026-03-01T09:00:00Z (seen_at)");
    expect(texts.snapshot).toContain("1 row selected by seen_at");
    expect(texts.provenance).toContain("latest held_from 2026-03-01T08:00:00Z, latest seen_at");
  });

  it("is written nowhere as if every dataset had the usual names", () => {
    const named = [...textsOfSource()].flatMap(([file, texts]) =>
      texts.filter((text) => /\b(as_of_ts|ingested_ts)\b/.test(text)).map((text) => `${file}: ${text}`),
    );
    expect(named).toEqual([
      // The usual name itself: what it says is that the schema has not got it.
      "dataset/define-dataset.ts: the schema has no as_of_ts, by which rows are selected",
      // Of documents of this library, whose members have these names.
      "gold/manifest/manifest-forms.ts: selected by ingested_ts",
      "gold/manifest/manifest-forms.ts: as_of_ts later than ingested_ts",
    ]);
  });
});

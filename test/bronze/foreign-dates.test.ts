import {
  BronzeStore,
  defineDataset,
  domainDate,
  instant,
  layouts,
  leakCheck,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { foreignFile, type Node, type RawRow } from "../table/foreign-file.js";
import { DATES, type Form, NAIVE, node, TEXT, timestamp, UTC } from "./foreign-forms.js";

const DAY = "2026-01-15";
const CUTOFF = "2026-01-15T18:30:00Z";
const NOON_US = 1_768_500_000_000_000n; // 2026-01-15T18:00:00Z
const MIDNIGHT_NS = 1_768_435_200_000_000_000n; // 2026-01-15T00:00:00, wherever

const schema = z.object({
  game: z.string(),
  game_date: domainDate(),
  first_seen: domainDate().nullable(),
  points: z.int(),
  as_of_ts: instant(),
  ingested_ts: instant(),
});

function feed(more: object = {}) {
  return defineDataset({
    name: "points",
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema,
    key: ["game_date", "game"],
    date: { from: "game_date" },
    ...more,
  });
}

function columnsWith(leaf: Partial<Node>): Node[] {
  return [
    node("game", TEXT),
    node("game_date", leaf),
    node("first_seen", leaf),
    node("points", { type: "INT64" }),
    node("as_of_ts", timestamp("us", true)),
    node("ingested_ts", timestamp("us", true)),
  ];
}

/** Two games; the first was first seen before 1970, of the second nobody knows. */
function rowsWith(stored: Form["stored"], minutes: number, more: RawRow = {}): RawRow[] {
  const at = NOON_US + BigInt(minutes) * 60_000_000n;
  const row = { game_date: stored(MIDNIGHT_NS), as_of_ts: at, ingested_ts: at, points: BigInt(minutes) };
  return [
    { ...row, game: "g1", first_seen: stored(-86_400_000_000_000n), ...more },
    { ...row, game: "g2", first_seen: null },
  ];
}

const RUNS = ["20260115T180000Z", "20260115T183000Z", "20260115T190000Z"] as const;
const pathOf = (run: string) => `bronze/points/season=2025/date=${DAY}/run_ts=${run}/data.parquet`;

async function storeOf(
  files: readonly (readonly [leaf: Partial<Node>, rows: readonly RawRow[]])[],
  more: object = {},
) {
  const storage = memoryStorage();
  for (const [i, [leaf, rows]] of files.entries())
    await storage.publish(pathOf(RUNS[i]!), foreignFile(columnsWith(leaf), [rows]));
  return new BronzeStore({ storage, datasets: [feed(more)] });
}

describe.each([
  ...DATES.map((form) => [form.name, form, {}] as const),
  ...NAIVE.map((form) => [form.name, form, {}] as const),
  ...NAIVE.map(
    (form) => [`${form.name} where naive is UTC`, form, { timestamps: { naive: "utc" } }] as const,
  ),
  ...[...UTC, ...NAIVE].map(
    (form) => [`${form.name} where dates are UTC midnights`, form, { dates: "utc-midnight" }] as const,
  ),
])("a declared date stored as %s", (_, { leaf, stored }, more) => {
  const files = [0, 30, 60].map((minutes) => [leaf, rowsWith(stored, minutes)] as const);
  const held = ["g1", "g2"].map((game) =>
    expect.objectContaining({
      game,
      game_date: DAY,
      first_seen: game === "g1" ? "1969-12-31" : null,
      points: 30,
    }),
  );

  it("is that date in every answer", async () => {
    const bronze = await storeOf(files, more);
    const day = await bronze.readBronzeDay("points", DAY);
    expect(day.column("game_date")).toEqual(Array(6).fill(DAY));
    expect(String((await day.toArrow()).getChild("game_date")!.type)).toBe("Date32<DAY>");
    const view = await bronze.asOf(CUTOFF).read("points", { date: DAY });
    expect(view.rows()).toEqual(held);
    expect(view.get({ game_date: DAY, game: "g1" })).toEqual(held[0]);
    const timeline = await bronze.timeline("points", { date: DAY });
    expect(timeline.at(CUTOFF).rows()).toEqual(held);
    expect(timeline.history({ game_date: DAY, game: "g2" })).toHaveLength(3);
    const labels = [{ game: "g1", game_date: DAY, cutoff: CUTOFF }];
    const on = ["game_date", "game"] as const;
    const join = await bronze.joinAsOf(labels, "points", { on, cutoff: "cutoff", columns: ["points"] });
    expect(join.column("points")).toEqual([30]);
    const coverage = await bronze.coverage("points", { from: DAY, to: DAY });
    expect(coverage.days).toMatchObject([{ date: DAY, unreadable: [] }]);
  });

  it("is that date in what is written from it", async () => {
    const bronze = await storeOf(files, { ...more, layout: layouts.perRun({ latest: true }) });
    const at = "2026-01-15T20:00:00Z";
    const fresh = { game: "g3", game_date: DAY, first_seen: null, points: 5, as_of_ts: at, ingested_ts: at };
    await bronze.write("points", [fresh], { run: { id: "r", startedAt: at } });
    const latest = await bronze.readBronzeDay("points", DAY, { prefer: "latest" });
    expect(latest.column("game_date")).toEqual([DAY, DAY, DAY]);
    expect(latest.column("first_seen")).toEqual(["1969-12-31", null, null]);
  });

  it("stays a date the reader can read when a leak check alters it", async () => {
    const result = await leakCheck(async (at) => (await at.read("points", { date: DAY })).rows() as never, {
      bronze: (await storeOf(files, more)) as never,
      cutoffs: [CUTOFF],
    });
    expect(result).toMatchObject({ idle: [], laterRows: 2 });
  });

  it("is checked against the day of its folder, in any zone", async () => {
    const nextDay = (ns: bigint) => stored(ns === MIDNIGHT_NS ? ns + 86_400_000_000_000n : ns);
    for (const timeZone of ["America/New_York", "UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      const own = await storeOf([[leaf, rowsWith(stored, 0)]], { ...more, timeZone });
      expect((await own.readBronzeDay("points", DAY)).length).toBe(2);
      const other = await storeOf([[leaf, rowsWith(nextDay, 0)]], { ...more, timeZone });
      expect(await errorOf(other.readBronzeDay("points", DAY))).toMatchObject({
        code: "MISFILED_DAY",
        details: { column: "game_date", row: 0, found: "2026-01-16" },
      });
    }
  });

  it("is one key with what other files store otherwise", async () => {
    const { leaf: plain, stored: asDate } = DATES[0]!;
    const bronze = await storeOf([[plain, rowsWith(asDate, 0)], ...files.slice(1)], more);
    const view = await bronze.asOf(CUTOFF).read("points", { date: DAY });
    expect(view.rows()).toEqual(held);
  });
});

describe("rows that another writer stored", () => {
  it.each([
    ...[...DATES, ...NAIVE].map((form) => [form.name, form, {}] as const),
    ...UTC.map((form) => [form.name, form, { dates: "utc-midnight" }] as const),
  ])("are not written a second time (dates as %s)", async (_, { leaf, stored }, more) => {
    const storage = memoryStorage();
    const path = `bronze/points/season=2025/date=${DAY}/hour=13/data.parquet`;
    await storage.publish(path, foreignFile(columnsWith(leaf), [rowsWith(stored, 0)]));
    const hourly = feed({ ...more, layout: layouts.hourly(), hour: { from: "as_of_ts" } });
    const bronze = new BronzeStore({ storage, datasets: [hourly] });
    const at = "2026-01-15T18:00:00Z";
    const row = { game_date: DAY, points: 0, as_of_ts: at, ingested_ts: at };
    const rows = [
      { ...row, game: "g1", first_seen: "1969-12-31" },
      { ...row, game: "g2", first_seen: null },
    ];
    const again = await bronze.write("points", rows as never);
    expect(again.partitions).toMatchObject([{ path, status: "unchanged" }]);
    const other = await bronze.write("points", [rows[0], { ...rows[1], first_seen: DAY }] as never);
    expect(other.partitions).toMatchObject([{ status: "written" }]);
  });
});

describe("another time of day", () => {
  const wrongRows = (stored: Form["stored"], column: string): RawRow[] => {
    const [first, second] = rowsWith(stored, 0);
    return [first!, { ...second, [column]: stored(MIDNIGHT_NS + 64_800_000_000_000n) }];
  };

  it.each([
    ...NAIVE.map((form) => [form.name, form, {}, "2026-01-15T18:00:00 in row 1"] as const),
    ...UTC.map(
      (form) => [form.name, form, { dates: "utc-midnight" }, "2026-01-15T18:00:00Z in row 1"] as const,
    ),
  ])("is no date, and the error names the row (%s)", async (_, { leaf, stored }, more, said) => {
    for (const column of ["game_date", "first_seen"]) {
      const bronze = await storeOf([[leaf, wrongRows(stored, column)]], more);
      const asked = async () => (await bronze.readBronzeDay("points", DAY)).rows();
      const error = await errorOf(asked());
      expect(error).toMatchObject({ code: "TYPE_CLASH", details: { file: pathOf(RUNS[0]), column, row: 1 } });
      expect(error.message).toContain(said);
      expect(error.message).toContain("not midnight");
    }
  });
});

describe("an instant", () => {
  it.each(UTC)("is never a date by itself: $name is refused, by its file, with the way out", async ({
    leaf,
    stored,
  }) => {
    for (const more of [{}, { timestamps: { naive: "utc" } }]) {
      const bronze = await storeOf([[leaf, rowsWith(stored, 0)]], more);
      const error = await errorOf(bronze.readBronzeDay("points", DAY));
      expect(error).toMatchObject({ code: "TYPE_CLASH", details: { files: [pathOf(RUNS[0])] } });
      expect(error.message).toContain('dates: "utc-midnight"');
    }
  });

  it("is no date where a date is none of the declared types: a date is no instant either", async () => {
    const { leaf, stored } = DATES[0]!;
    const asInstant = { schema: schema.extend({ first_seen: instant().nullable() }), dates: "utc-midnight" };
    const bronze = await storeOf([[leaf, rowsWith(stored, 0)]], asInstant);
    expect(await errorOf(bronze.readBronzeDay("points", DAY))).toMatchObject({ code: "TYPE_CLASH" });
  });
});

import {
  BronzeStore,
  defineDataset,
  instant,
  layouts,
  leakCheck,
  memoryStorage,
  nbaSeason,
  type Snapshot,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { describeType, openParquet } from "../../src/table/index.js";
import { errorOf } from "../error-of.js";
import { foreignFile, type Node, type RawRow } from "../table/foreign-file.js";
import { INT96, inUnit, NS_PER_TICK, node, TEXT, timestamp, UNITS, type Unit } from "./foreign-forms.js";

const DAY = "2026-01-15";
const CUTOFF = "2026-01-15T18:45:00Z";
const NOON = 1_768_500_000_000_000_000n; // 2026-01-15T18:00:00Z
const YEAR_9999 = 253_402_300_799_000_000_000n; // 9999-12-31T23:59:59Z
const MOON = -14_182_940_000_000_000n; // 1969-07-20T20:17:40Z

const schema = z.object({ game: z.string(), as_of_ts: instant(), ingested_ts: instant() });

function feed(more: object = {}) {
  return defineDataset({
    name: "feed",
    layout: layouts.perRun(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema,
    key: ["game"],
    date: { from: "as_of_ts" },
    ...more,
  });
}

/** A kind of column of times that nobody declares: as it is stored, and what is to be seen of it. */
interface Kind {
  readonly name: string;
  readonly leaf: Partial<Node>;
  readonly utc: boolean;
  readonly unit: Unit;
  /** Instants in nanoseconds that it can hold beside each other. */
  readonly values: readonly (bigint | null)[];
  stored(ns: bigint): unknown;
}

const ofUnit = (unit: Unit, utc: boolean): Kind => ({
  ...inUnit(unit, utc),
  name: `TIMESTAMP(${unit}, ${utc ? "UTC" : "naive"})`,
  utc,
  unit,
  values: [MOON + NS_PER_TICK[unit], null, unit === "ns" ? NOON + 1n : YEAR_9999],
});
const KINDS: readonly Kind[] = [
  ...UNITS.flatMap((unit) => [ofUnit(unit, false), ofUnit(unit, true)]),
  {
    ...INT96,
    utc: false,
    unit: "ns",
    values: [MOON + 1n, null, NOON + 1n],
  },
  {
    ...INT96,
    name: "INT96 past the years of 64 bits",
    utc: false,
    unit: "us",
    values: [MOON + 1_000n, null, YEAR_9999],
  },
];

/** What a calendar says, by the platform. */
function isoOf(ns: bigint): string {
  const seconds = (ns - (((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n;
  const fraction = String(ns - seconds * 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19) + (fraction && `.${fraction}`);
}

const GAMES = ["a", "b", "c"];
const RUNS = ["20260115T180000Z", "20260115T183000Z", "20260115T190000Z"] as const;
const pathOf = (run: string) => `bronze/feed/season=2025/date=${DAY}/run_ts=${run}/data.parquet`;

async function storeOf(files: readonly Kind[], more: object = {}) {
  const storage = memoryStorage();
  for (const [i, { leaf, values, stored }] of files.entries()) {
    const at = (NOON + BigInt(i) * 1_800_000_000_000n) / 1_000n;
    const rows = GAMES.map((game, row): RawRow => {
      const value = values[row]!;
      return { game, as_of_ts: at, ingested_ts: at, seen: value === null ? null : stored(value) };
    });
    const columns: Node[] = [
      node("game", TEXT, "required"),
      node("as_of_ts", timestamp("us", true), "required"),
      node("ingested_ts", timestamp("us", true), "required"),
      node("seen", leaf),
    ];
    await storage.publish(pathOf(RUNS[i]!), foreignFile(columns, [rows]));
  }
  return { storage, bronze: new BronzeStore({ storage, datasets: [feed(more)] }) };
}

describe.each(
  KINDS.flatMap((kind) => [
    [kind.name, kind, {}] as const,
    [`${kind.name}, where naive is UTC`, kind, { timestamps: { naive: "utc" } }] as const,
  ]),
)("a column of %s that nobody declared", (_, kind, more) => {
  const { values, utc, unit } = kind;
  const cells = values.map((ns) => (ns === null ? null : utc ? ns : isoOf(ns)));
  const inText = values.map((ns) => (ns === null ? null : `${isoOf(ns)}${utc ? "Z" : ""}`));
  const type = `TIMESTAMP(${unit}, ${utc ? "UTC" : "naive"})`;
  const storeOfThree = () => storeOf([kind, kind, kind], more);

  it("is in every answer as it is", async () => {
    const { bronze } = await storeOfThree();
    const timeline = await bronze.timeline("feed", { date: DAY });
    const labels = GAMES.map((game) => ({ game, cutoff: CUTOFF }));
    const on = ["game"] as const;
    const day = await bronze.readBronzeDay("feed", DAY);
    expect(day.column("seen" as never)).toEqual([...cells, ...cells, ...cells]);
    for (const answer of [
      await bronze.asOf(CUTOFF).read("feed", { date: DAY }),
      timeline.at(CUTOFF),
      [...timeline.sweep([CUTOFF])][0]!,
      await bronze.joinAsOf(labels, "feed", { on, cutoff: "cutoff", from: DAY, to: DAY }),
      timeline.joinAsOf(labels, { on, cutoff: "cutoff" }),
    ] as Snapshot[]) {
      expect(answer.column("seen")).toEqual(cells);
      expect(answer.rows().map((row) => (row as { seen?: unknown }).seen)).toEqual(cells);
      expect(answer.rows({ instants: "iso" }).map((row) => (row as { seen?: unknown }).seen)).toEqual(inText);
      const lines = answer.toCSV().trim().split("\r\n").slice(1);
      inText.forEach((own, row) => {
        if (own !== null) expect(lines[row]!.split(",")).toContain(own);
      });
      const json = answer.toJSON() as { seen?: unknown }[];
      expect(json.map(({ seen }) => seen)).toEqual(inText);
      expect(String(answer)).toContain(inText[0]);
      expect(() => answer.matrix(["seen" as never])).toThrow(
        expect.objectContaining({ code: "UNSUPPORTED_TYPE", message: expect.stringContaining('"seen"') }),
      );
    }
    expect(timeline.history({ game: "a" }).map(({ row }) => (row as { seen?: unknown }).seen)).toEqual(
      Array(3).fill(cells[0]),
    );
  });

  it("goes out in its own type, value for value", async () => {
    const { bronze } = await storeOfThree();
    const view = await bronze.asOf(CUTOFF).read("feed", { date: DAY });
    const vector = (await view.toArrow()).getChild("seen")!;
    const word = { ms: "MILLISECOND", us: "MICROSECOND", ns: "NANOSECOND" }[unit];
    expect(String(vector.type)).toBe(`Timestamp<${word}${utc ? ", UTC" : ""}>`);
    const ticks = [...(vector.data[0]!.values as BigInt64Array)];
    expect(ticks.filter((_, row) => values[row] !== null)).toEqual(
      values.flatMap((ns) => (ns === null ? [] : [ns / NS_PER_TICK[unit]])),
    );
    const file = openParquet(await view.toParquet(), "out.parquet");
    expect(describeType(file.columns.get("seen")!)).toBe(type);
  });

  it("stays what it is in a latest view that is written over it", async () => {
    const { bronze, storage } = await storeOf([kind, kind], {
      ...more,
      layout: layouts.perRun({ latest: true }),
    });
    const at = "2026-01-15T20:00:00Z";
    await bronze.write("feed", [{ game: "d", as_of_ts: at, ingested_ts: at }], {
      run: { id: "r", startedAt: at },
    });
    const path = `bronze/feed/season=2025/date=${DAY}/data.parquet`;
    expect(describeType(openParquet(await storage.read(path), path).columns.get("seen")!)).toBe(type);
    const latest = await bronze.readBronzeDay("feed", DAY, { prefer: "latest" });
    expect(latest.column("seen" as never)).toEqual([...cells, null]);
  });

  it("does not stop a leak check", async () => {
    const { bronze } = await storeOfThree();
    const rows = async (at: { read: typeof read }) => (await at.read("feed", { date: DAY })).rows();
    const read = bronze.asOf(CUTOFF).read;
    const result = await leakCheck(rows as never, { bronze: bronze as never, cutoffs: [CUTOFF] });
    expect(result).toMatchObject({ idle: [], laterRows: 3 });
  });
});

describe("a column of times that nobody declared, in several files", () => {
  it.each([false, true])("is one column whatever their units (UTC: %s)", async (utc) => {
    const kinds = (["ms", "us", "ns"] as const).map((unit) => ({
      ...ofUnit(unit, utc),
      values: [NOON, null, MOON],
    }));
    const { bronze } = await storeOf(kinds);
    const day = await bronze.readBronzeDay("feed", DAY);
    const cells = [NOON, null, MOON].map((ns) => (ns === null ? null : utc ? ns : isoOf(ns)));
    expect(day.column("seen" as never)).toEqual([...cells, ...cells, ...cells]);
    expect(String((await day.toArrow()).getChild("seen")!.type)).toMatch(/^Timestamp<NANOSECOND/);
  });

  it("is a clash where it is an instant in one and naive in another: neither is taken for the other", async () => {
    for (const more of [{}, { timestamps: { naive: "utc" } }]) {
      const { bronze } = await storeOf([ofUnit("us", true), ofUnit("us", false)], more);
      expect(await errorOf(bronze.readBronzeDay("feed", DAY))).toMatchObject({
        code: "TYPE_CLASH",
        details: {
          files: [pathOf(RUNS[0]), pathOf(RUNS[1])],
          types: ["TIMESTAMP(us, UTC)", "TIMESTAMP(us, naive)"],
        },
      });
    }
  });
});

describe("a declared instant stored without a zone", () => {
  const declared = { schema: schema.extend({ seen: instant().nullable() }) };
  const naive = KINDS.filter(({ utc }) => !utc);

  it.each(
    naive.map((kind) => [kind.name, kind] as const),
  )("is refused by file and column (%s)", async (_, kind) => {
    const { bronze } = await storeOf([kind], declared);
    const error = await errorOf(bronze.readBronzeDay("feed", DAY));
    expect(error).toMatchObject({
      code: "NAIVE_TIMESTAMP",
      details: { file: pathOf(RUNS[0]), column: "seen" },
    });
    expect(error.message).toContain("naive)");
  });

  it.each(
    naive.map((kind) => [kind.name, kind] as const),
  )("is UTC where the dataset says so (%s)", async (_, kind) => {
    const { bronze } = await storeOf([kind], { ...declared, timestamps: { naive: "utc" } });
    expect((await bronze.readBronzeDay("feed", DAY)).column("seen" as never)).toEqual(kind.values);
  });
});

describe("a naive column of the two times", () => {
  const early = "2026-01-15T17:00:00Z";
  const label = { game: "a", cutoff: early };

  async function storeWithNaive(names: readonly string[], more: object) {
    const storage = memoryStorage();
    const time = (name: string) => node(name, timestamp("us", !names.includes(name)), "required");
    const columns = [node("game", TEXT, "required"), time("as_of_ts"), time("ingested_ts")];
    const row = { game: "a", as_of_ts: NOON / 1_000n, ingested_ts: NOON / 1_000n };
    await storage.publish(pathOf(RUNS[0]), foreignFile(columns, [[row]]));
    return new BronzeStore({ storage, datasets: [feed({ ...more, misfiled: "read" })] });
  }

  it.each(
    [["as_of_ts"], ["ingested_ts"], ["as_of_ts", "ingested_ts"]].flatMap((names) =>
      (["changes", "snapshot"] as const).map((partitionIs) => [names, partitionIs] as const),
    ),
  )("proves nothing: %j of %s is an error before its time too, never an empty answer", async (names, partitionIs) => {
    const bronze = await storeWithNaive(names, { partitionIs });
    const how = { on: ["game"], cutoff: "cutoff", from: DAY, to: DAY } as const;
    for (const cutoff of [early, CUTOFF])
      for (const ask of [
        () => bronze.asOf(cutoff).read("feed", { date: DAY }),
        () => bronze.joinAsOf([{ ...label, cutoff }], "feed", how),
        () => bronze.timeline("feed", { date: DAY }),
        () => bronze.freshness({ at: cutoff }),
      ])
        expect(await errorOf(ask() as Promise<unknown>)).toMatchObject({
          code: "NAIVE_TIMESTAMP",
          details: { file: pathOf(RUNS[0]), column: names[0] },
        });
  });

  it("proves what it says where the dataset says that it is UTC", async () => {
    const bronze = await storeWithNaive(["as_of_ts", "ingested_ts"], { timestamps: { naive: "utc" } });
    const at = await bronze.asOf(early).read("feed", { date: DAY });
    expect([at.length, at.provenance.emptyBecause]).toEqual([0, "nothing known by the cutoff"]);
    expect((await bronze.asOf(CUTOFF).read("feed", { date: DAY })).column("as_of_ts")).toEqual([NOON]);
  });
});

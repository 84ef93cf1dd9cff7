import * as arrow from "apache-arrow";
import {
  BronzeStore,
  decimal,
  defineDataset,
  domainDate,
  instant,
  layouts,
  memoryStorage,
  nbaSeason,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../error-of.js";
import { treeOf } from "../exchange/feeds-of-files.js";
import { quote, report, run, storeOf } from "./feeds.js";

async function* oneByOne<Row>(rows: readonly Row[], failAt = Number.POSITIVE_INFINITY): AsyncGenerator<Row> {
  for (const [i, row] of rows.entries()) {
    if (i === failAt) throw new Error("the source broke");
    yield row;
  }
}

const quotes = (count: number) =>
  Array.from({ length: count }, (_, i) => quote(`g${i % 4}`, `book ${i}`, i, "2026-01-15T17:00:00Z"));

describe("write of rows that come one by one", () => {
  it("makes the files that a list makes", async () => {
    const [list, stream] = [storeOf(), storeOf()];
    await list.write("odds_raw", quotes(50), run("r"));
    const written = await stream.write("odds_raw", oneByOne(quotes(50)), run("r"));
    expect(await treeOf(stream.storage)).toEqual(await treeOf(list.storage));
    expect(written).toMatchObject({ rows: 50, repeatedKeys: 0 });
    await list.write("injuries_raw", report("2026-01-15T17:00:00Z", { a: "OUT", b: "IN" }));
    await stream.write("injuries_raw", oneByOne(report("2026-01-15T17:00:00Z", { a: "OUT", b: "IN" })));
    expect(await treeOf(stream.storage)).toEqual(await treeOf(list.storage));
  });

  it("cuts changes into files of 20,000 rows a folder, and the same again makes none", async () => {
    const bronze = storeOf();
    const rows = quotes(25_000).map((row) => ({ ...row, game_id: "g1" }));
    const first = await bronze.write("odds_raw", oneByOne(rows), run("r"));
    expect(first.partitions.map(({ rows, status }) => [rows, status])).toEqual([
      [20_000, "written"],
      [5_000, "written"],
    ]);
    const again = await bronze.write("odds_raw", oneByOne(rows), run("r"));
    expect(again.partitions.map(({ status }) => status)).toEqual(["unchanged", "unchanged"]);
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
    expect(day.column("book")).toHaveLength(25_000);
  });

  it("takes a snapshot for one state, and refuses two without a word that they are", async () => {
    const bronze = storeOf();
    const two = [
      ...report("2026-01-15T17:00:00Z", { a: "OUT" }),
      ...report("2026-01-15T18:00:00Z", { b: "OUT" }),
    ];
    expect((await errorOf(bronze.write("injuries_raw", oneByOne(two)))).code).toBe("SNAPSHOT_SPLIT");
    expect(await treeOf(bronze.storage)).toEqual(new Map());
    const several = { snapshot: { several: true } } as const;
    const list = storeOf();
    await list.write("injuries_raw", two, several);
    await bronze.write("injuries_raw", oneByOne(two), several);
    expect(await treeOf(bronze.storage)).toEqual(await treeOf(list.storage));
  });

  it("writes nothing when the source throws, or a row of it is wrong, however late", async () => {
    const bronze = storeOf();
    const rows = quotes(30_000);
    await expect(bronze.write("odds_raw", oneByOne(rows, 29_999), run("r"))).rejects.toThrow(
      "the source broke",
    );
    const wrong = [...rows, { ...rows[0]!, price: 1.5 }];
    const error = await errorOf(bronze.write("odds_raw", oneByOne(wrong), run("r")));
    expect(error.message).toContain("row 30000, price");
    expect(await treeOf(bronze.storage)).toEqual(new Map());
  });

  it("declares an empty state as a list does", async () => {
    const [list, stream] = [storeOf(), storeOf()];
    const empty = { snapshot: { time: "2026-01-15T17:00:00Z", date: "2026-01-15" } };
    await list.write("injuries_raw", [], empty);
    await stream.write("injuries_raw", oneByOne([]), empty);
    expect(await treeOf(stream.storage)).toEqual(await treeOf(list.storage));
  });
});

describe("write of an Arrow table", () => {
  const everything = defineDataset({
    name: "everything",
    layout: layouts.daily(),
    timeZone: "America/New_York",
    season: nbaSeason,
    schema: z.object({
      id: z.string(),
      flag: z.boolean().nullable(),
      count: z.int().nullable(),
      big: z.bigint().nullable(),
      price: z.number().nullable(),
      day: domainDate().nullable(),
      stake: decimal(12, 2).nullable(),
      texts: z.array(z.string()).nullable(),
      as_of_ts: instant(),
      old_ts: instant().nullable(),
      ingested_ts: instant(),
    }),
    key: ["id"],
    date: { from: "as_of_ts" },
  });
  const storeOfAll = () => new BronzeStore({ storage: memoryStorage(), datasets: [everything] });
  const rows = [0, 1, 2].map((i) => ({
    id: `id ${i}`,
    flag: i === 1 ? null : i === 0,
    count: i === 1 ? null : -(2 ** 40) - i,
    big: i === 1 ? null : 2n ** 62n + BigInt(i),
    price: i === 1 ? null : i + 0.1,
    day: i === 1 ? null : `19${69 + i}-12-31`,
    stake: i === 1 ? null : `-11${i}.50`,
    texts: i === 1 ? null : ["", `t${i}`],
    as_of_ts: `2026-01-15T17:00:00.00000000${i}Z`,
    old_ts: i === 1 ? null : "1969-12-31T23:59:59.999999999Z",
    ingested_ts: "2026-01-15T17:00:01Z",
  }));

  it("writes every type exactly: a table that was taken out comes back as the same bytes", async () => {
    const [own, other] = [storeOfAll(), storeOfAll()];
    await own.write("everything", rows);
    const table = await (await own.readBronzeDay("everything", "2026-01-15")).toArrow();
    await other.write("everything", table);
    expect(await treeOf(other.storage)).toEqual(await treeOf(own.storage));
    // In pieces, through bytes, as another program hands it over.
    const pieces = [table.slice(0, 1), table.slice(1)].map((piece) =>
      arrow.tableFromIPC(arrow.tableToIPC(piece)),
    );
    const third = storeOfAll();
    await third.write("everything", pieces[0]!.concat(pieces[1]!));
    expect(await treeOf(third.storage)).toEqual(await treeOf(own.storage));
    const sliced = storeOfAll();
    await sliced.write("everything", table.slice(1));
    const two = storeOfAll();
    await two.write("everything", rows.slice(1));
    expect(await treeOf(sliced.storage)).toEqual(await treeOf(two.storage));
  });

  it("refuses a timestamp without a zone and a type that no row has, by column", async () => {
    const naive = arrow.makeData({
      type: new arrow.Timestamp(arrow.TimeUnit.MICROSECOND),
      length: 1,
      data: BigInt64Array.of(1_768_496_400_000_000n),
    });
    const table = new arrow.Table({
      id: arrow.vectorFromArray(["a"], new arrow.Utf8()),
      as_of_ts: arrow.makeVector(naive),
    });
    const error = await errorOf(storeOfAll().write("everything", table));
    expect([error.code, error.details.column]).toEqual(["NAIVE_TIMESTAMP", "as_of_ts"]);
    const struct = arrow.vectorFromArray([{ a: 1 }]);
    const other = await errorOf(storeOfAll().write("everything", new arrow.Table({ id: struct })));
    expect([other.code, other.details.column]).toEqual(["UNSUPPORTED_TYPE", "id"]);
  });
});

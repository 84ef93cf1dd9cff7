import pl from "nodejs-polars";
import { describe, expect, it } from "vitest";
import { columnFromCells } from "../../src/table/index.js";
import { formatInstant } from "../../src/time/index.js";
import { PlainTable } from "../table/plain-table.js";

const NS = [1_768_478_400_123_456_789n, null, -1n];
const table = new PlainTable([
  { name: "book", column: columnFromCells({ kind: "text" }, ["dk", null, "名前🏀"]) },
  { name: "price", column: columnFromCells({ kind: "float", bits: 64 }, [-110.5, null, 0.1]) },
  { name: "won", column: columnFromCells({ kind: "bool" }, [true, null, false]) },
  {
    name: "id",
    column: columnFromCells({ kind: "int", bits: 64, signed: true }, [2n ** 62n + 1n, null, -1n]),
  },
  { name: "at", column: columnFromCells({ kind: "timestamp", unit: "ns", utc: true }, NS) },
  { name: "day", column: columnFromCells({ kind: "date" }, ["2026-01-15", null, "1969-12-31"]) },
]);

/** Instants as the integers they are stored as: Polars gives dates as milliseconds. */
function cells(frame: pl.DataFrame): Record<string, unknown> {
  const asText = (name: string) => frame.getColumn(name).cast(pl.Int64).cast(pl.Utf8).toArray();
  return {
    book: frame.getColumn("book").toArray(),
    price: frame.getColumn("price").toArray(),
    won: frame.getColumn("won").toArray(),
    id: asText("id"),
    at: asText("at"),
    day: frame.getColumn("day").cast(pl.Int32).toArray(),
  };
}

const EXPECTED = {
  book: ["dk", null, "名前🏀"],
  price: [-110.5, null, 0.1],
  won: [true, null, false],
  id: [String(2n ** 62n + 1n), null, "-1"],
  at: NS.map((ns) => ns?.toString() ?? null),
  day: [20468, null, -1],
};

describe("Polars", () => {
  it("reads toParquet() and toIPC(), every nanosecond of it", async () => {
    expect(cells(pl.readParquet(Buffer.from(await table.toParquet())))).toEqual(EXPECTED);
    const stream = pl.readIPCStream(Buffer.from(await table.toIPC()));
    expect(cells(stream.withColumn(pl.col("book").cast(pl.Utf8)))).toEqual(EXPECTED);
  });

  it("reads toCSV(), instants being text", () => {
    const frame = pl.readCSV(table.toCSV(), { inferSchemaLength: 0 });
    expect(frame.getColumn("at").toArray()).toEqual(NS.map((ns) => (ns === null ? null : formatInstant(ns))));
    expect(frame.getColumn("book").toArray()).toEqual(EXPECTED.book);
    expect(frame.getColumn("id").toArray()).toEqual(EXPECTED.id);
  });

  it("reads what JSON.stringify writes", () => {
    const frame = pl.readRecords(JSON.parse(JSON.stringify(table)));
    expect(frame.getColumn("price").toArray()).toEqual(EXPECTED.price);
    expect(frame.getColumn("book").toArray()).toEqual(EXPECTED.book);
  });

  it("reads columns in which nothing is known", async () => {
    const nothing = new PlainTable([
      { name: "book", column: columnFromCells({ kind: "text" }, [null, null]) },
      { name: "price", column: columnFromCells({ kind: "float", bits: 32 }, [null, null]) },
    ]);
    for (const frame of [
      pl.readParquet(Buffer.from(await nothing.toParquet())),
      pl.readIPCStream(Buffer.from(await nothing.toIPC())).withColumn(pl.col("book").cast(pl.Utf8)),
    ]) {
      expect(frame.getColumn("book").toArray()).toEqual([null, null]);
      expect(frame.getColumn("price").toArray()).toEqual([null, null]);
    }
  });

  it("reads an answer without rows", async () => {
    const empty = new PlainTable([{ name: "book", column: columnFromCells({ kind: "text" }, []) }]);
    expect(pl.readParquet(Buffer.from(await empty.toParquet())).shape).toEqual({ height: 0, width: 1 });
    expect(pl.readIPCStream(Buffer.from(await empty.toIPC())).shape).toEqual({ height: 0, width: 1 });
  });
});

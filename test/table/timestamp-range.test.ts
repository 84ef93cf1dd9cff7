import { describe, expect, test } from "vitest";
import { columnFromCells } from "../../src/table/from-cells.js";
import type { RowGroup } from "../../src/table/parquet/footer.js";
import { rangeOfValues, statedRange } from "../../src/table/parquet/timestamp-range.js";

/** Row groups of ten rows whose statistics of one column say this. */
function stated(...groups: { min?: bigint; max?: bigint; nulls?: number | undefined }[]) {
  const values = new BigInt64Array(groups.length * 2);
  const rowGroups = groups.map(({ min, max, nulls }, i): RowGroup => {
    values[i * 2] = min ?? 0n;
    values[i * 2 + 1] = max ?? 0n;
    const meta = {
      type: "INT64" as const,
      path: ["at"],
      codec: "UNCOMPRESSED" as const,
      valueCount: 10,
      dataOffset: 4,
      dictionaryOffset: 0,
      nullCount: nulls,
      minAt: min === undefined ? -1 : i * 16,
      maxAt: max === undefined ? -1 : i * 16 + 8,
    };
    return { rowCount: 10, chunks: [{ elsewhere: "", isEncrypted: false, meta }] };
  });
  const element = { name: "at", type: "INT64" as const, repetition_type: "OPTIONAL" as const };
  const tree = { count: 1, element, children: [], path: ["at"] };
  return statedRange(
    new Uint8Array(values.buffer),
    rowGroups,
    { tree, firstLeaf: 0 },
    {
      kind: "timestamp",
      unit: "us",
      utc: true,
    },
  );
}

describe("what statistics say of a column of instants", () => {
  test("is the widest of all row groups, in nanoseconds", () => {
    expect(stated({ min: 5n, max: 9n, nulls: 0 }, { min: -2n, max: 6n, nulls: 3 })).toEqual({
      minNs: -2_000n,
      maxNs: 9_000n,
      nullCount: 3,
    });
    expect(stated({ nulls: 10 }, { min: 1n, max: 1n, nulls: 0 })).toEqual({
      minNs: 1_000n,
      maxNs: 1_000n,
      nullCount: 10,
    });
  });

  test.each([
    ["the smallest is larger than the largest", { min: 9n, max: 5n, nulls: 0 }],
    ["more is null than there are rows", { min: 5n, max: 9n, nulls: 11 }],
    ["less than nothing is null", { min: 5n, max: 9n, nulls: -1 }],
    ["how much is null is not said", { min: 5n, max: 9n }],
    ["an end is not said", { min: 5n, nulls: 0 }],
  ])("is nothing where %s, be the other groups as they should", (_, group) => {
    expect(stated(group)).toBeUndefined();
    expect(stated({ min: 1n, max: 2n, nulls: 0 }, group)).toBeUndefined();
  });
});

test("what the values say of it", () => {
  const column = (cells: (bigint | null)[]) =>
    rangeOfValues(columnFromCells({ kind: "timestamp", unit: "ms", utc: true }, cells));
  expect(column([3_000_000n, null, -1_000_000n])).toEqual({
    minNs: -1_000_000n,
    maxNs: 3_000_000n,
    nullCount: 1,
  });
  expect(column([null])).toBeUndefined();
  expect(rangeOfValues(columnFromCells({ kind: "text" }, ["2026-01-15T00:00:00Z"]))).toBeUndefined();
});

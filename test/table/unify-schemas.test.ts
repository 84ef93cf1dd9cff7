import { describe, expect, test } from "vitest";
import { type ColumnType, unifyColumns } from "../../src/table/index.js";

const int = (bits: 8 | 16 | 32 | 64, signed = true): ColumnType => ({ kind: "int", bits, signed });
const DOUBLE: ColumnType = { kind: "float", bits: 64 };
const TEXT: ColumnType = { kind: "text" };
const file = (path: string, columns: Record<string, ColumnType>) => ({
  path,
  columns: new Map(Object.entries(columns)),
});

describe("unifyColumns", () => {
  test("unites by name, in order of first appearance", () => {
    const united = unifyColumns([
      file("a", { game_id: TEXT, price: int(32), gone: { kind: "null" } }),
      file("b", { price: DOUBLE, extra: TEXT, gone: int(8) }),
    ]);
    expect([...united]).toEqual([
      ["game_id", TEXT],
      ["price", DOUBLE],
      ["gone", int(8)],
      ["extra", TEXT],
    ]);
  });

  test("a clash names the files that really have the two types, not the first one read", () => {
    const files = [
      file("a", { x: { kind: "null" } }),
      file("b", { x: int(32) }),
      file("c", { x: int(64) }),
      file("d", { x: TEXT }),
    ];
    expect(() => unifyColumns(files)).toThrow(
      expect.objectContaining({
        code: "TYPE_CLASH",
        details: { column: "x", files: ["b", "d"], types: ["INT32", "STRING"] },
      }),
    );
  });

  test("gives the same answer whatever the order of the files", () => {
    const files = [file("a", { x: int(64, false) }), file("b", { x: DOUBLE }), file("c", { x: int(8) })];
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      expect(() => unifyColumns(order.map((i) => files[i]!))).toThrow("UINT64");
    }
  });

  test("no files have no columns", () => {
    expect(unifyColumns([]).size).toBe(0);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ArrayFileWriter,
  type Cell,
  type Column,
  type ColumnType,
  columnFromCells,
  fromTagged,
  openArrayFile,
  packColumn,
  toTagged,
  unpackColumn,
} from "../../src/table/index.js";
import { cellsOf, TRICKY_CELLS } from "./columns.js";

const MAGIC = "testing1";

/** The same columns, through bytes. */
function packedAndBack(columns: readonly (Column | undefined)[], lengths: readonly number[]) {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i]! + length;
  });
  const out = new ArrayFileWriter();
  const packed = packColumn(columns, offsets, out);
  const file = openArrayFile(MAGIC, out.seal(MAGIC, packed))!;
  const read = unpackColumn(file.header as typeof packed, offsets, file);
  return { columns: columns.map((_, part) => read(part)), packed };
}

function shown(column: Column | undefined) {
  return (
    column && { type: column.type, storage: column.storage, length: column.length, cells: cellsOf(column) }
  );
}

describe("a packed column", () => {
  it.each(
    TRICKY_CELLS,
  )("gives back %s files cell for cell, nulls and missing files too", (_, type, tricky) => {
    const cell = fc.oneof(fc.constantFrom(...tricky), fc.constant(null));
    const file = fc.oneof(
      { weight: 6, arbitrary: fc.array(cell, { maxLength: 12 }) },
      { weight: 2, arbitrary: fc.tuple(cell, fc.nat(9)).map(([same, n]) => new Array<Cell>(n).fill(same)) },
    );
    const part = fc.record({ cells: file, isMissing: fc.integer({ max: 5 }).map((n) => n === 5) });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const columns = parts.map(({ cells, isMissing }) =>
          isMissing ? undefined : columnFromCells(type, cells),
        );
        const back = packedAndBack(
          columns,
          parts.map(({ cells }) => cells.length),
        );
        expect(back.columns.map(shown)).toEqual(columns.map(shown));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps a value a file, a byte a row, or the numbers themselves, whichever is least", () => {
    const float = { kind: "float", bits: 64 } as ColumnType;
    const of = (cells: Cell[], type: ColumnType = float) => {
      const { columns, packed } = packedAndBack(
        [columnFromCells(type, cells), columnFromCells(type, cells)],
        [cells.length, cells.length],
      );
      expect(columns.map((column) => cellsOf(column!))).toEqual([cells, cells]);
      return packed.values as { per: string; codes?: { kind: string; length: number } };
    };
    const many = (count: number) => Array.from({ length: 1000 }, (_, i) => (i % count) / 2);
    expect(of(many(1))).toMatchObject({ per: "part" });
    expect(of(many(256)).codes).toMatchObject({ kind: "u8", length: 2000 });
    expect(of(many(257)).codes).toBeUndefined();
    expect(of(many(255).map(String), { kind: "text" }).codes).toMatchObject({ kind: "u8" });
    expect(of(many(256).map(String), { kind: "text" }).codes).toMatchObject({ kind: "u16" });
    const unlike = Array.from({ length: 70_000 }, (_, i) => `text ${i}`);
    expect(of(unlike, { kind: "text" }).codes).toMatchObject({ kind: "u32" });
  });

  it("keeps the unit of each file's instants", () => {
    const at = (unit: "ms" | "us" | "ns") =>
      columnFromCells({ kind: "timestamp", unit, utc: true }, [1_768_521_600_000_000_000n, null]);
    const columns = [at("us"), at("ns"), undefined, at("ms"), at("us")];
    expect(packedAndBack(columns, [2, 2, 2, 2, 2]).columns.map(shown)).toEqual(columns.map(shown));
  });

  it("refuses a column that files keep differently", () => {
    const columns = [
      columnFromCells({ kind: "text" }, ["a"]),
      columnFromCells({ kind: "date" }, ["2026-01-15"]),
    ];
    expect(() => packedAndBack(columns, [1, 1])).toThrow(TypeError);
  });
});

describe("tagged JSON", () => {
  it("gives back every cell, whatever it looks like", () => {
    const { tie } = fc.letrec((tie) => ({
      tie: fc.oneof(
        fc.constantFrom(null, true, -0, Number.NaN, Infinity, -Infinity, 5e-324),
        fc.string({ unit: "binary" }),
        fc.double(),
        fc.bigInt(),
        fc.uint8Array({ maxLength: 4 }),
        fc.array(tie("tie"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("n", "d", "x", "o", "a", "__proto_"), tie("tie"), {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(tie, (value) => {
        expect(fromTagged(JSON.parse(JSON.stringify(toTagged(value))))).toStrictEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses what is no cell", () => {
    expect(() => toTagged(new Date())).toThrow(TypeError);
    expect(() => toTagged([undefined])).toThrow(TypeError);
  });
});

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
  return { columns: columns.map((_, part) => read.part(part)), packed, read };
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

  it("keeps a value a file, a byte a row, steps from the least, or the numbers themselves, whichever is least", () => {
    const float = { kind: "float", bits: 64 } as ColumnType;
    const text = { kind: "text" } as ColumnType;
    const of = (cells: Cell[], type: ColumnType = float) => {
      const { columns, packed } = packedAndBack(
        [columnFromCells(type, cells), columnFromCells(type, cells)],
        [cells.length, cells.length],
      );
      expect(columns.map((column) => cellsOf(column!))).toEqual([cells, cells]);
      return packed.values as {
        layout?: { is: string; steps?: { kind: string }; step?: number };
        per?: string;
        codes?: { kind: string; length: number };
      };
    };
    const many = (count: number) => Array.from({ length: 1000 }, (_, i) => (i % count) / 2);
    expect(of(many(1)).layout?.is).toBe("one a part");
    expect(of(many(256)).layout).toMatchObject({ is: "coded", codes: { kind: "u8", length: 2000 } });
    expect(of(many(257)).layout?.is).toBe("plain");
    expect(of(many(255).map(String), text).codes).toMatchObject({ kind: "u8" });
    expect(of(many(256).map(String), text).codes).toMatchObject({ kind: "u16" });
    const unlike = Array.from({ length: 70_000 }, (_, i) => `text ${i}`);
    expect(of(unlike, text).codes).toMatchObject({ kind: "u32" });

    const integers = (first: bigint, step: bigint, last = 999n) => {
      const cells = Array.from({ length: 999 }, (_, i) => first + BigInt((i * 7) % 999) * step);
      return of([...cells, first + last * step], { kind: "int", bits: 64, signed: true }).layout;
    };
    const steps = (kind: string, step: number) => ({ is: "stepped", step, steps: { kind } });
    expect(integers(-5n, 1n)).toMatchObject(steps("u16", 1));
    expect(integers(1_768_521_600_000_000_000n, 1_000_000n)).toMatchObject(steps("u16", 1_000_000));
    expect(integers(-(2n ** 63n), 3_000n)).toMatchObject(steps("u16", 1000));
    expect(integers(2n ** 32n - 500n, 1n, 70_000n)).toMatchObject(steps("u32", 1)); // low words carry
    expect(integers(-500n, 1n, 2n ** 32n - 1n)).toMatchObject(steps("u32", 1));
    expect(integers(-500n, 1n, 2n ** 32n)).toMatchObject({ is: "plain" });
    expect(integers(0n, 1_000_000_000n, 2n ** 53n / 1_000_000_000n)).toMatchObject({ is: "stepped" });
    expect(integers(0n, 1_000_000_000n, 2n ** 53n / 1_000_000_000n + 1n)).toMatchObject({ is: "plain" });
    expect(integers(-(2n ** 63n), 1n, 2n ** 64n - 1n)).toMatchObject({ is: "plain" });
  });

  it.each(
    TRICKY_CELLS,
  )("gives single rows of all files together as it gives the files' columns: %s", (_, type, tricky) => {
    const cell = fc.oneof(fc.constantFrom(...tricky), fc.constant(null));
    const part = fc.oneof(
      { weight: 6, arbitrary: fc.array(cell, { maxLength: 12 }) },
      { weight: 2, arbitrary: fc.tuple(cell, fc.nat(9)).map(([same, n]) => new Array<Cell>(n).fill(same)) },
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.array(fc.nat()), (parts, picks) => {
        const columns = parts.map((cells) => columnFromCells(type, cells));
        const { read } = packedAndBack(
          columns,
          parts.map(({ length }) => length),
        );
        const all = columns.flatMap((column, file) => cellsOf(column).map((value) => ({ file, value })));
        const rows = all.length === 0 ? [] : picks.map((pick) => pick % all.length);
        const found = read.rows(
          rows,
          all.map(({ file }) => file),
        );
        const isPackedAsAWhole = columns[0]!.storage === "object";
        expect(found && cellsOf(found)).toEqual(
          isPackedAsAWhole ? undefined : rows.map((row) => all[row]!.value),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("gives no single rows where files lack the column, or differ in its type", () => {
    const at = (unit: "ms" | "ns") => columnFromCells({ kind: "timestamp", unit, utc: true }, [0n]);
    for (const columns of [[at("ms"), undefined], [at("ms"), at("ns")], []]) {
      const { read } = packedAndBack(
        columns,
        columns.map(() => 1),
      );
      expect(read.rows([0], [0])).toBeUndefined();
    }
  });

  it("tells rows at or before an instant from later ones", () => {
    const instants = { kind: "timestamp", unit: "ns", utc: true } as const;
    const near = fc.bigInt({ min: -3_000n, max: 3_000n }).map((n) => n * 1_000n);
    const far = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const few = fc.constantFrom(0n, 5n, -(2n ** 63n));
    const day = fc.oneof(...[near, far, few].map((instant) => fc.array(fc.array(instant), { minLength: 1 })));
    const repeated = fc.array(
      fc.tuple(far, fc.nat(5)).map(([at, n]) => new Array<bigint>(n).fill(at)),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(fc.oneof(day, repeated), fc.oneof(near, far, few), (parts, other) => {
        const { read } = packedAndBack(
          parts.map((cells) => columnFromCells(instants, cells)),
          parts.map(({ length }) => length),
        );
        const all = parts.flatMap((cells, file) => cells.map((value) => ({ file, value })));
        for (const limit of [other, ...all.map(({ value }) => value)]) {
          const isAtMost = read.atMost(limit, () => all.map(({ file }) => file));
          expect(all.map((_, row) => isAtMost(row))).toEqual(all.map(({ value }) => value <= limit));
        }
      }),
      { numRuns: 500 },
    );
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

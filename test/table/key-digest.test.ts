import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cell,
  type ColumnType,
  cellReader,
  columnFromCells,
  encodeParquet,
  type NamedColumn,
  openParquet,
  recordedKeyDigest,
} from "../../src/table/index.js";
import { campaign, tries } from "../campaign.js";
import { TRICKY_CELLS } from "./columns.js";

/** The digest as the layout's page describes it: lines of JSON, sorted as bytes, no line twice. */
function digestOf(columns: readonly NamedColumn[]): string {
  const readers = columns.map(({ column }) => cellReader(column));
  const lines = Array.from({ length: columns[0]!.column.length }, (_, row) =>
    Buffer.from(`[${readers.map((cell) => json(cell(row))).join(",")}]\n`),
  );
  const sorted = lines.sort(Buffer.compare).filter((line, i) => i === 0 || !line.equals(lines[i - 1]!));
  return createHash("sha256").update(Buffer.concat(sorted)).digest("hex");
}

function json(cell: Cell): string {
  if (typeof cell === "bigint") return String(cell);
  if (typeof cell === "number" && !Number.isFinite(cell)) return `"${cell}"`;
  return JSON.stringify(cell);
}

function recorded(columns: readonly NamedColumn[], key = columns.map(({ name }) => name)) {
  return recordedKeyDigest(openParquet(encodeParquet(columns, undefined, key), "t").keyValues, key);
}

function texts(name: string, cells: readonly (string | null)[]): NamedColumn {
  return { name, column: columnFromCells({ kind: "text" }, cells) };
}

/** Texts that could run into each other, or sort otherwise as UTF-16, as JSON or with a quote behind them. */
const text = fc.constantFrom(
  null,
  "",
  "a",
  "a!",
  "a b",
  'a"',
  'a","b',
  "null",
  "1",
  "\uff5e",
  "\u{1f3c0}",
  "\n",
);
const int = fc.constantFrom(null, 1n, 12n, 2n, -1n, 2n ** 63n - 1n, 2n ** 53n, 2n ** 53n + 1n);
const float = fc.constantFrom(null, 0, -0, Number.NaN, Infinity, -Infinity, 1e21, 0.1);
const rowsOfKeys = fc.array(fc.tuple(text, int, float), { maxLength: 12 });

function keyColumns(rows: readonly (readonly Cell[])[]): NamedColumn[] {
  const types: ColumnType[] = [
    { kind: "text" },
    { kind: "int", bits: 64, signed: true },
    { kind: "float", bits: 64 },
  ];
  return types.map((type, i) => ({
    name: `k${i}`,
    column: columnFromCells(
      type,
      rows.map((row) => row[i]),
    ),
  }));
}

describe("the set of keys in a footer", () => {
  test("is the digest of the keys as sorted lines", () => {
    fc.assert(
      fc.property(rowsOfKeys, (rows) => {
        const columns = keyColumns(rows);
        expect(recorded(columns)).toBe(digestOf(columns));
        for (const column of columns) expect(recorded([column])).toBe(digestOf([column]));
      }),
      tries({ small: 500, large: 10_000, seed: 117 }),
    );
  });

  test("can be made by whoever has a JSON library", () => {
    const columns = [texts("game", ["g2", "g1", null, "g1"]), texts("book", ["x", "Dončić", "x", "Dončić"])];
    const lines = '["g1","Dončić"]\n["g2","x"]\n[null,"x"]\n';
    expect(recorded(columns)).toBe(createHash("sha256").update(lines).digest("hex"));
  });

  test("is equal for two files just where their keys are", () => {
    // As keys are compared: NaN is one value, and -0 is 0.
    const setOf = (rows: readonly (readonly Cell[])[]) =>
      new Set(rows.map((row) => row.map((cell) => `${typeof cell} ${cell}`).join("\0")));
    let equal = 0;
    const { count, seed } = campaign({ small: 500, large: 10_000, seed: 118 });
    fc.assert(
      fc.property(rowsOfKeys, rowsOfKeys, fc.boolean(), fc.nat(), (rows, others, isDrawn, turn) => {
        const drawn = isDrawn ? permuted([...rows, ...rows.slice(0, turn % 3)], turn) : others;
        const [a, b] = [setOf(rows), setOf(drawn)];
        const isSame = a.size === b.size && [...a].every((key) => b.has(key));
        expect(recorded(keyColumns(rows)) === recorded(keyColumns(drawn))).toBe(isSame);
        if (isSame) equal++;
      }),
      { numRuns: count, seed },
    );
    expect(equal).toBeGreaterThan(count / 5);
  });

  test("tells the cells of every plain type apart", () => {
    for (const [name, type, cells] of TRICKY_CELLS) {
      if (["bytes", "list"].includes(type.kind)) continue;
      const one = (cell: Cell) => recorded([{ name, column: columnFromCells(type, [cell]) }]);
      expect(new Set([...cells, null].map(one)).size).toBe(cells.length + 1);
    }
  });

  test("is exact where the combinations of values pass 2 ** 53", () => {
    const rows = 3_000;
    const columns = Array.from({ length: 6 }, (_, c) =>
      texts(
        `k${c}`,
        Array.from({ length: rows }, (_, row) => `v${(row * (7 + 2 * c)) % (rows - c)}`),
      ),
    );
    expect(recorded(columns)).toBe(digestOf(columns));
  });

  test("is left out where a key column is missing or a list, and where there are too many values", () => {
    const list = columnFromCells({ kind: "list", item: { kind: "text" } }, [["a"]]);
    expect(recorded([texts("a", ["x"])], ["a", "b"])).toBeUndefined();
    expect(recorded([{ name: "a", column: list }])).toBeUndefined();
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => BigInt(i)) satisfies readonly bigint[];
    const ints = (count: number): NamedColumn => ({
      name: "n",
      column: columnFromCells({ kind: "int", bits: 64, signed: true }, many(count)),
    });
    expect(recorded([ints(20_000)])).toBeDefined();
    expect(recorded([ints(20_001)])).toBeUndefined();
  });

  test("is never that of other rows: metadata that is handed on loses it", () => {
    const first = openParquet(encodeParquet([texts("a", ["x"])], undefined, ["a"]), "first");
    expect(recordedKeyDigest(first.keyValues, ["a"])).toBeDefined();
    const second = openParquet(encodeParquet([texts("a", ["y"])], first.keyValues), "second");
    expect(recordedKeyDigest(second.keyValues, ["a"])).toBeUndefined();
  });

  test("is trusted only for exactly the requested key, and only in its form", () => {
    const sha256 = "0".repeat(64);
    const read = (entry: unknown) =>
      recordedKeyDigest(
        new Map([["bronzestore.keys", typeof entry === "string" ? entry : JSON.stringify(entry)]]),
        ["a", "b"],
      );
    expect(read({ columns: ["a", "b"], sha256 })).toBe(sha256);
    for (const entry of [
      { columns: ["b", "a"], sha256 },
      { columns: ["a"], sha256 },
      { columns: ["a", "b", "c"], sha256 },
      { columns: "ab", sha256 },
      { columns: ["a", "b"], sha256: "0" },
      { columns: ["a", "b"] },
      { sha256 },
      "null",
      "[]",
      "{",
      "",
    ])
      expect(read(entry)).toBeUndefined();
  });
});

function permuted<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, i) => ({ item, at: (i * 7 + 3) ** 3 % ((seed % 11) + 2) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

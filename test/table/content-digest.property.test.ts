import { ByteWriter, parquetWrite } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import {
  type Cell,
  cellReader,
  columnFromCells,
  contentDigest,
  contentDigests,
  encodeParquet,
  type NamedColumn,
  openParquet,
} from "../../src/table/index.js";
import { plainDictionary, plainValues } from "../../src/table/parquet/plain-values.js";
import { campaign } from "../campaign.js";
import { TRICKY_CELLS } from "./columns.js";
import { foreignFile, type RawRow, type WriteOptions } from "./foreign-file.js";
import { type Random, randomFrom } from "./mutate.js";
import { cellOf, int, someForm } from "./nested-forms.js";

const NOTHING = { snapshotNs: undefined, ingestedNs: undefined, covers: [] };
const storedIn = (bytes: Uint8Array<ArrayBuffer>) => openParquet(bytes, "a.parquet").stored;
const digestOf = (bytes: Uint8Array<ArrayBuffer>) => contentDigest(storedIn(bytes), NOTHING);

/** Cuts of so many rows, in order: some empty, and some rows in none of them. */
function someParts(rows: number, random: Random): { start: number; end: number }[] {
  const at = Array.from({ length: 2 * (1 + random(5)) }, () => random(rows + 1)).sort((a, b) => a - b);
  return at.flatMap((start, i) => (i % 2 === 0 ? [{ start, end: at[i + 1]! }] : []));
}

describe("the content digests of parts of a file", () => {
  it("are those of files with only their rows, wherever pages and row groups end", () => {
    const { count, seed } = campaign({ few: 150, small: 600, large: 30_000, seed: 61 });
    const random = randomFrom(seed);
    for (let i = 0; i < count; i++) {
      const form = someForm(random);
      const columns = [int("required").node("id"), form.node("l")];
      const rows = Array.from(
        { length: random(40) },
        (_, id): RawRow => ({
          id,
          l: form.raw(cellOf(form, random)),
        }),
      );
      const options = (): WriteOptions => ({
        codec: random(2) === 0 ? "none" : "gzip",
        ...(random(2) === 0
          ? { pages: 1, entriesPerPage: 1 + random(7) }
          : { pages: random(2) === 0 ? 1 : 2, pagesPerChunk: 1 + random(4) }),
      });
      const cut = random(rows.length + 1);
      const whole = foreignFile(columns, [rows.slice(0, cut), rows.slice(cut)], options());
      const parts = someParts(rows.length, random);
      const digests = contentDigests(
        storedIn(whole),
        parts.map((part) => ({ rows: part, declared: NOTHING })),
      );
      const alone = parts.map(({ start, end }) =>
        digestOf(foreignFile(columns, [rows.slice(start, end)], options())),
      );
      expect(digests, `${form.what}, ${JSON.stringify(parts)}`).toEqual(alone);
    }
  });

  it("are those of files with only their rows, for every type and dictionaries of any size", () => {
    const { count, seed } = campaign({ few: 40, small: 200, large: 8_000, seed: 62 });
    const random = randomFrom(seed);
    for (let i = 0; i < count; i++) {
      const columns = someTable(random, random(120));
      const rows = columns[0]!.column.length;
      const parts = someParts(rows, random);
      const digests = contentDigests(
        storedIn(encodeParquet(columns)),
        parts.map((part) => ({ rows: part, declared: NOTHING })),
      );
      expect(digests).toEqual(
        parts.map(({ start, end }) =>
          digestOf(encodeParquet(mapColumns(columns, (cells) => cells.slice(start, end)))),
        ),
      );
    }
  });

  it("are those of values that no dictionary has, in runs of any length", () => {
    const { count, seed } = campaign({ few: 30, small: 150, large: 5_000, seed: 65 });
    const random = randomFrom(seed);
    for (let i = 0; i < count; i++) {
      const texts = Array.from({ length: 1 + random(4) }, (_, i) => String(i).repeat(random(60)));
      const runs = Array.from({ length: 1 + random(12) }, () =>
        new Array<string>(1 + random(random(4) === 0 ? 9_000 : 40)).fill(texts[random(texts.length)]!),
      );
      const data = runs.flat();
      const write = (encoding: "PLAIN" | "RLE_DICTIONARY") => {
        const writer = new ByteWriter();
        parquetWrite({
          writer,
          columnData: [{ name: "who", data, type: "STRING", nullable: false, encoding }],
        });
        return storedIn(new Uint8Array(writer.getBuffer()));
      };
      const parts = someParts(data.length, random).map((rows) => ({ rows, declared: NOTHING }));
      expect(contentDigests(write("RLE_DICTIONARY"), parts)).toEqual(contentDigests(write("PLAIN"), parts));
    }
  });

  it("have to be asked for in order, and within the file", () => {
    const file = storedIn(encodeParquet(someTable(randomFrom(1), 10)));
    for (const parts of [
      [
        [0, 4],
        [3, 5],
      ],
      [
        [5, 9],
        [0, 2],
      ],
      [[4, 3]],
      [[0, 11]],
      [[-1, 2]],
    ])
      expect(() =>
        contentDigests(
          file,
          parts.map(([start, end]) => ({ rows: { start: start!, end: end! }, declared: NOTHING })),
        ),
      ).toThrow(RangeError);
  });
});

describe("a content digest is another", () => {
  it("for any one cell that is changed, made null or of another row", () => {
    const { count, seed } = campaign({ few: 60, small: 300, large: 15_000, seed: 63 });
    const random = randomFrom(seed);
    for (let i = 0; i < count; i++) {
      const columns = someTable(random, 2 + random(30));
      const before = digestOf(encodeParquet(columns));
      const at = random(columns.length);
      const row = random(columns[at]!.column.length);
      const tricky = [null, ...TRICKY_CELLS.find(([name]) => name === columns[at]!.name)![2]];
      const [shuffled, changed] = [random(columns[at]!.column.length), tricky[random(tricky.length)]!];
      for (const [what, change] of [
        [
          "changed",
          (cells: Cell[]) => {
            cells[row] = changed;
          },
        ],
        [
          "swapped",
          (cells: Cell[]) => {
            [cells[row], cells[shuffled]] = [cells[shuffled]!, cells[row]!];
          },
        ],
      ] as const) {
        const after = columns.map((column, i) =>
          i === at ? mapColumns([column], changeOf(change))[0]! : column,
        );
        const isSame = sameCells(columns[at]!, after[at]!);
        const where = `${columns[at]!.name}, row ${row} ${what}`;
        expect(digestOf(encodeParquet(after)) === before, where).toBe(isSame);
      }
    }
  });

  it("for any column that is renamed, moved, left out or required where it was not", () => {
    const { count, seed } = campaign({ few: 40, small: 200, large: 8_000, seed: 64 });
    const random = randomFrom(seed);
    for (let i = 0; i < count; i++) {
      const columns = someTable(random, random(20));
      const at = random(columns.length);
      const others = columns.filter((_, i) => i !== at);
      const isFull = sameCells(columns[at]!, withoutNulls(columns[at]!));
      const all = [
        columns,
        columns.map((column, i) => (i === at ? { ...column, name: `${column.name}_` } : column)),
        ...others.map((_, i) => others.toSpliced(at <= i ? i + 1 : i, 0, columns[at]!)),
        others,
        ...(isFull ? [columns.map((column, i) => (i === at ? { ...column, nullable: false } : column))] : []),
      ];
      const digests = all.filter((own) => own.length > 0).map((own) => digestOf(encodeParquet(own)));
      expect(new Set(digests).size, columns.map(({ name }) => name).join()).toBe(digests.length);
    }
  });
});

it("a content digest tells columns of one name apart", () => {
  const twice = [int("required").node("a"), int("optional").node("a"), int("required").node("b")];
  const rows: RawRow[] = [{ a: 1, b: 2 }];
  // The maker of files takes values by name: both columns have the same.
  const digest = digestOf(foreignFile(twice, [rows]));
  expect(digest).toBe(digestOf(foreignFile(twice, [rows], { pages: 2, codec: "gzip" })));
  expect(digest).not.toBe(digestOf(foreignFile(twice.toReversed(), [rows])));
  expect(digest).not.toBe(digestOf(foreignFile(twice.slice(1), [rows])));
});

it("values that a dictionary stands for are made a bounded number of bytes at a time", () => {
  const text = "x".repeat(100_000);
  const bytes = encodeParquet([
    {
      name: "payload",
      column: columnFromCells(
        { kind: "text" },
        Array.from({ length: 500 }, (_, i) => (i % 9 === 0 ? "y" : text)),
      ),
    },
  ]);
  const leaf = storedIn(bytes).leaves()[0]!;
  let dictionary: ReturnType<typeof plainDictionary> | undefined;
  const sizes: number[] = [];
  let values = 0;
  leaf.read(0, (page) => {
    if (page.kind === "dictionary") dictionary = plainDictionary(page, leaf.element);
    else {
      expect(page.encoding).toBe("RLE_DICTIONARY");
      const piece = plainValues(page, leaf.element, dictionary)(0, page.valueCount);
      const before = sizes.reduce((sum, size) => sum + size, 0);
      piece.read((bytes) => sizes.push(bytes.byteLength));
      expect(sizes.reduce((sum, size) => sum + size, 0) - before).toBe(piece.byteLength);
      values += page.valueCount;
    }
  });
  expect(values).toBe(500);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(444 * 100_004 + 56 * 5);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1 << 18);
});

/** Columns of some types, in any order, with tricky cells and nulls. */
function someTable(random: Random, rows: number): NamedColumn[] {
  const types = TRICKY_CELLS.map((one) => [random(1 << 20), one] as const)
    .sort(([a], [b]) => a - b)
    .slice(0, 2 + random(5));
  return types.map(([, [name, type, cells]]) => {
    const isFull = random(3) === 0;
    const some = () => (!isFull && random(4) === 0 ? null : cells[random(cells.length)]!);
    return { name, column: columnFromCells(type, Array.from({ length: rows }, some)) };
  });
}

function mapColumns(columns: readonly NamedColumn[], use: (cells: Cell[]) => Cell[]): NamedColumn[] {
  return columns.map((column) => ({
    ...column,
    column: columnFromCells(column.column.type, use(cellsOf(column))),
  }));
}

function changeOf(change: (cells: Cell[]) => void): (cells: Cell[]) => Cell[] {
  return (cells) => {
    change(cells);
    return cells;
  };
}

function cellsOf({ column }: NamedColumn): Cell[] {
  return Array.from({ length: column.length }, (_, row) => cellReader(column)(row));
}

function withoutNulls(column: NamedColumn): NamedColumn {
  return mapColumns([column], (cells) => cells.filter((cell) => cell !== null))[0]!;
}

function sameCells(a: NamedColumn, b: NamedColumn): boolean {
  const [left, right] = [cellsOf(a), cellsOf(b)];
  return left.length === right.length && left.every((cell, i) => isSame(cell, right[i]!));
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}

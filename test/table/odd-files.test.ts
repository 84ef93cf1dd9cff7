import type { SchemaElement } from "hyparquet";
import { describe, expect, test } from "vitest";
import { BronzeError } from "../../src/errors.js";
import { openParquet } from "../../src/table/index.js";
import { cellsOf } from "./columns.js";
import { CONVERTED, foreignFile, type Node } from "./foreign-file.js";
import { type ForgedColumn, forgedFile } from "./forge.js";

const leaf = (name: string, repetition_type: SchemaElement["repetition_type"]): SchemaElement[] => [
  { name, type: "INT64", repetition_type: repetition_type! },
];
const list = (name: string): SchemaElement[] => [
  { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "INT64", repetition_type: "OPTIONAL" },
];

/** The error of reading all of a file. */
function errorOf(bytes: Uint8Array<ArrayBuffer>): BronzeError {
  try {
    const file = openParquet(bytes, "odd.parquet");
    for (const name of file.columns.keys()) file.column(name);
  } catch (error) {
    if (error instanceof BronzeError) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("levels that build no lists", () => {
  const column = (repetition: number[], definition: number[]): ForgedColumn => ({
    schema: leaf("int64_field", "REPEATED"),
    repetition,
    definition,
    values: definition.filter((level) => level === 1).map(BigInt),
  });

  test("good ones are read", () => {
    const file = openParquet(forgedFile(2, [column([0, 1, 0], [1, 1, 1])]), "good.parquet");
    expect(cellsOf(file.column("int64_field"))).toEqual([[1n, 1n], [1n]]);
  });

  test("a first repetition level of 1, as in Arrow's GH-45185, is said, with column, page and offset", () => {
    const error = errorOf(forgedFile(2, [column([1, 0, 1, 0], [1, 1, 1, 1])]));
    expect(error.message).toBe(
      'odd.parquet, column "int64_field", row group 0, page 0 at byte 4 (4 INT64 values in PLAIN) cannot be read as ' +
        "Parquet: its first repetition level is 1, where 0 must begin the first row. Restore the file, or read with " +
        'onCorrupt: "skip" to go on without it.',
    );
    expect(error).toMatchObject({
      code: "CORRUPT_FILE",
      details: { file: "odd.parquet", column: "int64_field", rowGroup: 0, page: 0, offset: 4 },
    });
  });

  test("so is an entry that continues an empty list, or that is none of the list it continues", () => {
    const nested = (repetition: number[], definition: number[]): ForgedColumn => ({
      schema: list("l"),
      repetition,
      definition,
      values: definition.filter((level) => level === 3).map(BigInt),
    });
    // null, empty, [null], [3]
    expect(() =>
      openParquet(forgedFile(4, [nested([0, 0, 0, 0], [0, 1, 2, 3])]), "x").column("l"),
    ).not.toThrow();
    for (const [repetition, definition] of [
      [
        [0, 1],
        [1, 3],
      ], // after an empty list
      [
        [0, 1],
        [0, 3],
      ], // after a null one
      [
        [0, 1],
        [3, 1],
      ], // an empty list as an element
      [
        [0, 0, 1],
        [3, 3, 0],
      ],
    ] as const) {
      const error = errorOf(forgedFile(1, [nested([...repetition], [...definition])]));
      expect(error.message).toMatch(
        /column "l", leaf "l.list.element", row group 0, page 0 at byte 4 .* continues a list \(repetition level 1\) where there is none: definition level \d, at least 2 expected/,
      );
    }
  });
});

describe("what a writer says of the root of the schema", () => {
  const columns: ForgedColumn[] = [
    { schema: leaf("required", "REQUIRED"), values: [1n, 2n] },
    { schema: leaf("optional", "OPTIONAL"), definition: [1, 0], values: [3n] },
    { schema: list("l"), repetition: [0, 1, 0], definition: [3, 2, 1], values: [4n] },
  ];

  test.each(["REPEATED", "OPTIONAL", "REQUIRED", undefined] as const)("means nothing (%s)", (repetition) => {
    const root = repetition === undefined ? {} : { repetition_type: repetition };
    const file = openParquet(forgedFile(2, columns, root), "x.parquet");
    expect([...file.columns.keys()].map((name) => cellsOf(file.column(name)))).toEqual([
      [1n, 2n],
      [3n, null],
      [[4n, null], []],
    ]);
  });
});

describe("encryption", () => {
  test("of a whole file is called so", () => {
    const bytes = forgedFile(1, [{ schema: leaf("a", "REQUIRED"), values: [1n] }]);
    bytes[3] = 0x45;
    bytes[bytes.length - 1] = 0x45;
    expect(errorOf(bytes)).toMatchObject({
      code: "UNSUPPORTED_TYPE",
      message: expect.stringContaining("odd.parquet is an encrypted Parquet file"),
      details: { file: "odd.parquet" },
    });
  });

  test("of a column leaves the others readable, and is said of it", () => {
    const bytes = forgedFile(1, [
      { schema: leaf("open", "REQUIRED"), values: [1n] },
      { schema: leaf("secret", "REQUIRED"), values: [2n], encrypted: true },
    ]);
    const file = openParquet(bytes, "odd.parquet");
    expect(cellsOf(file.column("open"))).toEqual([1n]);
    expect(errorOf(bytes)).toMatchObject({
      code: "UNSUPPORTED_TYPE",
      message: expect.stringContaining('Column "secret" of odd.parquet is encrypted'),
    });
  });
});

describe("a footer of another writer", () => {
  const bytes = forgedFile(1, [{ schema: leaf("a", "REQUIRED"), values: [1n] }]);

  test.each([1, 8, 28])("that ends %i bytes too early is refused", (more) => {
    const end = bytes.length - 8;
    const longer = new Uint8Array(bytes.length + more);
    longer.set(bytes.subarray(0, end));
    longer.set(bytes.subarray(end), end + more);
    const view = new DataView(longer.buffer);
    view.setUint32(longer.length - 8, view.getUint32(longer.length - 8, true) + more, true);
    expect(errorOf(longer).message).toContain(`its footer ends ${more} bytes too early`);
  });

  test("that has our words in names and statistics, and no other sign of this library, is read", () => {
    for (const name of ["bronzestore", "bronzestore.crc32", "bronzestore.covers"]) {
      const file = openParquet(
        forgedFile(1, [{ schema: leaf(name, "REQUIRED"), values: [1n] }]),
        "x.parquet",
      );
      expect(file.checked).toBe(false);
      expect(cellsOf(file.column(name))).toEqual([1n]);
    }
  });
});

describe("what the format allows and no object can hold is said of its column, and the others are read", () => {
  const int = (name: string): Node => ({ name, repetition: "optional", type: "INT64" });
  const struct = (name: string, ...children: Node[]): Node => ({ name, repetition: "optional", children });
  const key: Node = { name: "key", repetition: "required", type: "BYTE_ARRAY", converted: CONVERTED.UTF8 };
  const map: Node = {
    name: "odd",
    repetition: "optional",
    converted: CONVERTED.MAP,
    children: [{ name: "key_value", repetition: "repeated", children: [key, int("value")] }],
  };
  const entries = (...pairs: (readonly [string, bigint])[]) => ({
    key_value: pairs.map(([key, value]) => ({ key, value })),
  });
  const plain = { plain: 7n };
  const proto = Object.fromEntries([["__proto__", 1n]]);

  test.each<[string, string, readonly Node[], readonly object[], string]>([
    ["two columns of one name", "odd", [int("odd"), int("odd")], [{ odd: 1n }], 'two are named "odd"'],
    [
      "two fields of one name",
      "odd",
      [struct("odd", int("a"), int("a"))],
      [{ odd: { a: 1n } }],
      'two are named "a"',
    ],
    [
      "two fields of one name, further down",
      "odd",
      [struct("odd", struct("in", int("a"), int("a")))],
      [{ odd: { in: { a: 1n } } }],
      'two are named "a"',
    ],
    ["a column named __proto__", "__proto__", [int("__proto__")], [proto], 'one is named "__proto__"'],
    [
      "a field named __proto__",
      "odd",
      [struct("odd", int("__proto__"))],
      [{ odd: proto }],
      'one is named "__proto__"',
    ],
    [
      "a map that has a key twice, in any row",
      "odd",
      [map],
      [{ odd: entries(["a", 1n], ["b", 2n]) }, { odd: entries(["a", 1n], ["b", 2n], ["a", 3n]) }],
      'a map in it has the key "a" twice',
    ],
  ])("%s", (_, name, columns, rows, reason) => {
    const bytes = foreignFile([int("plain"), ...columns], [rows.map((row) => ({ ...plain, ...row }))]);
    const file = openParquet(bytes, "odd.parquet");
    expect(cellsOf(file.column("plain"))).toEqual(rows.map(() => 7n));
    let error: unknown;
    try {
      file.column(name);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: "UNSUPPORTED_TYPE",
      message: expect.stringContaining(reason),
      details: { file: "odd.parquet", column: name },
    });
  });

  test("a map is read whatever its keys are called", () => {
    const rows = [entries(["__proto__", 1n], ["toString", 2n], ["", 3n]), entries(), null];
    const file = openParquet(foreignFile([map], [rows.map((odd) => ({ odd }))]), "odd.parquet");
    const [named, empty, absent] = cellsOf(file.column("odd"));
    expect(Object.entries(named as object)).toEqual([
      ["__proto__", 1n],
      ["toString", 2n],
      ["", 3n],
    ]);
    expect([empty, absent]).toEqual([{}, null]);
  });

  test("values that are in another file are no damage of this one", () => {
    const bytes = forgedFile(1, [
      { schema: leaf("here", "REQUIRED"), values: [1n] },
      { schema: leaf("there", "REQUIRED"), values: [2n], elsewhere: "part.0.parquet" },
    ]);
    expect(cellsOf(openParquet(bytes, "odd.parquet").column("here"))).toEqual([1n]);
    expect(errorOf(bytes)).toMatchObject({
      code: "UNSUPPORTED_TYPE",
      message: expect.stringContaining("its values are in another file, part.0.parquet"),
    });
  });
});

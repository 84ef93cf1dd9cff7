import type { SchemaTree } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openParquet } from "../../src/table/index.js";
import { type LeafEntries, recordReader } from "../../src/table/parquet/assemble-records.js";
import { shapeOf } from "../../src/table/parquet/nested-shape.js";
import { campaign } from "../campaign.js";
import { cellsOf } from "./columns.js";
import { compareWithDuckdb, type SecondReader, secondReader } from "./duckdb.js";
import { CONVERTED, foreignFile, type Node, type WriteOptions } from "./foreign-file.js";
import { randomFrom } from "./mutate.js";
import {
  bare,
  cellOf,
  type Form,
  int,
  mapOf,
  someForm,
  structOf,
  text,
  threeLevel,
  twoLevel,
} from "./nested-forms.js";

let duckdb: SecondReader;
beforeAll(async () => {
  duckdb = await secondReader();
});
afterAll(() => duckdb.close());

/** A file with an id and one column of some form. */
function fileOf(form: Form, cells: readonly unknown[], options: WriteOptions = {}, groups = 1) {
  const rows = cells.map((cell, id) => ({ id, l: form.raw(cell) }));
  const perGroup = Math.ceil(rows.length / groups);
  const rowGroups = Array.from({ length: groups }, (_, i) => rows.slice(i * perGroup, (i + 1) * perGroup));
  return foreignFile([int("required").node("id"), form.node("l")], rowGroups, options);
}

function read(bytes: Uint8Array<ArrayBuffer>): unknown[] {
  return cellsOf(openParquet(bytes, "foreign.parquet").column("l"));
}

const LAYOUTS: readonly WriteOptions[] = [
  { pages: 1 },
  { pages: 2 },
  { pages: 1, pagesPerChunk: 3, codec: "gzip" },
  { pages: 2, pagesPerChunk: 3, codec: "gzip" },
];

describe("a list says the same however it is written", () => {
  const FULL = [["x", "y"], [], ["z"], [], ["", "x", "y"]];
  const flat = (cells: readonly (readonly string[])[]) => cells;
  const texts = text("required");
  const pair = structOf("required", { a: texts, b: int("optional") });
  const single = structOf("required", { a: texts });
  const asPairs = FULL.map((items) => items.map((a, b) => ({ a, b: b === 1 ? null : b })));
  const asSingles = FULL.map((items) => items.map((a) => ({ a })));
  const asLists = [[["x"], []], [], [[]], [["y", "z"], ["x"]]];

  test.each<[string, Form, readonly unknown[]]>([
    ["bare repeated", bare(texts), flat(FULL)],
    ["bare repeated struct", bare(pair), asPairs],
    ["bare repeated struct of one field", bare(single), asSingles],
    ["required two-level", twoLevel("required", texts), flat(FULL)],
    ["optional two-level", twoLevel("optional", texts), [null, ...FULL, null]],
    ["two-level of structs", twoLevel("optional", pair, "item"), [...asPairs, null]],
    ["two-level of structs of one field (array)", twoLevel("optional", single), [...asSingles, null]],
    [
      "two-level of structs of one field (_tuple)",
      twoLevel("optional", single, "l_tuple"),
      [...asSingles, null],
    ],
    ["two-level of two-level", twoLevel("optional", twoLevel("required", texts)), [...asLists, null]],
    ["required three-level", threeLevel("required", texts), flat(FULL)],
    ["optional three-level", threeLevel("optional", texts), [null, ...FULL, null]],
    [
      "three-level of nulls",
      threeLevel("optional", text("optional")),
      [null, ...FULL, [null], [null, "x", null]],
    ],
    [
      "three-level by its newest name",
      threeLevel("optional", text("optional"), true),
      [null, ...FULL, [null]],
    ],
    [
      "three-level of structs",
      threeLevel("optional", structOf("optional", { a: texts })),
      [null, ...asSingles, [null]],
    ],
    [
      "three-level of three-level",
      threeLevel("optional", threeLevel("optional", text("optional"))),
      [...asLists, null, [null], [[null]], [null, [null, "x"], []]],
    ],
    ["bare repeated in a struct", structOf("required", { l: bare(texts) }), FULL.map((l) => ({ l }))],
    [
      "bare repeated in an optional struct",
      structOf("optional", { l: bare(texts) }),
      [null, ...FULL.map((l) => ({ l }))],
    ],
    [
      "two-level in a struct",
      structOf("optional", { l: twoLevel("optional", texts) }),
      [null, { l: null }, ...FULL.map((l) => ({ l }))],
    ],
    [
      "lists beside each other in a struct in a list",
      threeLevel(
        "optional",
        structOf("required", { a: bare(texts), b: threeLevel("optional", int("optional")) }),
      ),
      [
        null,
        [],
        [
          { a: [], b: null },
          { a: ["x", "y"], b: [] },
        ],
        [{ a: [], b: [null, 1] }],
      ],
    ],
    ["map", mapOf("optional", int("optional")), [null, {}, { k: 1, z: null }, { k: 2 }]],
    ["map of lists", mapOf("required", bare(texts)), [{}, { k: [] }, { k: ["x"], z: [] }]],
  ])("%s", async (_, form, cells) => {
    for (const options of LAYOUTS) {
      for (const groups of [1, 2]) expect(read(fileOf(form, cells, options, groups))).toEqual(cells);
    }
    expect(read(fileOf(form, []))).toEqual([]);
  });

  test("as DuckDB reads them", async () => {
    const forms: [Form, readonly unknown[]][] = [
      [bare(texts), FULL],
      [twoLevel("optional", texts), [null, ...FULL]],
      [threeLevel("optional", text("optional")), [null, ...FULL, [null, "x"]]],
      [structOf("optional", { l: bare(texts) }), [null, ...FULL.map((l) => ({ l }))]],
      [bare(pair), asPairs],
    ];
    for (const [form, cells] of forms) {
      for (const options of LAYOUTS) {
        const bytes = fileOf(form, cells, options);
        const file = openParquet(bytes, "foreign.parquet");
        await compareWithDuckdb(duckdb, file, `read_parquet(${duckdb.put(bytes)})`);
      }
    }
  });
});

test("any values in any schema read as they were written", () => {
  const { count, seed } = campaign({ small: 1_500, large: 100_000, seed: 11 });
  const random = randomFrom(seed);
  for (let i = 0; i < count; i++) {
    let form = someForm(random);
    while (form.node("l").type !== undefined && form.node("l").repetition !== "repeated")
      form = someForm(random);
    const cells = Array.from({ length: random(12) }, () => cellOf(form, random));
    const options: WriteOptions = {
      pages: random(2) === 0 ? 1 : 2,
      pagesPerChunk: 1 + random(3),
      codec: random(4) === 0 ? "gzip" : "none",
    };
    const what = `${i} of seed ${seed}: ${form.what}, ${JSON.stringify(options)}`;
    expect(read(fileOf(form, cells, options, 1 + random(2))), what).toEqual(cells);
  }
});

describe("levels that contradict each other are damage, not values", () => {
  const form = threeLevel("optional", structOf("required", { a: text("required"), b: int("optional") }));
  const shape = shapeOf(treeOf(form.node("l")));

  /** Two rows, [{a, b}, {a, b}] and [], but for what is changed: definition and repetition levels of both leaves. */
  function records(changed: Partial<Record<"a" | "b", Partial<LeafEntries>>>): unknown[] {
    const entries: Record<string, LeafEntries> = {
      a: {
        count: 3,
        cells: ["x", "y"],
        definition: levels(2, 2, 1),
        repetition: levels(0, 1, 0),
        ...changed.a,
      },
      b: { count: 3, cells: [1], definition: levels(3, 2, 1), repetition: levels(0, 1, 0), ...changed.b },
    };
    const reader = recordReader(shape, (path) => entries[path.at(-1)!]!);
    const rows = [reader.read(), reader.read()];
    reader.end();
    return rows;
  }
  const levels = (...values: number[]) => Uint8Array.from(values);

  test("as they should be", () => {
    expect(records({})).toEqual([
      [
        { a: "x", b: 1 },
        { a: "y", b: null },
      ],
      [],
    ]);
  });

  test.each<[string, Parameters<typeof records>[0]]>([
    ["a part that is there where its neighbour is not", { b: { definition: levels(3, 2, 2) } }],
    ["a part that is missing where its neighbour is there", { b: { definition: levels(3, 1, 1) } }],
    ["a part whose whole list is null", { b: { definition: levels(3, 2, 0) } }],
    ["a list that ends earlier in one part", { b: { repetition: levels(0, 0, 0) } }],
    ["a list that goes on in one part", { b: { repetition: levels(0, 1, 1) } }],
    ["a first entry that goes on with nothing", { a: { repetition: levels(1, 1, 0) } }],
    ["fewer entries than rows", { b: { count: 2, definition: levels(3, 2), repetition: levels(0, 1) } }],
    [
      "more entries than rows",
      { b: { count: 4, definition: levels(3, 2, 1, 1), repetition: levels(0, 1, 0, 0) } },
    ],
  ])("%s", (_, changed) => {
    expect(() => records(changed)).toThrow(/levels contradict|end before its rows|more values than its rows/);
  });

  test("a file with any one bit of its pages flipped gives as many rows as it has, or is refused", () => {
    const cells = [
      [
        { a: "x", b: 1 },
        { a: "y", b: null },
      ],
      [],
      null,
      [{ a: "z", b: 3 }],
    ];
    const bytes = fileOf(form, cells, { pages: 1 });
    const pages = bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    for (let at = 4; at < pages; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << bit;
        try {
          expect(read(damaged)).toHaveLength(cells.length);
        } catch (error) {
          expect(error).toMatchObject({ code: "CORRUPT_FILE" });
        }
      }
    }
  });
});

/** The tree hyparquet makes of a node. */
function treeOf(node: Node, above: readonly string[] = []): SchemaTree {
  const path = [...above, node.name];
  const children = (node.children ?? []).map((child) => treeOf(child, path));
  const repetition_type = node.repetition.toUpperCase() as "REQUIRED" | "OPTIONAL" | "REPEATED";
  const element = {
    name: node.name,
    repetition_type,
    ...(node.type && { type: node.type }),
    ...(node.converted === CONVERTED.LIST && { converted_type: "LIST" as const }),
  };
  return { count: 1, element, children, path };
}

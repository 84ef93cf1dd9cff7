import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { compareCells } from "../../src/table/compare-cells.js";
import { type Cell, cellText, cutText, exactText, keyText } from "../../src/table/index.js";
import { tries } from "../campaign.js";
import { TRICKY_CELLS } from "./columns.js";

const text = { kind: "text" } as const;
const instant = { kind: "timestamp", unit: "ns", utc: true } as const;
const NS = 1_768_478_400_000_000_001n;

describe("a cell for people", () => {
  test.each<[Cell, string]>([
    [null, "null"],
    [-110.5, "-110.5"],
    [Number.NaN, "NaN"],
    [2n ** 60n, "1152921504606846976"],
    [false, "false"],
    [[1n, "a", null], '[1,"a",null]'],
    [{ low: [Number.NaN, -0.5], at: 2n ** 60n }, '{"low":["NaN",-0.5],"at":"1152921504606846976"}'],
    [new Uint8Array([1, 2, 3]), "(3 bytes)"],
    ["two\nlines\u001b[2J", "two\u00b7lines\u00b7[2J"],
  ])("%o is shown as %s", (cell, shown) => {
    expect(cellText(cell, text)).toBe(shown);
    expect(cellText(cell)).toBe(shown);
  });

  test("an instant is ISO, exact, and never an error", () => {
    expect(cellText(NS, instant)).toBe("2026-01-15T12:00:00.000000001Z");
    expect(cellText(253_402_300_799_000_000_000n, instant)).toBe("9999-12-31T23:59:59Z");
    expect(cellText(2n ** 63n * 1_000_000n, instant)).toBe("9223372036854775808000000 ns");
    expect(cellText(null, instant)).toBe("null");
    expect(cellText(NS)).toBe(String(NS));
  });

  test("is cut at 30 characters in a table, not through a surrogate pair", () => {
    expect(cutText("x".repeat(30), text)).toBe("x".repeat(30));
    expect(cutText("x".repeat(31), text)).toBe(`${"x".repeat(27)}...`);
    expect(cutText(`${"x".repeat(26)}\u{1f3c0}more`, text)).toBe(`${"x".repeat(26)}...`);
    expect(cutText(NS, instant)).toBe("2026-01-15T12:00:00.000000001Z");
  });

  test("of every type is one line of text", () => {
    for (const [, type, cells] of TRICKY_CELLS)
      for (const cell of cells) expect(cellText(cell, type)).toMatch(/^[^\p{Cc}]*$/u);
  });
});

describe("text that tells cells apart", () => {
  const plain: Cell[] = [
    ...TRICKY_CELLS.filter(([, { kind }]) => kind !== "list").flatMap(([, , cells]) => cells),
    ...[
      null,
      "null",
      1,
      1n,
      "1",
      "n1",
      true,
      "true",
      "",
      "a",
      "b",
      "a,b",
      "[]",
      "62",
      new Uint8Array([0x62]),
    ],
  ];
  const cell = fc.oneof(
    fc.constantFrom(...plain),
    fc.string({ maxLength: 3, unit: fc.constantFrom("a", '"', ",", "=", " ", "\\", "]", "1", "n") }),
    fc.double(),
    fc.bigInt(-3n, 3n),
  );
  const cells = fc.array(cell, { maxLength: 3 });
  const pairs = fc.oneof(
    fc.tuple(cells, cells),
    cells.map((own) => [own, [...own]] as [Cell[], Cell[]]),
  );
  const areAll = (a: readonly Cell[], b: readonly Cell[], same: (a: Cell, b: Cell) => boolean) =>
    a.length === b.length && a.every((own, i) => same(own, b[i]!));

  test("as keys are: the same where compareCells finds no difference, and nowhere else", () => {
    for (const a of plain)
      for (const b of plain) expect(keyText([a]) === keyText([b])).toBe(compareCells(a, b) === 0);
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(keyText(a) === keyText(b)).toBe(areAll(a, b, (x, y) => compareCells(x, y) === 0));
      }),
      tries({ small: 2_000, large: 200_000, seed: 1203 }),
    );
  });

  test("in every bit: -0 is not 0, NaN is NaN, a number is not a bigint or a text", () => {
    const same = (a: Cell, b: Cell) =>
      a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : Object.is(a, b);
    for (const a of plain) for (const b of plain) expect(exactText([a]) === exactText([b])).toBe(same(a, b));
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(exactText(a) === exactText(b)).toBe(areAll(a, b, same));
      }),
      tries({ small: 2_000, large: 200_000, seed: 1204 }),
    );
    // Digests of runs are taken over it.
    expect(exactText([[1n, -0, Number.NaN, 0.5, "a", null]])).toBe(
      '[[{"bigint":"1"},{"number":"-0"},{"number":"NaN"},0.5,"a",null]]',
    );
    expect(exactText([[1n, -0]])).not.toBe(exactText([[1n, 0]]));
    expect(exactText([{ a: 1n }])).not.toBe(exactText([{ a: 1 }]));
  });
});

test("cells are made text in one place, and next to the formats that keep them", () => {
  const src = fileURLToPath(new URL("../../src", import.meta.url));
  const withReplacer = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && replacesInJson(readFileSync(join(src, name), "utf8")),
  );
  expect(withReplacer.sort()).toEqual([
    "bronze/read/snapshot-metadata.ts", // covers, in footers
    "run/run-record.ts", // no cells: halves of surrogate pairs, which UTF-8 has not
    "table/cell-text.ts",
  ]);
});

/** Whether a source writes JSON in a way of its own, as it must where there may be bigints. */
function replacesInJson(source: string): boolean {
  const isOwn = (node: ts.Node): boolean =>
    (ts.isCallExpression(node) &&
      node.expression.getText() === "JSON.stringify" &&
      node.arguments.length > 1 &&
      !["undefined", "null"].includes(node.arguments[1]!.getText())) ||
    ts.forEachChild(node, (child) => isOwn(child) || undefined) === true;
  return (
    source.includes("JSON.stringify") &&
    isOwn(ts.createSourceFile("a.ts", source, ts.ScriptTarget.ES2022, true))
  );
}

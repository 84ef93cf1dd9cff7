import { readFileSync } from "node:fs";
import { ConvertedTypes } from "hyparquet/src/constants.js";
import { describe, expect, it } from "vitest";
import { openParquet } from "../../src/table/index.js";
import { logicalText, physicalText } from "../../src/table/parquet/leaf-names.js";
import type { Node } from "../table/foreign-file.js";
import { i32, struct, text } from "../table/thrift-tree.js";
import { ANNOTATIONS, type Annotation, CONVERTED_TYPES, fileOf, leavesOf } from "./annotations.js";

const spelled = (leaves: readonly Node[]) =>
  openParquet(fileOf(leaves), "a.parquet")
    .stored.leaves()
    .map(({ element }) => logicalText(element));

/** A line of the page's table. */
function lineOf({ spelling, newer = "", older = [] }: Annotation): string {
  const names = older.map((name) => `\`${name}\``).join(", ");
  return `| ${spelling === null ? "null" : `\`${spelling}\``} | ${newer} | ${names} |`.replace(/ {2,}/g, " ");
}

describe("an annotation in a content digest", () => {
  it("is spelled as docs/manifest.md says, however it is written", () => {
    for (const annotation of ANNOTATIONS) {
      const leaves = leavesOf(annotation);
      expect(leaves.length).toBeGreaterThan(0);
      expect(spelled(leaves)).toEqual(leaves.map(() => annotation.spelling));
    }
    const page = readFileSync(new URL("../../docs/manifest.md", import.meta.url), "utf8");
    const [, table = ""] = page.split("| `logical` | `LogicalType` | `ConvertedType` |\n|---|---|---|\n");
    expect(table.split("\n\n")[0]!.split("\n")).toEqual(ANNOTATIONS.map(lineOf));
  });

  it("has a line in that table for each that Parquet has", () => {
    expect(CONVERTED_TYPES).toEqual(ConvertedTypes);
    expect(new Set(ANNOTATIONS.flatMap(({ older = [] }) => older))).toEqual(new Set(ConvertedTypes));
    // 9 was INTERVAL, and is reserved.
    const fields = Array.from({ length: 18 }, (_, i) => i + 1).filter((field) => field !== 9);
    const known = ANNOTATIONS.flatMap(({ logical }) =>
      logical && "struct" in logical ? [...logical.struct.keys()] : [],
    );
    expect([...new Set(known)].sort((a, b) => a - b)).toEqual(fields);
  });

  it("has one spelling for what means the same, and each spelling means one thing", () => {
    const spellings = ANNOTATIONS.map(({ spelling }) => spelling).filter((spelling) => spelling !== null);
    expect(new Set(spellings).size).toBe(spellings.length);
    const leaf = { name: "a", repetition: "optional", type: "BYTE_ARRAY" } as const;
    const crs84 = { 1: text("OGC:CRS84") };
    const said = [
      { 17: struct(crs84) },
      { 17: struct({}) },
      { 18: struct({ ...crs84, 2: i32(0) }) },
      { 18: struct({}) },
    ];
    const [plane, bare, sphere, bareSphere] = said.map(
      (logical) => spelled([{ ...leaf, logical: struct(logical) }])[0],
    );
    expect([bare, bareSphere]).toEqual([plane, sphere]);
  });

  it("is the newer where both are there; one that is not known counts as absent", () => {
    const leaf = { name: "a", repetition: "optional", type: "INT32" } as const;
    const signed32 = ANNOTATIONS.find(({ older }) => older?.includes("INT_32"))!.logical!;
    const date = CONVERTED_TYPES.indexOf("DATE");
    const unknown = struct({ 30: struct({ 1: i32(4) }) });
    expect(
      [
        { ...leaf, logical: signed32, converted: date },
        { ...leaf, logical: unknown, converted: date },
        { ...leaf, logical: unknown },
        { ...leaf, converted: 99 },
        leaf,
      ].map((one) => spelled([one])[0]),
    ).toEqual([null, "DATE", null, null, null]);
  });
});

describe("a physical type in a content digest", () => {
  it("is spelled as Parquet does, with a fixed length behind it", () => {
    const types = ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY"] as const;
    const leaves: Node[] = types.map((type) => ({ name: type, repetition: "optional", type }));
    leaves.push({ name: "fixed", repetition: "optional", type: "FIXED_LEN_BYTE_ARRAY", length: 5 });
    const found = openParquet(fileOf(leaves), "a.parquet").stored.leaves();
    expect(found.map(({ element }) => physicalText(element))).toEqual([...types, "FIXED_LEN_BYTE_ARRAY(5)"]);
  });
});

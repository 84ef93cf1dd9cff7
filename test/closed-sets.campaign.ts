import { describe, expect, it } from "vitest";
import { type Change, programOf, wrongFiles } from "./compiled-source.js";

/** The compiler is run on all of the library, once for each set: a few seconds each. */
describe("one member more of a closed set", () => {
  const kind: Change = [
    "table/column-type.ts",
    '  | { readonly kind: "null" };',
    '  | { readonly kind: "null" }\n  | { readonly kind: "another" };',
  ];
  const storedAs = (storage: string): Change => [
    "table/column-type.ts",
    '  null: "object",',
    `  null: "object",\n  another: "${storage}",`,
  ];

  it.each<[string, Change[], string[]]>([
    [
      "a column type of numbers",
      [kind, storedAs("fixed")],
      [
        "bronze/engine/result-column.ts",
        "bronze/leak/mangle-column.ts",
        "bronze/read/path-columns.ts",
        "exchange/text-cell.ts",
        "sql/dialect/clickhouse.ts",
        "sql/dialect/duckdb.ts",
        "sql/dialect/refused-types.ts",
        "sql/dialect/spark.ts",
        "sql/stored-expression.ts",
        "table/arrow.ts",
        "table/cell.ts",
        "table/column-type.ts",
        "table/column.ts",
        "table/convert-column.ts",
        "table/from-cells.ts",
        "table/parquet/encode-parquet.ts",
        "table/parquet/leaf-values.ts",
        "table/unify-schemas.ts",
        "travel/join/join-questions.ts",
        "travel/skip/reused-columns.ts",
      ],
    ],
    [
      "a column type of JavaScript values",
      [kind, storedAs("object")],
      [
        "bronze/engine/result-column.ts",
        "bronze/read/path-columns.ts",
        "exchange/text-cell.ts",
        "sql/dialect/clickhouse.ts",
        "sql/dialect/duckdb.ts",
        "sql/dialect/refused-types.ts",
        "sql/dialect/spark.ts",
        "sql/stored-expression.ts",
        "table/arrow.ts",
        "table/column-type.ts",
        "table/convert-column.ts",
        "table/from-cells.ts",
        "table/parquet/encode-parquet.ts",
        "table/unify-schemas.ts",
        "travel/join/join-questions.ts",
        "travel/skip/reused-columns.ts",
      ],
    ],
    [
      "a unit of time, a meaning of partitions, a policy for their times and a piece of a path",
      [
        ["table/column-type.ts", '"ms" | "us" | "ns";', '"ms" | "us" | "ns" | "s";'],
        ["dataset/dataset.ts", '"changes" | "snapshot";', '"changes" | "snapshot" | "another";'],
        ["dataset/dataset.ts", '"row" | "dataset" | "never";', '"row" | "dataset" | "never" | "another";'],
        [
          "dataset/path-template.ts",
          '  | { readonly kind: "any" }',
          '  | { readonly kind: "any" }\n  | { readonly kind: "another" }',
        ],
      ],
      [
        "bronze/engine/plan-question.ts",
        "bronze/read/data-skipping.ts",
        "dataset/path-template.ts",
        "sql/dialect/clickhouse.ts",
        "table/arrow.ts",
        "table/column-type.ts",
        "table/parquet/encode-parquet.ts",
        "travel/answer/hidden-rows.ts",
        "travel/answer/latest-rows.ts",
        "travel/rule/effective-time.ts",
        "travel/rule/indexed-frame.ts",
        "travel/rule/split-instants.ts",
        "travel/skip/needed-files.ts",
      ],
    ],
  ])("%s more is asked for in exactly these files", (_, changes, expected) => {
    expect(wrongFiles(programOf(changes))).toEqual(expected);
  });
});

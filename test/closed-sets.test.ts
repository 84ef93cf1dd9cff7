import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/*
 * What is one of a few (the kinds of a column type, what a partition means) is switched over so that the compiler lists
 * the places a new one has to be thought of.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root,
);
const sources = new Map<string, ts.SourceFile | undefined>();

/** Text of a file, and what is to be there instead. */
type Change = readonly [file: string, from: string, to: string];

/** The library as the compiler sees it, or would with some of its text changed. */
function programOf(changes: readonly Change[] = []): ts.Program {
  const texts = new Map<string, string>();
  for (const [name, from, to] of changes) {
    const file = join(src, name);
    const text = texts.get(file) ?? readFileSync(file, "utf8");
    expect(text).toContain(from);
    texts.set(file, text.replace(from, to));
  }
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (name, ...rest) => {
    const text = texts.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
    if (!sources.has(name)) sources.set(name, read(name, ...rest));
    return sources.get(name);
  };
  return ts.createProgram([join(src, "index.ts")], options, host);
}

function ownFiles(program: ts.Program): ts.SourceFile[] {
  return program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${src}/`));
}

/** The files the compiler has something to say of. */
function wrongFiles(program: ts.Program): string[] {
  return ownFiles(program)
    .filter((file) => program.getSemanticDiagnostics(file).length > 0)
    .map(({ fileName }) => relative(src, fileName))
    .sort();
}

/** Switches over a union of literals that do not end in `satisfies never`, with what they switch over. */
function openSwitches(program: ts.Program): string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  for (const file of ownFiles(program)) {
    const walk = (node: ts.Node): void => {
      if (
        ts.isSwitchStatement(node) &&
        !ts.isTypeOfExpression(node.expression) &&
        isClosed(checker.getTypeAtLocation(node.expression))
      ) {
        const last = node.caseBlock.clauses.at(-1);
        if (!last || !ts.isDefaultClause(last) || !/\bsatisfies never\b/.test(last.getText()))
          found.push(`${relative(src, file.fileName)}: ${node.expression.getText()}`);
      }
      ts.forEachChild(node, walk);
    };
    walk(file);
  }
  return found.sort();
}

function isClosed(type: ts.Type): boolean {
  return (
    type.isUnion() &&
    type.types.every((part) => part.isLiteral() || (part.flags & ts.TypeFlags.Undefined) !== 0)
  );
}

describe("closed sets", () => {
  it("are switched over to the end, in every file", () => {
    expect(openSwitches(programOf())).toEqual([
      "dataset/column-schema.ts: def.type", // zod's kinds, most of which are no column
    ]);
  });

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
        "bronze/leak/mangle-column.ts",
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
      "a unit of time, a meaning of partitions, a policy for their times and a kind of partition",
      [
        ["table/column-type.ts", '"ms" | "us" | "ns";', '"ms" | "us" | "ns" | "s";'],
        ["dataset/dataset.ts", '"changes" | "snapshot";', '"changes" | "snapshot" | "another";'],
        ["dataset/dataset.ts", '"row" | "dataset" | "never";', '"row" | "dataset" | "never" | "another";'],
        [
          "dataset/partition.ts",
          "readonly runTs: string };",
          'readonly runTs: string }\n  | { readonly kind: "another" };',
        ],
      ],
      [
        "bronze/read/data-skipping.ts",
        "dataset/partition.ts",
        "retention/merge-files.ts",
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

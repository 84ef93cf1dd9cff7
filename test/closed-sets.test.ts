import { relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { ownFiles, programOf, src } from "./compiled-source.js";

/*
 * What is one of a few (the kinds of a column type, what a partition means) is switched over so that the compiler lists
 * the places a new one has to be thought of.
 */

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

it("closed sets are switched over to the end, in every file", () => {
  expect(openSwitches(programOf())).toEqual([
    "dataset/column-schema.ts: def.type", // zod's kinds, most of which are no column
  ]);
});

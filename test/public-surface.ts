import ts from "typescript";
import { ownFiles, programOf, src } from "./compiled-source.js";

/** Something that an entry of the package lets out, with the text of its doc comments, one for each declaration. */
interface Documented {
  /** `GoldStore`, `GoldStore.freeze`, `new GoldStore`. */
  readonly name: string;
  readonly docs: readonly string[];
}

/** A function, constructor, method or getter that a user of the library can call. */
interface Callable extends Documented {
  /** Codes of errors that it can throw, by what it calls. */
  readonly throws: readonly string[];
  /** Through which functions a code comes. */
  wayTo(code: string): string;
}

const ENTRIES = ["index.ts", "report/index.ts", "engine/duckdb.ts", "engine/clickhouse.ts", "sql/entry.ts"];

interface PublicSurface {
  readonly exports: readonly Documented[];
  readonly callables: readonly Callable[];
  readonly codes: ReadonlySet<string>;
  /** Those of `caught` that were met: what is not met excuses nothing. */
  readonly met: ReadonlySet<string>;
}

/**
 * What the library lets out, and which errors each part of it can throw: every `BronzeErrorCode` that stands in it or in a
 * function that it names, through all of `src`. An interface that is let out throws what its own comment says; of others,
 * what the objects throw that are made for them.
 *
 * @param caught by `file.ts#function`, which codes do not come out of it; `"all"`: none does
 */
export function publicSurface(caught: Readonly<Record<string, readonly string[] | "all">>): PublicSurface {
  const program = programOf([], ENTRIES);
  const checker = program.getTypeChecker();
  const exported = ENTRIES.flatMap((entry) =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(`${src}/${entry}`)!)!),
  );
  const symbols = exported.map((symbol) => {
    const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, declarations: own.declarations ?? [] };
  });
  const isLetOut = new Set<ts.Node>(symbols.flatMap(({ declarations }) => declarations));
  const codes = codesOf(symbols.find(({ name }) => name === "BronzeErrorCode")!.declarations[0]!);
  const met = new Set<string>();

  /** Functions in object literals, by name: what an interface's members may be. */
  const made = new Map<string, ts.ObjectLiteralElementLike[]>();
  const names = new Set<string>();
  const collect = (node: ts.Node): void => {
    const { name } = node as ts.NamedDeclaration;
    if (name && !ts.isParameter(node)) names.add(name.getText());
    if (ts.isObjectLiteralExpression(node))
      for (const member of node.properties) {
        const name = member.name?.getText();
        if (name !== undefined) made.set(name, [...(made.get(name) ?? []), member]);
      }
    node.forEachChild(collect);
  };
  for (const file of ownFiles(program)) collect(file);

  interface Node {
    readonly own: ReadonlySet<string>;
    readonly calls: ReadonlySet<ts.Node>;
  }
  const nodes = new Map<ts.Node, Node>();

  function nodeOf(declaration: ts.Node): Node {
    const known = nodes.get(declaration);
    if (known) return known;
    const own = new Set<string>();
    const calls = new Set<ts.Node>();
    const node = { own, calls };
    nodes.set(declaration, node);
    if (ts.isMethodSignature(declaration) || ts.isPropertySignature(declaration)) {
      if (isLetOut.has(declaration.parent)) for (const code of statedIn(docsOf(declaration))) own.add(code);
      else if (checker.getTypeAtLocation(declaration).getCallSignatures().length > 0)
        for (const member of implementations(declaration)) calls.add(member);
      return node;
    }
    const visit = (part: ts.Node): void => {
      // Types throw nothing, and what is named inside is a node of its own.
      if (ts.isTypeNode(part) || (part !== declaration && isNamedFunction(part))) return;
      if (ts.isStringLiteral(part) && codes.has(part.text) && !isLookedFor(part)) own.add(part.text);
      if ((ts.isIdentifier(part) || ts.isPrivateIdentifier(part)) && names.has(part.text))
        for (const callee of calleesOf(part)) if (callee !== declaration) calls.add(callee);
      part.forEachChild(visit);
    };
    declaration.forEachChild(visit);
    return node;
  }

  /** The classes that exported ones are made from: what they have is let out under the names of these. */
  function basesOf(of: readonly Declared[]): Declared[] {
    const bases = new Map<ts.Node, string>();
    const open = of.flatMap(({ declarations }) => declarations);
    for (const declaration of open) {
      if (!ts.isClassDeclaration(declaration)) continue;
      for (const clause of declaration.heritageClauses ?? []) {
        if (clause.token !== ts.SyntaxKind.ExtendsKeyword) continue;
        for (const base of calleesOf(clause.types[0]!.expression as ts.Identifier, true)) {
          if (!bases.has(base)) open.push(base);
          bases.set(base, (base as ts.ClassDeclaration).name!.text);
        }
      }
    }
    return [...bases].map(([base, name]) => ({ name, declarations: [base] }));
  }

  function calleesOf(name: ts.Identifier | ts.PrivateIdentifier, isBase = false): ts.Node[] {
    const { parent } = name;
    let symbol = ts.isShorthandPropertyAssignment(parent)
      ? checker.getShorthandAssignmentValueSymbol(parent)
      : checker.getSymbolAtLocation(name);
    if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
    const found = (symbol?.declarations ?? []).filter((one) =>
      one.getSourceFile().fileName.startsWith(`${src}/`),
    );
    return found.flatMap((one): ts.Node[] => {
      // A class is called where it is made; `instanceof` calls nothing.
      if (ts.isClassDeclaration(one) && isBase) return [one];
      if (ts.isClassDeclaration(one))
        return ts.isNewExpression(parent) ? one.members.filter(ts.isConstructorDeclaration) : [];
      return ts.isFunctionLike(one) ||
        ts.isVariableDeclaration(one) ||
        ts.isPropertyDeclaration(one) ||
        ts.isPropertySignature(one)
        ? [one]
        : [];
    });
  }

  function implementations(signature: ts.MethodSignature | ts.PropertySignature): ts.Node[] {
    const candidates = made.get(signature.name.getText()) ?? [];
    return candidates.filter((member) => {
      const type = ts.isObjectLiteralExpression(member.parent) && checker.getContextualType(member.parent);
      if (!type) return false;
      const parts = type.isUnion() ? type.types : [type];
      return parts.some((part) =>
        checker.getPropertyOfType(part, signature.name.getText())?.declarations?.includes(signature),
      );
    });
  }

  /** Everything that can be called from some declarations, those too. */
  function reached(start: readonly ts.Node[]): Set<ts.Node> {
    const found = new Set(start);
    for (const node of found) for (const callee of nodeOf(node).calls) found.add(callee);
    return found;
  }

  /** Which codes come out of each function: its own and those of what it calls, until nothing changes. */
  function outcomes(all: ReadonlySet<ts.Node>): Map<ts.Node, bigint> {
    const bits = new Map([...codes].map((code, i) => [code, 1n << BigInt(i)]));
    const maskOf = (some: Iterable<string>) => [...some].reduce((mask, code) => mask | bits.get(code)!, 0n);
    const callers = new Map<ts.Node, ts.Node[]>();
    const open = new Map<ts.Node, bigint>();
    for (const node of all) {
      const stopped = stoppedIn(node);
      open.set(node, stopped === "all" ? 0n : ~maskOf(stopped));
      for (const callee of nodeOf(node).calls) callers.set(callee, [...(callers.get(callee) ?? []), node]);
    }
    const out = new Map<ts.Node, bigint>();
    const queue = new Set(all);
    for (const node of queue) {
      queue.delete(node);
      const { own, calls } = nodeOf(node);
      let mask = maskOf(own);
      for (const callee of calls) mask |= out.get(callee) ?? 0n;
      mask &= open.get(node)!;
      if (mask === out.get(node)) continue;
      out.set(node, mask);
      for (const caller of callers.get(node) ?? []) queue.add(caller);
    }
    return out;
  }

  /** The shortest way from a declaration to where a code is thrown, for a person who reads why a test failed. */
  function wayTo(code: string, start: readonly ts.Node[]): string {
    const ways = new Map<ts.Node, string>(start.map((node) => [node, nameOf(node)]));
    for (const [node, way] of ways) {
      const stopped = stoppedIn(node);
      if (stopped === "all" || stopped.includes(code)) continue;
      if (nodeOf(node).own.has(code)) return way;
      for (const callee of nodeOf(node).calls)
        if (!ways.has(callee)) ways.set(callee, `${way} > ${nameOf(callee)}`);
    }
    return "?";
  }

  function stoppedIn(node: ts.Node): readonly string[] | "all" {
    const file = node.getSourceFile().fileName.slice(src.length + 1);
    const key = `${file}#${nameOf(node)}`;
    const stopped = caught[key];
    if (stopped === undefined) return [];
    met.add(key);
    return stopped;
  }

  const exports = symbols.map(({ name, declarations }) => ({ name, docs: docsOfOverloads(declarations) }));
  const called = [...symbols, ...basesOf(symbols)]
    .flatMap(callablesOf)
    .filter(({ declarations }) => !declarations.some((one) => docsOf(one).join().includes("@internal")));
  const out = outcomes(reached(called.flatMap(({ declarations }) => declarations)));
  const callables = called.map(({ name, declarations }) => {
    const mask = declarations.reduce((all, one) => all | (out.get(one) ?? 0n), 0n);
    const throws = [...codes].filter((_, i) => mask & (1n << BigInt(i)));
    const docs = docsOfOverloads(declarations);
    return { name, docs, throws, wayTo: (code: string) => wayTo(code, declarations) };
  });
  return { exports, callables, codes, met };
}

interface Declared {
  readonly name: string;
  readonly declarations: readonly ts.Node[];
}

/** The functions of one export: itself, or its members. */
function callablesOf({ name, declarations }: Declared): Declared[] {
  const [first] = declarations;
  if (!first) return [];
  if (ts.isFunctionDeclaration(first)) return [{ name, declarations }];
  if (!ts.isClassDeclaration(first) && !ts.isInterfaceDeclaration(first)) return [];
  const members = new Map<string, ts.Node[]>();
  for (const member of first.members) {
    const isCallable =
      ts.isMethodDeclaration(member) || ts.isGetAccessor(member) || ts.isMethodSignature(member);
    if (!isCallable && !ts.isConstructorDeclaration(member)) continue;
    const own = isCallable ? `${name}.${member.name.getText()}` : `new ${name}`;
    if (!own.includes("#")) members.set(own, [...(members.get(own) ?? []), member]);
  }
  return [...members].map(([own, of]) => ({ name: own, declarations: of }));
}

/** Codes that a doc comment names among its errors. */
export function statedIn(docs: readonly string[]): Set<string> {
  const stated = new Set<string>();
  for (const doc of docs)
    for (const text of throwsTexts(doc))
      for (const [, code] of text.matchAll(/`([A-Z][A-Z_]{3,})`/g)) stated.add(code!);
  return stated;
}

/** What a doc comment says after `@throws`, in one line each. */
export function throwsTexts(doc: string): string[] {
  return [...doc.matchAll(/@throws ([\s\S]*?)(?=\n\s*\* @|\*\/)/g)].map(([, text]) =>
    text!.replace(/\s*\n\s*\* ?/g, " ").trim(),
  );
}

function codesOf(declaration: ts.Declaration): Set<string> {
  const { type } = declaration as ts.TypeAliasDeclaration;
  return new Set(
    (type as ts.UnionTypeNode).types.map(
      (one) => ((one as ts.LiteralTypeNode).literal as ts.StringLiteral).text,
    ),
  );
}

/** A code that is compared with or caught, not thrown. */
function isLookedFor(code: ts.StringLiteral): boolean {
  const { parent } = code;
  if (ts.isBinaryExpression(parent)) return /^[!=]==$/.test(parent.operatorToken.getText());
  return ts.isCallExpression(parent) && parent.expression.getText() === "isBronzeError";
}

function isNamedFunction(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node)) return true;
  const value = ts.isVariableDeclaration(node) ? node.initializer : undefined;
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
}

function nameOf(node: ts.Node): string {
  for (let at: ts.Node | undefined = node; at && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isConstructorDeclaration(at)) return `new ${at.parent.name?.text}`;
    const { name } = at as ts.NamedDeclaration;
    if (name) return name.getText();
  }
  return "?";
}

function docsOf(node: ts.Node): string[] {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return ts
    .getJSDocCommentsAndTags(holder)
    .filter(ts.isJSDoc)
    .map((doc) => doc.getText());
}

/** One doc comment for each overload; what implements them is not seen by a caller. */
function docsOfOverloads(declarations: readonly ts.Node[]): string[] {
  const open = declarations.filter(
    (one) => declarations.length === 1 || !(one as ts.FunctionDeclaration).body,
  );
  return open.map((one) => docsOf(one).at(-1) ?? "");
}

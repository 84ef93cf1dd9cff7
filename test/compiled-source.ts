import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
export const src = join(root, "src");
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root,
);
const sources = new Map<string, ts.SourceFile | undefined>();

/** Text of a file, and what is to be there instead. */
export type Change = readonly [file: string, from: string, to: string];

/**
 * The library as the compiler sees it, or would with some of its text changed.
 * @param entries files of which all that they import is seen
 */
export function programOf(
  changes: readonly Change[] = [],
  entries: readonly string[] = ["index.ts"],
): ts.Program {
  const texts = new Map<string, string>();
  for (const [name, from, to] of changes) {
    const file = join(src, name);
    const text = texts.get(file) ?? readFileSync(file, "utf8");
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
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
  return ts.createProgram(
    entries.map((entry) => join(src, entry)),
    options,
    host,
  );
}

export function ownFiles(program: ts.Program): ts.SourceFile[] {
  return program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${src}/`));
}

/** The files the compiler has something to say of. */
export function wrongFiles(program: ts.Program): string[] {
  return ownFiles(program)
    .filter((file) => program.getSemanticDiagnostics(file).length > 0)
    .map(({ fileName }) => relative(src, fileName))
    .sort();
}

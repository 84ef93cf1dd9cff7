import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Case } from "./case.js";
import type { MadeCase } from "./make-cases.js";

/** Where the small pack is kept: a folder a case, with `case.json` and its tree. */
const PACK_FOLDER = fileURLToPath(new URL("cases", import.meta.url));

/** Names of its cases. */
export function keptNames(): string[] {
  return readdirSync(PACK_FOLDER).sort();
}

/** The files of a case, by path. */
export function keptCase(name: string): {
  readonly text: string;
  readonly case: Case;
  readonly tree: Map<string, Uint8Array>;
} {
  const folder = join(PACK_FOLDER, name);
  const text = readFileSync(join(folder, "case.json"), "utf8");
  const root = join(folder, "tree");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const tree = new Map(
    paths.map((path) => [relative(root, path).replaceAll(sep, "/"), new Uint8Array(readFileSync(path))]),
  );
  return { text, case: JSON.parse(text) as Case, tree };
}

/** A case as text: a question a line. */
export function caseText({ questions, ...head }: Case): string {
  const lines = questions.map((one) => `\n${JSON.stringify(one)}`).join(",");
  return `${JSON.stringify(head).slice(0, -1)},"questions":[${lines}\n]}\n`;
}

/** Writes cases in place of those that are kept. */
export function keepCases(cases: readonly MadeCase[]): void {
  rmSync(PACK_FOLDER, { recursive: true, force: true });
  for (const one of cases) writeCase(join(PACK_FOLDER, one.case.name), one);
}

/** Writes one case into a folder. */
function writeCase(folder: string, { case: own, tree }: MadeCase): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "case.json"), caseText(own));
  for (const [path, bytes] of tree) {
    const file = join(folder, "tree", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

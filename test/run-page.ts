import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A page of the documentation, or the README. */
export function pageText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The TypeScript of a page, block after block, as one program. */
export function programOfPage(page: string): string {
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!).join("\n");
}

/** What the comments of a program say that it prints: behind each `console.log`, or on the lines below it. */
export function saidToPrint(code: string): string[] {
  const said: string[] = [];
  let isBelow = false;
  for (const line of code.split("\n")) {
    const behind = /console\.log\(.*\); \/\/ (.*)$/.exec(line);
    const below = /^\/\/ (.*)$/.exec(line);
    if (behind) said.push(behind[1]!);
    else if (below && isBelow) said.push(below[1]!);
    isBelow = (!behind && (line === "}" || line.includes("console.log("))) || (below !== null && isBelow);
  }
  return said;
}

/** The first block of TypeScript. */
export function firstExample(page: string): string {
  return /```ts\n([\s\S]*?)```/.exec(page)![1]!;
}

/**
 * What a program prints, run in a folder of its own, in which the library is found by its name.
 *
 * @param prepare puts what it needs into the folder
 */
export async function printedBy(
  code: string,
  prepare?: (folder: string) => Promise<void>,
): Promise<string[]> {
  // Inside the repository, and hidden, so that no tool takes it for source.
  const folder = mkdtempSync(join(root, ".readme-"));
  try {
    await prepare?.(folder);
    writeFileSync(join(folder, "example.mts"), code);
    symlinkSync(join(root, "tsconfig.json"), join(folder, "tsconfig.json"));
    const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
    const argv = [tsx, "--tsconfig", join(root, "tsconfig.json"), "example.mts"];
    const printed = execFileSync(process.execPath, argv, { cwd: folder, encoding: "utf8" });
    return printed.split("\n").slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

/** From the ground up: a room may use its own files and those of the floors below it. */
const FLOORS: Record<string, number> = {
  "shown.ts": 0,
  "errors.ts": 0.25,
  "version.ts": 0,
  "lazy-module.ts": 0,
  "digest.ts": 0.5,
  "options.ts": 0.5,
  "read-back.ts": 0.5,
  zod: 0.5,
  time: 1,
  storage: 1,
  json: 1,
  table: 2,
  dataset: 3,
  travel: 4,
  bronze: 5,
  gold: 6,
  run: 7,
  "index.ts": 9,
};

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(src, name));

function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, "utf8"), true, true)
    .importedFiles.map(({ fileName }) => fileName);
}

function roomOf(file: string): string {
  return relative(src, file).split("/")[0]!;
}

/** Ways that lead from a file back to it, one for each place where a walk comes upon itself. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (file: string) => {
    const from = way.indexOf(file);
    if (from >= 0) circles.push([...way.slice(from), file]);
    if (from >= 0 || done.has(file)) return;
    way.push(file);
    for (const next of imports.get(file) ?? []) walk(next);
    way.pop();
    done.add(file);
  };
  for (const file of imports.keys()) walk(file);
  return circles;
}

describe("the house", () => {
  it("has a floor for every room", () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in FLOORS))).toEqual([]);
  });

  it("lets no import go up a floor, nor sideways past a room's door", () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const name of importsOf(file)) {
        if (!name.startsWith(".")) continue;
        const target = join(dirname(file), name.replace(/\.js$/, ".ts"));
        const [from, to] = [roomOf(file), roomOf(target)];
        if (from === to) continue;
        const isDoor =
          target.endsWith("index.ts") ||
          [
            "shown.ts",
            "errors.ts",
            "options.ts",
            "version.ts",
            "lazy-module.ts",
            "digest.ts",
            "read-back.ts",
          ].includes(to);
        if (FLOORS[to]! >= FLOORS[from]!)
          wrong.push(`${relative(src, file)} imports ${relative(src, target)}, which is not below it`);
        else if (!isDoor)
          wrong.push(`${relative(src, file)} imports ${relative(src, target)} past the door of ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has no circles: whatever a file imports, nothing on the way leads back to it", () => {
    const imports = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter((name) => name.startsWith("."))
          .map((name) => join(dirname(file), name.replace(/\.js$/, ".ts"))),
      ]),
    );
    expect(circlesIn(imports).map((circle) => circle.map((file) => relative(src, file)))).toEqual([]);
    // One import is enough to be seen.
    const [bottom, top] = [join(src, "errors.ts"), join(src, "index.ts")];
    const turned = new Map(imports).set(bottom, [...imports.get(bottom)!, top]);
    expect(circlesIn(turned).length).toBeGreaterThan(0);
  });

  it("stands on exactly the run-time dependencies that docs/dependencies.md justifies", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const used = new Set(
      files.flatMap((file) => {
        const text = readFileSync(file, "utf8");
        const lazy = [...text.matchAll(/require\w*\("([^"]+)"\)/g)].map((match) => match[1]!);
        return [...importsOf(file), ...lazy].filter(
          (name) => !name.startsWith(".") && !name.startsWith("node:"),
        );
      }),
    );
    const packages = [
      ...new Set(
        [...used].map((name) =>
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/"),
        ),
      ),
    ];
    expect(packages.sort()).toEqual(Object.keys(dependencies).sort());
    const justified = readFileSync(join(root, "docs/dependencies.md"), "utf8");
    for (const name of packages) expect(justified).toContain(`\`${name}\``);
  });

  it("touches a disk only in storage", () => {
    const reaching = files.filter((file) =>
      importsOf(file).some((name) => /^node:(fs|path|child_process|os)/.test(name)),
    );
    expect([...new Set(reaching.map(roomOf))]).toEqual(["storage"]);
  });

  it("keeps its type tests able to fail", () => {
    const config = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
      ts.sys,
      root,
    );
    const typeTests = readdirSync(join(root, "test/types")).map((name) => join(root, "test/types", name));
    for (const file of typeTests) expect(config.fileNames).toContain(file);
    // The same compiler options on a statement that is wrong.
    const wrong = join(root, "test/types/wrong.test-d.ts");
    const host = ts.createCompilerHost(config.options);
    const read = host.getSourceFile;
    host.getSourceFile = (name, ...rest) =>
      name === wrong
        ? ts.createSourceFile(
            name,
            'import { toEpochNs } from "bronzestore"; export const n: number = toEpochNs("x");',
            ts.ScriptTarget.ES2022,
          )
        : read(name, ...rest);
    const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([wrong], config.options, host));
    expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([
      "Type 'bigint' is not assignable to type 'number'.",
    ]);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { SUITES } from "./suites.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

/** From the lowest up: a module may use its own files and those of the modules below it. */
const LAYERS: readonly (readonly string[])[] = [
  ["shown.ts", "version.ts", "lazy-module.ts", "ambient.ts", "telemetry"],
  ["errors.ts"],
  ["digest.ts", "options.ts", "printed.ts", "read-back.ts", "zod"],
  ["time", "storage", "json"],
  ["table"],
  ["dataset", "sql", "records"],
  ["travel", "engine"],
  ["bronze"],
  ["trash"],
  ["exchange", "gold", "prometheus"],
  ["retention"],
  ["run"],
  ["doctor"],
  ["config"],
  ["index.ts"],
  // Entries of their own, over the public one.
  ["report"],
  ["cli"],
];

/**
 * Inside a module, from the lowest up; `.` are the files that lie in no sub-folder. Its `index.ts` is above all of them.
 */
const INNER_LAYERS: Readonly<Record<string, readonly string[]>> = {
  storage: [".", "local", "s3"],
  table: [".", "parquet", "forms"],
  sql: ["dialect", "."],
  travel: ["frame", "rule", "skip", "join", "answer"],
  gold: ["leak", "manifest", "build", "verify", "freeze", "training", "."],
  retention: ["kept", "day", "proof", "remake", "."],
  run: [".", "pruning"],
  report: ["page", ".", "server"],
  cli: ["output", "arguments", "open", "commands", "."],
  bronze: ["retained", "read", "survey", "versions", "write", "leak", "engine", "."],
};

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => join(src, name));

function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, "utf8"), true, true)
    .importedFiles.map(({ fileName }) => fileName);
}

/** The files of the library that a file imports, as paths. */
function below(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => join(dirname(file), name.replace(/\.js$/, ".ts")))
    .map((path) => (files.includes(`${path}x`) ? `${path}x` : path));
}

function moduleOf(file: string): string {
  return relative(src, file).split("/")[0]!;
}

/** The sub-folder of its module that a file lies in. */
function innerOf(file: string): string {
  const path = relative(src, file).split("/");
  return path.length > 2 ? path[1]! : ".";
}

function layerOf(module: string): number {
  return LAYERS.findIndex((modules) => modules.includes(module));
}

/** What is wrong with one import; `undefined` where nothing is. */
function problemWith(file: string, target: string): string | undefined {
  const [from, to] = [moduleOf(file), moduleOf(target)];
  const names = `${relative(src, file)} imports ${relative(src, target)}`;
  if (from !== to) {
    if (layerOf(to) >= layerOf(from)) return `${names}, which is not below it`;
    return to.endsWith(".ts") || target.endsWith("index.ts") ? undefined : `${names} past the entry of ${to}`;
  }
  const inner = INNER_LAYERS[from];
  if (!inner || file === join(src, from, "index.ts")) return undefined;
  if (target === join(src, from, "index.ts")) return `${names}, the entry of its own module`;
  return inner.indexOf(innerOf(target)) > inner.indexOf(innerOf(file))
    ? `${names}, which is not below it`
    : undefined;
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

describe("the modules", () => {
  it("all have a layer, and so have their sub-folders", () => {
    expect([...new Set(files.map(moduleOf))].filter((module) => layerOf(module) < 0)).toEqual([]);
    const unplaced = files.filter((file) => {
      const inner = INNER_LAYERS[moduleOf(file)];
      return inner ? !file.endsWith("index.ts") && !inner.includes(innerOf(file)) : innerOf(file) !== ".";
    });
    expect(unplaced.map((file) => relative(src, file))).toEqual([]);
  });

  it("import only from below, and from another module only its entry", () => {
    const wrong = files.flatMap((file) => below(file).map((target) => problemWith(file, target)));
    expect(wrong.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it.each([
    ["travel/rule/select.ts", "travel/skip/needed-files.ts", "not below"],
    ["travel/join/join-labels.ts", "travel/answer/timeline.ts", "not below"],
    ["travel/frame/frame.ts", "travel/rule/effective-time.ts", "not below"],
    ["travel/rule/select.ts", "travel/index.ts", "entry of its own"],
    ["table/column.ts", "table/parquet/pages.ts", "not below"],
    ["bronze/read/day-files.ts", "bronze/write/write.ts", "not below"],
    ["storage/memory.ts", "storage/local/flock.ts", "not below"],
    ["travel/rule/select.ts", "bronze/index.ts", "not below"],
    ["bronze/read/load-frame.ts", "travel/rule/select.ts", "past the entry"],
  ])("would be told of %s importing %s", (file, target, problem) => {
    expect(files).toEqual(expect.arrayContaining([join(src, file), join(src, target)]));
    expect(problemWith(join(src, file), join(src, target))).toContain(problem);
  });

  it("have no circles: whatever a file imports, nothing on the way leads back to it", () => {
    const imports = new Map(files.map((file) => [file, below(file)]));
    expect(circlesIn(imports).map((circle) => circle.map((file) => relative(src, file)))).toEqual([]);
    // One import is enough to be seen.
    const [bottom, top] = [join(src, "errors.ts"), join(src, "index.ts")];
    const turned = new Map(imports).set(bottom, [...imports.get(bottom)!, top]);
    expect(circlesIn(turned).length).toBeGreaterThan(0);
  });

  it("need exactly the run-time dependencies that docs/dependencies.md justifies", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    // What runs in a browser is built into one text, packages and all.
    const run = files.filter((file) => !file.startsWith(join(src, "report/page/")));
    const used = new Set(
      run.flatMap((file) => {
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
    // The command line takes the library by its own name.
    expect(packages.filter((name) => name !== "bronzestore").sort()).toEqual(
      Object.keys(dependencies).sort(),
    );
    const justified = readFileSync(join(root, "docs/dependencies.md"), "utf8");
    for (const name of Object.keys(dependencies)) expect(justified).toContain(`\`${name}\``);
  });

  it("are made with exactly the development dependencies that docs/dependencies.md justifies", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const [, section] = readFileSync(join(root, "docs/dependencies.md"), "utf8").split("## Development only");
    const rows = section!.split("\n").filter((line) => line.startsWith("| `"));
    const listed = rows.flatMap((row) =>
      [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    );
    expect(listed.sort()).toEqual(Object.keys(devDependencies).sort());
    for (const row of rows) expect(row.split("|")[2]!.trim()).not.toBe("");
  });

  it("touch a disk only in storage", () => {
    const reaching = files.filter((file) =>
      importsOf(file).some((name) => /^node:(fs|path|child_process|os)/.test(name)),
    );
    expect([...new Set(reaching.map(moduleOf))]).toEqual(["storage"]);
  });

  it("have type tests that are able to fail", () => {
    const folder = join(root, "test/types");
    const config = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile).config,
      ts.sys,
      folder,
    );
    const typeTests = readdirSync(folder)
      .filter((name) => name.endsWith(SUITES.types))
      .map((name) => join(folder, name));
    expect(typeTests.length).toBeGreaterThan(0);
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
    const program = ts.createProgram([wrong], config.options, host);
    const diagnostics = program.getSemanticDiagnostics(program.getSourceFile(wrong));
    expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([
      "Type 'bigint' is not assignable to type 'number'.",
    ]);
  });
});

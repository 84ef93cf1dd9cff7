import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tempFolders } from "../storage/temp-folder.js";
import { runProgram } from "./run-script.js";

const tempFolder = tempFolders();

const project = fileURLToPath(new URL("../../", import.meta.url));
const scriptsIn = (folder: string) =>
  readdirSync(resolve(project, folder))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`);

/** They make what they show. */
const DEMOS = ["examples/demo.ts", "examples/demo-live.ts", "examples/demo-week.ts"];
const ALL = [...scriptsIn("examples"), ...scriptsIn("examples/live")];
/** What a reader takes over. */
const SCRIPTS = ALL.filter((script) => !DEMOS.includes(script));

/** The tour, the one that brings its datasets along, and three plots. */
const LONGER: Record<string, number> = {
  "examples/demo.ts": 320,
  "examples/weather.ts": 130,
  "examples/plot.ts": 80,
};

const textOf = (file: string) => readFileSync(resolve(project, file), "utf8");

/** The files of this project that a file needs, itself included, through any number of imports. */
function neededBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of textOf(file).matchAll(/(?:from|import)\s*\(?"(\.[^"]+)\.js"/g))
    neededBy(relative(project, resolve(project, dirname(file), `${path}.ts`)), seen);
  return seen;
}

const isScaffolding = (file: string) => /^(fixtures|test|examples\/live\/evening)\//.test(file);

describe("the example scripts", () => {
  it("are the ones that are looked at here", () => {
    expect(ALL.filter((script) => DEMOS.includes(script)).sort()).toEqual([...DEMOS].sort());
    expect(SCRIPTS.length).toBeGreaterThanOrEqual(14);
  });

  it.each(ALL)("%s is short and says at its top what it does and how it is run", (script) => {
    const text = textOf(script);
    const program = script.endsWith(".config.ts") ? "src/cli/main.ts" : script;
    const how = script.includes("/live/") ? `npx tsx ${program} ` : "np[mx] ";
    expect(text).toMatch(new RegExp(`^/\\*\\*\\n( \\* .*\\n)+ \\*\\n \\* Run: \`${how}`));
    expect(text.trimEnd().split("\n").length).toBeLessThan(LONGER[script] ?? 60);
  });

  it.each(SCRIPTS)("%s needs nothing that only demos and tests need", (script) => {
    const needed = [...neededBy(script)];
    expect(needed.filter(isScaffolding)).toEqual([]);
    // No simulated time and no word to a checker: the run's clock is the system's.
    const scaffolded = needed.filter((file) => /\backs?\b|acknowledge|\bclock\b/i.test(textOf(file)));
    expect(scaffolded).toEqual([]);
  });

  it("of the demos are seen to need it, so that the look through imports is one", () => {
    for (const demo of DEMOS) expect([...neededBy(demo)].some(isScaffolding), demo).toBe(true);
    expect(neededBy("examples/live/live-score.ts")).toContain("examples/feeds/odds.ts");
  });

  it("start through a link to their folder too, and nowhere but where they are the program", async () => {
    const link = join(tempFolder(), "pipeline");
    symlinkSync(project, link);
    const started = runProgram([join(link, "examples/ingest.ts")], tempFolder());
    expect(started).toEqual({ code: 1, out: "", err: expect.stringMatching(/^Usage: /) });
    const importing = `await import(${JSON.stringify(join(project, "examples/ingest.ts"))});`;
    const imported = runProgram(["--input-type=module", "--eval", importing], tempFolder());
    expect(imported).toEqual({ code: 0, out: "", err: "" });
  });
});

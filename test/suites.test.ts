import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import campaigns from "../vitest.campaigns.config.js";
import tests from "../vitest.config.js";
import engines from "../vitest.engines.config.js";
import page from "../vitest.page.config.js";
import runtimes from "../vitest.runtimes.config.js";
import servers from "../vitest.servers.config.js";
import types from "../vitest.types.config.js";
import writers from "../vitest.writers.config.js";
import { leftOutInVain, onS3, onServer } from "./servers/suites-on-s3.js";
import { SUITES, testSources, testsThatMock, testsWithCounts } from "./suites.js";

const sources = testSources();

/** The suites that a file is of, by its name. */
function suitesOf(name: string): string[] {
  return Object.entries(SUITES).flatMap(([suite, end]) => (name.endsWith(end) ? [suite] : []));
}

describe("every file of tests", () => {
  it("is of exactly one suite, or is used by one that is", () => {
    const stray: string[] = [];
    for (const [name, source] of sources) {
      const suites = suitesOf(name);
      if (suites.length > 1) stray.push(`${name} is of ${suites.join(" and ")}`);
      const hasTests = /import \{[^}]*\b(describe|it|suite|test|expectTypeOf)\b[^}]*\} from "vitest"/.test(
        source,
      );
      if (!hasTests || suites.length === 1) continue;
      const specifier = `/${name.split("/").at(-1)!.replace(/\.ts$/, ".js")}"`;
      const isUsed = [...sources].some(
        ([user, text]) => suitesOf(user).length === 1 && text.includes(specifier),
      );
      if (!isUsed || !/^export /m.test(source)) stray.push(`${name} is of none`);
    }
    expect(stray).toEqual([]);
  });

  it("is found by the configuration of its suite", () => {
    const glob = (suite: keyof typeof SUITES) => `test/**/*${SUITES[suite]}`;
    const replacing = testsThatMock();
    expect(replacing.length).toBeGreaterThan(0);
    expect(tests.test?.projects).toMatchObject([
      { test: { include: [glob("tests")], exclude: replacing } },
      { test: { include: replacing } },
    ]);
    expect(campaigns.test?.projects).toMatchObject([
      { test: { include: [glob("campaigns"), ...testsWithCounts()] } },
      { test: { include: onS3() } },
    ]);
    expect(runtimes.test?.include).toEqual([glob("runtimes")]);
    expect(writers.test?.include).toEqual([glob("writers")]);
    expect(engines.test?.include).toEqual([glob("engines")]);
    expect(servers.test?.include).toEqual([glob("servers"), ...onServer()]);
    expect(page.test?.include).toEqual([glob("page")]);
    expect([onS3().length > 40, onServer().length > 30]).toEqual([true, true]);
    expect(leftOutInVain()).toEqual([]);
    expect([types.test?.include, types.test?.typecheck?.include]).toEqual([[], [glob("types")]]);
    const found = new Set([...sources.keys()].flatMap(suitesOf));
    expect([...found].sort()).toEqual(Object.keys(SUITES).sort());
  });

  it("has properties whose counts and seeds are told by campaign(), and which the campaigns try again", () => {
    const own: string[] = [];
    let told = 0;
    for (const [name, source] of sources) {
      if (!source.includes("fc.assert(") || name === "suites.test.ts") continue;
      for (const call of callsOf(
        "fc.assert",
        ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true),
      )) {
        const options = call.arguments[1]?.getText();
        if (options === undefined || /numRuns: *\d/.test(options)) own.push(`${name}: ${options}`);
        else told++;
      }
      if (name.endsWith(SUITES.tests) && !testsWithCounts().includes(`test/${name}`)) own.push(name);
    }
    expect(own).toEqual([]);
    expect(told).toBeGreaterThan(50);
  });

  it("has its hooks to itself: one in a file that several import would run for the first of them only", () => {
    const shared = [...sources].filter(([name]) => suitesOf(name).length === 0);
    const own = shared.filter(([, source]) => /^(before|after)(All|Each)\(/m.test(source));
    expect(own.map(([name]) => name)).toEqual([]);
  });

  it("has no time limit of its own: what hangs ends by the one of all suites, beside busy loops too", () => {
    const limits = (source: string) =>
      source.split("\n").filter((line) => /^\s*\}(, [\d_]+|, \{ timeout: .*\})\);$/.test(line));
    expect(limits("it(name, () => {\n}, 60_000);\n")).toHaveLength(1);
    const tests = [...sources].filter(([name]) => Object.values(SUITES).some((end) => name.endsWith(end)));
    expect(tests.length).toBeGreaterThan(200);
    expect(tests.flatMap(([name, source]) => limits(source).map((line) => `${name}: ${line}`))).toEqual([]);
  });
});

function callsOf(name: string, node: ts.Node): ts.CallExpression[] {
  const own = ts.isCallExpression(node) && node.expression.getText() === name ? [node] : [];
  return [...own, ...node.getChildren().flatMap((child) => callsOf(name, child))];
}

describe("every suite", () => {
  const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };

  it("has a script", () => {
    expect(scripts).toMatchObject({
      test: "vitest run && vitest run --config vitest.types.config.ts",
      "test:campaigns": "vitest run --config vitest.campaigns.config.ts",
      "test:long": "BRONZESTORE_LONG=1 vitest run --config vitest.campaigns.config.ts",
      "test:servers": "vitest run --config vitest.servers.config.ts",
      "test:engines": "vitest run --config vitest.engines.config.ts",
      "test:runtimes": "vitest run --config vitest.runtimes.config.ts",
      "test:writers": "vitest run --config vitest.writers.config.ts",
      "test:page": "vitest run --config vitest.page.config.ts",
    });
  });

  it("is run by CI: what the README says first, then the campaigns", () => {
    const lines = textOf(".ci/run").split("\n");
    const at = (command: string) =>
      lines.findIndex((line) => line === command || line.endsWith(` ${command}`));
    const order = [
      "npm install && npm test",
      "npm run test:campaigns",
      "npm run test:writers",
      "npm run test:engines",
      "npm run test:runtimes",
      "npm run test:servers",
      "npm run test:page",
    ].map(at);
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

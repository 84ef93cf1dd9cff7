import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import campaigns from "../vitest.campaigns.config.js";
import tests from "../vitest.config.js";
import runtimes from "../vitest.runtimes.config.js";
import types from "../vitest.types.config.js";
import { SUITES } from "./suites.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);
const sources = new Map(files.map((name) => [name, readFileSync(join(root, "test", name), "utf8")]));

/** The suites that a file is of, by its name. */
function suitesOf(name: string): string[] {
  return Object.entries(SUITES).flatMap(([suite, end]) => (name.endsWith(end) ? [suite] : []));
}

describe("every file of tests", () => {
  it("is of exactly one suite, or is used by one that is", () => {
    const stray: string[] = [];
    for (const [name, source] of sources) {
      const defines = /import \{[^}]*\b(describe|it|suite|test|expectTypeOf)\b[^}]*\} from "vitest"/.test(
        source,
      );
      const suites = suitesOf(name);
      if (suites.length > 1) stray.push(`${name} is of ${suites.join(" and ")}`);
      if (!defines || suites.length === 1) continue;
      const specifier = `/${name.split("/").at(-1)!.replace(/\.ts$/, ".js")}"`;
      const isUsed = [...sources].some(
        ([user, text]) => suitesOf(user).length === 1 && text.includes(specifier) && /^export /m.test(source),
      );
      if (!isUsed) stray.push(`${name} is of none`);
    }
    expect(stray).toEqual([]);
  });

  it("is found by the configuration of its suite, and by that alone", () => {
    const include = (suite: keyof typeof SUITES) => [`test/**/*${SUITES[suite]}`];
    expect(tests.test?.include).toEqual(include("tests"));
    expect(campaigns.test?.include).toEqual(include("campaigns"));
    expect(runtimes.test?.include).toEqual(include("runtimes"));
    expect([types.test?.include, types.test?.typecheck?.include]).toEqual([[], include("types")]);
    for (const suite of Object.keys(SUITES)) expect(files.flatMap(suitesOf)).toContain(suite);
  });

  it("has counts and seeds that can be told from outside: no property draws its own", () => {
    const own = [...sources].filter(([name, source]) => {
      const asks = source.match(/\bfc\.assert\(/g)?.length ?? 0;
      const told = source.match(/\btries\(\{|\bnumRuns: count, seed\b/g)?.length ?? 0;
      return name !== "suites.test.ts" && asks > told;
    });
    expect(own.map(([name]) => name)).toEqual([]);
  });
});

describe("every suite", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const lines = readFileSync(join(root, ".ci/run"), "utf8").split("\n");

  it("has a script, and CI runs all of them: the tests first, as the README says", () => {
    expect(scripts.test).toBe("vitest run && vitest run --config vitest.types.config.ts");
    expect(scripts["test:campaigns"]).toBe("vitest run --config vitest.campaigns.config.ts");
    expect(scripts["test:long"]).toBe(`BRONZESTORE_LONG=1 ${scripts["test:campaigns"]}`);
    expect(scripts["test:runtimes"]).toBe("vitest run --config vitest.runtimes.config.ts");
    const at = (command: string) =>
      lines.findIndex((line) => line === command || line.endsWith(` ${command}`));
    expect(at("npm install && npm test")).toBeGreaterThan(0);
    expect(at("npm run test:campaigns")).toBeGreaterThan(at("npm install && npm test"));
    expect(at("npm run test:runtimes")).toBeGreaterThan(at("npm run test:campaigns"));
  });
});

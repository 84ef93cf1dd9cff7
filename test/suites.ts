import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The suites, by how the names of their files end; each file of tests is of exactly one.
 *
 * | suite | what it holds | run by |
 * |---|---|---|
 * | `tests` | every rule: units, contracts, a few seeds of each property | `npm test` |
 * | `campaigns` | what takes long: processes that are killed, full disks, real data, the built package, whole evenings | `npm run test:campaigns`, `npm run test:long` |
 * | `types` | what the compiler must refuse, and what it must infer | `npm test` |
 * | `runtimes` | programs run by Deno and Bun, which must be installed for it | `npm run test:runtimes` |
 * | `writers` | other programs: files that they write, which it installs, and digests that they compute; needs Python, Java and a package index | `npm run test:writers` |
 * | `servers` | the storage contract, and the library's own tests, on a server of S3 that runs; needs Debian's radosgw | `npm run test:servers` |
 * | `engines` | questions on ClickHouse and on a cluster of Spark, which it installs and starts; needs Python, Java and a package index | `npm run test:engines` |
 * | `page` | the page that `report` makes, in a browser; needs Debian's Chromium | `npm run test:page` |
 *
 * The campaigns also run every test again that asks `campaign()` how often to try, with more seeds.
 */
export const SUITES = {
  tests: ".test.ts",
  campaigns: ".campaign.ts",
  types: ".test-d.ts",
  runtimes: ".suite.ts",
  writers: ".writers.ts",
  servers: ".servers.ts",
  engines: ".engines.ts",
  page: ".page.ts",
} as const;

const folder = fileURLToPath(new URL(".", import.meta.url));

let sources: Map<string, string> | undefined;

/** Every TypeScript file below `test/`, relative to it, with its text. */
export function testSources(): ReadonlyMap<string, string> {
  sources ??= readSources();
  return sources;
}

function readSources(): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(`${folder}${name}`, "utf8")]));
}

/** The tests that ask `campaign()` how often to try, as paths from the repository's root. */
export function testsWithCounts(): string[] {
  return testsWhere((source) => /from "(\.\/|(\.\.\/)+)campaign\.js"/.test(source));
}

/** The tests that replace modules with others. */
export function testsThatMock(): string[] {
  return testsWhere((source) => /^vi\.mock\(/m.test(source));
}

function testsWhere(holds: (source: string) => boolean): string[] {
  const tests = [...testSources()].filter(([name]) => name.endsWith(SUITES.tests));
  return tests.flatMap(([name, source]) => (holds(source) ? [`test/${name}`] : []));
}

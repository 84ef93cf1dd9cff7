import { dirname, join } from "node:path";
import { SUITES, testSources } from "../suites.js";

/** Tests that ask for `memoryStorage()` and are not run on S3, each with why. */
const LEFT_OUT: readonly (readonly [files: RegExp, why: string])[] = [
  [/^storage\//, "of memory itself, or of what is below every storage; S3 has the contract"],
  [
    /^(options|golden|examples|fixtures|table|travel|zod)\//,
    "of arguments, texts and rules: a storage is only passed",
  ],
  [/^(docstrings|printed)\./, "of texts"],
  [/^cli\//, "of command lines; they make trees on a disk, and on a double of S3"],
  [/^telemetry\//, "counts locks and requests of a storage; S3 has tests of its own there"],
  [/^second-reader\//, "of files that another program reads from a disk"],
  [/^bronze\/(aliases|mistakes)/, "of source and texts"],
  [
    /^bronze\/(view-memory|concurrent-reads)/,
    "of this process's memory, and of calls counted by a virtual clock",
  ],
  [/^retention\/cost/, "counts calls of a storage"],
  [/^bronze\/(requests|ranges)\./, "of requests to a server of their own"],
  [
    /^(bronze|exchange|survey|gold|run|retention)\/.*\.property\./,
    "many seeds of a rule; what they ask of a storage, the files beside them ask",
  ],
  [
    /^retention\/(mutations|remade|readers)/,
    "thousands of reads of damaged or overtaken files, the same on each driver",
  ],
  [
    /^(exchange\/kills|retention\/several-stores)/,
    "made again for each call at which a process dies: minutes on a server",
  ],
  [
    /^((gold|run)\/odd-values|bronze\/foreign-(dates|times)|retention\/version-1)/,
    "of values and documents, by the hundred",
  ],
  [/^leases\//, "of locks that the tests let lapse, over a storage that does as it is told"],
  [/^gold\/without-locks/, "of a storage that has no locks"],
];

/** Tests that make so many trees that a server takes minutes for each; the double has them. */
const LONG_ON_A_SERVER =
  /^(bronze\/layouts|gold\/leak-check|retention\/(emptying|copies|foreign-manifests|retention)|run\/damage)\./;

/** The tests that run on S3 as they are: all that ask for `memoryStorage()`, by themselves or by a helper. */
export function onS3(): string[] {
  return asking()
    .filter((name) => !LEFT_OUT.some(([files]) => files.test(name)))
    .map((name) => `test/${name}`);
}

/** Those that also run on a server. */
export function onServer(): string[] {
  return onS3().filter((path) => !LONG_ON_A_SERVER.test(path.slice("test/".length)));
}

/** Patterns of `LEFT_OUT` by which nothing is left out. */
export function leftOutInVain(): string[] {
  const names = asking();
  return LEFT_OUT.filter(([files]) => !names.some((name) => files.test(name))).map(([files]) =>
    String(files),
  );
}

function asking(): string[] {
  const sources = testSources();
  const found = new Set(
    [...sources].flatMap(([name, text]) => (text.includes("memoryStorage") ? [name] : [])),
  );
  const imports = [...sources].map(([name, text]) => [name, new Set(importsOf(name, text))] as const);
  for (const helper of found) {
    for (const [name, own] of imports) if (own.has(helper)) found.add(name);
  }
  return [...found].filter((name) => name.endsWith(SUITES.tests)).sort();
}

function importsOf(name: string, text: string): string[] {
  return [...text.matchAll(/from "(\.[^"]+)\.js"/g)].map(([, path]) => `${join(dirname(name), path!)}.ts`);
}

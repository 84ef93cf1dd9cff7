import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFiles } from "./make-files.js";
import { filesOf, type Outcome, readForeign } from "./read-file.js";

/** The writers, and the package of `requirements.txt` that is each. */
const WRITERS = {
  pyarrow: "pyarrow",
  pandas: "pandas",
  fastparquet: "fastparquet",
  polars: "polars",
  spark: "pyspark",
  duckdb: "duckdb",
  clickhouse: "chdb",
} as const;

/** Everything that is refused, with its code; another refusal is a fault. */
const REFUSED: readonly (readonly [what: string, code: string, message: RegExp])[] = [
  ["decimals of more than 18 digits", "UNSUPPORTED_TYPE", /more than the 18 digits/],
  ["a map that has a key twice", "UNSUPPORTED_TYPE", /a map in it has the key ".*" twice/],
  ["two columns, or two fields of a struct, of one name", "UNSUPPORTED_TYPE", /two are named/],
  ["a column or a field named `__proto__`", "UNSUPPORTED_TYPE", /one is named "__proto__"/],
  ["infinite dates and naive times", "UNSUPPORTED_TYPE", /which no calendar has/],
  ["INTERVAL", "UNSUPPORTED_TYPE", /INTERVAL/],
  ["VARIANT", "UNSUPPORTED_TYPE", /VARIANT/],
  [
    "null in DuckDB's `ARRAY`, whose levels contradict each other",
    "CORRUPT_FILE",
    /continues a list .* where there is none/,
  ],
];

interface Read {
  readonly name: string;
  readonly outcome: Outcome;
}

const read = new Map<string, Read[]>();
let made: ReturnType<typeof makeFiles>;
beforeAll(() => {
  made = makeFiles();
});
afterAll(() => made?.remove());

describe.each(Object.keys(WRITERS))("every file of %s", (writer) => {
  it("reads as its writer says, cell for cell, or is refused by name", async () => {
    const all: Read[] = [];
    for (const file of filesOf(made.root, writer))
      all.push({ name: file.name, outcome: await readForeign(made.root, writer, file) });
    read.set(writer, all);
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ outcome }) => outcome.end === "wrong")).toEqual([]);
    expect(refusals(all).filter((refusal) => reasonsOf(refusal).length !== 1)).toEqual([]);
  });
});

describe('the section "Files of other writers" of docs/layout.md', () => {
  const page = readFileSync(new URL("../../docs/layout.md", import.meta.url), "utf8");
  const [, section = ""] = /^## Files of other writers\n(.*?)(?=^## )/ms.exec(page) ?? [];
  const linesAfter = (head: string) => {
    const [, rest = ""] = section.split(`${head}\n`);
    return rest.split("\n\n")[0]!.trim().split("\n").slice(1);
  };

  it("counts the files of this run, by writer", () => {
    const versions = readFileSync(new URL("./requirements.txt", import.meta.url), "utf8");
    const lines = Object.entries(WRITERS).map(([writer, name]) => {
      const all = read.get(writer)!;
      const refused = refusals(all).length;
      const version = new RegExp(`^${name}==(.*)$`, "m").exec(versions)![1];
      return `| ${writer === name ? name : `${writer} (${name})`} ${version} | ${all.length} | ${all.length - refused} | ${refused} |`;
    });
    expect(linesAfter("| writer | files | read equal | refused |")).toEqual(lines);
  });

  it("lists what is refused, and how often", () => {
    const all = refusals([...read.values()].flat());
    const lines = REFUSED.map(([what, code], i) => {
      const count = all.filter((refusal) => reasonsOf(refusal)[0] === i).length;
      return `| ${what} | \`${code}\` | ${count} |`;
    });
    expect(linesAfter("| refused | code | files |")).toEqual(lines);
  });
});

type Refusal = Extract<Outcome, { end: "refused" }>;

function refusals(all: readonly Read[]): Refusal[] {
  return all.flatMap(({ outcome }) => (outcome.end === "refused" ? [outcome] : []));
}

/** Which of the reasons it has. */
function reasonsOf({ code, message }: Refusal): number[] {
  return REFUSED.flatMap(([, known, said], i) => (code === known && said.test(message) ? [i] : []));
}

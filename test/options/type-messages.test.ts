import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const HEAD = `
import { BronzeStore, defineDataset, instant } from "bronzestore";
import * as z from "zod";
const schema = z.object({ game_id: z.string(), price: z.int(), as_of_ts: instant() });
const odds = defineDataset({ name: "odds", schema, key: ["game_id"], date: { from: "as_of_ts" }, timeZone: "UTC", layout: { latest: "{date}.parquet" } });
const bronze = new BronzeStore({ root: "data", datasets: [odds] });
const days = { cutoff: "at", from: "2026-01-15", to: "2026-01-15" } as const;
const at = new Date();
`;

const WRONG: Readonly<Record<string, readonly [statement: string, message: string]>> = {
  "hours of a text column": [
    'defineDataset({ name: "o", schema, key: ["game_id"], date: { from: "as_of_ts" }, timeZone: "UTC", layout: "{date}/{hour}.parquet", hour: { from: "game_id" } });',
    `Type '"game_id"' is not assignable to type '"as_of_ts"'`,
  ],
  "a path that says the hour, of no column": [
    'defineDataset({ name: "o", schema, key: ["game_id"], date: { from: "as_of_ts" }, timeZone: "UTC", layout: "{date}/{hour}.parquet" });',
    "Property 'hour' is missing",
  ],
  "files of which nothing says how they are kept": [
    'defineDataset({ name: "o", schema, key: ["game_id"], date: { from: "as_of_ts" }, timeZone: "UTC", layout: "{date}.parquet" });',
    "Property 'files' is missing",
  ],
  "the day of a text column": [
    'defineDataset({ name: "o", schema, key: ["game_id"], date: { from: "game_id" }, timeZone: "UTC", layout: { latest: "{date}.parquet" } });',
    `Type '"game_id"' is not assignable to type '"as_of_ts" | DateLookup<`,
  ],
  "the day of a schema without instants": [
    'defineDataset({ name: "o", schema: z.object({ id: z.string() }), key: ["id"], date: { from: "id" }, timeZone: "UTC", layout: { latest: "{date}.parquet" } });',
    "the schema has no instant() or domainDate() column",
  ],
  "a schema without as_of_ts that says nothing of it": [
    'defineDataset({ name: "o", schema: z.object({ id: z.string(), seen: instant() }), key: ["id"], date: { from: "seen" }, timeZone: "UTC", layout: { latest: "{date}.parquet" } });',
    "Property 'timestamps' is missing",
  ],
  "a number label for a text key": [
    'bronze.joinAsOf([{ game_id: 1, at }], "odds", { on: ["game_id"], ...days });',
    '"game_id\\" is a number in the labels, and text in the dataset',
  ],
  "a label without the key": [
    'bronze.joinAsOf([{ game: "g1", at }], "odds", { on: ["game_id"], ...days });',
    'the labels have no column \\"game_id\\"',
  ],
  "a column that is no key": [
    'bronze.joinAsOf([{ price: 1, at }], "odds", { on: ["price"], ...days });',
    '"price\\" is no key column of the dataset',
  ],
  "labels without instants": [
    'bronze.joinAsOf([{ game_id: 1, at: 5 }], "odds", { on: [], ...days });',
    "the labels have no column of instants",
  ],
};

/** What the compiler says of each statement, all in one program. */
function messages(): Map<string, string> {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const sources = new Map(
    Object.entries(WRONG).map(([what, [statement]], i) => [
      `${root}test/types/wrong-${i}.ts`,
      { what, text: `${HEAD}${statement}\nexport {};` },
    ]),
  );
  const host = ts.createCompilerHost(config.options);
  const read = host.getSourceFile;
  host.getSourceFile = (name, ...rest) => {
    const source = sources.get(name);
    return source ? ts.createSourceFile(name, source.text, ts.ScriptTarget.ES2022) : read(name, ...rest);
  };
  const program = ts.createProgram([...sources.keys()], config.options, host);
  return new Map(
    [...sources].map(([name, { what }]) => {
      const found = program.getSemanticDiagnostics(program.getSourceFile(name));
      return [
        what,
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")).join("\n"),
      ];
    }),
  );
}

describe("what the compiler says of a mistake", () => {
  const said = messages();
  it.each(
    Object.entries(WRONG).map(([what, [, message]]) => [what, message]),
  )("names it: %s", (what, message) => {
    expect(said.get(what)).toContain(message);
    expect(said.get(what)).not.toContain("'never'");
  });
});

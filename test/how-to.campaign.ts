import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pageText, printedBy, programOfPage, saidToPrint } from "./run-page.js";
import { query } from "./second-reader/duckdb.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What pages need besides their own program, and how many lines each prints. */
const PAGES: Readonly<
  Record<string, { lines: number; prepare?: (folder: string) => Promise<void>; first?: string }>
> = {
  "own-lake": { lines: 3, prepare: runSql },
  // A server of S3 in the same process.
  "object-storage": {
    lines: 2,
    first: `
      import { serverDouble } from ${JSON.stringify(join(here, "storage/s3/server-double.ts"))};
      globalThis.fetch = serverDouble().fetch;
      process.env.KEY_ID = "id";
      process.env.KEY_SECRET = "secret";
    `,
  },
  notebooks: { lines: 5 },
  "live-pipeline": { lines: 3 },
  backtest: { lines: 4 },
  "leak-hunting": { lines: 3 },
};

/** The SQL of the page about somebody's own files: DuckDB writes them. */
async function runSql(folder: string): Promise<void> {
  const sql = /```sql\n([\s\S]*?)```/.exec(pageText("docs/how-to/own-lake.md"))![1]!;
  for (const statement of sql.split(";\n").filter((text) => text.trim() !== "")) {
    const path = join(folder, /TO '(.*?)'/.exec(statement)![1]!);
    mkdirSync(dirname(path), { recursive: true });
    await query(statement.replace(/TO '.*?'/, `TO '${path}'`));
  }
}

describe("the how-tos", () => {
  it("are all run here", () => {
    const pages = readdirSync(join(here, "../docs/how-to")).map((name) => name.replace(/\.md$/, ""));
    expect(pages.sort()).toEqual(Object.keys(PAGES).sort());
  });

  it.each(Object.keys(PAGES))("%s prints what its comments say", async (page) => {
    const { lines, prepare, first = "" } = PAGES[page]!;
    const code = programOfPage(pageText(`docs/how-to/${page}.md`));
    const said = saidToPrint(code);
    expect(said.length).toBe(lines);
    expect(await printedBy(`${first}${code}`, prepare)).toEqual(said);
  });
});

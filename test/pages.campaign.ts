import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { projectWithPackage } from "./built-package.js";
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
  engines: { lines: 4 },
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

describe("the page about plots", () => {
  it("is a program that prints what its comments say", async () => {
    const code = programOfPage(pageText("docs/plots.md"));
    const said = saidToPrint(code);
    expect(said.length).toBe(8);
    expect(await printedBy(code)).toEqual(said);
  });
});

describe("programs of pages", () => {
  const pages = ["getting-started", "plots", "scale", ...Object.keys(PAGES).map((page) => `how-to/${page}`)];

  it("have no error of types, as strict as this project is", () => {
    const folder = mkdtempSync(join(here, "../.readme-types-"));
    try {
      const files = pages.map((page) => {
        const file = join(folder, `${page.replace("/", "-")}.mts`);
        writeFileSync(file, programOfPage(pageText(`docs/${page}.md`)));
        return file;
      });
      const { options } = ts.parseJsonConfigFileContent(
        ts.readConfigFile(join(here, "../tsconfig.json"), ts.sys.readFile).config,
        ts.sys,
        join(here, ".."),
      );
      const program = ts.createProgram(files, options);
      const errors = files.flatMap((file) => {
        const source = program.getSourceFile(file)!;
        return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
          ({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
        );
      });
      expect(errors).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("getting started: the same in a project of one's own, with the package as it is published", async () => {
    const project = await projectWithPackage();
    try {
      const code = programOfPage(pageText("docs/getting-started.md"));
      writeFileSync(join(project, "first.mts"), code);
      const tsx = join(here, "../node_modules/tsx/dist/cli.mjs");
      const printed = execFileSync(process.execPath, [tsx, "first.mts"], { cwd: project, encoding: "utf8" });
      expect(printed.split("\n").slice(0, -1)).toEqual(saidToPrint(code));
      expect(readdirSync(join(project, "data/bronze/prices"))).toEqual(["date=2026-03-02"]);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  });
});

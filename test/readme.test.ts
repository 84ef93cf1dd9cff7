import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { firstExample, printedBy } from "./run-page.js";
import { query } from "./second-reader/duckdb.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("the README", () => {
  it("shows code that runs as it stands and prints what its comments say", async () => {
    expect((await printedBy(firstExample(readme))).slice(0, 8)).toEqual([
      "[ 'ada', 'bo' ]",
      "Questionable",
      "3 2",
      "[ 'Available', 'Questionable' ] 2",
      "[ 'Out', 'Questionable' ] 0",
      "2",
      "1",
      expect.stringMatching(/^game_id=0022500561 player_id=bo at 2026-01-15T23:00:00Z: gone: .*hour=18/),
    ]);
  });

  it("links to a page that shows leakage, and its absence, in numbers that are true", async () => {
    const code = firstExample(readFileSync(join(root, "docs/as-of.md"), "utf8"));
    const said = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]!);
    expect(said.length).toBe(code.split("console.log").length - 1);
    expect(await printedBy(code)).toEqual(said);
  });

  it("reads three layouts of a tree that something else wrote, as its comments say", async () => {
    const section = readme.slice(readme.indexOf("### Read a tree that exists already"));
    const code = firstExample(section);
    const said = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$|^\/\/ ((?:dk|fd) .*)$/gm)];
    expect(said.length).toBe(5);
    const printed = await printedBy(code, (folder) => writeOldTree(join(folder, "old")));
    expect(printed).toEqual(said.map(([, beside, below]) => beside ?? below));
  });

  it("names the two commands that set everything up, and CI runs the second one as it is", () => {
    expect(readme).toContain("npm install && npm run demo");
    expect(readme).toContain("npm install && npm test");
    expect(readFileSync(join(root, ".ci/run"), "utf8")).toContain("\nnpm install && npm test\n");
  });

  it("links only to files and headings that exist, as does every other page, and every file they name is there", () => {
    const pages = [".", ".changeset", ".github", "docs", "docs/how-to", "bench", "examples/systemd"].flatMap(
      (folder) =>
        readdirSync(join(root, folder))
          .filter((name) => name.endsWith(".md"))
          .map((name) => join(folder, name)),
    );
    expect(pages).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "docs/as-of.md"]));
    const sources = ["src", "test", "examples", "bench"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
        (name) => `/${folder}/${name}`,
      ),
    );
    const missing: string[] = [];
    for (const page of pages) {
      const text = readFileSync(join(root, page), "utf8");
      for (const [, path, heading] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
        const target = path ? join(dirname(page), path) : page;
        if (!existsSync(join(root, target))) missing.push(`${page}: ${target}`);
        else if (heading && !headingsOf(readFileSync(join(root, target), "utf8")).includes(heading))
          missing.push(`${page}: ${target}#${heading}`);
      }
      const named = [...text.matchAll(/`([\w./-]+)`/g)].map((match) => match[1]!);
      for (const name of named) {
        const isPath = /^(?:test|src|examples|bench)\//.test(name);
        // A file of the user's own.
        if (name === "bronzestore.config.ts") continue;
        const isSource = /\w\.(?:ts|cjs|mjs)$/.test(name) && !existsSync(join(root, name));
        if (isPath && !existsSync(join(root, name))) missing.push(`${page}: ${name}`);
        else if (!isPath && isSource && !sources.some((path) => path.endsWith(`/${name}`)))
          missing.push(`${page}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

/** The tree of the README's second example, which DuckDB writes. */
async function writeOldTree(root: string): Promise<void> {
  const write = async (path: string, rows: string): Promise<void> => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    await query(`COPY (${rows}) TO '${join(root, path)}' (FORMAT parquet)`);
  };
  await write(
    "schedule/season=2025/month=1/schedule.parquet",
    `SELECT * FROM (VALUES
      ('g1', 'BOS', TIMESTAMP '2026-01-16 00:30:00', TIMESTAMP '2026-01-01 12:00:00'),
      ('g2', 'NYK', TIMESTAMP '2026-01-16 03:00:00', TIMESTAMP '2026-01-01 12:00:00'),
      ('g3', 'LAL', TIMESTAMP '2026-01-17 03:00:00', TIMESTAMP '2026-01-01 12:00:00')
    ) AS games(game_id, home, tip_ts, fetched_at)`,
  );
  const minutes = (time: string, ada: number, bo: number) => `
    SELECT DATE '2026-01-15' AS game_date, player_id, CAST(minutes AS DOUBLE) AS minutes,
      TIMESTAMPTZ '${time}' AS as_of_ts, TIMESTAMPTZ '${time}' AS ingested_ts
    FROM (VALUES ('ada', ${ada}), ('bo', ${bo})) AS players(player_id, minutes)`;
  await write(
    "projections/20260115/run=20260115T160000Z/minutes.parquet",
    minutes("2026-01-15 16:00:00+00", 30, 18),
  );
  await write(
    "projections/20260115/run=20260115T170000Z/minutes.parquet",
    minutes("2026-01-15 17:00:00+00", 34.5, 20),
  );
  await write(
    "projections/20260115/run=20260115T180000Z/minutes.parquet",
    minutes("2026-01-15 18:00:00+00", 0, 31),
  );
  const salaries = (time: string, players: string) => `
    SELECT player_id, CAST(salary AS INTEGER) AS salary, TIMESTAMPTZ '${time}' AS as_of_ts, TIMESTAMPTZ '${time}' AS ingested_ts
    FROM (VALUES ${players}) AS players(player_id, salary)`;
  const day = "game_date=2026-01-15";
  await write(
    `dfs/site=dk/${day}/0.parquet`,
    salaries("2026-01-15 12:00:00+00", "('ada', 8800), ('bo', 5100)"),
  );
  // A whole new state of one site: bo is gone there.
  await write(`dfs/site=dk/${day}/1.parquet`, salaries("2026-01-15 17:00:00+00", "('ada', 9000)"));
  await write(`dfs/site=fd/${day}/0.parquet`, salaries("2026-01-15 12:00:00+00", "('ada', 10500)"));
}

/** The headings of a page, as links name them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManifestV2 } from "bronzestore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asVersion1 } from "../gold/as-version-1.js";
import { query } from "../second-reader/duckdb.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";
import { tempFolders } from "../storage/temp-folder.js";
import { commandLine } from "./session.js";
import { breakTree, demoConfig, demoTree, foreignTree } from "./trees.js";

const tempFolder = tempFolders();

const QUESTIONS = [
  "show odds_raw 2026-01-15 --as-of 2026-01-15T23:45:00Z --format json",
  "show injuries_raw 2026-01-15 --as-of 2026-01-15T23:45:00Z --lookback 1 --known-by cutoff --format json",
  "verify --all --format json",
];

async function answers(cwd: string): Promise<string[]> {
  const said: string[] = [];
  for (const line of QUESTIONS) said.push((await commandLine(line, { cwd })).out);
  return said;
}

/** A command line that must go well. */
async function done(line: string, cwd: string) {
  const ended = await commandLine(line, { cwd });
  expect(ended, line).toMatchObject({ code: 0 });
  return ended;
}

async function demoOnS3(cwd: string): Promise<void> {
  const storage = storageOnDouble();
  await demoTree(cwd, storage);
  (globalThis as { changedOnDouble?: unknown }).changedOnDouble = storage;
  writeFileSync(join(cwd, "bronzestore.config.ts"), demoConfig("storage: globalThis.changedOnDouble"));
}

/** For what is refused. */
const untouched = mkdtempSync(join(tmpdir(), "bronzestore-cli-"));
beforeAll(() => demoTree(untouched));
afterAll(() => rmSync(untouched, { recursive: true, force: true }));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The rows of an answer in a pipe. */
function rowsOf(out: string): unknown[] {
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe("plans", () => {
  it.each([
    "on a disk",
    "on S3",
  ])("of compact change no answer when applied, and none when taken back, %s", async (where) => {
    const cwd = tempFolder();
    if (where === "on S3") await demoOnS3(cwd);
    else await demoTree(cwd);
    const before = await answers(cwd);
    expect(before[0]).toContain("0022500561");
    const { err, out } = await done(
      "compact odds_raw injuries_raw --before 2026-01-16 --output plan.json",
      cwd,
    );
    expect(err).toContain("Nothing is changed yet: bronzestore apply plan.json");
    expect(rowsOf(out)).toMatchObject([
      { dataset: "odds_raw", date: "2026-01-15", added: 1 },
      { dataset: "injuries_raw", date: "2026-01-15", added: 1 },
    ]);
    expect(await answers(cwd)).toEqual(before);

    const applied = JSON.parse((await done("apply plan.json --format json", cwd)).out) as {
      plan: string;
      filesRemoved: number;
    };
    expect(applied.filesRemoved).toBeGreaterThan(5);
    expect(await answers(cwd)).toEqual(before);
    // The plan lies beside the tree, as people keep it.
    await done("doctor", cwd);
    expect((await done(`restore ${applied.plan}`, cwd)).err).toContain("RestoredPlan");
    expect(await answers(cwd)).toEqual(before);
  });

  it("of prune take history away, and a question that needs it says so", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    await done("prune odds_raw --before 2026-01-16 --output prune.json", cwd);
    const { out } = await done("apply prune.json --format json", cwd);
    const { plan, filesRemoved } = JSON.parse(out) as { plan: string; filesRemoved: number };
    expect(filesRemoved).toBeGreaterThan(0);
    const pruned = await commandLine("show odds_raw 2026-01-15", { cwd });
    expect([pruned.code, pruned.err]).toEqual([3, expect.stringContaining("PRUNED")]);
    expect((await done("verify --all", cwd)).out).toContain("input-pruned");
    await done(`restore ${plan}`, cwd);
    expect((await commandLine("show odds_raw 2026-01-15", { cwd })).code).toBe(0);
  });

  it.each([
    ["compact odds_raw", "--older-than DURATION or --before DATE"],
    ["compact odds_raw --before 2026-01-16 --older-than 2d", "one of the two"],
    ["compact --before 2026-01-16", "Expected at least 1 argument"],
    ["prune odds_raw --older-than 1M", "ISO 8601 duration"],
    ["prune odds_raw --before 2026-01-16 --output bronzestore.config.ts", "is there already"],
    ["apply bronzestore.config.ts", "is no JSON"],
    ["apply gone.json", "There is no file gone.json"],
    ["restore 0123456789abcdef", "0123456789abcdef"],
  ])("%s is refused", async (line, said) => {
    const { code, err, out } = await commandLine(line, { cwd: untouched });
    expect([code > 1, err]).toEqual([true, expect.stringContaining(said)]);
    expect(out === "" || line.includes("--output")).toBe(true);
  });
});

describe("the trash", () => {
  it.each([
    "on a disk",
    "on S3",
  ])("is emptied of what is old enough, for good, and no answer changes, %s", async (where) => {
    const cwd = tempFolder();
    if (where === "on S3") await demoOnS3(cwd);
    else await demoTree(cwd);
    const before = await answers(cwd);
    await done("compact odds_raw --before 2026-01-16 --output plan.json", cwd);
    const applied = JSON.parse((await done("apply plan.json --format json", cwd)).out) as {
      plan: string;
      filesRemoved: number;
    };
    const { plan, filesRemoved } = applied;
    expect(rowsOf((await done("empty-trash --older-than 1d", cwd)).out)).toEqual([{ plan, status: "left" }]);

    const now = readFileSync(join(cwd, "bronzestore.config.ts"), "utf8");
    writeFileSync(join(cwd, "later.config.ts"), now.replace("2026-01-16T12:00:00Z", "2026-01-30T12:00:01Z"));
    const line = "empty-trash --older-than 14d --config later.config.ts";
    const inTrash = () => filesBelow(cwd).filter((path) => /\/\.trash\/.*\.parquet$/.test(path));
    if (where === "on a disk") expect(inTrash().length).toBeGreaterThanOrEqual(filesRemoved);
    const emptied = JSON.parse((await done(`${line} --format json`, cwd)).out) as object;
    if (where === "on a disk") expect(inTrash()).toEqual([]);
    expect(emptied).toMatchObject({ plans: [plan], filesDeleted: filesRemoved, left: [] });
    expect((await commandLine(`restore ${plan}`, { cwd })).code).toBeGreaterThan(1);
    expect((await done(line, cwd)).out).toBe("");
    expect(await answers(cwd)).toEqual(before);
  });
});

describe("attest", () => {
  it("writes beside an old manifest what its inputs contain, once; what is not as it was is refused", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    const [path] = filesBelow(join(cwd, "gold")).filter((name) => name.endsWith("manifest.lock.json"));
    const manifest = JSON.parse(readFileSync(path!, "utf8")) as ManifestV2;
    expect(rowsOf((await done("attest", cwd)).out)).toMatchObject([{ status: "not-needed" }]);
    writeFileSync(path!, asVersion1(manifest));
    const first = manifest.inputs[0]!.files[0]!.path;
    const bytes = readFileSync(join(cwd, first));
    writeFileSync(join(cwd, first), "other bytes");
    const refused = await commandLine("attest", { cwd });
    expect(refused.code).toBe(1);
    expect(rowsOf(refused.out)).toMatchObject([{ status: "refused", error: expect.stringContaining(first) }]);

    writeFileSync(join(cwd, first), bytes);
    const attestations = () => filesBelow(cwd).filter((name) => name.endsWith("attestation.lock.json"));
    expect(attestations()).toEqual([]);
    const files = new Set(manifest.inputs.flatMap((input) => input.files.map((file) => file.path))).size;
    const { out, err } = await done("attest", cwd);
    expect(rowsOf(out)).toMatchObject([{ status: "attested", files }]);
    expect(err).toBe("1 manifest: 1 attested, 0 refused\n");
    expect(attestations()).toHaveLength(1);
    expect(rowsOf((await done("attest --from 2026-01-15 --to 2026-01-15", cwd)).out)).toMatchObject([
      { status: "unchanged", files },
    ]);
  });
});

describe("init", () => {
  it("writes a config that is loaded and answers as the guess it was written from", async () => {
    const cwd = tempFolder();
    await foreignTree(cwd);
    const lines = [
      "ls",
      "ls prices",
      "show prices 2026-01-15",
      "show prices 2026-01-15 --as-of 2026-01-15T15:30:00Z --format csv",
      "show prices 2026-01-14 --as-of 2026-01-15T15:30:00Z --known-by cutoff",
    ];
    const guessed = [];
    for (const line of lines) guessed.push((await done(line, cwd)).out);
    expect((await done("init --dry-run", cwd)).out).toContain('layout: "dt={date}/*.parquet"');
    await done("init", cwd);
    const config = readFileSync(join(cwd, "bronzestore.config.ts"), "utf8");
    expect((await commandLine("init", { cwd })).err).toContain("is there already");
    for (const [i, line] of lines.entries()) {
      const { out, err } = await done(line, cwd);
      expect([line, out]).toEqual([line, guessed[i]]);
      expect(err).not.toContain("guessed");
    }
    expect(readFileSync(join(cwd, "bronzestore.config.ts"), "utf8")).toBe(config);
  });

  it("does so for the demo's tree, and for a folder that is itself a dataset's", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    writeFileSync(join(cwd, "bronzestore.config.ts"), "");
    const line = "show odds_raw 2026-01-15 --as-of 2026-01-15T23:45:00Z";
    const guess = await done(`${line} --root .`, cwd);
    expect(guess.out.split("\n").length).toBe(25);
    const own = join(cwd, "bronze/odds_raw");
    const inside = await done(`${line} --root .`, own);
    expect(inside.out).toBe(guess.out);
    for (const [folder, root] of [
      [join(cwd, "bronze"), "."],
      [own, "."],
    ] as const) {
      await done(`init --root ${root}`, folder);
      expect((await done(line, folder)).out).toBe(guess.out);
    }
  });

  it("refuses a zone there is not, and a folder without Parquet", async () => {
    const cwd = tempFolder();
    expect(await commandLine("init", { cwd })).toMatchObject({ code: 3 });
    expect((await commandLine("init --time-zone New_York", { cwd })).err).toContain("INVALID_TIME_ZONE");
  });
});

describe("import and export", () => {
  it("names the file that a table of versions goes without, where one may", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    const { empty } = breakTree(cwd);
    const line = "export odds_raw --from 2026-01-15 --to 2026-01-15";
    const refused = await commandLine(line, { cwd });
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringContaining("read with --on-corrupt skip to"),
    ]);
    const { err } = await done(`${line} --on-corrupt skip`, cwd);
    expect(err).toContain(`\n1 corrupt file passed over: ${empty}\n`);
  });

  it("bring a CSV file in, once, and its answers out as a table that DuckDB reads", async () => {
    const cwd = tempFolder();
    writeFileSync(
      join(cwd, "bronzestore.config.ts"),
      `import { defineConfig, defineDataset, instant } from "bronzestore";
import * as z from "bronzestore/zod";
const odds = defineDataset({
  name: "odds",
  layout: "date={date}/run={run}/odds.parquet",
  timeZone: "UTC",
  schema: z.object({ game_id: z.string(), price: z.int(), as_of_ts: instant(), ingested_ts: instant() }),
  key: ["game_id"],
  date: { from: "as_of_ts" },
});
export default defineConfig({ root: ".", datasets: [odds] });
`,
    );
    const csv = join(cwd, "dump.csv");
    writeFileSync(
      csv,
      "GAME,price,as_of_ts,Notes\n0022500561,-110,2026-01-15T12:00:00Z,a\n0022500561,-120,2026-01-15T13:00:00Z,b\n",
    );
    const line = `import odds ${csv} --map game_id=GAME --ignore Notes --ingested-at 2026-01-15T14:00:00Z --run-id r1 --run-started-at 2026-01-15T14:00:00Z`;
    const tried = await done(`${line} --dry-run`, cwd);
    expect(tried.out).toContain('"rows":2');
    expect((await done("ls odds", cwd)).out).toBe("");
    await done(line, cwd);
    await done(line, cwd);
    const shown = await done("show odds 2026-01-15", cwd);
    expect(
      shown.out
        .trim()
        .split("\n")
        .map((row) => JSON.parse(row)),
    ).toMatchObject([
      { game_id: "0022500561", price: -110 },
      { game_id: "0022500561", price: -120 },
    ]);
    const { out } = await done("export odds --from 2026-01-15 --to 2026-01-15 --axes valid", cwd);
    const { path } = JSON.parse(out) as { path: string };
    const at = BigInt(Date.parse("2026-01-15T12:30:00Z")) * 1_000_000n;
    const rows = await query(
      `SELECT game_id, price::INT AS price FROM read_parquet('${join(cwd, path)}') WHERE valid_from <= ${at} AND (valid_to IS NULL OR valid_to > ${at})`,
    );
    expect(rows).toEqual([{ game_id: "0022500561", price: -110 }]);
  });

  it.each([
    ["import odds_raw", "Expected at least 2 argument"],
    ["import odds_raw gone.csv", "No file matches"],
    ["import odds_raw gone.csv --map game_id", "COLUMN=NAME"],
    ["import odds_raw gone.csv --run-started-at now", "--run-id"],
    ["import odds_raw gone.csv --ingested-at 2026-01-15", "no time zone"],
    ["export odds_raw", "--from DATE and --to DATE"],
    ["export odds_raw --from 2026-01-15 --to 2026-01-15 --axes all", "valid|known|both"],
  ])("%s is refused", async (line, said) => {
    const { code, err, out } = await commandLine(line, { cwd: untouched });
    expect([code > 1, out, err]).toEqual([true, "", expect.stringContaining(said)]);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VersionsAxes } from "bronzestore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { viewOf } from "../bronze/versions-page.js";
import { COMPARED, versionsWorld } from "../bronze/versions-world.js";
import { installedPython, runToEnd } from "./make-files.js";

const script = fileURLToPath(new URL("ask_versions.py", import.meta.url));

interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

let folder: string;
let python: string;
let world: Awaited<ReturnType<typeof versionsWorld>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bronzestore-versions-"));
  python = installedPython(join(folder, "python"), ["pyspark", "chdb"]);
  world = await versionsWorld(join(folder, "tree"), { seed: 1531, questions: 25 });
});
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Has a program of the engine run statements, and gives what it says. */
function asked(
  engine: "clickhouse" | "spark",
  setup: readonly string[],
  statements: readonly string[],
): Answer[] {
  const [given, out] = [join(folder, "asked.json"), join(folder, "answers.json")];
  writeFileSync(given, JSON.stringify({ setup, statements }));
  console.info(runToEnd(`${engine} failed`, python, [script, engine, given, out]).stdout.trim());
  return JSON.parse(readFileSync(out, "utf8")) as Answer[];
}

/** What each engine calls nothing found, and a view. */
const ENGINES = {
  clickhouse: { join: " SETTINGS join_use_nulls = 1", labels: "CREATE VIEW labels AS" },
  spark: { join: "", labels: "CREATE TEMPORARY VIEW labels AS" },
} as const;

describe.each([
  "clickhouse",
  "spark",
] as const)("the statements of docs/versions-table.md, in %s", (engine) => {
  it.each([
    "valid",
    "known",
    "both",
  ] as const)("of a table by %s give the rows, values and places of asOf", (axes: VersionsAxes) => {
    const cases = world.cases.filter((one) => one.axes === axes);
    const { join: settings, labels } = ENGINES[engine];
    const isWhole = axes === "both";
    const setup = [viewOf(engine, world.files.get(axes)!), `${labels} ${world.joins.labels}`];
    const statements = [
      ...cases.map(({ sql }) => sql),
      ...(isWhole ? [`${world.joins.sql}${settings}`] : []),
    ];
    const answers = asked(engine, setup, statements);
    let met = 0;
    for (const [i, { rows }] of cases.entries()) {
      const { columns, rows: found } = answers[i]!;
      const places = COMPARED.map((name) => columns.indexOf(name));
      expect(found.map((row) => places.map((place) => row[place]))).toEqual(rows);
      met += rows.length;
    }
    expect(met).toBeGreaterThan(cases.length);
    if (isWhole) expect(answers.at(-1)!.rows).toEqual(world.joins.rows);
  });
});

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { COMMANDS as COMMAND_LIST } from "../../src/cli/commands.js";
import type { DiagnosisData } from "../../src/report/page/data.js";
import { expectGolden } from "../golden/golden.js";
import { withoutRandom } from "../golden/volatile.js";
import { reportDataOf } from "../report/report-data-of.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";
import { tempFolders } from "../storage/temp-folder.js";
import { COMMANDS, KEY, LOCK, SLATES } from "./command-lines.js";
import { commandLine, session } from "./session.js";
import { breakTree, demoConfig, demoTree, foreignTree, freezeForeign } from "./trees.js";

const tempFolder = tempFolders();
/** What a person types wrong, and what cannot be had. */
const MISTAKES = [
  "",
  "shwo odds_raw",
  "show odds_raw 2026-01-15 --asof now",
  "show odds_raw 2026-01-15 --as-of",
  "show odds_raw 2026-01-15 --as-of 2026-01-15T23:45:00",
  "show odds_raw 2026-01-15 --as-of yesterday",
  "show odds_raw 2026-01-15 --as-of now-1M",
  "show odds_raw 2026-01-15 --as-of now-P1M",
  "show odds_raw 2026-01-15 --known-by cutoff",
  "show odds_raw 2026-1-15",
  "show odds_raw",
  "show odds 2026-01-15",
  "show odds_raw 2026-01-15 --columns prize",
  "show odds_raw 2026-01-15 --limit few",
  "show odds_raw 2026-01-15 --format xml",
  "show odds_raw 2026-01-15 --limit 1 --format parquet",
  "show odds_raw 2026-01-15 2026-01-16",
  `explain odds_raw 2026-01-15 game_id=0022500561 --as-of ${LOCK}`,
  `explain odds_raw 2026-01-15 ${KEY}`,
  `history odds_raw 2026-01-15 ${KEY} price=1`,
  `history odds_raw 2026-01-15 ${KEY} --known-by cutoff`,
  "coverage odds_raw --from 2026-01-14",
  "verify",
  "verify --all --revision 1",
  "verify season=2025 --snapshot lock",
  "runs 20260116T060000Z-00000000",
  "attest --from 2026-02-01",
  "attest --snapshot gone",
  "empty-trash",
  "empty-trash --older-than 1h",
  "empty-trash --older-than 1M",
  "doctor --root .",
  "ls --config gone.ts",
  "ui --port 65536",
  "ui --list-every 0s",
  "ui odds",
];

const FORMATS = ["table", "json", "ndjson", "csv"].map(
  (format) =>
    `show injuries_raw 2026-01-15 --as-of ${LOCK} --columns game_id,player_name,status,as_of_ts --limit 2 --format ${format}`,
);

const REPORT_AND_SQL = [
  `freshness odds_raw --at ${LOCK} --prom odds.prom --from 2026-01-15 --to 2026-01-15`,
  "freshness --from 2026-01-15",
  "report -o tree.html --from 2026-01-15",
  "report weather -o tree.html",
  "ui odds_raw --from 2026-01-15 --list-every 30s",
  `sql odds_raw 2026-01-15 --as-of ${LOCK} --columns price --dialect duckdb --at data`,
  `sql injuries_raw 2026-01-15 --as-of ${LOCK} --lookback 1 --known-by cutoff --dialect duckdb --at /data --counts`,
  `sql odds_raw 2026-01-15 --as-of ${LOCK} --dialect oracle --at data`,
  "sql odds_raw 2026-01-15 --dialect duckdb --at data",
];

const ON_BROKEN = [
  "ls injuries_raw",
  "doctor --format csv",
  "coverage injuries_raw --from 2026-01-15 --to 2026-01-15 --format csv",
  "freshness --format csv",
  "freshness --prom broken.prom",
  "runs --format csv",
  "verify --all",
  "show injuries_raw 2026-01-12",
  "show injuries_raw 2026-01-15",
  "show injuries_raw 2026-01-15 --on-corrupt skip --limit 1",
  `show injuries_raw 2026-01-15 --as-of ${LOCK} --on-corrupt skip --limit 1`,
  `explain odds_raw 2026-01-15 ${KEY} --as-of ${LOCK} --limit 1`,
  `explain odds_raw 2026-01-15 ${KEY} --as-of ${LOCK} --on-corrupt skip --limit 1`,
  `history odds_raw 2026-01-15 ${KEY} --on-corrupt skip --limit 1`,
  `diff odds_raw 2026-01-15 --from 2026-01-15T12:00:00Z --to ${LOCK} --on-corrupt skip --limit 1`,
  `sql odds_raw 2026-01-15 --as-of ${LOCK} --columns price --dialect duckdb --at data --on-corrupt skip`,
  "report -o broken.html",
];

const PRUNED = [
  "prune odds_raw --before 2026-01-16",
  "prune odds_raw",
  "prune odds_raw --before 2026-01-16 --days-without-slate --output prune.json",
  "apply prune.json",
  "show odds_raw 2026-01-15 --as-of 2026-01-15T18:00:00Z --known-by cutoff --limit 1",
  "show odds_raw 2026-01-15 --as-of 2026-01-15T18:00:00Z --known-by cutoff --accept-pruned --limit 1",
  `history odds_raw 2026-01-15 ${KEY} --accept-pruned --limit 1`,
];

const CLOSES =
  "--from 2026-01-14 --to 2026-01-15 --snapshot close --train-end 2026-01-14 --val-end 2026-01-15";
/** A training set of slates that are none of games, each line on what the ones before left. */
const FOREIGN_SLATES = [
  `training-set v1 labels.ts ${CLOSES} --on symbol`,
  "freeze-due",
  `training-set v1 labels.ts ${CLOSES} --on symbol`,
  `training-set v1 labels.ts ${CLOSES} --on symbol`,
  `training-set v2 labels.ts ${CLOSES} --on ticker`,
  `training-set v2 labels.ts ${CLOSES.replace("close", "lock")} --on symbol`,
  `training-set v2 ./gone.ts ${CLOSES} --on symbol`,
  "verify --all",
  "runs",
];

describe("the command line", () => {
  let demo: string;
  let foreign: string;
  let onS3: string;
  beforeAll(async () => {
    [demo, foreign, onS3] = [tempFolder(), tempFolder(), tempFolder()];
    await demoTree(demo);
    await foreignTree(foreign);
    const storage = storageOnDouble();
    (globalThis as { onDouble?: unknown }).onDouble = storage;
    await demoTree(onS3, storage);
    writeFileSync(join(onS3, "bronzestore.config.ts"), demoConfig("storage: globalThis.onDouble"));
  });

  it("says what it said: every command in a pipe and at a terminal, mistakes, forms, a foreign tree, a tree on S3", async () => {
    mkdirSync(join(demo, "a/b"), { recursive: true });
    const foreignLines = [
      "ls",
      "ls prices",
      "show prices 2026-01-15",
      "show prices 2026-01-15 --as-of 2026-01-15T15:30:00Z",
      "show reference",
      "show weather 2026-01-15",
      "verify --all",
      "init --dry-run --time-zone Europe/Berlin",
      "attest",
      `training-set v1 labels.ts ${CLOSES} --on symbol`,
      "empty-trash --older-than 14d",
      "report prices -o tree.html --title prices",
      "report -o gone/tree.html",
      "report",
      "ui prices --title prices",
    ];
    const slates = tempFolder();
    await demoTree(slates);
    const broken = tempFolder();
    await demoTree(broken);
    breakTree(broken);
    const [pruned, atTerminal, closes] = [tempFolder(), tempFolder(), tempFolder()];
    await demoTree(pruned);
    await demoTree(atTerminal);
    await foreignTree(closes);
    freezeForeign(closes);
    const terminal = { columns: 110, env: { NO_COLOR: "1" } };
    const texts = new Map([
      ["pipe.txt", await session(COMMANDS, { cwd: demo })],
      // Found upwards, from a folder inside.
      [
        "terminal.txt",
        await session(COMMANDS, { cwd: join(demo, "a/b"), columns: 110, env: { NO_COLOR: "1" } }),
      ],
      ["mistakes.txt", await session(MISTAKES, { cwd: demo })],
      ["formats.txt", await session(FORMATS, { cwd: demo })],
      ["report-and-sql.txt", await session(REPORT_AND_SQL, { cwd: demo })],
      ["foreign.txt", await session(foreignLines, { cwd: foreign })],
      ["foreign-root.txt", await session(["ls --root prices", "ls --root gone"], { cwd: foreign })],
      ["broken.txt", await session(ON_BROKEN, { cwd: broken })],
      ["pruned.txt", await session(PRUNED, { cwd: pruned })],
      ["slates.txt", await session(SLATES, { cwd: slates })],
      ["slates-terminal.txt", await session(SLATES, { cwd: atTerminal, ...terminal })],
      ["slates-foreign.txt", await session(FOREIGN_SLATES, { cwd: closes, ...terminal })],
      ["s3.txt", await session(COMMANDS, { cwd: onS3 })],
      [
        "help.txt",
        await session(
          [
            "--help",
            "show --help",
            "prune --help",
            "import --help",
            "training-set --help",
            "attest --help",
            "empty-trash --help",
            "--version",
          ],
          {
            cwd: foreign,
          },
        ),
      ],
    ]);
    expectGolden("../cli/sessions", new Map([...texts].map(([name, text]) => [name, withoutRandom(text)])));
  });

  it("names all that is broken in a tree, each by its path", async () => {
    const cwd = tempFolder();
    await demoTree(cwd);
    const planted = Object.values(breakTree(cwd));
    const { code, out } = await commandLine("doctor --format json", { cwd });
    const { findings } = JSON.parse(out) as { findings: readonly { readonly path: string }[] };
    expect(code).toBe(1);
    expect(findings.map(({ path }) => path).sort()).toEqual(planted.sort());

    expect((await commandLine("report -o broken.html", { cwd })).code).toBe(0);
    const shown = reportDataOf(readFileSync(join(cwd, "broken.html"), "utf8")).diagnosis as DiagnosisData;
    expect(shown.findings.map(({ path }) => path).sort()).toEqual(planted);
  });

  it("answers on S3 as on a disk, but for where the tree lies", () => {
    const [disk, server] = ["pipe.txt", "s3.txt"].map((name) =>
      readFileSync(new URL(`sessions/${name}`, import.meta.url), "utf8").split("\n\n$ "),
    );
    // The doctor counts the files of the config's folder too, where that is the tree.
    const isAlike = (text: string) => !text.startsWith("bronzestore doctor");
    expect(disk!.length).toBe(COMMANDS.length);
    expect(server!.filter(isAlike)).toEqual(disk!.filter(isAlike));
  });

  it("freezes and replays on S3 as on a disk", async () => {
    const cwd = tempFolder();
    const storage = storageOnDouble();
    (globalThis as { slatesOnDouble?: unknown }).slatesOnDouble = storage;
    await demoTree(cwd, storage);
    writeFileSync(join(cwd, "bronzestore.config.ts"), demoConfig("storage: globalThis.slatesOnDouble"));
    const text = readFileSync(new URL("sessions/slates.txt", import.meta.url), "utf8");
    const lines = SLATES.slice(0, 13);
    expect(text.startsWith(await session(lines, { cwd }))).toBe(true);
  });

  it("does what its page shows, and the page names every command there is", async () => {
    const page = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");
    const blocks = [...page.matchAll(/```console\n\$ bronzestore (.*)\n([\s\S]*?)```/g)];
    expect(blocks.length).toBeGreaterThan(1);
    for (const [, line, text] of blocks) {
      const cwd = line!.includes("prices") ? foreign : demo;
      const { both } = await commandLine(line!, { cwd, columns: 200, env: { NO_COLOR: "1" } });
      expect([line, both]).toEqual([line, text]);
    }
    const named = [...page.matchAll(/^\| `(\w[\w-]*)/gm)].map(([, name]) => name!);
    for (const name of Object.keys(COMMAND_LIST))
      expect(named).toContain(name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`));
  });
});

import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  BronzeError,
  BronzeStore,
  type Diagnosis,
  doctor,
  type FindingCode,
  importFiles,
  localDisk,
  memoryStorage,
  readRun,
  withRun,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import { canonicalJson, seal } from "../../src/json/index.js";
import { injuries, odds, roster } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { freezeGame, OLD, retentionWorld, writeBoard, writeReports, writeRun } from "../retention/world.js";
import { tempFolders } from "../storage/temp-folder.js";
import { CONVERTED, foreignFile, type Node } from "../table/foreign-file.js";

const temp = tempFolders();
const DATASETS = [injuries, odds, roster];
const DAY = "bronze/odds_raw/season=2025/date=2026-01-15";
const IMPORT = "bronze/_imports/dump.json";
const TEMP = ".odds.parquet.4711-0123abcd-0123456789ab.tmp";

/** A root with everything in it: history, a compacted day, frozen slates, a training set, a run and its pointer. */
async function makeRoot(): Promise<string> {
  const root = temp();
  const storage = localDisk(root);
  const world = retentionWorld(storage);
  await writeBoard(world, [22, 23]);
  await writeReports(world);
  await freezeGame(world, "g1");
  await writeBoard(world, [24, 25]);
  await world.retention.apply(await world.retention.planCompact({ ...OLD, into: "day" }));
  await writeRun(world, 26 * 60);
  const dump = join(temp(), "rosters.csv");
  writeFileSync(dump, "player_id,team,as_of_ts\n");
  await importFiles(new BronzeStore({ storage, datasets: [roster] }), "roster_nightly_raw", dump, {
    id: "dump",
  });
  await world.gold.trainingSet({
    from: "2026-01-15",
    to: "2026-01-15",
    snapshot: "lock",
    labels: [{ book: "dk", won: true }],
    on: ["book"],
    splits: { trainEnd: "2026-01-15", valEnd: "2026-01-16" },
    version: "v1",
  });
  await withRun({ storage, name: "live", timeZone: "UTC" }, async (run) => {
    const output = await run.stage("score", {}, () => 1);
    await run.writePointer("projections/latest_run.json", { outputs: [output] });
  });
  return root;
}

let made: Promise<string> | undefined;

/** A copy of it for each test. */
async function healthyRoot(): Promise<string> {
  made ??= makeRoot();
  const root = temp();
  cpSync(await made, root, { recursive: true });
  return root;
}

function put(root: string, path: string, bytes: string | Uint8Array = "x"): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
  return path;
}

/** The paths below a folder that match, sorted. */
function find(root: string, pattern: RegExp): string[] {
  return (readdirSync(root, { recursive: true }) as string[]).filter((path) => pattern.test(path)).sort();
}

function age(root: string, path: string, days: number): void {
  const then = new Date(Date.now() - days * 86_400_000);
  utimesSync(join(root, path), then, then);
}

function oldTemp(root: string, folder: string): string {
  const path = put(root, `${folder}/${TEMP}`);
  age(root, path, 2);
  return path;
}

/** Changes a byte in the middle of a file. */
function damage(root: string, path: string): string {
  const bytes = readFileSync(join(root, path));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 0xff;
  writeFileSync(join(root, path), bytes);
  return path;
}

function damageText(root: string, path: string): string {
  writeFileSync(
    join(root, path),
    readFileSync(join(root, path), "utf8").replace(/\d/, (digit) => (digit === "1" ? "2" : "1")),
  );
  return path;
}

const runFile = (root: string) => find(root, /^runs\/[^/]+\/[^/]+\.json$/)[0]!;
const ofOdds = (root: string, pattern: RegExp) => find(root, pattern).filter((path) => path.startsWith(DAY));
const trashFolder = (root: string) => dirname(find(root, /^\.trash\/[^/]+\/_record\.json$/)[0]!);

/** A run file as a process leaves it that was killed in the run. */
function killedRun(root: string): string {
  const path = runFile(root);
  const { digest: _, ...record } = JSON.parse(readFileSync(join(root, path), "utf8"));
  const id = "20260115T234500Z-0badcafe";
  return put(
    root,
    `runs/2026-01-15/${id}.json`,
    JSON.stringify({ ...record, run_id: id, version: 1, status: "running", ended_at: null }),
  );
}

/** Each kind of thing that can be wrong: how it comes about, and where it is then found. */
const PLANTS: readonly (readonly [what: string, code: FindingCode, plant: (root: string) => string])[] = [
  ["a temp file of a killed writer in a day", "temp-file", (root) => oldTemp(root, DAY)],
  ["one alone in a run's folder", "temp-file", (root) => oldTemp(root, `${DAY}/run_ts=20260115T111111Z`)],
  [
    "one in an old hour's folder",
    "temp-file",
    (root) => oldTemp(root, "bronze/injuries_raw/season=2024/date=2024-11-05/hour=03"),
  ],
  ["one in the trash", "temp-file", (root) => oldTemp(root, `${trashFolder(root)}/${DAY}`)],
  ["one beside a pointer", "temp-file", (root) => oldTemp(root, "projections")],
  ["notes in a dataset's folder", "stray-file", (root) => put(root, "bronze/odds_raw/notes.txt")],
  ["a table of another format in a day", "stray-file", (root) => put(root, `${DAY}/odds.csv`)],
  ["data above the days", "unreachable-file", (root) => put(root, "bronze/odds_raw/odds.parquet")],
  [
    "data in a folder that is no partition",
    "unreachable-file",
    (root) => put(root, `${DAY}/run=7/odds.parquet`),
  ],
  ["a second latest view", "unreachable-file", (root) => put(root, `${DAY}/other.parquet`)],
  ["data too deep", "unreachable-file", (root) => put(root, `${DAY}/hour=03/part/odds.parquet`)],
  [
    "data of a dataset nobody named",
    "unknown-dataset",
    (root) => dirname(dirname(put(root, "bronze/weather_raw/x/data.parquet"))),
  ],
  ["data beside the datasets", "unknown-dataset", (root) => dirname(put(root, "silver/data.parquet"))],
  [
    "an import that was killed",
    "unfinished-import",
    (root) => {
      const { digest: _, ...record } = JSON.parse(readFileSync(join(root, IMPORT), "utf8"));
      return put(root, IMPORT, canonicalJson(seal({ ...record, state: "begun" })));
    },
  ],
  ["a changed record of an import", "unreadable-import", (root) => damageText(root, IMPORT)],
  ["a damaged file of ours", "damaged-file", (root) => damage(root, ofOdds(root, /odds\.parquet$/)[0]!)],
  ["a damaged compacted file", "damaged-file", (root) => damage(root, ofOdds(root, /compacted/)[0]!)],
  ["a file that is no Parquet", "damaged-file", (root) => put(root, `${DAY}/hour=03/odds.parquet`)],
  [
    "a report of another day",
    "refused-file",
    (root) => {
      const path = find(root, /^bronze\/injuries_raw\/.*hour=\d\d\/injuries\.parquet$/)[0]!;
      const other = path.replace(/date=[\d-]+/, "date=2026-01-02");
      return put(root, other, readFileSync(join(root, path)));
    },
  ],
  [
    "a file of another dataset's columns",
    "refused-file",
    (root) => {
      const path = find(root, /^bronze\/injuries_raw\/.*hour=\d\d\/injuries\.parquet$/)[0]!;
      return put(root, `${DAY}/hour=04/odds.parquet`, readFileSync(join(root, path)));
    },
  ],
  [
    "a lost state",
    "lost-state",
    (root) => {
      rmSync(join(root, `${DAY}/_retention.json`));
      return `${DAY}/_retention.json`;
    },
  ],
  ["a changed state", "lost-state", (root) => damageText(root, `${DAY}/_retention.json`)],
  [
    "a changed trash record",
    "retention-state",
    (root) => damageText(root, `${trashFolder(root)}/_record.json`),
  ],
  [
    "a changed registration",
    "retention-state",
    (root) => damageText(root, find(root, /^bronze\/_gold\/[^.]*\.json$/)[0]!),
  ],
  [
    "a lost compacted file",
    "retention-state",
    (root) => {
      const [path] = ofOdds(root, /compacted/);
      rmSync(join(root, path!));
      return path!;
    },
  ],
  [
    "a file that retention took and someone put back",
    "unfinished-retention",
    (root) => {
      const taken = find(root, /^\.trash\/.*odds\.parquet$/)[0]!;
      const path = taken.split("/").slice(2).join("/");
      return put(root, path, readFileSync(join(root, taken)));
    },
  ],
  [
    "a lost trash record",
    "trash-without-record",
    (root) => {
      const folder = trashFolder(root);
      rmSync(join(root, folder, "_record.json"));
      return folder;
    },
  ],
  [
    "a day under another season",
    "unreachable-file",
    (root) => put(root, "bronze/odds_raw/season=2026/date=2026-01-20/run_ts=20260120T120000Z/odds.parquet"),
  ],
  [
    "a folder named like a data file",
    "broken-day",
    (root) => {
      put(root, `${DAY}/run_ts=20260115T235900Z/odds.parquet/x`);
      rmSync(join(root, `${DAY}/run_ts=20260115T235900Z/odds.parquet/x`));
      return "bronze/odds_raw of 2026-01-15";
    },
  ],
  [
    "a changed manifest",
    "unreadable-manifest",
    (root) => damageText(root, find(root, /^gold\/slates\/.*manifest\.lock\.json$/)[0]!),
  ],
  [
    "a changed manifest of a training set",
    "unreadable-manifest",
    (root) => damageText(root, "gold/training/v1/manifest.json"),
  ],
  ["a changed id of a gold store", "unreadable-manifest", (root) => damageText(root, "gold/_store.json")],
  [
    "changed gold",
    "damaged-output",
    (root) => damage(root, find(root, /^gold\/slates\/.*lock\.[0-9a-f]{16}\.parquet$/)[0]!),
  ],
  [
    "lost gold",
    "damaged-output",
    (root) => {
      const path = find(root, /^gold\/training\/v1\/.*\.parquet$/)[0]!;
      rmSync(join(root, path));
      return path;
    },
  ],
  [
    "an interrupted freeze",
    "data-without-manifest",
    (root) => put(root, "gold/slates/season=2025/game_date=2026-01-16/game_id=g7/lock.parquet"),
  ],
  [
    "an interrupted freeze of other rows, beside the one that was finished",
    "data-without-manifest",
    (root) => {
      const path = find(root, /^gold\/slates\/.*lock\.[0-9a-f]{16}\.parquet$/)[0]!;
      return put(root, path.replace(/[0-9a-f]{16}\.parquet$/, `${"0".repeat(16)}.parquet`));
    },
  ],
  [
    "an interrupted training set",
    "data-without-manifest",
    (root) => put(root, "gold/training/v2/train.parquet"),
  ],
  ["a killed run", "abandoned-run", killedRun],
  ["a changed run file", "unreadable-run", (root) => damageText(root, runFile(root))],
  ["a changed pointer", "unreadable-pointer", (root) => damageText(root, "projections/latest_run.json")],
  ["a pointer that is none", "unreadable-pointer", (root) => put(root, "silver/latest_run.json", "{")],
  [
    "a pointer to a run that is not there",
    "pointer-without-run",
    (root) =>
      put(
        root,
        "silver/newest.json",
        JSON.stringify({
          run_id: "20250101T000000Z-0badcafe",
          run_as_of_ts: "2025-01-01T00:00:00Z",
          generated_at: "2025-01-01T00:00:00Z",
        }),
      ),
  ],
  [
    "a link that leads back up",
    "unreadable-folder",
    (root) => {
      symlinkSync("..", join(root, "projections/up"));
      return "projections";
    },
  ],
];

const found = ({ findings }: Diagnosis) => findings.map(({ code, path }) => `${code} ${path}`);

describe("the doctor", () => {
  it("finds nothing in a healthy tree, and says what it looked at", async () => {
    const root = await healthyRoot();
    const diagnosis = await doctor({ root }, { datasets: DATASETS });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.ok).toBe(true);
    const idle = diagnosis.checks.filter(({ looked }) => looked === 0).map(({ check }) => check);
    expect(idle).toEqual(["data files of roster_nightly_raw", "days of roster_nightly_raw"]);
    expect(String(diagnosis)).toContain("nothing to look at: data files of roster_nightly_raw");
    expect(String(diagnosis)).toContain("nothing is in bronze/roster_nightly_raw");
    expect(JSON.parse(JSON.stringify(diagnosis))).toEqual({ ...diagnosis });
  });

  it("says that it looked at nothing, which is not well", async () => {
    const { ok, checks } = await doctor({ storage: memoryStorage() }, { datasets: [] });
    expect(ok).toBe(false);
    expect(checks.every(({ looked }) => looked === 0)).toBe(true);
  });

  it.each(PLANTS)("finds %s (%s)", async (_, code, plant) => {
    const root = await healthyRoot();
    const path = plant(root);
    const diagnosis = await doctor({ root }, { datasets: DATASETS });
    if (code === "unreadable-folder") {
      expect(diagnosis.findings.filter((one) => one.code === code).length).toBeGreaterThan(0);
      return;
    }
    expect(found(diagnosis)).toContain(`${code} ${path}`);
    // Only what follows from it is found beside it.
    const others = diagnosis.findings.filter((one) => one.path !== path).map((one) => one.code);
    expect(others.filter((other) => !FOLLOWS.includes(other))).toEqual([]);
    expect(diagnosis.ok).toBe(false);
    for (const { what, todo, done } of diagnosis.findings)
      expect([what !== "", todo !== "", done]).toEqual([true, true, null]);
  });

  it("finds all of them together", async () => {
    const root = await healthyRoot();
    const together = PLANTS.filter(([what]) => !ALONE.includes(what));
    const planted = together.map(([, code, plant]) => `${code} ${plant(root)}`);
    expect(together.length).toBeGreaterThan(PLANTS.length - ALONE.length - 1);
    expect(found(await doctor({ root }, { datasets: DATASETS }))).toEqual(expect.arrayContaining(planted));
  });

  it("makes the safe repairs alone, says what it did, and finds them no more", async () => {
    const root = await healthyRoot();
    const temps = PLANTS.filter(([, code]) => code === "temp-file").map(([, , plant]) => plant(root));
    const run = killedRun(root);
    const stray = put(root, `${DAY}/odds.csv`);
    const before = find(root, /./);
    const looked = await doctor({ root }, { datasets: DATASETS });
    // Looking changes nothing.
    expect(find(root, /./)).toEqual(before);
    expect(looked.findings.map(({ fix, done }) => `${fix} ${done}`).sort()).toEqual(
      [...[...temps, run].map(() => "safe null"), "manual null"].sort(),
    );
    const fixed = await doctor({ root }, { datasets: DATASETS, fix: true });
    const done = new Map(fixed.findings.map((one) => [one.path, one.done]));
    for (const path of temps) expect(done.get(path)).toBe("removed");
    expect(done.get(run)).toBe("marked as abandoned");
    expect(done.get(stray)).toBeNull();
    expect(fixed.ok).toBe(false);
    expect(find(root, /./)).toEqual(before.filter((path) => !temps.includes(path)));
    expect((await readRun({ root }, "20260115T234500Z-0badcafe", { timeZone: "UTC" })).status).toBe(
      "abandoned",
    );
    expect(found(await doctor({ root }, { datasets: DATASETS }))).toEqual([`stray-file ${stray}`]);
    rmSync(join(root, stray));
    expect((await doctor({ root }, { datasets: DATASETS })).ok).toBe(true);
  });

  it("makes a lost state again, with everything else in the root, and refuses names of no dataset", async () => {
    const root = await healthyRoot();
    rmSync(join(root, `${DAY}/_retention.json`));
    const options = { datasets: DATASETS, fix: true, neverPruned: ["odds_raw"] };
    const { findings, ok } = await doctor({ root }, options);
    expect(findings.map(({ code, path, done }) => [code, path, done])).toEqual([
      ["lost-state", `${DAY}/_retention.json`, "made again"],
    ]);
    expect(ok).toBe(true);
    expect((await doctor({ root }, { datasets: DATASETS })).findings).toEqual([]);
    const other = { datasets: DATASETS, neverPruned: ["odds"] };
    expect((await errorOf(doctor({ root }, other))).code).toBe("UNKNOWN_DATASET");
  });

  it("leaves a young temp file, and a name that is only like one", async () => {
    const root = await healthyRoot();
    const young = put(root, `${DAY}/${TEMP}`);
    const like = put(root, `${DAY}/.odds.parquet.tmp`);
    age(root, like, 9);
    const { findings, checks } = await doctor({ root }, { datasets: DATASETS, fix: true });
    expect(findings).toEqual([]);
    expect(checks[0]!.note).toContain("1 temp files are younger than a day");
    expect(find(root, /\.tmp$/)).toEqual([like, young].sort());
    // A clock a day on.
    const clock = () => BigInt(Date.now() + 25 * 3_600_000) * 1_000_000n;
    const later = await doctor({ root }, { datasets: DATASETS, fix: true, clock });
    expect(later.findings.map(({ path, done }) => [path, done])).toEqual([[young, "removed"]]);
  });

  it("leaves a run that is under way, and its lock", async () => {
    const root = await healthyRoot();
    await withRun({ root, name: "live", timeZone: "UTC" }, async (run) => {
      const { findings } = await doctor({ root }, { datasets: DATASETS, fix: true });
      expect(findings).toEqual([]);
      await run.stage("after", {}, () => 1);
    });
    expect((await doctor({ root }, { datasets: DATASETS })).findings).toEqual([]);
  });

  it("decodes files of others, which have no checksum", async () => {
    const root = await healthyRoot();
    const text = (name: string): Node => ({
      name,
      repetition: "optional",
      type: "BYTE_ARRAY",
      converted: CONVERTED.UTF8,
    });
    const bytes = foreignFile([text("game_id"), text("book")], [[{ game_id: "g1", book: "dk" }]]);
    const whole = put(root, `${DAY}/hour=04/odds.parquet`, bytes);
    expect((await doctor({ root }, { datasets: DATASETS })).findings).toEqual([]);
    bytes.fill(0xff, 4, 24); // the header of the first page
    put(root, whole, bytes);
    expect(found(await doctor({ root }, { datasets: DATASETS }))).toEqual([`damaged-file ${whole}`]);
  });

  it("goes on where the disk refuses a folder or a file, and a repair", async () => {
    const root = await healthyRoot();
    const temp = oldTemp(root, DAY);
    const file = ofOdds(root, /odds\.parquet$/)[0]!;
    const disk = localDisk(root);
    const refuse = async (path: string): Promise<never> => {
      throw new BronzeError("STORAGE_FAILED", `The disk refused ${path}.`, { path, cause: "EIO" });
    };
    const storage = {
      ...disk,
      list: (path: string) => (path === "projections" ? refuse(path) : disk.list(path)),
      read: (path: string) => (path === file ? refuse(path) : disk.read(path)),
      remove: refuse,
    };
    const { findings } = await doctor({ storage }, { datasets: DATASETS, fix: true });
    const seen = findings.map(({ code, path, done }) => `${code} ${path} ${done}`);
    expect(seen).toEqual(
      expect.arrayContaining([
        "unreadable-folder projections null",
        `unreadable-folder ${file} null`,
        `temp-file ${temp} null`,
      ]),
    );
  });

  it("looks into no folder of a project's tools, and says which those are, unless a dataset lies there", async () => {
    const root = await healthyRoot();
    const before = await doctor({ root }, { datasets: DATASETS });
    for (const folder of ["node_modules/any", "packages/a/node_modules", ".git/objects"]) {
      put(root, `${folder}/odds.parquet`, "of a test of another package");
      put(root, `${folder}/latest_run.json`, '{ "run_id": 1, "run_as_of_ts": 2 }');
    }
    const after = await doctor({ root }, { datasets: DATASETS });
    expect(after.findings).toEqual([]);
    const noted = after.checks.filter(({ note }, i) => note !== before.checks[i]!.note);
    expect(noted.map(({ looked, note }) => [looked, note])).toEqual([
      [
        before.checks[0]!.looked,
        "not looked into, for it is of tools: .git, node_modules, packages/a/node_modules",
      ],
    ]);

    const inside = { ...odds, name: "inside", folder: "node_modules/any/data" };
    put(root, "node_modules/any/data/notes.txt", "x");
    const found = await doctor({ root }, { datasets: [...DATASETS, inside] });
    expect(found.findings.map(({ code, path }) => `${code} ${path}`)).toEqual(
      expect.arrayContaining([
        "stray-file node_modules/any/data/notes.txt",
        "unreadable-pointer node_modules/any/latest_run.json",
      ]),
    );
    expect(found.checks[0]!.note).toBe("not looked into, for it is of tools: .git, packages/a/node_modules");
  });

  it("says how an import that was begun is ended", async () => {
    const root = await healthyRoot();
    PLANTS.find(([what]) => what === "an import that was killed")![2](root);
    const { findings } = await doctor({ root }, { datasets: DATASETS });
    expect(findings.map(({ code, what, fix }) => [code, what, fix])).toEqual([
      [
        "unfinished-import",
        expect.stringContaining("An import of 1 file into roster_nightly_raw was begun"),
        "manual",
      ],
    ]);
    expect(findings[0]!.todo).toContain('{ id: "dump" }');
  });

  it.each([
    ["raw/feeds/odds", "raw/feeds/weather/x/data.parquet", "raw/feeds/weather"],
    ["raw/feeds/odds", "raw/feeds/data.parquet", "raw/feeds"],
    ["raw/feeds/odds", "bronze/weather/data.parquet", "bronze/weather"],
    ["odds", "weather/2026-01-15.parquet", "weather"],
    ["odds", "data.parquet", "."],
    ["silver/deep/odds", "silver/deep/weather/data.parquet", "silver/deep/weather"],
    ["silver/deep/odds", "silver/other/data.parquet", "silver/other"],
  ])("finds, where a dataset lies in %s, the data of another in %s", async (folder, path, where) => {
    const root = temp();
    const own = { ...odds, folder };
    put(root, path);
    put(root, "elsewhere/deep/data.parquet"); // nobody said that datasets lie there
    const { findings } = await doctor({ root }, { datasets: [own] });
    const others = folder === "odds" ? ["unknown-dataset elsewhere"] : [];
    expect(findings.map(({ code, path }) => `${code} ${path}`).sort()).toEqual(
      [...others, `unknown-dataset ${where}`].sort(),
    );
  });

  it("takes neither gold nor runs, nor versions tables, nor what is hidden, for datasets in the root", async () => {
    const root = temp();
    for (const path of [
      "runs/x/y.parquet",
      "versions/odds_raw/0/part-000000.parquet",
      "_old/x.parquet",
      ".trash2/x.parquet",
    ])
      put(root, path);
    const { findings } = await doctor({ root }, { datasets: [{ ...odds, folder: "odds" }] });
    expect(findings.filter(({ code }) => code === "unknown-dataset")).toEqual([]);
  });

  it("refuses options that nothing reads", async () => {
    expect((await errorOf(doctor({ root: temp() }, { datasets: [], fixit: true } as never))).code).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

/** What is found too where something is lost or damaged that others name. */
const FOLLOWS: readonly FindingCode[] = [
  "retention-state",
  "damaged-output",
  "data-without-manifest",
  "pointer-without-run",
  "broken-day",
  "damaged-file",
];

/** They would hide others: the same file is damaged in one way only. */
const ALONE = [
  "a lost state",
  "a changed state",
  "a lost compacted file",
  "a lost trash record",
  "a changed manifest",
  "a changed manifest of a training set",
  "a changed trash record",
  "a folder named like a data file",
  "a changed run file",
  "a link that leads back up",
  "a damaged compacted file",
  "a killed run",
  "a file that retention took and someone put back",
  "a damaged file of ours",
  "a changed record of an import",
];

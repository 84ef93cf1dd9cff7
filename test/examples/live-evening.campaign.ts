import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { localDisk, readPointer, type StageRecord, writePointer } from "bronzestore";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { lookAtEvening, printCheckPage } from "../../examples/live/evening/check-page.js";
import { type Evening, liveEvening } from "../../examples/live/evening/evening.js";
import { LATEST_RUN } from "../../examples/live/pipeline/pointers.js";
import { tempFolders } from "../storage/temp-folder.js";

const tempFolder = tempFolders();

const SEED = 7;
const GAMES = 3;
const out = tempFolder();
let evening: Evening;

beforeAll(async () => {
  const plan = {
    seed: SEED,
    out: join(out, "evening"),
    games: GAMES,
    faultRate: 0.1,
    speedup: 900,
    startsAt: "2026-01-15T18:15:00-05:00",
    until: "2026-01-15T23:20:00-05:00",
  };
  evening = await liveEvening(plan, () => {});
});

/** What is not so, by what should be. */
async function wrongIn(evening: Evening): Promise<Record<string, readonly string[]>> {
  const findings = await lookAtEvening(evening);
  const wrong = findings.filter(({ problems }) => problems.length > 0);
  return Object.fromEntries(wrong.map(({ what, problems }) => [what, problems]));
}

describe("a live evening with overlapping timers, failing feeds and kill -9", () => {
  it("leaves nothing that should not be so", async () => {
    expect(await wrongIn(evening), `seed ${SEED}`).toEqual({});
  });

  it("was one: processes were killed, writes were acknowledged, and slates were frozen", async () => {
    expect(evening.counts.killed).toBeGreaterThan(0);
    expect(evening.counts.succeeded).toBeGreaterThan(0);
    const found = (await lookAtEvening(evening)).map(({ what, found }) => `${what}: ${found}`).join("\n");
    expect(found).toMatch(/\d+ runs: .*\d+ completed/);
    expect(found).toContain(`every slate replays byte for byte: ${2 * GAMES} of ${2 * GAMES}`);
    expect(found).toMatch(/odds_raw holds every row acknowledged: [1-9]\d* rows in [1-9]\d* writes/);
  });

  it("prints a page that says so", async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line) => lines.push(line));
    try {
      const findings = await lookAtEvening(evening);
      expect(printCheckPage(findings, evening)).toBe(true);
      const broken = findings.map((finding, i) =>
        i === 1 ? { ...finding, problems: ["one is missing"] } : finding,
      );
      expect(printCheckPage(broken, evening)).toBe(false);
      expect(lines.filter((line) => line.startsWith("  ok  "))).toHaveLength(2 * findings.length - 1);
      expect(lines.join("\n")).toContain("Not so: every slate is frozen\n    one is missing");
    } finally {
      log.mockRestore();
    }
  });
});

describe("the check page sees", () => {
  let copies = 0;

  /** The evening again, in a tree of its own that may be damaged. */
  function copyOf({ root, acks, ...rest }: Evening): Evening {
    const copy = join(out, `copy-${++copies}`);
    const [own, ownAcks] = [join(copy, "data"), join(copy, "acks")];
    cpSync(root, own, { recursive: true });
    cpSync(acks, ownAcks, { recursive: true });
    return { ...rest, root: own, acks: ownAcks };
  }

  const below = (root: string, name: RegExp) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => name.test(path))
      .sort()
      .map((path) => join(root, path));

  /** The same rows, or not quite, in other bytes. */
  async function rewrite(file: string, columns: string): Promise<void> {
    const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
    const rows = `SELECT ${columns} FROM read_parquet('${file}', hive_partitioning = false)`;
    await duckdb.run(`CREATE TABLE rows_of_file AS ${rows}`);
    await duckdb.run(`COPY rows_of_file TO '${file}' (FORMAT parquet)`);
    duckdb.closeSync();
  }

  const DAMAGE: [string, string, (copy: Evening) => void | Promise<void>][] = [
    [
      "a quote that is lost",
      "odds_raw holds every row acknowledged",
      ({ root }) => rmSync(below(root, /odds_raw.*run_ts=.*odds\.parquet$/)[0]!),
    ],
    [
      "a quote that is not what was acknowledged",
      "odds_raw holds every row acknowledged",
      ({ acks }) => {
        const file = below(acks, /jsonl$/).find((file) => readFileSync(file, "utf8").includes('"odds_raw"'))!;
        const line = readFileSync(file, "utf8")
          .split("\n")
          .find((line) => line.includes('"odds_raw"'))!;
        appendFileSync(
          file,
          `${line.replace(/"price":(-?\d+)/, (_, price) => `"price":${Number(price) + 5}`)}\n`,
        );
      },
    ],
    [
      "a quote that was not captured when it was written",
      "odds_raw holds every row acknowledged",
      ({ root }) =>
        rewrite(
          below(root, /odds_raw\/.*run_ts=.*odds\.parquet$/)[0]!,
          "* REPLACE (ingested_ts + INTERVAL 1 HOUR AS ingested_ts)",
        ),
    ],
    [
      "a slate that is not frozen",
      "every slate is frozen",
      ({ root }) => rmSync(below(root, /manifest\.lock\.json$/)[0]!),
    ],
    [
      "half a file",
      "every file opens and is whole",
      ({ root }) => truncateSync(below(root, /\/pretip\.[0-9a-f]{16}\.parquet$/)[0]!, 100),
    ],
    [
      "an input that was changed after the freeze",
      "every slate verifies",
      async ({ root }) => {
        const { inputs } = JSON.parse(readFileSync(below(root, /manifest\.pretip\.json$/)[0]!, "utf8"));
        await rewrite(join(root, inputs[0].files[0].path), "*");
      },
    ],
    [
      "half a file in bronze",
      "every file opens and is whole",
      ({ root }) => truncateSync(below(root, /odds_raw\/.*run_ts=.*parquet$/)[0]!, 500),
    ],
    [
      "rows under another run's time",
      "no file of bronze mixes runs",
      ({ root }) => {
        const folder = dirname(below(root, /schedule_raw.*run_ts=.*parquet$/)[0]!);
        renameSync(folder, folder.replace(/run_ts=\d+/, "run_ts=20260101"));
      },
    ],
    [
      "a run that has no file",
      "every manifest names its run",
      ({ root }) => {
        const { run_id } = JSON.parse(readFileSync(below(root, /manifest\.lock\.json$/)[0]!, "utf8"));
        rmSync(below(root, new RegExp(`runs/.*${run_id}\\.json$`))[0]!);
      },
    ],
    [
      "a run that is left running",
      "every run file says how its run ended",
      ({ root }) => {
        const file = below(root, /runs\/[^/]+\/[^/]+\.json$/)[0]!;
        writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), status: "running" }));
      },
    ],
    [
      "two runs at once",
      "no two runs were at work at once",
      ({ root }) => {
        const file = below(root, /runs\/[^/]+\/[^/]+\.json$/).find((file) =>
          readFileSync(file, "utf8").includes('"status": "completed",\n  "cutoff"'),
        )!;
        const ended_at = "2026-01-17T00:00:00Z";
        writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ended_at }));
      },
    ],
    [
      "a pointer to a run that did less",
      "every pointer names a run that did its work",
      async ({ root }) => {
        const scrape = await readPointer({ root }, "projections/latest_minutes.json");
        const { run_id, run_as_of_ts } = scrape!;
        await writePointer({ root }, LATEST_RUN, { run_id, run_as_of_ts }, { force: true });
      },
    ],
    [
      "an output that was changed",
      "every output kept is whole, and every need was met",
      ({ root }) => {
        // A run that was killed may have left one that it never said it kept.
        const runs = below(root, /runs\/[^/]+\/[^/]+\.json$/).map((file) => readFileSync(file, "utf8"));
        const stages = runs.flatMap((text) => JSON.parse(text).stages as StageRecord[]);
        const { output } = stages.find(({ stage, status }) => stage === "rates" && status === "completed")!;
        appendFileSync(join(root, output!.path), "\n");
      },
    ],
    [
      "a spread that a null has wiped",
      "latest views kept every number once known",
      ({ root }) =>
        rewrite(below(root, /odds_latest\/.*\/odds\.parquet$/)[0]!, "* REPLACE (NULL::DOUBLE AS point)"),
    ],
  ];

  it.each(DAMAGE)("%s", async (_, what, damage) => {
    const copy = copyOf(evening);
    await damage(copy);
    expect(Object.keys(await wrongIn(copy))).toContain(what);
  });

  it("a lock that is still held, and one whose holder died", async () => {
    const what = "the lock is free, and was given back";
    const copy = copyOf(evening);
    const lock = await localDisk(copy.root).locks.lock("runs/.lock");
    expect(await wrongIn(copy)).toHaveProperty([what, 0], expect.stringContaining("is held by"));
    await lock.release();
    expect(await wrongIn(copy)).toEqual({});
    writeFileSync(join(copy.root, "runs/.lock"), '{"pid":1,"host":"x","since":"2026-01-15T23:30:00Z"}\n');
    expect(await wrongIn(copy)).toHaveProperty([what, 0], expect.stringContaining("its last holder died"));
  });

  it("a script that failed when nothing disturbed it", async () => {
    const failed = { ...evening, failedAtLast: ["live-score"] };
    expect(await wrongIn(failed)).toEqual({
      "the last pass, undisturbed, ended well": ["live-score failed; see its log"],
    });
  });
});

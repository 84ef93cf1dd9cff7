import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BronzeStore,
  localDisk,
  type Pointer,
  type RunRecord,
  readPointer,
  readRun,
  toEpochNs,
  writePointer,
} from "bronzestore";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  SCRIPT_NAMES,
  type ScriptName,
  type StagedScripts,
  stageScripts,
} from "../../examples/live/evening/scripts.js";
import { eveningAt, openLive } from "../../examples/live/pipeline/open.js";
import {
  LATEST_MINUTES,
  LATEST_RATES,
  LATEST_RUN,
  LATEST_SIM,
} from "../../examples/live/pipeline/pointers.js";
import { feedEvening } from "../../fixtures/feed-evening.js";
import { tempFolders } from "../storage/temp-folder.js";

const tempFolder = tempFolders();

const DATE = "2026-01-15";
const GAMES = 3;
const evening = feedEvening({ seed: 7, gameDate: DATE, games: GAMES });
const [firstTip] = evening
  .scheduleAt(Date.parse(`${DATE}T22:00:00Z`))!
  .games.map(({ tip_ts }) => Date.parse(tip_ts))
  .sort((a, b) => a - b) as [number];
const MINUTE = 60_000;

let scripts: StagedScripts;
beforeAll(async () => {
  scripts = await stageScripts();
});
afterAll(() => scripts.remove());

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Lines of JSON the run reported. */
  readonly events: readonly Record<string, unknown>[];
}

/** Pages by path; a path without one is a feed that is down. What was asked for is noted. */
interface Feed {
  readonly url: string;
  readonly asked: string[];
  pages: Record<string, object | undefined>;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function startFeed(pageOf?: (path: string, atMs: number) => object | undefined): Promise<Feed> {
  const feed = { url: "", asked: [] as string[], pages: {} as Feed["pages"] };
  const server = createServer((request, response) => {
    const { pathname, searchParams, search } = new URL(request.url!, "http://feed");
    feed.asked.push(`${pathname}${search}`);
    const page = feed.pages[pathname] ?? pageOf?.(pathname, Date.parse(searchParams.get("at") ?? ""));
    response.statusCode = page ? 200 : 500;
    response.end(page ? JSON.stringify(page) : "down");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  feed.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return feed;
}

/** The evening's pages at a moment. */
function pagesAt(atMs: number): Feed["pages"] {
  return {
    "/schedule": evening.scheduleAt(atMs),
    "/injuries": evening.injuriesAt(atMs),
    "/odds": evening.oddsAt(atMs),
  };
}

/** Runs a script at a moment, as its timer would. */
function runAt(atMs: number, script: ScriptName, root: string, feed = "http://127.0.0.1:9"): Promise<Said> {
  const clock = { startsAt: new Date(atMs).toISOString(), realStartMs: Date.now(), speedup: 1 };
  return saidBy(scripts.start(script, { clock }, { root, feed, date: DATE, retries: "0", every: "PT5M" }));
}

async function saidBy(child: ChildProcess): Promise<Said> {
  let [out, err] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const events = err.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  return { code, out, err, events };
}

/** The run file of the run a script reported. */
async function recordOf({ events }: Said, root: string): Promise<RunRecord> {
  return readRun({ root }, String(events.at(-1)!.run_id), { timeZone: "America/New_York" });
}

const stagesOf = ({ stages }: RunRecord) => stages.map(({ stage, status }) => `${stage} ${status}`);
const keptBy = (root: string, { stages }: RunRecord, name: string) =>
  JSON.parse(readFileSync(join(root, stages.find(({ stage }) => stage === name)!.output!.path), "utf8"));
const pointerAt = (root: string, path: string) => readPointer({ root }, path) as Promise<Pointer>;
const storeOf = (root: string) =>
  new BronzeStore({ root, datasets: openLive([`--root=${root}`, `--date=${DATE}`]).datasets });
const frozenIn = (root: string) =>
  readdirSync(join(root, "gold/slates"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /manifest\.\w+\.json$/.test(name),
  );

describe("live-score", () => {
  const root = tempFolder();
  const at = firstTip - 120 * MINUTE;
  let first: RunRecord;

  it("does everything in one run, from scrape to pointer", async () => {
    const feed = await startFeed();
    feed.pages = pagesAt(at);
    const said = await runAt(at, "live-score", root, feed.url);
    expect(said.code).toBe(0);
    first = await recordOf(said, root);
    expect(first).toMatchObject({ name: "live-score", status: "completed" });
    const stages = ["scrape", "silver", "minutes", "rates", "sim", "ownership", "finalize"];
    expect(stagesOf(first)).toEqual(stages.map((stage) => `${stage} completed`));
    for (const { needs } of first.stages)
      expect(needs.every(({ run_id }) => run_id === first.run_id)).toBe(true);
    expect(await pointerAt(root, LATEST_RUN)).toMatchObject({ run_id: first.run_id });

    const ownership: { team: string; ownership: number }[] = keptBy(root, first, "ownership");
    expect(ownership).toHaveLength(2 * GAMES);
    expect(ownership.reduce((sum, row) => sum + row.ownership, 0)).toBeCloseTo(1, 3);
    const quotes = evening.oddsAt(at)!.rows;
    const bronze = storeOf(root);
    expect((await bronze.readBronzeDay("odds_latest", DATE)).rows()).toHaveLength(quotes.length);
    const own = (await bronze.readBronzeDay("odds_raw", DATE)).column("run_id");
    expect(new Set(own)).toEqual(new Set([first.run_id]));
  });

  it("stops early when nothing has changed, and leaves the pointer where it is", async () => {
    const feed = await startFeed();
    feed.pages = pagesAt(at);
    const said = await runAt(at + 5 * MINUTE, "live-score", root, feed.url);
    const record = await recordOf(said, root);
    expect({ code: said.code, status: record.status }).toEqual({ code: 0, status: "unchanged" });
    expect(stagesOf(record)).toEqual(["scrape completed", "silver completed"]);
    expect(await pointerAt(root, LATEST_RUN)).toMatchObject({ run_id: first.run_id });
  });

  it("does its work before a lock though nothing has changed, and freezes when it has come", async () => {
    const feed = await startFeed();
    feed.pages = pagesAt(at);
    const lock = firstTip - 15 * MINUTE;
    const before = await recordOf(await runAt(lock - 4 * MINUTE, "live-score", root, feed.url), root);
    expect(before.status).toBe("completed");
    const after = await recordOf(await runAt(lock + MINUTE, "live-score", root, feed.url), root);
    expect(after.status).toBe("completed");
    const locks = frozenIn(root);
    expect(locks.length).toBeGreaterThan(0);
    for (const name of locks) {
      expect(name).toMatch(/manifest\.lock\.json$/);
      const manifest = JSON.parse(readFileSync(join(root, "gold/slates", name), "utf8"));
      expect(manifest).toMatchObject({ run_id: after.run_id, output: { rows: 2 } });
    }
  });

  it("keeps what was known of a feed that is down, and says so", async () => {
    const feed = await startFeed();
    const bronze = storeOf(root);
    const before = (await bronze.readBronzeDay("odds_raw", DATE, { prefer: "latest" })).rows();
    const later = firstTip + 5 * MINUTE;
    feed.pages = { ...pagesAt(later), "/odds": undefined };
    const record = await recordOf(await runAt(later, "live-score", root, feed.url), root);
    expect(record.status).toBe("completed");
    const report: { feed: string; rows: number; error: string | null }[] = keptBy(root, record, "scrape");
    expect(report.map(({ feed, error }) => [feed, error === null])).toEqual([
      ["schedule", true],
      ["injuries", true],
      ["odds", false],
    ]);
    expect(report.at(-1)).toMatchObject({ rows: 0, error: expect.stringContaining("status 500") });
    expect((await bronze.readBronzeDay("odds_raw", DATE, { prefer: "latest" })).rows()).toEqual(before);
    expect(keptBy(root, record, "rates")[0].quotes).toBeGreaterThan(0);
  });

  it("gets through with no feed at all, but freezes nothing before the schedule was seen again", async () => {
    const frozen = frozenIn(root);
    const record = await recordOf(await runAt(firstTip + 8 * 60 * MINUTE, "live-score", root), root);
    expect(record.status).toBe("completed");
    expect(keptBy(root, record, "scrape").every(({ error }: { error: string }) => error !== null)).toBe(true);
    expect(frozenIn(root)).toEqual(frozen);
    // Without a digest the next run does not take this one for done.
    expect(await pointerAt(root, LATEST_RUN)).toMatchObject({ run_id: record.run_id });
    expect((await pointerAt(root, LATEST_RUN)).inputs_digest).toBeUndefined();
  });

  it("ends at once, and well, while another run is under way", async () => {
    const lock = await localDisk(root).locks.lock("runs/.lock");
    const said = await runAt(firstTip, "live-score", root);
    await lock.release();
    expect(said.code).toBe(0);
    expect(said.events).toMatchObject([{ event: "run-skipped", run_id: null }]);
  });
});

describe("separate timers", () => {
  const root = tempFolder();
  const at = firstTip - 120 * MINUTE;

  it("live-rates fails and names the script to run when there are no minutes yet", async () => {
    const said = await runAt(at, "live-rates", root);
    expect(said.code).toBe(1);
    expect(said.err).toContain("There is no projections/latest_minutes.json yet; live-scrape writes it");
    expect((await recordOf(said, root)).status).toBe("failed");
  });

  it("live-rates fails and names the stage when the run pointed to has no minutes", async () => {
    const other = tempFolder();
    const failed = await recordOf(await runAt(at, "live-rates", other), other);
    await writePointer({ root: other }, LATEST_MINUTES, {
      run_id: failed.run_id,
      run_as_of_ts: failed.cutoff,
    });
    const said = await runAt(at + MINUTE, "live-rates", other);
    expect(said.code).toBe(1);
    expect(said.events.at(-1)).toMatchObject({ status: "failed", error: { code: "STAGE_NOT_PRODUCED" } });
    expect(said.err).toContain(`"rates" needs the output of stage "minutes" of run ${failed.run_id}`);
  });

  it("hand on by pointers: each stage names the run it went on from", async () => {
    const feed = await startFeed();
    feed.pages = pagesAt(at);
    const ran: RunRecord[] = [];
    for (const [i, script] of (["live-scrape", "live-rates", "live-sim"] as const).entries()) {
      const said = await runAt(at + i * MINUTE, script, root, feed.url);
      expect({ script, code: said.code, err: said.code === 0 ? "" : said.err }).toEqual({
        script,
        code: 0,
        err: "",
      });
      ran.push(await recordOf(said, root));
    }
    const [scrape, rates, sim] = ran as [RunRecord, RunRecord, RunRecord];
    expect(rates.stages[0]).toMatchObject({ needs: [{ stage: "minutes", run_id: scrape.run_id }] });
    expect(sim.stages[0]).toMatchObject({ needs: [{ stage: "rates", run_id: rates.run_id }] });
    for (const [path, { run_id }] of Object.entries({
      [LATEST_MINUTES]: scrape,
      [LATEST_RATES]: rates,
      [LATEST_SIM]: sim,
    }))
      expect(await pointerAt(root, path)).toMatchObject({ run_id });
  });

  it("live-rates does not go on from the minutes of another evening", async () => {
    const said = await runAt(at + 24 * 60 * MINUTE, "live-rates", root);
    expect(said.code).toBe(1);
    expect(said.events.at(-1)).toMatchObject({ error: { code: "POINTER_STALE" } });
  });

  it("live-scrape says of a game nobody is listed in that nobody is", async () => {
    const other = tempFolder();
    const feed = await startFeed();
    feed.pages = pagesAt(at);
    const page = evening.injuriesAt(at)!;
    const emptied = page.rows[0]!.game_id;
    await runAt(at, "live-scrape", other, feed.url);
    const report_ts = new Date(Date.parse(page.report_ts) + 60 * MINUTE).toISOString();
    const rows = page.rows
      .filter(({ game_id }) => game_id !== emptied)
      .map((row) => ({ ...row, report_ts, as_of_ts: report_ts }));
    feed.pages["/injuries"] = { report_ts, rows };
    const later = Date.parse(report_ts) + MINUTE;
    expect((await runAt(later, "live-scrape", other, feed.url)).code).toBe(0);
    const listed = async (ms: number) => {
      const view = storeOf(other).asOf(new Date(ms));
      const report = await view.read("injuries_raw", { date: DATE });
      return new Set(report.column("game_id"));
    };
    expect((await listed(at)).has(emptied)).toBe(true);
    expect((await listed(later)).has(emptied)).toBe(false);
    expect((await listed(later)).size).toBe(GAMES - 1);
  });
});

describe("freeze-due", () => {
  it("freezes what has come and nothing else, once", async () => {
    const root = tempFolder();
    const feed = await startFeed();
    feed.pages = pagesAt(firstTip - 60 * MINUTE);
    await runAt(firstTip - 60 * MINUTE, "live-scrape", root, feed.url);
    expect((await runAt(firstTip - 20 * MINUTE, "freeze-due", root)).out).toContain(
      "0 frozen, 0 frozen before",
    );
    // Its lock has come, but the schedule was last seen before: the tip-off may have moved.
    const blind = await runAt(firstTip - 14 * MINUTE, "freeze-due", root);
    expect(blind.out).toMatch(/^0 frozen, 0 frozen before, [1-9] games to be seen again first/);
    feed.pages = pagesAt(firstTip - 13 * MINUTE);
    await runAt(firstTip - 13 * MINUTE, "live-scrape", root, feed.url);
    const said = await runAt(firstTip - 12 * MINUTE, "freeze-due", root);
    const count = Number(/^([1-9]) frozen, 0 frozen before, 0 games/.exec(said.out)?.[1]);
    expect(frozenIn(root)).toHaveLength(count);
    expect((await runAt(firstTip - 11 * MINUTE, "freeze-due", root)).out).toContain(
      `0 frozen, ${count} frozen before`,
    );
  });
});

describe("backfill-injuries", () => {
  const root = tempFolder();
  const now = Date.parse(`${DATE}T18:30:00Z`);
  const statusFile = join(root, "backfill/injuries.json");
  const statusOf = () =>
    Object.values<{ outcome: string }>(JSON.parse(readFileSync(statusFile, "utf8")).hours);

  it("fetches every hour that has ended, and notes the one that had no report and the one that failed", async () => {
    let broken = 1;
    const feed = await startFeed((_, atMs) => (broken-- === 0 ? undefined : evening.injuriesAt(atMs)));
    const said = await runAt(now, "backfill-injuries", root, feed.url);
    // 13:00 to 18:00 UTC; the first report of the day came at 14:20.
    expect({ code: said.code, out: said.out.trim() }).toEqual({
      code: 0,
      out: "0 in bronze before, 3 written, 1 without a report, 1 failed",
    });
    expect(feed.asked[0]).toContain("/injuries?at=2026-01-15T13:59:59Z");
  });

  it("asks only for what is missing when it is run again", async () => {
    const feed = await startFeed((_, atMs) => evening.injuriesAt(atMs));
    const said = await runAt(now, "backfill-injuries", root, feed.url);
    expect(said.out.trim()).toBe("3 in bronze before, 1 written, 1 without a report, 0 failed");
    expect(feed.asked).toHaveLength(1);
    expect(statusOf()).toHaveLength(5);
  });

  it("knows from bronze what is done, even without its status file", async () => {
    rmSync(statusFile);
    const feed = await startFeed((_, atMs) => evening.injuriesAt(atMs));
    const said = await runAt(now, "backfill-injuries", root, feed.url);
    expect(said.out.trim()).toBe("4 in bronze before, 0 written, 1 without a report, 0 failed");
    expect(feed.asked).toHaveLength(1);
    const day = await storeOf(root).readBronzeDay("injuries_raw", DATE);
    const reports = new Set(day.column("report_ts"));
    const published = [15, 16, 17].map((hour) => toEpochNs(`${DATE}T${hour}:20:00Z`));
    expect(reports).toEqual(new Set([toEpochNs(`${DATE}T14:20:00Z`), ...published]));
  });
});

describe("every live script", () => {
  it("knows which evening it is until six in the morning in New York, whatever its clocks do", () => {
    const evenings = [
      "2026-01-16T10:59:59Z",
      "2026-01-16T11:00:00Z",
      "2026-07-16T09:59:59Z",
      "2026-07-16T10:00:00Z",
    ];
    expect(evenings.map((at) => eveningAt(toEpochNs(at)))).toEqual([
      "2026-01-15",
      "2026-01-16",
      "2026-07-15",
      "2026-07-16",
    ]);
  });

  it("is a program of its own, started as a timer starts it", async () => {
    const root = tempFolder();
    const feed = await startFeed();
    feed.pages = pagesAt(firstTip - 120 * MINUTE);
    for (const script of SCRIPT_NAMES.filter((name) => name !== "backfill-injuries")) {
      const file = fileURLToPath(new URL(`../../examples/live/${script}.ts`, import.meta.url));
      const args = [`--root=${root}`, `--feed=${feed.url}`, `--date=${DATE}`, "--retries=0"];
      const said = await saidBy(
        spawn(process.execPath, ["--import", import.meta.resolve("tsx"), file, ...args], {
          env: {
            ...process.env,
            TSX_TSCONFIG_PATH: fileURLToPath(new URL("../../tsconfig.json", import.meta.url)),
          },
        }),
      );
      expect({ script, code: said.code, err: said.code === 0 ? "" : said.err }).toEqual({
        script,
        code: 0,
        err: "",
      });
      expect(await recordOf(said, root)).toMatchObject({ name: script, status: "completed" });
    }
  });
});

import { execFile } from "node:child_process";
import { join } from "node:path";
import { withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { startChild } from "./support/child.js";
import { filesBelow, readJson, readRows } from "./support/parquet.js";
import { INJURIES_FILE, LINES_FILE } from "./support/tables.js";

const temp = tempFolders();
const UNITS = ["live-score", "live-rates", "live-sim"];

const REPORT = JSON.stringify([{ player_id: "ada", status: "Out", as_of_ts: "2026-01-15T22:30:00Z" }]);
const QUOTES = JSON.stringify([
  { game_id: "g1", spread: -3.5, as_of_ts: "2026-01-15T22:40:00Z" },
  { game_id: "g2", spread: 2, as_of_ts: "2026-01-15T22:41:00Z" },
]);

/** A unit of the service manager: `<script> <timer> <root>` in a process of its own. */
type Unit = "old-timer" | "run-timer";

/** The script each unit had: scrape injuries, write them, scrape odds, write them. */
const old: Unit = "old-timer";

const ours: Unit = "run-timer";

/** Timers that fire together leave the files of one run behind, and only one of them asks the source. */
async function law(unit: Unit): Promise<void> {
  const root = temp();
  const fired = UNITS.map((timer) => startChild(unit, timer, root));
  const scraping = [];
  for (const process of fired) if ((await process.next()) === "injuries") scraping.push(process);
  // The source answers who came first first, and then who came last: nobody may count on the order.
  for (const process of scraping) {
    process.answer(REPORT);
    expect(await process.next()).toBe("odds");
  }
  for (const process of [...scraping].reverse()) {
    process.answer(QUOTES);
    await process.ended();
  }
  await Promise.all(fired.map((process) => process.ended()));

  const writers = async (file: string) => [
    ...new Set((await readRows(join(root, file))).map((row) => row.run_id)),
  ];
  const first = await writers(INJURIES_FILE);
  expect(first).toHaveLength(1);
  expect(await writers(LINES_FILE), "the run that wrote the odds also wrote the injuries").toEqual(first);
  expect(scraping, "processes that scraped at once").toHaveLength(1);

  const next = startChild(unit, "live-score", root);
  expect(await next.next(), "the next timer's work").toBe("injuries");
  next.answer(REPORT);
  await next.next();
  next.answer(QUOTES);
  await next.ended();
  expect(await writers(LINES_FILE)).not.toEqual(first);
}

describe("overlapping timers", () => {
  it("the old scripts break it: injuries of one run are next to odds of another", async () => {
    await expect(law(old)).rejects.toThrow(
      /the run that wrote the odds also wrote the injuries: expected \[ 'live-score-\d+' \] to deeply equal \[ 'live-sim-\d+' \]/,
    );
  });

  it("a run keeps it", async () => {
    await law(ours);
  });

  it("shows the second caller which run is active, by choice as an error, a result or a wait", async () => {
    const root = temp();
    const holder = startChild(ours, "live-score", root);
    await holder.next();

    const error = await errorOf(
      withRun({ root, name: "live-sim", timeZone: "America/New_York" }, () => "ran"),
    );
    expect(error.code).toBe("LOCK_HELD");
    expect(error.message).toContain("runs/.lock");
    expect(error.message).toContain("live-score");
    expect(
      await withRun({ root, name: "live-sim", timeZone: "America/New_York", onHeld: "skip" }, () => "ran"),
    ).toEqual({
      status: "skipped",
      holder: expect.stringMatching(/"name":"live-score"/),
    });
    const waiting = withRun(
      { root, name: "live-sim", timeZone: "America/New_York", onHeld: "wait" },
      () => "ran",
    );
    holder.answer(REPORT);
    await holder.next();
    holder.answer(QUOTES);
    await holder.ended();
    expect(await waiting).toMatchObject({ status: "completed", value: "ran" });
  });

  it("keeps out a shell timer that still uses flock(1), and is kept out by it", async ({ skip }) => {
    const root = temp();
    const lockOf = (path: string) => join(root, path);
    const flocked = (path: string) =>
      new Promise<unknown>((resolve) =>
        execFile("flock", ["-n", lockOf(path), "true"], (e) => resolve(e?.code)),
      );
    const inside = await withRun({ root, name: "live-score", timeZone: "America/New_York" }, (run) =>
      flocked(run.paths.lock),
    );
    if (inside.value === "ENOENT") skip("there is no flock(1) here");
    expect(inside).toMatchObject({ value: 1 });
    expect(await flocked("runs/.lock")).toBeUndefined();

    const shell = execFile("flock", [lockOf("runs/.lock"), "sh", "-c", "echo held; read line"]);
    await new Promise((resolve) => shell.stdout!.once("data", resolve));
    const error = await errorOf(
      withRun({ root, name: "live-score", timeZone: "America/New_York" }, () => "ran"),
    );
    expect(error.code).toBe("LOCK_HELD");
    shell.stdin!.end("go\n");
    await new Promise((resolve) => shell.once("close", resolve));
    expect(
      await withRun({ root, name: "live-score", timeZone: "America/New_York" }, () => "ran"),
    ).toMatchObject({ value: "ran" });
  });

  it("frees the lock of a unit that is killed, and says in its run file that it was", async () => {
    const root = temp();
    const unit = startChild(ours, "live-score", root);
    await unit.next();
    await unit.ended(true);
    const next = await withRun({ root, name: "live-sim", timeZone: "America/New_York" }, () => undefined);
    expect(next.status).toBe("completed");
    const records = filesBelow(root, ".json").map((path) => readJson(root, path));
    expect(records.map(({ name, status }) => [name, status]).sort()).toEqual([
      ["live-score", "abandoned"],
      ["live-sim", "completed"],
    ]);
  });
});

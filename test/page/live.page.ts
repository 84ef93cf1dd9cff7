import { doctor, GoldStore, memoryStorage, withRun } from "bronzestore";
import { type ReportServer, serve } from "bronzestore/report";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { reading, storeOf, weather } from "../report/weather.js";
import { violations } from "./axe.js";
import { type Shown, Viewer } from "./browser.js";

let viewer: Viewer;
const opened: Shown[] = [];
const servers: ReportServer[] = [];

beforeAll(async () => {
  viewer = await Viewer.start();
});
afterAll(() => viewer?.close());
afterEach(async () => {
  for (const { page, said, asked } of opened.splice(0)) {
    expect([said, asked]).toEqual([[], []]); // no line in the console, and nothing asked of anyone else
    await page.context().close();
  }
  for (const server of servers.splice(0)) await server.close();
});

/** A tree of two days with a page that is served of it: two sensors, and a slate for each day. */
async function live(link = "") {
  const bronze = storeOf(memoryStorage(), [weather("UTC")], "2026-01-15T18:00:00Z");
  for (const day of ["14", "15"])
    for (const [hour, sensor] of [
      [10, "a"],
      [11, "b"],
      [12, "a"],
    ] as const)
      await bronze.write("weather", [reading(`2026-01-${day}T${hour}:00:00Z`, hour, { sensor })]);
  const clock = () => bronze.now();
  const slate = { key: ["day", "station"], dateKey: "day" };
  const gold = new GoldStore({ storage: bronze.storage, bronze, clock, slate, timeZone: "UTC" });
  const freeze = (day: string) =>
    gold.freeze({ slate: { day, station: "s1" }, snapshot: "lock", tip: `${day}T13:00:00Z` }, async (at) =>
      (await at.read("weather", { date: day })).rows().map(({ celsius }) => ({ celsius })),
    );
  const { storage, datasets } = bronze;
  const diagnose = () => doctor({ storage }, { datasets, clock });
  const server = await serve({ bronze, gold, diagnose, listEvery: "PT0.05S" });
  servers.push(server);
  const shown = await viewer.openServer(server.url, link);
  opened.push(shown);
  await isRead(shown.page);
  return { bronze, freeze, server, page: shown.page, shown };
}

/** Waits until the answers of the day that is open are there. */
const isRead = (page: Page) => page.waitForSelector(".lane");
const clock = (page: Page) => page.locator(".time").innerText();
const row = (page: Page, day: string) => page.locator(".hrow", { hasText: day });
const section = (page: Page, name: string) => page.locator(`section[aria-label="${name}"]`);

describe("a live page", () => {
  it("says what is wrong with the tree once it is open, and again when it is asked", async () => {
    const { page, bronze } = await live();
    const panel = section(page, "What is wrong with the tree");
    await panel.locator(".hint", { hasText: "Nothing is wrong." }).waitFor();
    await bronze.storage.publish("bronze/weather/backup/x.parquet", new Uint8Array(9));
    await panel.getByRole("button", { name: "look again" }).click();
    await panel.locator(".findings li", { hasText: "bronze/weather/backup/x.parquet" }).waitFor();
    expect(await panel.locator(".findings li").count()).toBe(1);
  });

  it("opens at the last day, and its token is not in the address any more", async () => {
    const { page, server } = await live();
    expect(await page.locator(".dayhead").innerText()).toContain("2026-01-15");
    await page.waitForURL((url) => url.hash.startsWith("#day=2026-01-15"));
    expect(page.url().startsWith(`${new URL(server.url).origin}/#`)).toBe(true);
    expect(await page.locator(".live").innerText()).toBe("live");
    expect(await violations(page)).toEqual([]);
  });

  it("shows a write without being loaded again: its rows, its hour, and what holds now", async () => {
    const { bronze, page } = await live();
    expect(await clock(page)).toBe("12:00:00");
    await page.evaluate("globalThis.isOfBefore = true");
    await bronze.write("weather", [reading("2026-01-15T13:00:00Z", 21.5)]);
    await row(page, "Thu 15 Jan").getByText("4 rows").waitFor({ state: "attached" });
    // Who stood at the end of the day goes on with it.
    await page.locator(".time", { hasText: "13:00:00" }).waitFor();
    expect(await section(page, "weather").locator(".lane", { hasText: "21.5" }).count()).toBe(1);
    expect(await page.evaluate("globalThis.isOfBefore")).toBe(true);
  });

  it("leaves who looks at another instant where he is: group, key, and what is known by then", async () => {
    const { bronze, page } = await live();
    await page.keyboard.press(",");
    await page.keyboard.press("k");
    await section(page, "weather").locator(".lane").nth(1).click();
    const before = await Promise.all([clock(page), page.locator(".lane.on").innerText()]);
    await bronze.write("weather", [reading("2026-01-15T13:00:00Z", 21.5)]);
    await row(page, "Thu 15 Jan").getByText("4 rows").waitFor({ state: "attached" });
    expect(await Promise.all([clock(page), page.locator(".lane.on").innerText()])).toEqual(before);
    expect(await page.locator(".switch input").isChecked()).toBe(true);
  });

  it("asks for a day when it is opened, and once; an answer of before a change is asked for again", async () => {
    const { bronze, page, shown } = await live();
    const days: string[] = [];
    page.on("request", (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname === "/day") days.push(search);
    });
    await page.keyboard.press("[");
    await page.locator(".dayhead", { hasText: "2026-01-14" }).waitFor();
    await isRead(page);
    await page.keyboard.press("]");
    await isRead(page);
    await page.keyboard.press("[");
    await isRead(page);
    expect(days).toEqual(["?date=2026-01-14"]);
    await bronze.write("weather", [reading("2026-01-14T13:00:00Z", 7)]);
    await row(page, "Wed 14 Jan").getByText("4 rows").waitFor({ state: "attached" });
    expect(new Set(days.slice(1))).toEqual(new Set(["?date=2026-01-14"]));
    expect(shown.said).toEqual([]);
  });

  it("opens a link to an instant of a day that is not read yet", async () => {
    const link = "#day=2026-01-14&at=2026-01-14T10:30:00Z&known=1";
    const { page } = await live(link);
    expect(await page.locator(".dayhead").innerText()).toContain("2026-01-14");
    expect(await clock(page)).toBe("10:30:00");
    expect(await page.locator(".switch input").isChecked()).toBe(true);
  });

  it("shows a new day as it comes", async () => {
    const { bronze, page } = await live();
    await bronze.write("weather", [reading("2026-01-16T00:30:00Z", 2)]);
    await row(page, "Fri 16 Jan").click();
    await page.locator(".dayhead", { hasText: "2026-01-16" }).waitFor();
    await isRead(page);
    expect(await section(page, "weather").locator(".lane").count()).toBe(1);
  });

  it("shows a freeze as it comes; what was found of a day's slates is known once it is opened", async () => {
    const { freeze, page } = await live();
    const panel = section(page, "Frozen slates");
    await freeze("2026-01-15");
    await panel.getByText("intact").waitFor();
    await freeze("2026-01-14");
    await panel.getByRole("button", { name: "all 2" }).click();
    await panel.getByText("not verified").waitFor();
    await panel.locator(".link", { hasText: "01-14" }).click();
    await page.locator(".time", { hasText: "12:45:00" }).waitFor();
    await isRead(page);
    expect(await clock(page)).toBe("12:45:00");
    expect(await panel.getByText("intact").count()).toBe(2);
  });

  it("shows a run while it goes on, and how it ended", async () => {
    const { bronze, page } = await live();
    const runs = section(page, "Runs");
    expect(await runs.count()).toBe(0);
    let end: () => void = () => {};
    const run = withRun(
      { storage: bronze.storage, name: "scrape", timeZone: "UTC", clock: () => bronze.now() },
      (run) =>
        run.stage(
          "odds",
          {},
          () =>
            new Promise<void>((resolve) => {
              end = resolve;
            }),
        ),
    );
    await runs.getByText("running").waitFor();
    end();
    await run;
    await runs.getByText("completed").waitFor();
    expect(await runs.locator("tbody tr").innerText()).toMatch(/scrape.*1 of 1.*completed/s);
    expect(await violations(page)).toEqual([]);
  });

  it("says that it is no longer live when its server ends, and keeps what it shows", async () => {
    const { page, server, shown } = await live();
    await server.close();
    await page.locator(".live", { hasText: "no longer live" }).waitFor();
    expect(await page.locator(".lane").count()).toBe(2);
    expect(shown.said.every((line) => line.includes("ERR_"))).toBe(true);
    (shown.said as string[]).length = 0; // the browser's own word about a connection that was cut
  });
});

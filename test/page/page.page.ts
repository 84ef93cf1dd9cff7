import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { violations } from "./axe.js";
import { type Shown, Viewer } from "./browser.js";
import { makePage } from "./world.js";

let viewer: Viewer;
let world: Awaited<ReturnType<typeof makePage>>;
const opened: Shown[] = [];

beforeAll(async () => {
  world = await makePage();
  viewer = await Viewer.start(world.html);
});
afterAll(() => viewer?.close());
afterEach(async () => {
  for (const { page, said, asked } of opened.splice(0)) {
    expect([said, asked]).toEqual([[], []]); // no line in the console, and nothing asked of anyone
    await page.context().close();
  }
});

async function open(...args: Parameters<Viewer["open"]>): Promise<Page> {
  const shown = await viewer.open(...args);
  opened.push(shown);
  return shown.page;
}

const DAY = "#day=2026-10-31&group=g00";
const clock = (page: Page) => page.locator(".time").innerText();
const textsOf = (page: Page, selector: string) => page.locator(selector).allInnerTexts();
const section = (page: Page, name: string) => page.locator(`section[aria-label="${name}"]`);
/** What each lane shows, by name. */
async function lanes(page: Page, dataset: string): Promise<Record<string, string>> {
  const rows = await section(page, dataset)
    .locator(".lane")
    .evaluateAll((all) =>
      all.map((lane) => [
        lane.querySelector(".who b")!.textContent,
        lane.querySelector(".value")!.textContent,
      ]),
    );
  return Object.fromEntries(rows);
}

describe("the panels", () => {
  it("head: what is there, and what is wrong with it", async () => {
    const page = await open();
    const facts = await page
      .locator(".facts div")
      .evaluateAll((all) =>
        all.map((one) => [one.querySelector("dt")!.textContent, one.querySelector("dd")!.textContent]),
      );
    expect(Object.fromEntries(facts)).toMatchObject({
      ...{ days: "3", "frozen slates": "12", leaks: "1", "captures missing": "3" }, // two reports, and the damaged file
      "not readable": "1",
    });
    expect(Number(Object.fromEntries(facts).damaged)).toBeGreaterThan(0);
    expect(await page.title()).toBe("a test: bronzestore");
  });

  it("coverage: what is missing, thin, late and placed by fallback, and the hour that comes twice", async () => {
    const page = await open();
    const heats = await textsOf(page, ".heat figcaption em");
    expect(heats[0]).toMatch(/2 missing.*1 late/s);
    expect(heats[1]).toMatch(/3 thin.*rows by fallback/s);
    const row = page.locator(".heat").nth(1).locator(".hrow", { hasText: "Sun 1 Nov" });
    const titles = await row.locator("title").allTextContents();
    const twice = titles.filter((title) => title.includes("Sun 1 Nov 01:00"));
    expect(twice).toHaveLength(2);
    expect(twice[1]).toContain("the second time");
    expect(await page.locator(".hrow", { hasText: "Sat 31 Oct" }).nth(1).innerText()).toContain("▣");
    await row.click();
    expect(await page.locator(".dayhead").innerText()).toContain("2026-11-01");
    expect(await row.getAttribute("aria-pressed")).toBe("true");
  });

  it("as of: the instant, to be moved by a drag, a button or the range's own keys", async () => {
    const page = await open(`${DAY}&at=2026-10-31T20:00:00Z`);
    expect(await clock(page)).toBe("16:00:00");
    expect(await page.locator(".when code").innerText()).toContain("2026-10-31T20:00:00Z");
    const range = page.locator(".track input");
    await range.focus();
    await page.keyboard.press("ArrowRight");
    expect(await clock(page)).toBe("16:01:00");
    const box = (await range.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 10, { steps: 8 });
    await page.mouse.up();
    expect((await clock(page)) > "18:00:00").toBe(true);
    await page.getByRole("button", { name: "lock", exact: true }).click();
    expect(await clock(page)).toBe("18:45:00");
    await page.getByRole("button", { name: "change ›" }).click();
    expect((await clock(page)) > "18:45:00").toBe(true);
  });

  it("lanes: what timeline.at answers at the cutoff, on both axes", async () => {
    const timeline = await world.bronze.timeline("odds", { date: "2026-10-31" });
    for (const at of ["2026-10-31T17:29:30Z", "2026-10-31T20:00:19Z", "2026-10-31T22:45:00Z"]) {
      for (const known of [false, true]) {
        const page = await open(`${DAY}&at=${at}${known ? "&known=1" : ""}`);
        const held = timeline.at(at, known ? { knownBy: "cutoff" } : {});
        const shown = await lanes(page, "odds");
        expect(Object.keys(shown).sort()).toEqual(["dk", "fd", "mgm"]);
        for (const [book, text] of Object.entries(shown))
          expect(text).toBe(String(held.get({ game_id: "g00", book })?.price ?? "nothing"));
      }
    }
  });

  it("lanes: a cleared player is gone, marked as absent; a closed line as ended by a tombstone", async () => {
    const page = await open(`${DAY}&at=2026-10-31T23:30:00Z`);
    const shown = await lanes(page, "injuries");
    expect(shown["Cy of g00"]).toBe("nothing");
    expect(shown["Ada of g00"]).toContain("OUT");
    expect(await section(page, "injuries").locator("path.absent").count()).toBe(1);
    expect(await section(page, "odds").locator("path.tomb").count()).toBe(1);
    expect(await section(page, "odds").locator(".fbline").count()).toBeGreaterThan(0);
  });

  it("lanes: a day that the library refuses to answer says why, and the other datasets are shown", async () => {
    const page = await open("#day=2026-11-02");
    expect(await section(page, "odds").locator(".refused").first().innerText()).toContain("odds.parquet");
    expect(Object.keys(await lanes(page, "injuries")).length).toBeGreaterThan(0);
  });

  it("changes: between two instants, with what was pinned", async () => {
    const page = await open(`${DAY}&at=2026-10-31T20:30:00Z&since=2026-10-31T20:00:00Z`);
    const diff = (await world.bronze.timeline("odds", { date: "2026-10-31" })).diff(
      "2026-10-31T20:00:00Z",
      "2026-10-31T20:30:00Z",
    );
    const changed = diff.changed.filter(({ after }) => after.game_id === "g00");
    const lines = await textsOf(page, ".diff .chg");
    expect(changed.length).toBeGreaterThan(0);
    for (const { before, after } of changed) {
      const line = lines.find((text) => text.includes(after.book))!;
      expect(line).toContain(String(before.price));
      expect(line).toContain(String(after.price));
    }
    await page.getByRole("button", { name: "pin", exact: true }).click();
    expect(await section(page, "Changes").innerText()).toContain("Nothing changed");
  });

  it("two clocks: what explain says, in its own words, with where a compacted row lies now", async () => {
    const at = "2026-10-31T20:00:19Z";
    const key = { game_id: "g00", book: "dk" };
    const page = await open(
      `${DAY}&at=${at}&key=${encodeURIComponent(JSON.stringify(["odds", "g00", "dk"]))}`,
    );
    const told = (await world.bronze.timeline("odds", { date: "2026-10-31" })).explain(key, at);
    expect(await page.locator(".said").innerText()).toBe(String(told).split("\n")[0]);
    const rules = await textsOf(page, ".exp .tag");
    expect(rules).toContain("won");
    expect(rules).toContain("after-cutoff");
    expect(rules).toContain("earlier-effective-time");
    expect(await page.locator(".exp tr.won .dim").getAttribute("title")).toContain("now in");
    await page.getByRole("button", { name: /show all/ }).click();
    expect(await page.locator(".exp tbody tr").count()).toBe(told.losers.length + 1);
    expect(await page.locator(".plot circle").count()).toBe(told.losers.length + 1);
  });

  it("frozen slates: a damaged file is one finding, with the slates that it touches", async () => {
    const page = await open();
    const panel = section(page, "Frozen slates");
    const found = panel.locator(".findings li");
    expect(await found.count()).toBe(1);
    expect(await found.innerText()).toContain("input-changed");
    await found.locator(".link").first().click();
    expect(await page.locator(".dayhead").innerText()).toContain("2026-11-02");
    await panel.getByRole("button", { name: /^all/ }).click();
    expect(await panel.locator("tbody tr").count()).toBe(12);
    expect((await panel.locator(".tag.ok").count()) + (await panel.locator(".tag.bad").count())).toBe(12);
  });

  it("what is wrong with the tree: a damaged file, a stray folder, a run that cannot be read, each by its path", async () => {
    const page = await open();
    const panel = section(page, "What is wrong with the tree");
    const found = await panel.locator(".findings li").allInnerTexts();
    const expected = [
      ["damaged-file", "bronze/odds/date=2026-11-02/"],
      ["unreachable-file", "bronze/injuries/backup/old.parquet"],
      ["unreadable-run", "runs/2026-11-02/20261102T070000Z-0badcafe.json"],
    ] as const;
    for (const [code, path] of expected)
      expect(found.filter((text) => text.includes(code) && text.includes(path))).toHaveLength(1);
    expect(found).toHaveLength(expected.length);
    expect(await panel.locator(".hint").innerText()).toMatch(/Looked at: .*data files of odds/);
    expect(await page.locator(".facts").innerText()).toMatch(/found wrong\s+3/i);
  });

  it("leak checks and freshness, in the library's words", async () => {
    const page = await open();
    const checks = await textsOf(page, ".checks li");
    expect(checks[0]).toMatch(/through the view\s+no leak/);
    expect(checks[1]).toMatch(/past the view\s+leak[\s\S]*row \d+ of bronze\/odds/);
    const fresh = await textsOf(page, 'section[aria-label="Freshness"] tbody tr');
    expect(fresh[0]).toMatch(/injuries.*error/s);
    expect(fresh).toHaveLength(3);
  });

  it("a dataset without days has a day of its own, and texts are shown", async () => {
    const page = await open();
    for (let i = 0; i < 3; i++) await page.keyboard.press("]");
    expect(await page.locator(".dayhead").innerText()).toContain("All of it");
    const shown = await lanes(page, "notes");
    expect(Object.values(shown)[0]).toContain("note 2");
  });
});

describe("the keys", () => {
  it.each([
    [",", "the change before", "16:00:00", (after: string) => after < "16:00:00"],
    [".", "the next change", "16:00:00", (after: string) => after > "16:00:00"],
    ["e", "the next event", "16:00:00", (after: string) => after === "18:45:00"],
  ])("%s goes to %s", async (key, _, before, isThere) => {
    const page = await open(`${DAY}&at=2026-10-31T20:00:00Z`);
    expect(await clock(page)).toBe(before);
    await page.keyboard.press(key);
    expect(isThere(await clock(page))).toBe(true);
  });

  it("[ and ] change the day, g the group", async () => {
    const page = await open(DAY);
    await page.keyboard.press("]");
    expect(await page.locator(".dayhead").innerText()).toContain("2026-11-01");
    await page.keyboard.press("[");
    expect(await page.locator(".dayhead").innerText()).toContain("2026-10-31");
    const on = () => page.locator(".groups .on b").innerText();
    const first = await on();
    await page.keyboard.press("g");
    expect(await on()).not.toBe(first);
  });

  it("k asks by what had been captured, p pins, t turns the theme, ? shows them all", async () => {
    const page = await open(`${DAY}&at=2026-10-31T20:00:00Z`);
    await page.keyboard.press("k");
    expect(await page.locator(".switch input").isChecked()).toBe(true);
    await page.keyboard.press("p");
    expect(await section(page, "Changes").innerText()).toContain("Nothing changed");
    await page.keyboard.press("t");
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    await page.keyboard.press("?");
    expect(await page.locator(".help kbd").count()).toBeGreaterThan(8);
    await page.keyboard.press("Escape");
    expect(await page.locator(".help").count()).toBe(0);
  });

  it("arrows go through the days of coverage, and from lane to lane", async () => {
    const page = await open(DAY);
    await page.locator(".heat").first().locator(".hrow.on").focus();
    await page.keyboard.press("ArrowDown");
    expect(await page.locator(".dayhead").innerText()).toContain("2026-11-01");
    const all = section(page, "injuries").locator(".lane");
    await all.nth(0).click();
    await page.keyboard.press("ArrowDown");
    expect(await all.nth(1).getAttribute("aria-pressed")).toBe("true");
  });

  it("type letters into a search, and do nothing else there", async () => {
    const page = await open(DAY);
    await page.evaluate(
      'const search = document.createElement("input"); search.type = "search"; document.body.append(search); search.focus();',
    );
    const before = await clock(page);
    await page.keyboard.type("k.e");
    expect(await clock(page)).toBe(before);
    expect(await page.locator(".switch input").isChecked()).toBe(false);
  });
});

describe("a link", () => {
  it("shows what was looked at when it was copied", async () => {
    const page = await open(`${DAY}&at=2026-10-31T20:00:19.123456789Z&known=1`);
    await section(page, "odds").locator(".lane", { hasText: "fd" }).click();
    await page.keyboard.press("p");
    await page.waitForURL(({ hash }) => hash.includes("fd") && hash.includes("since"));
    const link = await page.evaluate<string>("location.hash");
    expect(link).toContain("at=2026-10-31T20%3A00%3A19.123456789Z");
    const again = await open(link);
    for (const selector of [".time", ".when code", ".groups .on", ".said", ".lane.on"])
      expect(await textsOf(again, selector)).toEqual(await textsOf(page, selector));
    expect(await again.locator(".switch input").isChecked()).toBe(true);
  });

  it("to what is not there opens the page as it is by itself", async () => {
    const page = await open("#day=1999-01-01&at=never&group=none&key=%5B1&since=x");
    expect(await page.locator(".dayhead").innerText()).toContain("2026-");
  });
});

describe("for everybody", () => {
  it.each([
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", { viewport: { width: 430, height: 900 } }],
  ] as const)("%s: axe finds nothing, and a picture is kept", async (name, options) => {
    const page = await open(`${DAY}&at=2026-10-31T22:45:00Z`, options);
    expect(await violations(page)).toEqual([]);
    await viewer.picture(page, name);
    // Nothing is wider than the screen.
    const width = options && "viewport" in options ? options.viewport.width : 1360;
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  });

  it("axe finds nothing on the day of 25 hours, nor on one that is refused", async () => {
    for (const date of ["2026-11-01", "2026-11-02"]) {
      const page = await open(`#day=${date}`);
      expect(await violations(page)).toEqual([]);
      await viewer.picture(page, date);
    }
  });

  it("print: no button that does nothing on paper, and all panels", async () => {
    const page = await open(DAY);
    await page.emulateMedia({ media: "print" });
    await viewer.picture(page, "print");
    for (const selector of [".ghost", ".jump", ".find"])
      expect(await page.locator(selector).filter({ visible: true }).count()).toBe(0);
    expect(await page.locator(".panel").filter({ visible: true }).count()).toBeGreaterThan(7);
    expect(await page.evaluate('getComputedStyle(document.querySelector(".asof")).position')).toBe("static");
  });
});

import { existsSync, writeFileSync } from "node:fs";
import { BronzeStore } from "bronzestore";
import { report } from "bronzestore/report";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Bench, Work } from "../support/bench.js";
import { seasonDays } from "../support/data.js";
import { alone, type Figure, timed } from "../support/measure.js";
import { odds } from "../support/odds.mjs";
import { traced } from "../support/trace.js";

const CHROMIUM = process.env.BRONZESTORE_CHROMIUM ?? "/usr/bin/chromium";
const MOVES = 120;

/** A month of odds as one page: making it, its size, and what a drag of the cutoff costs in Chromium. */
export const page: Work = {
  name: "page",
  async run(bench) {
    const days = bench.quick ? 3 : 30;
    // 48 runs of 210 quotes a day: 302,400 rows in a month; each price, point and time is a random number.
    const tree = seasonDays(days).map((date) => ({ date, runs: 48, games: 3 }));
    const bronze = new BronzeStore({ root: bench.tree(tree), datasets: [odds()] });
    const line = { work: "page" };
    const of = `a page of ${days} days, ${(days * 48 * 210).toLocaleString("en")} rows`;
    let html = "";
    const made = await timed(async () => {
      html = await report({ bronze });
    });
    const figures: Figure[] = [
      alone({ ...line, unit: "s", what: `${of}: making it` }, [made / 1000]),
      alone({ ...line, unit: "MB", what: `${of}: its size`, goal: { atMost: 5 } }, [html.length / 1e6]),
    ];
    if (!existsSync(CHROMIUM)) {
      console.error(
        `page: no Chromium at ${CHROMIUM}, so no drag is traced; test/page/install-chromium.sh installs it.`,
      );
      return figures;
    }
    return [...figures, ...(await dragged(bench, html, of))];
  },
};

async function dragged(bench: Bench, html: string, of: string): Promise<Figure[]> {
  const path = bench.path("page.html");
  writeFileSync(path, html);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const [scripting, tasks]: [number[], number[]] = [[], []];
    for (let round = 0; round < bench.rounds("short"); round++) {
      const { frames, longestTask } = await drag(await opened(browser, path));
      if (frames.length < MOVES / 2) throw new Error(`page: only ${frames.length} frames of ${MOVES} moves`);
      scripting.push([...frames].sort((a, b) => a - b)[Math.floor(frames.length * 0.95)]!);
      tasks.push(longestTask);
    }
    const line = { work: "page", unit: "ms" } as const;
    return [
      alone(
        { ...line, what: `${of}: scripting of a frame of a drag, 95 of 100`, goal: { atMost: 8 } },
        scripting,
      ),
      alone({ ...line, what: `${of}: longest task of a drag`, goal: { atMost: 50 } }, tasks),
    ];
  } finally {
    await browser.close();
  }
}

async function opened(browser: Browser, path: string): Promise<Page> {
  const shown = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  await shown.goto(`file://${path}`);
  await shown.waitForSelector("footer");
  return shown;
}

/** Drags the cutoff through the day, a step a frame. */
async function drag(shown: Page) {
  const box = (await shown.locator(".track input").boundingBox())!;
  const y = box.y + box.height / 2;
  await shown.locator(".asof").scrollIntoViewIfNeeded();
  await shown.mouse.move(box.x + 10, y);
  await shown.mouse.down();
  const found = await traced(shown, async () => {
    for (let i = 1; i <= MOVES; i++) {
      await shown.mouse.move(box.x + 10 + ((box.width - 20) * i) / MOVES, y);
      await shown.evaluate("new Promise((next) => requestAnimationFrame(() => next()))");
    }
  });
  await shown.mouse.up();
  await shown.close();
  return found;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { expect, it } from "vitest";
import { writeGenerated } from "../../examples/support/generated-days.js";
import { gameStore } from "../../examples/support/store.js";
import { generateGameDay } from "../../fixtures/index.js";
import { tempFolders } from "../storage/temp-folder.js";
import { runScript } from "./run-script.js";

const tempFolder = tempFolders();

it("plots of the example are whole SVG files, with a mark for each thing there is", async () => {
  const root = tempFolder();
  const day = generateGameDay({ seed: 3 });
  const bronze = gameStore(root, day.games);
  await writeGenerated(bronze, day);
  const folder = join(root, "plots");
  const { code, out, err } = runScript("plot", [root, day.date, folder], tempFolder());
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const files = out.trim().split("\n");
  expect(files).toEqual(["price", "injuries", "coverage"].map((name) => join(folder, `${name}.svg`)));
  const [price, injuries, coverage] = files.map((file) => {
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("NaN");
    return parseHTML(`<html><body>${text}</body></html>`).document;
  });
  expect(price!.querySelectorAll("g[aria-label=line] path").length).toBe(2);
  const { tip_ts } = day.games[0]!;
  const report = await bronze.asOf(tip_ts).read("injuries_raw", { date: day.date, lookbackDays: 1 });
  const groups = new Set(report.rows().map(({ team, status }) => `${team} ${status}`));
  expect(injuries!.querySelectorAll("g[aria-label=bar] rect").length).toBe(groups.size);
  const { days } = await bronze.coverage("injuries_raw", { date: day.date });
  expect(days[0]!.partitions.length).toBeGreaterThan(2);
  expect(coverage!.querySelectorAll("g[aria-label=bar] rect").length).toBe(days[0]!.partitions.length);
});

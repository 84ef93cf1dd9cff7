import { memoryStorage, Retention } from "bronzestore";
import { report } from "bronzestore/report";
import { expect, it } from "vitest";
import { reading, storeOf, weather } from "../report/weather.js";
import { violations } from "./axe.js";
import { Viewer } from "./browser.js";

it("a day of which history was pruned is marked, and says what can no longer be answered; the others have no mark", async () => {
  const bronze = storeOf(memoryStorage(), [weather("UTC")], "2026-03-01T00:00:00Z");
  for (const day of ["14", "15"])
    for (const hour of [10, 11, 12])
      await bronze.write("weather", [reading(`2026-01-${day}T${hour}:00:00Z`, hour)]);
  const retention = new Retention({ bronze, gold: [], clock: () => bronze.now() });
  const plan = await retention.planPrune({
    ...{ datasets: ["weather"], before: "2026-01-15", hours: true, daysWithoutSlate: true },
  });
  const { filesRemoved } = await retention.apply(plan);
  expect(filesRemoved).toBeGreaterThan(0);
  const refusal = await bronze.readBronzeDay("weather", "2026-01-14").catch((error: Error) => error.message);
  expect(refusal).toContain("pruned");

  // A day of which nothing is left is none of the days there are: at their edge it is shown where it is asked for.
  expect(await bronze.dates("weather")).toEqual(["2026-01-15"]);
  const viewer = await Viewer.start(await report({ bronze, from: "2026-01-14" }));
  try {
    const { page, said, asked } = await viewer.open("#day=2026-01-14");
    const rows = page.locator(".hrow");
    expect(await rows.filter({ hasText: "Wed 14 Jan" }).locator("i", { hasText: "pruned" }).count()).toBe(1);
    expect(await rows.locator("i", { hasText: "pruned" }).count()).toBe(1);
    expect(await page.locator(".refused").innerText()).toContain("pruned");
    expect(await violations(page)).toEqual([]);
    expect([said, asked]).toEqual([[], []]);
  } finally {
    await viewer.close();
  }
});

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { temporal } from "../../src/time/index.js";

test("temporal gives the polyfill, the same one each time", () => {
  expect(new (temporal().Instant)(5n).epochNanoseconds).toBe(5n);
  expect(temporal()).toBe(temporal());
});

test("importing the room, reading instants and UTC dates load no Temporal", () => {
  const script = `
    import { createRequire } from "node:module";
    import { calendar, formatInstant, parseInstant } from "./src/time/index.ts";
    calendar("America/New_York");
    calendar("UTC").date(parseInstant("2026-01-15T23:45:00Z"));
    formatInstant(0n);
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes("js-temporal"));
    const before = loaded();
    calendar("America/New_York").date(0n);
    console.log(JSON.stringify([before, loaded()]));
  `;
  const output = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect(JSON.parse(output)).toEqual([false, true]);
});

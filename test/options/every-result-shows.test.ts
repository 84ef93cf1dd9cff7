import { inspect } from "node:util";
import * as bronzestore from "bronzestore";
import { memoryStorage, readPointer, withRun, writePointer } from "bronzestore";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { injuries, odds } from "../bronze/feeds.js";
import { frozenWorld, TIP, writeEvening } from "../gold/slates.js";
import { tempFolders } from "../storage/temp-folder.js";
import { CALLS, endRuns } from "./calls.js";

const tempFolder = tempFolders();
afterAll(endRuns);

/** What is given back as it is: somebody else's object, the user's own data, or plain data that reads well. */
const PLAIN = [
  /\.(toArrow|toIPC|toParquet|matrix|toJSON)$/, // tables, bytes and data of their own kinds
  /^(decimal|domainDate|instant|toTemporalInstant)$/, // of zod and Temporal
  /^(layouts\.\w+|Schedule\.gameDate|calendar)$/, // parts of a definition
  /^(new BronzeError|Storage\.(read|stat|openVersion)|OpenedVersion\.read|Locks\.lock)$/,
  /^(GoldStore\.(list|foreign|verifyAll|attestAll)|Timeline\.sweep)$/, // loops
  /^Snapshot\.get$/, // a row: its cells are what they are
  /^GoldStore\.manifest$/, // the document, its instants being text
  /^(Run\.stage|stageOutput|withRun|writePointer)$/, // around a value of the user's, or a pointer
];

/** A text is short, has no instant as a number, and is the same everywhere. */
function assertShows(thing: object, name: string): void {
  const text = String(thing);
  expect(text, name).not.toContain("[object");
  expect(inspect(thing), name).toBe(text);
  expect(text.split("\n").length, name).toBeLessThan(30);
  expect(text, name).not.toMatch(/\b1[67]\d{17}\b/);
  expect(text, name).not.toMatch(/\[(Getter|Function|AsyncFunction|Object|Array)/);
  const display = Reflect.get(thing, Symbol.for("Jupyter.display")) as () => Record<string, string>;
  expect(display.call(thing)["text/plain"], name).toBe(text);
}

describe("what a public function gives", () => {
  const shown: string[] = [];
  it.each(Object.keys(CALLS))("%s shows itself, or is plain", async (name) => {
    const made = await CALLS[name]!(tempFolder());
    for (const call of Array.isArray(made) ? made : [made]) {
      const value = await call.run(...call.args);
      if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
      if (PLAIN.some((pattern) => pattern.test(name))) {
        expect(Symbol.for("nodejs.util.inspect.custom") in value && !/^new |toTemporal/.test(name)).toBe(
          false,
        );
        continue;
      }
      assertShows(value, name);
      shown.push(name);
    }
  });

  it("was looked at", () => expect(shown.length).toBeGreaterThan(35));
});

describe("every class with a state", () => {
  it("shows itself: none is exported that does not", () => {
    const classes = Object.entries(bronzestore).filter(
      ([name, value]) =>
        typeof value === "function" && /^class\b/.test(String(value)) && name !== "BronzeError",
    );
    expect(classes.length).toBeGreaterThanOrEqual(9);
    for (const [name, value] of classes) {
      const { prototype } = value as { readonly prototype: object };
      for (const how of [Symbol.for("nodejs.util.inspect.custom"), Symbol.for("Jupyter.display"), "toString"])
        expect(Reflect.get(prototype, how), `${name} ${String(how)}`).not.toBe(Reflect.get({}, how));
    }
  });
});

describe("a run", () => {
  it("shows itself, its stores and its end", async () => {
    const clock = () => BigInt(Date.parse("2026-01-16T12:00:00Z")) * 1_000_000n;
    const storage = memoryStorage();
    const where = { storage, timeZone: "UTC", clock };
    const { value: run } = await withRun({ ...where, name: "live", datasets: [injuries, odds] }, (run) => {
      for (const [name, thing] of Object.entries({ run, ...run }))
        if (["run", "bronze", "gold", "retention", "storage"].includes(name))
          assertShows(thing as object, name);
      expect(String(run)).toBe(
        `Run ${run.id} of live: under way\n  cutoff 2026-01-16T12:00:00Z, started at 2026-01-16T12:00:00Z\n` +
          `  in memory, recorded in ${run.paths.record}`,
      );
      return run;
    });
    expect(String(run)).toMatch(/^Run \S+ of live: over: /);
  });

  it("names no user's field away: a pointer's member called toString stays", async () => {
    const place = { storage: memoryStorage() };
    const target = { run_id: "r1", run_as_of_ts: TIP, fields: { toString: "mine" } };
    await writePointer(place, "latest.json", target);
    const pointer = await readPointer(place, "latest.json", {
      fields: z.object({ toString: z.string() }),
    });
    expect(pointer).toMatchObject({ toString: "mine" });
    expect(inspect(pointer)).toMatch(/^Pointer to run r1 as of 2026-01-16T00:00:00Z\n {2}written at /);
  });
});

describe("what is asked of an answer", () => {
  it("shows itself: where it came from, by ISO instants, and nothing in JSON or comparison", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const view = world.bronze.asOf(TIP, { knownBy: "cutoff" });
    const lines = await view.read("odds_raw", { date: "2026-01-15", maxAge: "PT6H" });
    const [read] = view.reads;
    const joined = await world.bronze.joinAsOf([{ game_id: "g1", at: TIP }], "odds_raw", {
      on: ["game_id"],
      cutoff: "at",
    });
    const asked = {
      provenance: lines.provenance,
      read: read!,
      "of the read": read!.provenance,
      join: joined.provenance,
    };
    for (const [name, thing] of Object.entries(asked)) assertShows(thing, name);
    expect(String(lines.provenance)).toMatch(
      /^Provenance of odds_raw at 2026-01-16T00:00:00Z, known by 2026-01-16T00:00:00Z, at most 21600 s old\n/,
    );
    expect(String(read!.provenance)).toBe(String(lines.provenance));
    expect(String(read)).toBe("ViewRead of odds_raw 2026-01-15");
    expect(Object.keys(joined.provenance)).not.toContain("toString");
    expect({ ...lines.provenance }).toEqual(lines.provenance);
  });

  it("shows what comes from outside without moving the cursor", async () => {
    const place = { storage: memoryStorage() };
    await writePointer(place, "latest.json", { run_id: "r\u001b[2J1", run_as_of_ts: TIP });
    expect(String(await readPointer(place, "latest.json"))).toContain("Pointer to run r\u00b7[2J1");
  });
});

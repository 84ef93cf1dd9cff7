import { isBronzeError } from "bronzestore";
import { afterEach, describe, expect, it } from "vitest";
import { campaign } from "../campaign.js";
import { tempFolders } from "../storage/temp-folder.js";
import { CALLS, type Call, endRuns } from "./calls.js";
import { entryPoints, type OptionLevel } from "./entry-points.js";

/** Types that are handed on as they came, or hold the user's own data: nothing in them is an option. */
const THINGS = new Set([
  "AnyDataset",
  "ArrowTable",
  "BackfillEvent",
  "Coverage",
  "DateLookup",
  "DuckDBLike",
  "Engine",
  "Freshness",
  "ReportStream",
  "RetentionPlan",
  "RunPlan",
  "Schedule",
  "ScheduledGame",
  "SqlDialect",
  "StageOutput",
  "Storage",
]);

/** What the user writes and the library calls. */
const THEIRS = [
  "ClickHouseOptions.command",
  "ClickHouseOptions.query",
  "JoinOptions.date",
  "ArrowTable.getChildAt",
  "ColumnSource.parse",
  "Tombstone.isOne",
  "DatasetOptions.season",
  "DatasetOptions.tombstone",
  "DateLookup.dateOf",
  "DoctorOptions.clock",
  "BackfillOptions.onEvent",
  "DueOptions.onEvent",
  "ImportOptions.ingestedAt",
  "ImportOptions.onEvent",
  "TrainingSetOptions.labels",
  "ReportStream.write",
  "S3StorageOptions.credentials",
];

const { entries, met } = entryPoints(THINGS);
const ours = entries.filter(({ name }) => !THEIRS.includes(name));
/** The same of types that have no name where they are met: an instant, and a pointer with fields of anyone's. */
const isThing = ({ names }: OptionLevel) =>
  names.join() === "epochNanoseconds" || (names.includes("run_as_of_ts") && names.includes("generated_at"));
/** Every place that takes an instant, as the compiler sees it. */
const instants = ours.flatMap((entry) =>
  entry.levels
    .filter(({ names }) => names.join() === "epochNanoseconds")
    .map(({ argument, path }) => ({
      title: `${entry.name}, ${[entry.parameters[argument], ...path].join(".")}`,
      entry,
      place: [argument, ...path],
    })),
);
const levels = ours.flatMap((entry) =>
  entry.levels.filter((level) => !isThing(level)).map((level) => ({ entry, level })),
);

const tempFolder = tempFolders();
afterEach(endRuns);

/** What a call ends in: its error, or nothing. What it gives is used up, and locks are given back. */
async function outcomeOf({ run }: Call, args: readonly unknown[]): Promise<unknown> {
  try {
    const result = await run(...args);
    if (typeof result !== "object" || result === null) return undefined;
    if ("next" in result) for await (const _ of result as unknown as AsyncIterable<unknown>);
    if ("release" in result) await (result.release as () => Promise<void>)();
    return undefined;
  } catch (error) {
    return error ?? "nothing";
  }
}

async function callsOf(name: string): Promise<Call[]> {
  const calls = await CALLS[name]!(tempFolder());
  return Array.isArray(calls) ? calls : [calls];
}

/** The arguments with another value at one place; levels on the way that are not there are made. */
function withAt(args: readonly unknown[], place: readonly (string | number)[], value: unknown): unknown[] {
  const put = (at: unknown, [step, ...rest]: readonly (string | number)[]): unknown => {
    if (step === undefined) return value;
    if (Array.isArray(at)) return at.map((item, i) => (i === step || step === "[]" ? put(item, rest) : item));
    const own = (at ?? {}) as Record<string, unknown>;
    return { ...own, [step]: put(own[step], rest) };
  };
  const padded = Array.from({ length: Math.max(args.length, Number(place[0]) + 1) }, (_, i) => args[i]);
  return put(padded, place) as unknown[];
}

function isThere(args: unknown, place: readonly (string | number)[]): boolean {
  const [step, ...rest] = place;
  if (step === undefined || step === "[]") return args !== undefined;
  return args !== undefined && isThere((args as Record<string, unknown>)[step], rest);
}

describe("the tables of this test", () => {
  it("have a line for each function and method there is, and none for what is gone", () => {
    expect([...Object.keys(CALLS), ...THEIRS].sort()).toEqual(entries.map(({ name }) => name).sort());
    expect([...met].sort()).toEqual([...THINGS].sort());
  });

  it.each(ours.map(({ name }) => name))("call %s in a way that works", async (name) => {
    for (const call of await callsOf(name)) expect(await outcomeOf(call, call.args)).toBeUndefined();
  });
});

describe("a misspelt option", () => {
  const lines = levels.map(({ entry, level }) => ({
    title: `${entry.name}, ${[entry.parameters[level.argument], ...level.path].join(".")}`,
    entry,
    level,
  }));

  it.each(lines)("of $title is refused by name, with the names there are", async ({ entry, level }) => {
    const place = [level.argument, ...level.path, "misspelt"];
    let called = 0;
    for (const call of await callsOf(entry.name)) {
      const error = await outcomeOf(call, withAt(call.args, place, 1));
      if (!isBronzeError(error)) throw error ?? new Error("nothing was refused");
      expect(error.code).toMatch(/^INVALID_(ARGUMENT|DATASET|DURATION)$/);
      expect(error.message).toContain("misspelt");
      // A duration's years and months are there to be refused.
      const names = level.names.filter((name) => !["years", "months"].includes(name));
      for (const name of names) expect(error.message).toContain(name);
      called++;
    }
    expect(called).toBeGreaterThan(0);
  });
});

describe("an instant as a bigint before 1971, or as a number", () => {
  const ms = 1_768_500_000_000n; // of January 2026

  it("is looked for at every place", () => {
    expect(instants.length).toBeGreaterThan(25);
  });

  it.each(instants)("is refused as $title", async ({ entry, place }) => {
    const all = await callsOf(entry.name);
    // Where some calls have the group of options that it is one of, it means something in those.
    const apt = all.filter(({ args }) => place.length === 1 || isThere(args, place.slice(0, -1)));
    const calls = apt.length > 0 ? apt : all;
    for (const value of [ms / 1_000n, ms, ms * 1_000n, 0n, -1n, Number(ms)])
      for (const call of calls) {
        const error = await outcomeOf(call, withAt(call.args, place, value));
        if (!isBronzeError(error)) throw error ?? new Error(`${value} was taken for an instant`);
        expect(error.code).toMatch(/^INVALID_(INSTANT|ARGUMENT)$/);
        expect(error.message).toMatch(
          /is before 1971 as nanoseconds|is a number, and its unit cannot be known/,
        );
      }
  });
});

describe("whatever it is given", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.itself = cyclic;
  const WRONG: readonly (readonly [string, unknown])[] = [
    ["undefined", undefined],
    ["null", null],
    ["true", true],
    ["a number", 5],
    ["a fraction", 1.5],
    ["NaN", Number.NaN],
    ["a negative", -1],
    ["a bigint", 5n],
    ["no text", ""],
    // Some of them take it for a file that they are to write.
    ["text", `${tempFolder()}/text`],
    ["half a character", "\ud800"],
    ["a symbol", Symbol("it")],
    ["an object", {}],
    ["a list", []],
    ["a list of lists", [[]]],
    ["a list of null", [null]],
    ["a cycle", cyclic],
    ["no prototype", Object.create(null)],
    ["a Map", new Map([["a", 1]])],
    ["no date", new Date(Number.NaN)],
    ["a function", () => undefined],
    ["a function of numbers", () => 5],
    ["a function of symbols", () => Symbol("it")],
    ["a function of promises", async () => null],
  ];
  /** How many of them are tried at each place, in turn. */
  const { count } = campaign({ few: 2, small: WRONG.length, large: WRONG.length, seed: 0 });
  let place = 0;
  const someWrong = () => {
    const from = place++ * count;
    return WRONG.map((_, i) => WRONG[(from + i) % WRONG.length]!).slice(0, count);
  };
  let misuses = 0;

  it.each(ours)("$name throws nothing but a BronzeError", async ({ name, parameters, levels }) => {
    const bare: string[] = [];
    const places: (string | number)[][] = parameters.map((_, i) => [i]);
    for (const { argument, path, names } of levels)
      for (const option of names) places.push([argument, ...path, option]);
    let calls = await callsOf(name);
    const attempt = async (call: Call, args: readonly unknown[], what: string) => {
      misuses++;
      const error = await outcomeOf(call, args);
      if (error !== undefined && !isBronzeError(error)) bare.push(`${what}: ${String(error)}`);
      else if (error !== undefined) JSON.parse(JSON.stringify(error));
    };
    for (const place of places) {
      for (const [what, value] of someWrong())
        for (const call of calls)
          await attempt(call, withAt(call.args, place, value), `${place.join(".")} is ${what}`);
      endRuns();
      calls = await callsOf(name); // what was accepted may have changed something
    }
    for (const call of calls)
      for (let count = 0; count < call.args.length; count++)
        await attempt(call, call.args.slice(0, count), `${count} arguments`);
    expect(bare).toEqual([]);
  });

  it("was tried in thousands of ways", () => {
    expect(misuses).toBeGreaterThan(200 * count);
  });
});

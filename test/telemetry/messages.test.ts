import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { importFiles, leakCheck, memoryStorage, withRun } from "bronzestore";
import { describe, expect, it } from "vitest";
import { traced } from "../../src/telemetry/index.js";
import { injuries, odds, quote, run } from "../bronze/feeds.js";
import { engineOfNothing } from "../engines/engine-of-nothing.js";
import { errorOf } from "../error-of.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "../gold/slates.js";
import { serverDouble } from "../storage/s3/server-double.js";
import { credentials, storageOnDouble } from "../storage/s3/storage-on-double.js";
import { tempFolders } from "../storage/temp-folder.js";
import { channelsOfPage, listen, page, type Told, tableOfPage } from "./listen.js";

const FREEZE = { slate: SLATE, snapshot: "lock", tip: TIP } as const;
const tempFolder = tempFolders();
const DAY = { date: "2026-01-15" } as const;

/** Everything that is told of, once. */
async function evening(storage = memoryStorage()) {
  const world = await frozenWorld(storage);
  const { bronze, gold, retention } = world;
  await writeEvening(world);
  const csv = join(tempFolder(), "odds.csv");
  writeFileSync(csv, "game_id,book,price,as_of_ts\ng1,b9,-120,2026-01-15T17:00:00Z\n");
  await importFiles(bronze, "odds_raw", csv, run("r9"));
  await bronze.readBronzeDay("odds_raw", DAY.date);
  await bronze.timeline("odds_raw", DAY);
  await bronze.asOf(TIP).read("injuries_raw", DAY);
  const labels = [{ game_id: "g1", cutoff_ts: TIP }];
  await bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "cutoff_ts" });
  await bronze.exportVersions("odds_raw", DAY, { axes: "valid" });
  await bronze.on(engineOfNothing).asOf(TIP).read("odds_raw", { date: "2000-01-01" });
  await withRun(
    { storage, name: "score", timeZone: "America/New_York", datasets: [injuries, odds] },
    async (own) => {
      await own.stage("write", {}, () =>
        own.bronze.write("odds_raw", [quote("g1", "b3", 1, "2026-01-15T17:00:00Z")]),
      );
    },
  );
  await gold.freeze(FREEZE, build);
  const plan = await retention.planCompact({ datasets: ["odds_raw"], olderThan: "PT1H", into: "day" });
  await retention.apply(plan);
  await retention.restore(plan.id);
  await retention.planPrune({ datasets: ["odds_raw"], olderThan: "PT1H" });
  await retention.emptyTrash({ olderThan: "P1D" });
  return world;
}

const of = (told: readonly Told[], channel: string) => told.filter((one) => one.channel === channel);

describe("what the library tells of its work", () => {
  it("is what its page says: these channels, these members, these results", async () => {
    const { told, released } = listen();
    await evening(storageOnDouble());
    const seen = channelsOfPage().map((channel) => {
      const own = of(told, channel);
      expect(own.length, channel).toBeGreaterThan(0);
      const begins = new Set<string>();
      const later = new Set<string>();
      const result = new Set<string>();
      for (const { events, message } of own) {
        expect(events.map(({ event }) => event)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
        for (const name of Object.keys(events[0]!.members)) begins.add(name);
        for (const name of Object.keys(message)) if (name !== "result" && !begins.has(name)) later.add(name);
        for (const name of Object.keys(message.result!)) result.add(name);
      }
      return { channel, begins: [...begins].sort(), later: [...later].sort(), result: [...result].sort() };
    });
    expect(seen).toEqual(tableOfPage());
    expect(seen.length).toBe(9);
    const inRelease = /plain channel: its message, with (.*), says/.exec(page)![1]!;
    const names = [...inRelease.matchAll(/`(\w+)`/g)].map((match) => match[1]);
    for (const message of released) expect(Object.keys(message)).toEqual(names);
    expect(released.length).toBe(of(told, "bronzestore:lock").length);
    const writes = new Set(of(told, "bronzestore:write").map(({ message }) => message.verb));
    expect(writes).toEqual(new Set(["write", "importFiles"]));
    const verbs = (channel: string) => [...new Set(of(told, channel).map(({ message }) => message.verb))];
    expect(verbs("bronzestore:read")).toEqual([
      "readBronzeDay",
      "timeline",
      "read",
      "joinAsOf",
      "exportVersions",
    ]);
    expect(verbs("bronzestore:retention")).toEqual([
      "planCompact",
      "apply",
      "restore",
      "planPrune",
      "emptyTrash",
    ]);
  });

  it("has in numbers what the caller gets", async () => {
    const { told } = listen();
    const { bronze, gold } = await frozenWorld();
    const last = () => told.at(-1)!.message;
    const rows = [quote("g1", "dk", -110, "2026-01-15T17:00:00Z"), quote("g1", "fd", -105, null)];
    const { partitions } = await bronze.write("odds_raw", rows, run("r1"));
    const { sizeBytes } = partitions[0]!;
    expect(last()).toEqual({
      verb: "write",
      dataset: "odds_raw",
      runId: "r1",
      result: { rows: 2, written: 1, unchanged: 0, bytes: sizeBytes, latest: 0 },
    });
    await bronze.write("odds_raw", rows, run("r1"));
    expect(last().result).toEqual({ rows: 2, written: 0, unchanged: 1, bytes: 0, latest: 0 });

    const answer = await bronze.asOf(TIP).read("odds_raw", { ...DAY, lookbackDays: 1 });
    expect(last()).toEqual({
      verb: "read",
      dataset: "odds_raw",
      from: "2026-01-14",
      to: "2026-01-15",
      result: { parts: 1, rows: 2, cost: { ...answer.cost } },
    });
    expect(answer.cost.bytes).toBeGreaterThan(0);

    await bronze.write("injuries_raw", [], { snapshot: { time: "2026-01-15T22:00:00Z" } });
    const { path, manifest } = await gold.freeze(FREEZE, build);
    expect(of(told, "bronzestore:freeze").at(-1)!.message).toEqual({
      slate: SLATE,
      snapshot: "lock",
      runId: undefined,
      result: { status: "frozen", path, rows: manifest.output.rows, revision: 1 },
    });
  });

  it("says of a question to an engine which it was, how its answer was taken, and what the engine was given", async () => {
    const { told } = listen();
    const { bronze } = await frozenWorld();
    await bronze.write("odds_raw", [quote("g1", "dk", -110, "2026-01-15T17:00:00Z")], run("r1"));
    const nothing = { date: "2000-01-01" } as const;
    const on = bronze.on(engineOfNothing);
    const asked = { on: ["game_id"], cutoff: "cutoff_ts", date: () => "2000-01-01" } as const;
    await on.asOf(TIP).read("odds_raw", nothing);
    await on.joinAsOf([{ game_id: "g1", cutoff_ts: TIP }], "odds_raw", asked as never).batches();
    await on.diff("odds_raw", TIP, TIP, nothing).writeParquet("moved.parquet");
    const messages = of(told, "bronzestore:engine").map(({ message }) => message);
    expect(messages).toEqual(
      [
        { verb: "asOf", form: "read" },
        { verb: "joinAsOf", form: "batches" },
        { verb: "diff", form: "writeParquet" },
      ].map((one) => ({
        ...one,
        dataset: "odds_raw",
        engine: "nothing",
        plans: 1,
        result: { parts: 0, rows: 0 },
      })),
    );
    // An engine that reads other rows than those of the plan.
    const error = await errorOf(on.asOf(TIP).read("odds_raw", DAY));
    expect(of(told, "bronzestore:engine").at(-1)!.message).toMatchObject({ error, plans: 1 });
  });

  it("has the error that the caller gets, and no result, where work failed", async () => {
    const { told } = listen();
    const { bronze } = await frozenWorld();
    const error = await errorOf(bronze.write("odds_raw", [{ game_id: 1 }] as never, run("r1")));
    const [own] = told;
    expect(own!.events.map(({ event }) => event)).toEqual([
      "start",
      "end",
      "error",
      "asyncStart",
      "asyncEnd",
    ]);
    expect(own!.message.error).toBe(error);
    expect(own!.message).not.toHaveProperty("result");
  });

  it("says of a run what it is called once it has begun, and that it was skipped", async () => {
    const storage = memoryStorage();
    const { told } = listen();
    const options = { storage, name: "score", timeZone: "America/New_York", onHeld: "skip" } as const;
    const result = await withRun(options, () => withRun(options, () => {}));
    if (result.status === "skipped" || result.value.status !== "skipped") throw new Error("not nested");
    const [outer, inner] = of(told, "bronzestore:run");
    expect(outer!.events[0]!.members).toEqual({ name: "score", lock: "runs/.lock" });
    expect(outer!.message).toMatchObject({ runId: result.runId, result: { status: "completed" } });
    expect(inner!.message).toEqual({ name: "score", lock: "runs/.lock", result: { status: "skipped" } });
    expect(of(told, "bronzestore:lock").map(({ message }) => message.error)).toEqual([
      undefined,
      expect.objectContaining({ code: "LOCK_HELD" }),
    ]);
  });

  it("is asked for before anything is built", async () => {
    const build = () => {
      throw new Error("built though nobody listens");
    };
    expect(await traced("bronzestore:read", build, () => Promise.resolve(7), build)).toBe(7);
    listen();
    expect(() => traced("bronzestore:read", build, () => Promise.resolve(7), build)).toThrow("built");
  });

  it("counts attempts, and holds nothing that signs a request or was signed with it", async () => {
    const { told } = listen();
    const secrets = { ...credentials, sessionToken: "FwoGZXIvYXdzEXAMPLETOKEN" };
    const double = serverDouble({ fault: (n) => (n % 5 === 0 ? 503 : undefined) });
    const world = await frozenWorld(storageOnDouble(double, { credentials: () => secrets }));
    await writeEvening(world);
    await world.gold.freeze(FREEZE, build);
    const refused = serverDouble({ fault: () => 403 });
    await errorOf(storageOnDouble(refused, { credentials: secrets }).read("a"));
    const requests = of(told, "bronzestore:s3").map(({ message }) => message as { attempts: number });
    expect(requests.some(({ attempts }) => attempts > 1)).toBe(true);
    const sent = requests.reduce((sum, { attempts }) => sum + attempts, 0);
    expect(sent).toBe(double.requests.length + refused.requests.length);
    const text = told.map(({ events }) => JSON.stringify(events, withErrors)).join("\n");
    expect(text).toContain("bucket history");
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/authorization|x-amz-|Signature/i);
  });

  it("tells of the reads of a leak check and of a freeze, which their views make", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    const { told } = listen();
    const { bronze } = world;
    const reads = () => of(told, "bronzestore:read").map(({ message }) => message.dataset);
    await leakCheck(async (at) => (await at.read("odds_raw", DAY)).rows(), { bronze, cutoffs: [TIP] });
    expect(new Set(reads())).toEqual(new Set(["odds_raw"]));
    await world.gold.freeze(FREEZE, build);
    expect(reads().slice(-2)).toEqual(["injuries_raw", "odds_raw"]);
  });
});

/** Errors have members that JSON does not show by itself. */
function withErrors(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  return { ...value, message: value.message, stack: value.stack, cause: value.cause };
}

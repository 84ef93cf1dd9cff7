import { createHash } from "node:crypto";
import { BronzeError, doctor, GoldStore, localDisk, memoryStorage, type Storage } from "bronzestore";
import { type ReportServer, type ServeOptions, serve } from "bronzestore/report";
import { afterEach, describe, expect, it } from "vitest";
import type { ReportData } from "../../src/report/page/data.js";
import { withDays } from "../../src/report/page/merge-days.js";
import { askedBy } from "../../src/report/report.js";
import { LiveReport } from "../../src/report/server/live-report.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";
import { tempFolders } from "../storage/temp-folder.js";
import { ask, listen, openLink } from "./ask-server.js";
import { reportDataOf } from "./report-data-of.js";
import { reading, storeOf, weather } from "./weather.js";

const tempFolder = tempFolders();
const started: ReportServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

async function start(options: ServeOptions) {
  const server = await serve({ listEvery: "PT0.02S", ...options });
  started.push(server);
  const { origin, port } = new URL(server.url);
  return { server, origin, port };
}

async function weatherStore(storage: Storage = memoryStorage()) {
  const bronze = storeOf(storage, [weather("UTC")], "2026-01-15T18:00:00Z");
  await bronze.write("weather", [reading("2026-01-14T12:00:00Z", 1)]);
  await bronze.write("weather", [reading("2026-01-15T12:00:00Z", 3)]);
  return bronze;
}

/** A page that is served to one browser: its cookie, and what its data are. */
async function opened(options: ServeOptions) {
  const { server, origin, port } = await start(options);
  const headers = await openLink(server.url);
  const json = async (path: string) => JSON.parse((await ask(`${origin}${path}`, { headers })).body);
  return { server, origin, port, headers, json };
}

describe("the link", () => {
  it("is taken once: its token becomes a cookie that no script and no other site can use", async () => {
    const { server, origin, port } = await start({ bronze: await weatherStore() });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    const first = await ask(server.url);
    expect([first.status, first.headers.location]).toEqual([303, "/"]);
    const [cookie] = first.headers["set-cookie"]!;
    expect(cookie).toMatch(new RegExp(`^bronzestore-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect(cookie).not.toContain(new URL(server.url).searchParams.get("token"));

    const again = await ask(server.url);
    expect([again.status, again.headers["set-cookie"]]).toEqual([403, undefined]);
    const own = await ask(server.url, { headers: { cookie: cookie!.split(";")[0]! } });
    expect([own.status, own.headers["set-cookie"]]).toEqual([303, undefined]); // whoever has the cookie is let in
    expect((await ask(`${origin}/`)).status).toBe(403);
  });

  it("is not taken by a wrong token, nor by a request that only asks for headers", async () => {
    const { server, origin } = await start({ bronze: await weatherStore() });
    expect((await ask(`${origin}/?token=x`)).status).toBe(403);
    expect((await ask(server.url, { method: "HEAD" })).status).toBe(403);
    expect((await ask(server.url)).status).toBe(303);
  });

  it.each([
    "/",
    "/overview",
    "/day?date=2026-01-15",
    "/undated",
    "/changes",
    "/none",
  ])("is needed for %s: no cookie, or another's, is 403, and nothing of the tree is said", async (path) => {
    const { server, origin, port } = await start({ bronze: await weatherStore() });
    await openLink(server.url);
    for (const cookie of ["", `bronzestore-${port}=x`, "bronzestore=x"]) {
      const { status, body } = await ask(`${origin}${path}`, { headers: { cookie } });
      expect([status, body.includes("weather")]).toEqual([403, false]);
    }
  });
});

describe("what is refused of whoever has the cookie", () => {
  it("a name that was bent to this address (DNS rebinding), and another port's", async () => {
    const { origin, port, headers } = await opened({ bronze: await weatherStore() });
    const statuses: [string, number][] = [];
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `evil.example:${port}`,
      "127.0.0.1",
      `127.0.0.1:${Number(port) + 1}`,
      `127.0.0.1.evil.example:${port}`,
    ])
      statuses.push([host, (await ask(`${origin}/overview`, { headers: { ...headers, host } })).status]);
    expect(statuses.map(([, status]) => status)).toEqual([200, 200, 421, 421, 421, 421]);
  });

  it("a page of another site, or of another port of this one", async () => {
    const { origin, port, headers } = await opened({ bronze: await weatherStore() });
    const statusOf = async (more: Record<string, string>) =>
      (await ask(`${origin}/overview`, { headers: { ...headers, ...more } })).status;
    expect(await statusOf({ origin })).toBe(200);
    expect(await statusOf({ origin: `http://localhost:${port}` })).toBe(403);
    for (const other of ["http://evil.example", "null", `http://127.0.0.1:${Number(port) + 1}`])
      expect(await statusOf({ origin: other })).toBe(403);
    for (const site of ["cross-site", "same-site"])
      expect(await statusOf({ "sec-fetch-site": site })).toBe(403);
    for (const site of ["same-origin", "none"]) expect(await statusOf({ "sec-fetch-site": site })).toBe(200);
  });

  it("a method that would change something, an address that is none, a day that is none", async () => {
    const { origin, headers } = await opened({ bronze: await weatherStore() });
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect((await ask(`${origin}/overview`, { method, headers })).status).toBe(405);
    expect((await ask(`${origin}/day?date=2026-1-1`, { headers })).status).toBe(400);
    expect((await ask(`${origin}/day?date=../..`, { headers })).status).toBe(400);
    expect((await ask(`${origin}//`, { headers })).status).toBe(400);
    expect((await ask(`${origin}/none`, { headers })).status).toBe(404);
  });
});

describe("the page", () => {
  it("may run its own code and ask its own server, and nothing else; nothing of it is kept or framed", async () => {
    const { origin, headers } = await opened({ bronze: await weatherStore() });
    const { body, headers: said } = await ask(`${origin}/`, { headers });
    const sha = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const [, script] = [...body.matchAll(/<script(?: [^>]*)?>([\s\S]*?)<\/script>/g)].map(
      ([, text]) => text!,
    );
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(body)!;
    expect(said["content-security-policy"]).toBe(
      `default-src 'none'; script-src ${sha(script!)}; style-src ${sha(style!)}; img-src data:; connect-src 'self'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(said).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
    });
  });

  it("opens with an overview; a day's keys come when it is opened, and its slates are verified then", async () => {
    const bronze = await weatherStore();
    const clock = () => bronze.now();
    const slate = { key: ["day", "station"], dateKey: "day" };
    const gold = new GoldStore({ storage: bronze.storage, bronze, clock, slate, timeZone: "UTC" });
    for (const [day, tip] of [
      ["2026-01-14", "2026-01-14T13:00:00Z"],
      ["2026-01-15", "2026-01-15T13:00:00Z"],
    ] as const)
      await gold.freeze({ slate: { day, station: "s1" }, snapshot: "lock", tip }, async (at) =>
        (await at.read("weather", { date: day })).rows().map(({ celsius }) => ({ celsius })),
      );
    await bronze.storage.remove("bronze/weather/date=2026-01-15/hour=12/w.parquet");
    await bronze.write("weather", [reading("2026-01-15T13:00:00Z", 4)]);

    const { origin, headers, json } = await opened({ bronze, gold });
    const page = reportDataOf((await ask(`${origin}/`, { headers })).body);
    const overview: ReportData = await json("/overview");
    expect({ ...page, madeAt: "" }).toEqual({ ...overview, madeAt: "" });
    expect(
      overview.days.map(({ date, feeds: [feed] }) => [date, feed!.coverage!.rows, feed!.history]),
    ).toEqual([
      ["2026-01-14", 1, null],
      ["2026-01-15", 1, null],
    ]);
    expect(overview.gold!.slates.map(({ verified }) => verified)).toEqual([false, false]);

    const answers: ReportData = await json("/day?date=2026-01-15");
    expect(answers.days.map(({ date, feeds: [feed] }) => [date, feed!.history!.keys.length])).toEqual([
      ["2026-01-15", 1],
    ]);
    const merged = withDays(overview, new Map([["2026-01-15", answers]]));
    expect(merged.days.map(({ feeds: [feed] }) => feed!.history === null)).toEqual([true, false]);
    expect(merged.gold!.slates.map(({ date, verified }) => [date, verified])).toEqual([
      ["2026-01-14", false],
      ["2026-01-15", true],
    ]);
    expect(merged.gold!.findings.map(({ kind, slates }) => [kind, slates])).toEqual([["input-missing", [1]]]);
  });

  it("says so where the storage fails, and is told when it does no more", async () => {
    let isDown = false;
    const below = memoryStorage();
    const down = () => Promise.reject(new BronzeError("STORAGE_FAILED", "the disk is gone"));
    const storage = new Proxy(below, {
      get: (target, name) =>
        isDown && (name === "list" || name === "listTree") ? down : Reflect.get(target, name),
    });
    const { origin, headers, json } = await opened({ bronze: await weatherStore(storage) });
    const events = await listen(`${origin}/changes`, headers);
    await events.next();
    const overview = async (): Promise<ReportData> => json("/overview");
    isDown = true;
    await events.next();
    expect((await overview()).datasets[0]!.refused).toBe("the disk is gone");
    isDown = false;
    await events.next();
    expect((await overview()).days).toHaveLength(2);
    events.end();
  });
});

describe.each([
  ["memory", () => memoryStorage(), "PT0.02S"],
  ["a disk", () => localDisk(tempFolder()), "PT0.02S"],
  ["a disk that is never listed, but tells of changes", () => localDisk(tempFolder()), "PT100H"],
  ["S3", () => storageOnDouble(), "PT0.02S"],
])("a tree in %s", (_, make, listEvery) => {
  it("that changes is told: the next state has the new rows, and an answer of before is not given again", async () => {
    const bronze = await weatherStore(make());
    const { origin, headers, json } = await opened({ bronze, listEvery });
    const before: ReportData = await json("/day?date=2026-01-15");
    const events = await listen(`${origin}/changes`, headers);
    let number = Number(await events.next());
    expect(number).toBe(before.live);

    await bronze.write("weather", [reading("2026-01-15T13:00:00Z", 4)]);
    let rows = 0;
    // A write is several files and folders, which may be told one by one.
    while (rows !== 2) {
      const told = Number(await events.next());
      expect(told).toBeGreaterThan(number);
      number = told;
      const after: ReportData = await json("/day?date=2026-01-15");
      expect(after.live).toBeGreaterThanOrEqual(told);
      rows = after.days[0]!.feeds[0]!.coverage!.rows;
    }
    events.end();
  });
});

describe("what is wrong with the tree", () => {
  it("is looked for when it is asked, by one at a time, and not for the overview", async () => {
    const bronze = await weatherStore();
    const { storage, datasets } = bronze;
    let looks = 0;
    const diagnose = () => {
      looks++;
      return doctor({ storage }, { datasets });
    };
    await storage.publish("bronze/weather/backup/x.parquet", new Uint8Array(9));
    const { json } = await opened({ bronze, diagnose });
    expect(await json("/overview")).toMatchObject({ diagnosis: "ask" });
    expect(looks).toBe(0);
    for (const nth of [1, 2]) {
      const findings = [{ path: "bronze/weather/backup/x.parquet" }];
      expect(await json("/diagnosis")).toMatchObject({ ok: false, findings });
      expect(looks).toBe(nth);
    }
    const live = new LiveReport(askedBy({ bronze, diagnose }));
    expect(live.diagnose()).toBe(live.diagnose());
  });

  it("is told in the library's words where it cannot be looked for, and is no address where nobody looks", async () => {
    const bronze = await weatherStore();
    const refused = new BronzeError("STORAGE_FAILED", "The disk is gone.");
    const { json } = await opened({ bronze, diagnose: () => Promise.reject(refused) });
    expect(await json("/diagnosis")).toMatchObject({ ok: false, findings: [], refused: "The disk is gone." });

    const { origin, headers, json: without } = await opened({ bronze });
    expect(await without("/overview")).toMatchObject({ diagnosis: null });
    expect((await ask(`${origin}/diagnosis`, { headers })).status).toBe(404);
  });
});

describe("a server", () => {
  it("ends: its streams and its port are closed, and a second end does nothing", async () => {
    const bronze = await weatherStore();
    const { server, origin, headers } = await opened({ bronze });
    const events = await listen(`${origin}/changes`, headers);
    expect(await events.next()).toBe("1");
    await server.close();
    expect(await events.next()).toBeUndefined();
    await expect(ask(origin)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.close();
    const again = await start({ bronze, port: Number(new URL(origin).port) });
    expect(again.origin).toBe(origin);
  });

  it("says that a port is taken, and refuses what nothing reads", async () => {
    const bronze = await weatherStore();
    const { port } = await start({ bronze });
    await expect(serve({ bronze, port: Number(port) })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("EADDRINUSE"),
    });
    await expect(serve({ bronze, listEvery: "PT0S" })).rejects.toThrow("listEvery is zero");
    await expect(serve({ bronze, host: "0.0.0.0" } as never)).rejects.toThrow("host");
    await expect(serve({ bronze, checks: [] } as never)).rejects.toThrow("checks");
  });
});

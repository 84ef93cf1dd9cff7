import type { StorageLock } from "bronzestore";
import { type BronzeError, isBronzeError } from "bronzestore";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { campaign } from "../../campaign.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "../../gold/slates.js";
import { below, oneOf, seeded } from "../../real/seeded.js";
import { isWhole, numberOf, whole } from "../whole.js";
import { type Call, impossible } from "./history.js";
import { type Client, TERM_MS, troubledServer } from "./troubled-server.js";

// Signatures are made on threads, whose order nobody chooses; a server that runs sees to them.
vi.mock("aws4fetch", () => ({ AwsClient: Unsigned }));

class Unsigned {
  readonly #token: string;
  constructor({ sessionToken }: { sessionToken: string }) {
    this.#token = sessionToken;
  }
  async sign(url: string, { aws, headers, ...init }: RequestInit & { aws: { datetime: string } }) {
    const own = { "x-amz-date": aws.datetime, "x-amz-security-token": this.#token };
    return new Request(url, { ...init, headers: { ...(headers as Record<string, string>), ...own } });
  }
}

beforeAll(async () => {
  await import("aws4fetch");
});

const CLIENTS = 5;
const { count, seed } = campaign({ small: 600, large: 10_000, seed: 15 });
const tally = new Map<string, number>();
const counted = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
afterAll(() => console.info(`seed ${seed}: ${[...tally].map(([what, n]) => `${what} ${n}`).join(", ")}`));

interface Listed {
  readonly names: readonly string[];
  readonly begin: number;
  readonly end: number;
}

describe(`${CLIENTS} clients at once, of a server that fails, loses answers and takes its time`, () => {
  it(`lose nothing that was acknowledged, and never both win, in ${count} calls`, async () => {
    const random = seeded(seed);
    const isOnce = (path: string) => path.startsWith("once/");
    const server = troubledServer({
      random,
      faults: 0.08,
      // Of a storage's calls only a conditional write is safe from what arrives when it was given up.
      mayBeLate: (request) => request.method === "PUT" && new URL(request.url).pathname.includes("/once/"),
    });
    const clients = await Promise.all(Array.from({ length: CLIENTS }, server.client));
    const spare = await Promise.all(Array.from({ length: Math.ceil(count / 60) }, server.client));
    const calls: Call[] = [];
    const lists: Listed[] = [];
    const holders = new Map<string, Set<StorageLock>>();
    const intrusions: string[] = [];
    let [moment, left] = [0, count];

    /** Paths are used for a while, then others. */
    const someFile = () => {
      const at = Math.floor((count - left) / 40);
      return `${oneOf(random, ["once", "over", "swap", "gone"] as const)}/${at}-${below(random, 3)}`;
    };
    const contentOf = (call: number) => (random() < 0.2 ? 7 : 1000 + call);

    /** Reads, decides and writes back, as those do whose lock may be lost. */
    async function swapCall({ storage }: Client, path: string): Promise<void> {
      const content = 1000 + left;
      const read: Call = {
        kind: "read",
        path,
        content: undefined,
        begin: moment++,
        end: Number.POSITIVE_INFINITY,
        outcome: undefined,
      };
      calls.push(read);
      const before = await contentAt(storage, path);
      Object.assign(read, { content: before, outcome: true, end: moment++ });
      const call: Call = {
        kind: before === undefined ? "publish" : "swap",
        path,
        content,
        ...(before !== undefined && { before }),
        begin: moment++,
        end: Number.POSITIVE_INFINITY,
        outcome: undefined,
      };
      calls.push(call);
      call.outcome = await storage.swap(
        path,
        before === undefined ? undefined : whole(before),
        whole(content),
      );
      call.end = moment++;
    }

    async function fileCall(client: Client): Promise<void> {
      const { storage } = client;
      const path = someFile();
      if (path.startsWith("swap/")) return await swapCall(client, path);
      const kinds = isOnce(path)
        ? (["publish", "publish", "read"] as const)
        : path.startsWith("over/")
          ? (["replace", "publish", "read"] as const)
          : (["publish", "remove", "read"] as const);
      const kind = oneOf(random, kinds);
      const call: Call = {
        kind,
        path,
        content: kind === "publish" || kind === "replace" ? contentOf(left) : undefined,
        begin: moment++,
        end: Number.POSITIVE_INFINITY,
        outcome: undefined,
      };
      calls.push(call);
      if (kind === "publish") call.outcome = await storage.publish(path, whole(call.content!));
      if (kind === "remove") call.outcome = await storage.remove(path);
      if (kind === "replace") {
        await storage.replace(path, whole(call.content!));
        call.outcome = true;
      }
      if (kind === "read") {
        call.content = await contentAt(storage, path);
        call.outcome = true;
      }
      call.end = moment++;
    }

    async function listCall({ storage }: Client): Promise<void> {
      const begin = moment++;
      const entries = await storage.list("once");
      lists.push({ names: entries.map(({ name }) => `once/${name}`), begin, end: moment++ });
    }

    async function lockCall({ storage, sleep }: Client): Promise<void> {
      const path = `locks/${below(random, 3)}.lock`;
      const waitMs = oneOf(random, [0, 1_000, 3 * TERM_MS]);
      const lock = await storage.locks.lock(path, { waitMs });
      const own = holders.get(path) ?? new Set();
      holders.set(path, own);
      // Another may still believe that it holds it only where it can know that it does not.
      for (const other of own) if (!other.isLost!()) intrusions.push(`${path} at ${moment}`);
      own.add(lock);
      if (random() < 0.3) lock.describe({ moment: String(moment) });
      await sleep(below(random, 2 * TERM_MS));
      counted(lock.isLost!() ? "leases lost" : "leases held");
      own.delete(lock);
      await lock.release();
    }

    async function work(client: Client): Promise<void> {
      while (left > 0) {
        left--;
        if (random() < 0.02) client.suspend(below(random, 3 * TERM_MS));
        const next = random() < 0.015 && left > 0 ? spare.pop() : undefined;
        if (next) {
          void oneCall(client).catch(() => {}); // it is under way when its process dies
          await client.sleep(below(random, 1_000));
          client.die();
          counted("deaths");
          await work(next);
          return;
        }
        await oneCall(client);
      }
    }

    async function oneCall(client: Client): Promise<void> {
      const kind = random();
      try {
        await (kind < 0.1 ? listCall(client) : kind < 0.25 ? lockCall(client) : fileCall(client));
      } catch (error) {
        if (!isBronzeError(error, "STORAGE_FAILED") && !isBronzeError(error, "LOCK_HELD")) throw error;
        counted(error.code);
      }
    }

    await server.until(Promise.all(clients.map(work)));
    await server.calm();

    const { storage: observer } = await server.client();
    for (const path of new Set(calls.map((call) => call.path))) {
      const begin = moment++;
      const content = await server.until(contentAt(observer, path));
      calls.push({ kind: "read", path, content, begin, end: moment++, outcome: true });
    }
    expect(impossible(calls)).toEqual([]);
    expect(intrusions).toEqual([]);
    expect(wrongLists(lists, calls)).toEqual([]);
    // A process that dies in its probe leaves it.
    const probes = [...server.objects.keys()].filter((key) => key.includes("probe"));
    expect(probes.length).toBeLessThanOrEqual(tally.get("deaths") ?? 0);
    for (const [fault, times] of server.met) tally.set(String(fault), times);
    tally.set("requests", server.requests());
    for (const { kind, outcome } of calls) counted(`${kind} ${outcome ?? "unknown"}`);
  });
});

/** The number of what lies there, once it was seen to be whole. */
async function contentAt(storage: Client["storage"], path: string): Promise<number | undefined> {
  try {
    const bytes = await storage.read(path);
    expect(isWhole(bytes)).toBe(true);
    return numberOf(bytes);
  } catch (error) {
    if (isBronzeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** In a folder of which nothing is removed, a listing has what was there before it, and nothing that came after it. */
function wrongLists(lists: readonly Listed[], calls: readonly Call[]): string[] {
  const published = calls.filter(({ kind, path }) => kind === "publish" && path.startsWith("once/"));
  return lists.flatMap(({ names, begin, end }) => {
    const there = published.filter((call) => call.outcome === true && call.end < begin);
    const begun = new Set(published.filter((call) => call.begin < end).map(({ path }) => path));
    const missing = there.filter(({ path }) => !names.includes(path)).map(({ path }) => `lacks ${path}`);
    return [...missing, ...names.filter((name) => !begun.has(name)).map((name) => `has ${name}`)];
  });
}

describe("20 stores that freeze one slate", () => {
  it("have one winner and one manifest, which verifies, whatever the server does meanwhile", async () => {
    const { count: rounds, seed: first } = campaign({ small: 2, large: 30, seed: 20 });
    for (let round = 0; round < rounds; round++) {
      const random = seeded(first + round);
      const server = troubledServer({ random, faults: 0.03 });
      const made = async () => await frozenWorld((await server.client()).storage);
      await server.until(made().then(writeEvening));
      const freeze = async () => {
        const { gold } = await made();
        for (;;) {
          try {
            return await gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP }, build);
          } catch (error) {
            // A conflict: it lost its lease, and another was quicker.
            const mayGoOn = ["STORAGE_FAILED", "LOCK_HELD", "SLATE_CONFLICT"] as const;
            if (!mayGoOn.some((code) => isBronzeError(error, code))) throw error;
            counted((error as BronzeError).code);
          }
        }
      };
      const results = await server.until(Promise.all(Array.from({ length: 20 }, freeze)));
      await server.calm();
      const won = results.filter(({ status }) => status === "frozen");
      expect(won.length, `seed ${first + round}`).toBe(1);
      expect(new Set(results.map(({ manifest }) => manifest.digest)).size).toBe(1);
      const manifests = [...server.objects.keys()].filter((key) => /manifest\.lock\.json$/.test(key));
      expect(manifests).toHaveLength(1);
      const { gold } = await made();
      const verified = await server.until(gold.verify(SLATE, { snapshot: "lock" }));
      expect(verified).toMatchObject({ ok: true, problems: [] });
    }
  });
});

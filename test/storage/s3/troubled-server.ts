import type { LockingStorage } from "../../../src/storage/index.js";
import { s3StorageOver } from "../../../src/storage/s3/s3-storage.js";
import { below, oneOf } from "../../real/seeded.js";
import { serverDouble } from "./server-double.js";

/**
 * What may happen to a request. `lost` and `done, then 500` are carried out, and the client is not told; `late` is carried out
 * after the client gave it up.
 */
const FAULTS = ["reset", "timeout", "lost", "done, then 500", "cut", 500, 503, 429, 409] as const;
type Trouble = (typeof FAULTS)[number] | "late";

interface TroubledOptions {
  readonly random: () => number;
  /** Of all requests, how many meet a fault. */
  readonly faults: number;
  /** Whether a request may be carried out after its client gave it up. */
  readonly mayBeLate?: (request: Request) => boolean;
}

/** A process that uses the server: its clocks are its own, it may be suspended, and it may die. */
export interface Client {
  readonly storage: LockingStorage;
  /** On the clock that all have in common. */
  sleep(ms: number): Promise<void>;
  /** Suspends it: nothing of it goes on, its timers neither. */
  suspend(ms: number): void;
  /** Of its requests under way some are carried out, some are not; nothing of it goes on ever again. */
  die(): void;
}

interface Waiting {
  readonly client: number;
  readonly atMs: number;
  letGo(): void;
  /** Of a request: carries it out, and tells nobody. */
  carryOut?(): Promise<unknown>;
}

export const TERM_MS = 30_000;
const SKEW_MS = 15 * 60_000;
const SESSION_MS = 2 * 60_000;

/**
 * Clients of one server, on a clock that goes on when nothing else can: a request takes a part of a second of it, and no real
 * time is waited. Random numbers choose whose request is next and what it meets; which requests are there to choose from
 * also depends on how fast their bodies are read, so that a seed gives the like of a run, not the same one.
 */
export function troubledServer({ random, faults, mayBeLate = () => false }: TroubledOptions) {
  const double = serverDouble({ pageSize: 7, etags: oneOf(random, ["quoted", "bare"] as const) });
  const startMs = Date.UTC(2026, 0, 15);
  let nowMs = 0;
  let requests: Waiting[] = [];
  let sleepers: Waiting[] = [];
  const late: Request[] = [];
  const intervals = new Set<{ readonly client: number; readonly ms: number; nextMs: number; call(): void }>();
  const suspendedUntil = new Map<number, number>();
  const dead = new Set<number>();
  const met = new Map<Trouble | "skew" | "expired", number>();
  let clients = 0;
  let isCalm = false;
  let begun = 0;

  const count = (what: Trouble | "skew" | "expired") => met.set(what, (met.get(what) ?? 0) + 1);

  async function answer(request: Request): Promise<Response> {
    const serverMs = startMs + nowMs;
    const saidMs = Date.parse(
      request.headers.get("x-amz-date")!.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"),
    );
    if (Math.abs(serverMs - saidMs) > SKEW_MS) {
      count("skew");
      return refusal(request, 403, "RequestTimeTooSkewed", serverMs);
    }
    if (Number(request.headers.get("x-amz-security-token")) <= nowMs) {
      count("expired");
      return refusal(request, 400, "ExpiredToken", serverMs);
    }
    if (isCalm || random() >= faults) return await double.fetch(request);
    const fault = mayBeLate(request)
      ? oneOf(random, [...FAULTS, "late", "late"] as const)
      : oneOf(random, FAULTS);
    count(fault);
    switch (fault) {
      case "reset":
        throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
      case "timeout":
        throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
      case "late":
        late.push(request);
        throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
      case "lost":
        await double.fetch(request);
        throw new TypeError("fetch failed", { cause: { code: "UND_ERR_SOCKET" } });
      case "done, then 500":
        await double.fetch(request);
        return refusal(request, 500, "InternalError", serverMs);
      case "cut":
        return await cut(await double.fetch(request));
      default:
        return refusal(request, fault, fault === 503 ? "SlowDown" : "Other", serverMs);
    }
  }

  /** What it loads lazily is loaded before it is given out: how long that takes would be chance. */
  async function client(): Promise<Client> {
    const own = clients++;
    let isLoaded = false;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!isLoaded) return await double.fetch(input, init);
      const request = new Request(input, init);
      begun++;
      await new Promise<void>((resolve) => {
        if (!dead.has(own))
          requests.push({ client: own, atMs: 0, letGo: resolve, carryOut: () => double.fetch(request) });
      });
      return await answer(request);
    };
    const sleep = (ms: number) =>
      new Promise<void>((resolve) => {
        begun++;
        if (!dead.has(own)) sleepers.push({ client: own, atMs: nowMs + ms, letGo: resolve });
      });
    // Its wall clock is hours off, its monotonic clock began when the machine did.
    const [skewMs, sinceMs] = [(random() - 0.5) * 20 * 3_600_000, below(random, 1e9)];
    const storage = s3StorageOver(
      {
        bucket: "history",
        region: "eu-central-1",
        endpoint: "http://s3.test",
        // The token is the time at which the server no longer takes it, which the client is not told.
        credentials: () => ({
          accessKeyId: "id",
          secretAccessKey: "secret",
          sessionToken: String(nowMs + SESSION_MS),
        }),
        leaseMs: TERM_MS,
      },
      {
        fetch,
        random,
        sleep,
        now: () => nowMs + sinceMs,
        wallMs: () => startMs + nowMs + skewMs,
        every(ms, call) {
          if (dead.has(own)) return () => {};
          const interval = { client: own, ms, nextMs: nowMs + ms, call };
          intervals.add(interval);
          return () => intervals.delete(interval);
        },
      },
    );
    await storage.stat("nothing");
    isLoaded = true;
    return {
      storage,
      sleep,
      suspend(ms) {
        suspendedUntil.set(own, nowMs + ms);
      },
      die() {
        dead.add(own);
        for (const request of requests)
          if (request.client === own && random() < 0.5) void request.carryOut!();
        requests = requests.filter(({ client }) => client !== own);
        sleepers = sleepers.filter(({ client }) => client !== own);
        for (const interval of intervals) if (interval.client === own) intervals.delete(interval);
      },
    };
  }

  const goesOn = (client: number) => !dead.has(client) && (suspendedUntil.get(client) ?? 0) <= nowMs;

  async function isQuiet(): Promise<void> {
    let before: number;
    do {
      before = begun;
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    } while (begun !== before);
  }

  /** Lets the clock go on until some work has ended; gives what came of it. */
  async function until<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    for (;;) {
      await isQuiet();
      if (isOver) return await work;
      step();
    }
  }

  function step(): void {
    const ready = requests.filter(({ client }) => goesOn(client));
    if (ready.length > 0) {
      const next = oneOf(random, ready);
      requests.splice(requests.indexOf(next), 1);
      if (late.length > 0 && random() < 0.05)
        void double.fetch(late.splice(below(random, late.length), 1)[0]!);
      goOn(nowMs + below(random, 100));
      // Suspended in the meantime, or dead, by what the clock set off: it was sent all the same.
      next.letGo();
      return;
    }
    const times = [
      ...sleepers.map(({ client, atMs }) => Math.max(atMs, suspendedUntil.get(client) ?? 0)),
      ...requests.map(({ client }) => suspendedUntil.get(client) ?? 0),
    ].filter((atMs) => Number.isFinite(atMs));
    if (times.length === 0) return; // it computes
    goOn(Math.max(nowMs, Math.min(...times)));
  }

  function goOn(toMs: number): void {
    for (const interval of intervals) {
      // A timer that was due in a suspension fires once after it.
      if (interval.nextMs > toMs || !goesOn(interval.client)) continue;
      interval.nextMs = toMs + interval.ms;
      interval.call();
    }
    nowMs = toMs;
    const awake = sleepers.filter(({ client, atMs }) => atMs <= nowMs && goesOn(client));
    sleepers = sleepers.filter((sleeper) => !awake.includes(sleeper));
    for (const sleeper of awake) sleeper.letGo();
  }

  return {
    client,
    until,
    met,
    objects: double.objects,
    requests: () => double.requests.length,
    /** No more faults, and what is late arrives. */
    async calm() {
      isCalm = true;
      for (const request of late.splice(0)) await double.fetch(request);
    },
  };
}

/** An answer to HEAD has no body. */
function refusal({ method }: Request, status: number, code: string, serverMs: number): Response {
  const headers = { date: new Date(serverMs).toUTCString() };
  return new Response(method === "HEAD" ? null : `<Error><Code>${code}</Code></Error>`, { status, headers });
}

/** Its first half, then a reset. */
async function cut(whole: Response): Promise<Response> {
  const bytes = new Uint8Array(await whole.arrayBuffer());
  let isSent = false;
  const body = new ReadableStream({
    pull(controller) {
      if (isSent) controller.error(new TypeError("terminated", { cause: { code: "UND_ERR_SOCKET" } }));
      else if (bytes.length > 1) controller.enqueue(bytes.subarray(0, bytes.length / 2));
      else controller.error(new TypeError("terminated", { cause: { code: "UND_ERR_SOCKET" } }));
      isSent = true;
    },
  });
  const hasBody = whole.status !== 204;
  if (!hasBody) throw new TypeError("fetch failed", { cause: { code: "UND_ERR_SOCKET" } });
  return new Response(body, { status: whole.status, headers: whole.headers });
}

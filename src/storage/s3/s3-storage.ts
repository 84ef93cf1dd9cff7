import { hostname } from "node:os";
import { BronzeError } from "../../errors.js";
import {
  anObject,
  assertOptions,
  callback,
  either,
  type OptionTable,
  required,
  text,
  whole,
} from "../../options.js";
import { withText } from "../../printed.js";
import { assertBytes, assertLockOptions, assertWaitMs, handedOut } from "../arguments.js";
import { assertFolder, assertPath } from "../path.js";
import { isStill, type LockingStorage } from "../storage.js";
import { notAFile, type Place, remedyOf } from "../storage-error.js";
import { type ConditionalWrites, conditionalWrites, probeConditions, refused } from "./conditions.js";
import { type SeenLeases, takeLease } from "./lease.js";
import { s3Reading } from "./reading.js";
import { assertCredentials, type S3Credentials, type S3Target, sender } from "./requests.js";

/**
 * Where the objects are, and who asks.
 *
 * @category Storage
 */
export interface S3StorageOptions {
  /** It has to exist. */
  readonly bucket: string;
  /** What each key begins with, without a `/` at its ends: `seasons/2025`. Default: none. */
  readonly prefix?: string;
  /** As the server names it: `eu-central-1`. It is signed; a server that has none takes any. */
  readonly region: string;
  /** Of a server that is not AWS: `http://127.0.0.1:7480`. Keys follow the bucket in the path. Default: AWS's of the region. */
  readonly endpoint?: string;
  /** A function is asked at the first request, and again a minute before its answer's `expiration`; the SDK's providers fit. */
  readonly credentials: S3Credentials | (() => S3Credentials | Promise<S3Credentials>);
  /** Milliseconds that one attempt of a request may take, its whole answer included; it is made again. Default: 60,000. */
  readonly timeoutMs?: number;
  /** Milliseconds after which a lock that is not renewed may be taken over; it is renewed three times in that. Default: 30,000. */
  readonly leaseMs?: number;
}

const S3_OPTIONS: OptionTable<S3StorageOptions> = {
  bucket: required(text),
  prefix: text,
  region: required(text),
  endpoint: text,
  credentials: required(either(anObject, callback)),
  timeoutMs: whole(1),
  leaseMs: whole(1),
};

/**
 * A storage on S3, or a server that speaks its language. It keeps the same contract as a disk: whole objects or none,
 * `publish` has one winner (`If-None-Match`), and what was acknowledged is there. Before the first write it sees that the
 * server keeps conditions, and refuses one that ignores them.
 *
 * Its locks are leases: they save work, and a holder that was suspended may find that another goes on in its place.
 * Nothing rests on them alone: who lost one is told `LOCK_LOST`, and what another did meanwhile is kept.
 *
 * Nothing is asked of the server here. A request that fails for a while (5xx, 429, 409, a timeout, a reset) is made again, up to
 * eight times with longer and longer waits between; then the call rejects with `STORAGE_FAILED`.
 *
 * @throws BronzeError `INVALID_ARGUMENT`; `INVALID_PATH` for the prefix. Writes and locks reject with `STORAGE_UNSUPPORTED`
 * where the server ignores conditions
 * @example
 * ```ts
 * const storage = s3Storage({
 *   bucket: "history",
 *   region: "eu-central-1",
 *   credentials: { accessKeyId: process.env.KEY_ID!, secretAccessKey: process.env.KEY_SECRET! },
 * });
 * const bronze = new BronzeStore({ storage, datasets: [odds] });
 * ```
 * @category Storage
 */
export function s3Storage(options: S3StorageOptions): LockingStorage {
  assertOptions(options, S3_OPTIONS, "s3Storage");
  if (typeof options.credentials !== "function") assertCredentials(options.credentials);
  return s3StorageOver(options, {
    fetch: globalThis.fetch,
    random: Math.random,
    wallMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
    every(ms, call) {
      const timer = setInterval(call, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  });
}

/** What the storage needs of its surroundings. */
interface S3Surroundings extends Pick<S3Target, "fetch" | "random" | "sleep" | "wallMs"> {
  now(): number;
  every(ms: number, call: () => void): () => void;
}

/** The same in given surroundings. */
export function s3StorageOver(options: S3StorageOptions, around: S3Surroundings): LockingStorage {
  const { bucket, region, credentials, timeoutMs = 60_000, leaseMs = 30_000 } = options;
  const root = options.prefix ? `${assertFolder(options.prefix)}/` : "";
  const endpoint = endpointOf(options.endpoint ?? `https://s3.${region}.amazonaws.com`);
  const where = `bucket ${bucket}${root && `/${root.slice(0, -1)}`} at ${endpoint}`;
  const bucketUrl = `${endpoint}/${encodeURIComponent(bucket)}`;
  const send = sender({ bucketUrl, region, credentials, where, timeoutMs, ...around });
  const keyOf = (path: string) => `${root}${path}`;

  let probed: Promise<ConditionalWrites> | undefined;
  /** Asked for before anything is written; a probe that failed is made again. */
  const writes = (): Promise<ConditionalWrites> => {
    probed ??= probeConditions(send, root, where).then(
      (form) => conditionalWrites(send, form),
      (error: unknown) => {
        probed = undefined;
        throw error;
      },
    );
    return probed;
  };

  const etags: { form?: (etag: string) => string } = {};
  const from = { send, root, where, etags };
  const reading = s3Reading(from);
  const { head, isFolder } = reading;

  /** Folders that something lies in, as this process has seen: no file has their name, nor is one above them. */
  const folders = new Set<string>([""]);

  /** Refuses a path that is a folder, or leads through a file: keys know no folders, so nobody else does. */
  const assertIsPlace = async (place: Place): Promise<void> => {
    const parts = place.path.split("/");
    const above = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
    const unknown = above.filter((path) => !folders.has(path));
    const [isTaken, ...files] = await Promise.all([isFolder(place.path), ...unknown.map(head)]);
    const at = files.findIndex((file) => file !== undefined);
    if (at >= 0) throw notAFile({ ...place, path: unknown[at]! }, "a file", "a folder");
    if (isTaken) throw notAFile(place, "a folder", "a file");
  };
  const hasWritten = (path: string) => {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1))
      folders.add(path.slice(0, end));
  };

  const seen: SeenLeases = new Map();

  const storage: LockingStorage = {
    description: where,

    list: reading.list,
    read: reading.read,
    stat: reading.stat,
    listTree: reading.listTree,
    openVersion: reading.openVersion,
    telling: (tell) => s3Reading(from, tell),

    async publish(path, bytes) {
      const place = { path: assertPath(path), where };
      assertBytes(bytes, path);
      const [own] = await Promise.all([writes(), assertIsPlace(place)]);
      const written = await own.create(keyOf(path), bytes);
      hasWritten(path);
      return written !== undefined;
    },

    async replace(path, bytes) {
      const place = { path: assertPath(path), where };
      assertBytes(bytes, path);
      await Promise.all([writes(), assertIsPlace(place)]);
      const answer = await send({ method: "PUT", key: keyOf(path), body: bytes });
      if (answer.status !== 200) throw refused(answer, keyOf(path));
      hasWritten(path);
    },

    async swap(path, before, bytes) {
      if (before === undefined) return await storage.publish(path, bytes);
      const place = { path: assertPath(path), where };
      assertBytes(before, path);
      assertBytes(bytes, path);
      const [own, now] = await Promise.all([writes(), send({ method: "GET", key: keyOf(path) })]);
      if (now.status === 404 && now.code !== "NoSuchBucket") {
        await assertIsPlace(place);
        return false;
      }
      if (now.status !== 200) throw refused(now, keyOf(path));
      return isStill(now.bytes, before) && (await own.swap(keyOf(path), bytes, now.etag!)) !== undefined;
    },

    async remove(path) {
      const place = { path: assertPath(path), where };
      if (!(await head(path))) {
        if (await isFolder(path)) throw notAFile(place, "a folder", "a file");
        return false;
      }
      const answer = await send({ method: "DELETE", key: keyOf(path) });
      if (answer.status !== 204 && answer.status !== 200) throw refused(answer, keyOf(path));
      return true;
    },

    locks: {
      async lock(path, lockOptions) {
        const place = { path: assertPath(path), where };
        assertLockOptions(lockOptions);
        const waitMs = assertWaitMs(lockOptions?.waitMs);
        const [own] = await Promise.all([writes(), assertIsPlace(place)]);
        const key = keyOf(path);
        const since = new Date().toISOString();
        const door = {
          writes: own,
          now: around.now,
          sleep: around.sleep,
          every: around.every,
          async read() {
            const answer = await send({ method: "GET", key });
            if (answer.status === 404) return undefined;
            if (answer.status !== 200) throw refused(answer, key);
            return { bytes: answer.bytes, etag: answer.etag! };
          },
        };
        const self = (facts: object) =>
          JSON.stringify({ pid: process.pid, host: hostname(), since, ...facts });
        const terms = { termMs: leaseMs, waitMs, remedy: remedyOf(lockOptions?.waitMs) };
        return await handedOut(place, async () => {
          const lock = await takeLease(key, place, door, seen, terms, self);
          hasWritten(path);
          return lock;
        });
      },
    },
  };
  return withText(storage, () => `Storage on ${where}`);
}

/** Without a slash at its end. An address with a user in it would be told in messages. */
function endpointOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain =
    url && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" && url.hash === "";
  if (isPlain) return url.href.replace(/\/+$/, "");
  throw new BronzeError(
    "INVALID_ARGUMENT",
    'The endpoint is no address like "https://s3.example.com": it has to be http or https, without a user, a query or a fragment.',
    {},
  );
}

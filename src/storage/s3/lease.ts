import { randomHex } from "../../digest.js";
import type { StorageLock } from "../storage.js";
import { lockHeld, notALock, type Place } from "../storage-error.js";
import type { ConditionalWrites } from "./conditions.js";

/** What a lease is taken, renewed and given back with. */
interface LeaseDoor {
  readonly writes: ConditionalWrites;
  /** The object and its ETag; `undefined` when there is none. */
  read(): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined>;
  /** Milliseconds on this process's own monotonic clock. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls again and again, without keeping the process alive; gives what ends that. */
  every(ms: number, call: () => void): () => void;
}

interface LeaseTerms {
  /** Milliseconds after which one that was not renewed can be taken over. */
  readonly termMs: number;
  readonly waitMs: number;
  readonly remedy: string | undefined;
}

/** What lies in a lease's object. */
interface LeaseRecord {
  readonly lease: 1;
  /** Another with each renewal. `null`: it was given back. */
  readonly nonce: string | null;
  /** One more with each holder. */
  readonly epoch: number;
  /** What its holder says of itself, for people; shown, never acted upon. */
  readonly holder: string;
  /** What earlier holders said who never gave it back. */
  readonly left: string;
}

/** When this process first saw a nonce, by the lease's key: a later call need not wait a whole term again. */
export type SeenLeases = Map<string, { readonly nonce: string; readonly atMs: number }>;

/**
 * Takes a lease. Only one who saw the same nonce for a whole term on its own clock takes it over from its holder: no clock
 * is compared with another. A holder that was suspended may wake up after that, so **nothing may rest on a lease
 * alone**: it saves work that would be refused later.
 *
 * @throws BronzeError `LOCK_HELD`, `NOT_A_LOCK`, `STORAGE_FAILED`
 */
export async function takeLease(
  key: string,
  place: Place,
  door: LeaseDoor,
  seen: SeenLeases,
  { termMs, waitMs, remedy }: LeaseTerms,
  self: (facts: object) => string,
): Promise<StorageLock> {
  const deadlineMs = door.now() + waitMs;
  for (let round = 0; ; round++) {
    const found = await door.read();
    const record = found && recordIn(found.bytes, place);
    const isFree = !record || record.nonce === null || isOver(key, record.nonce, door.now());
    if (isFree) {
      const left =
        record && record.nonce !== null ? joined(record.left, record.holder) : (record?.left ?? "");
      const next: LeaseRecord = {
        lease: 1,
        nonce: randomHex(16),
        epoch: (record?.epoch ?? 0) + 1,
        holder: self({}),
        left,
      };
      const takenMs = door.now();
      const bytes = encoded(next);
      const written = await (found
        ? door.writes.swap(key, bytes, found.etag)
        : door.writes.create(key, bytes));
      seen.delete(key);
      if (written) return heldLease(key, door, { termMs, self }, next, written.etag, takenMs);
      continue; // another was quicker: look who
    }
    const restMs = deadlineMs - door.now();
    if (restMs <= 0) {
      const by = "another process, by a lease";
      const later = `wait longer with waitMs; a holder that died is followed after ${termMs / 1000} s of waiting`;
      throw lockHeld({ ...place, waitMs, by, holder: record.holder }, remedy ?? later);
    }
    await door.sleep(Math.min(restMs, termMs / 4, 50 * 2 ** Math.min(round, 5)));
  }

  function isOver(key: string, nonce: string, nowMs: number): boolean {
    const known = seen.get(key);
    if (known?.nonce === nonce) return nowMs - known.atMs >= termMs;
    seen.set(key, { nonce, atMs: nowMs });
    return false;
  }
}

function heldLease(
  key: string,
  door: LeaseDoor,
  { termMs, self }: Pick<LeaseTerms, "termMs"> & { readonly self: (facts: object) => string },
  taken: LeaseRecord,
  etag: string,
  takenMs: number,
): StorageLock {
  let record = taken;
  let version = etag;
  /** When what was last written was sent: from then on nobody waits less than a term. */
  let provenMs = takenMs;
  let isOurs = true;
  let isOpen = true;
  /** One write at a time, each against the version of the one before. */
  let last: Promise<void> = Promise.resolve();

  const write = (next: () => LeaseRecord) => {
    last = last.then(async () => {
      if (!isOurs) return;
      const sentMs = door.now();
      const own = next();
      const written = await door.writes.swap(key, encoded(own), version);
      if (!written) {
        isOurs = false;
        return;
      }
      [record, version, provenMs] = [own, written.etag, sentMs];
    });
    return last;
  };
  const renew = () => {
    // Not renewed is lost in the end, which `isLost` says; the next renewal tries again.
    write(() => ({ ...record, nonce: randomHex(16) })).catch(() => {
      last = Promise.resolve();
    });
  };
  const stop = door.every(termMs / 3, renew);

  return {
    left: taken.left === "" ? undefined : taken.left,
    isLost: () => !isOurs || door.now() - provenMs >= termMs,
    describe(facts) {
      record = { ...record, holder: self(facts), left: "" };
      renew();
    },
    async release(how) {
      if (!isOpen) return;
      isOpen = false;
      stop();
      await last.catch(() => {});
      last = Promise.resolve();
      const left = how?.unsettled ? joined(record.left, record.holder) : "";
      await write(() => ({ ...record, nonce: null, holder: "", left }));
    },
  };
}

function recordIn(bytes: Uint8Array, place: Place): LeaseRecord {
  try {
    const { lease, nonce, epoch, holder, left } = JSON.parse(new TextDecoder().decode(bytes)) as LeaseRecord;
    const isText = [holder, left].every((text) => typeof text === "string");
    const isNonce = nonce === null || typeof nonce === "string";
    if (lease === 1 && isText && isNonce && Number.isSafeInteger(epoch))
      return { lease, nonce, epoch, holder, left };
  } catch {
    // below
  }
  throw notALock(place, "an object that holds something else");
}

function encoded(record: LeaseRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record)}\n`);
}

/** Lines, of which a lease keeps the last few. */
function joined(...texts: readonly string[]): string {
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .slice(-10)
    .join("\n");
}

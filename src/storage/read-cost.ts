import { withText } from "../printed.js";
import { counted } from "../shown.js";
import type { Reading, Storage, TellRequest } from "./storage.js";

/**
 * What the storage was asked for an answer. All of it counts: what was asked again after a failure, or since retention
 * changed the days meanwhile, and what was read to find that it was not needed. Answers from one read (of a timeline, of a day)
 * all say what that read cost, and cost nothing more themselves.
 *
 * @category Answers
 */
export interface ReadCost {
  /** Requests to a server, each attempt one; on a disk, calls that list, look at or read a file. */
  readonly requests: number;
  /** How many of them were listings, a page each. */
  readonly listings: number;
  /** Files of which anything was read. */
  readonly files: number;
  /** Bytes of files that came. */
  readonly bytes: number;
}

/** Of an answer from nothing that was read. */
export const NO_COST: ReadCost = costOf({ requests: 0, listings: 0, files: 0, bytes: 0 });

function costOf(counts: ReadCost): ReadCost {
  return Object.freeze(withText({ ...counts }, costText));
}

function costText({ requests, listings, files, bytes }: ReadCost): string {
  return `ReadCost: ${counted(requests, "request")}, ${listings} of them listings; ${counted(bytes, "byte")} of ${counted(files, "file")}`;
}

/** A reading that counts what is asked through it. */
interface Metered {
  readonly reading: Reading;
  /** What it has cost so far. */
  cost(): ReadCost;
}

/** The same storage, with counters of its own. */
export function metered(storage: Reading & Pick<Storage, "telling">): Metered {
  let requests = 0;
  let listings = 0;
  let bytes = 0;
  const files = new Set<string>();
  const tell: TellRequest = (kind, more) => {
    requests++;
    if (kind === "listing") listings++;
    bytes += more;
  };
  const below = storage.telling?.(tell) ?? storage;
  // Of a storage that tells of its requests itself, calls are not counted again.
  const called: TellRequest = storage.telling ? () => {} : tell;
  const listing = <T>(call: Promise<T>): Promise<T> => {
    called("listing", 0);
    return call;
  };
  const took = (path: string, own: Uint8Array) => {
    files.add(path);
    called("other", own.length);
  };
  const failing = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      called("other", 0);
      throw error;
    }
  };
  const { listTree, openVersion } = below;
  const reading: Reading = {
    list: (path) => listing(below.list(path)),
    // Once for each file of a day: with no more promises than it takes.
    async read(path) {
      try {
        const own = await below.read(path);
        took(path, own);
        return own;
      } catch (error) {
        called("other", 0);
        throw error;
      }
    },
    async stat(path) {
      called("other", 0);
      return await below.stat(path);
    },
    ...(listTree && { listTree: (path: string, most?: number) => listing(listTree.call(below, path, most)) }),
    ...(openVersion && {
      async openVersion(path: string, tailBytes?: number) {
        const opened = await failing(openVersion.call(below, path, tailBytes));
        took(path, opened.tail);
        return {
          ...opened,
          async read(start: number, end: number) {
            const own = await failing(opened.read(start, end));
            took(path, own);
            return own;
          },
        };
      },
    }),
  };
  storages.set(reading, storage);
  return { reading, cost: () => costOf({ requests, listings, files: files.size, bytes }) };
}

const storages = new WeakMap<Reading, Reading>();

/** The storage itself, for what is remembered of it. */
export function unmetered(reading: Reading): Reading {
  return storages.get(reading) ?? reading;
}

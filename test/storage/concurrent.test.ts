import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filesAtOnce, gate, MAX_IN_FLIGHT, mapConcurrently, mapReads } from "../../src/storage/concurrent.js";
import { memoryStorage, type Storage } from "../../src/storage/index.js";
import { campaign } from "../campaign.js";
import { seeded } from "../real/seeded.js";
import { oneOf, onVirtualTime } from "./virtual-clock.js";

/** Work that ends when it is told to, in any order. */
function heldWork() {
  const held: { readonly at: number; end(error?: Error): void }[] = [];
  const begun: number[] = [];
  const work = (at: number) => {
    begun.push(at);
    return new Promise<string>((resolve, reject) => {
      held.push({ at, end: (error) => (error ? reject(error) : resolve(`result ${at}`)) });
    });
  };
  return { held, begun, work };
}

function inTurn(sizes: Parameters<typeof campaign>[0]) {
  const { count, seed } = campaign(sizes);
  return { numRuns: count, seed };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("mapConcurrently", () => {
  it("gives the results in order, keeps to its bound and ends with the first error in order, whatever ends first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 3 }),
        fc.integer(),
        async (count, bound, failing, seed) => {
          const random = seeded(seed);
          const { held, begun, work } = heldWork();
          const items = Array.from({ length: count }, (_, at) => at);
          let ended = false;
          const outcome = Promise.allSettled([mapConcurrently(items, bound, work)]).finally(() => {
            ended = true;
          });
          let begunAtFailure: number | undefined;
          let most = 0;
          for (await settled(); !ended; await settled()) {
            most = Math.max(most, held.length);
            if (begunAtFailure !== undefined) expect(begun.length).toBe(begunAtFailure);
            const [next] = held.splice(Math.floor(random() * held.length), 1);
            const fails = failing.includes(next!.at);
            next!.end(fails ? new Error(`item ${next!.at}`) : undefined);
            // Nothing of an earlier turn can still be about to begin.
            if (fails) begunAtFailure ??= begun.length;
          }
          const [result] = await outcome;
          const firstFailing = items.find((at) => failing.includes(at));
          if (firstFailing === undefined) {
            expect(result).toMatchObject({ value: items.map((at) => `result ${at}`) });
            expect(begun).toEqual(items);
            expect(most).toBe(Math.min(bound, count));
          } else {
            expect(result).toMatchObject({ reason: { message: `item ${firstFailing}` } });
          }
          expect(held).toEqual([]); // nothing goes on
          expect(most).toBeLessThanOrEqual(bound);
        },
      ),
      inTurn({ small: 300, large: 20_000, seed: 1 }),
    );
  });

  it("tells work whose results are wanted no more", async () => {
    const wanted: (() => boolean)[] = [];
    const ends: ((error?: Error) => void)[] = [];
    const mapped = mapConcurrently([0, 1, 2], 3, (at, isWanted) => {
      wanted[at] = isWanted;
      return new Promise<void>((resolve, reject) => {
        ends[at] = (error) => (error ? reject(error) : resolve());
      });
    });
    expect(wanted.map((isWanted) => isWanted())).toEqual([true, true, true]);
    ends[1]!(new Error("no"));
    await settled();
    expect(wanted.map((isWanted) => isWanted())).toEqual([true, false, false]);
    ends[0]!();
    ends[2]!(new Error("later"));
    await expect(mapped).rejects.toThrow("no");
  });

  it("takes work that throws at once for work that fails", async () => {
    const mapped = mapConcurrently([1, 2], 2, () => {
      throw new Error("at once");
    });
    await expect(mapped).rejects.toThrow("at once");
  });
});

describe("mapReads", () => {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

  /** Folders of files, by name. */
  async function tree(folders: number, files: number): Promise<Storage> {
    const storage = memoryStorage();
    for (const folder of names("d", folders))
      for (const file of names("f", files))
        await storage.publish(`${folder}/${file}`, new TextEncoder().encode(file));
    return storage;
  }

  const readAll =
    (folders: readonly string[], missing: readonly string[] = [], onFailed?: (folder: string) => void) =>
    (storage: Storage) =>
      mapReads(storage, folders, async (storage, folder) => {
        try {
          const files = await storage.list(folder);
          return await mapReads(storage, files, async (storage, { name }) => {
            const path = `${folder}/${name}`;
            const bytes = await storage.read(missing.includes(path) ? `${path}.gone` : path);
            return `${folder} ${new TextDecoder().decode(bytes)}`;
          });
        } catch (error) {
          onFailed?.(folder);
          throw error;
        }
      });

  it("has no more calls under way in levels of work than in one", async () => {
    const folders = names("d", 10);
    const { outcome, mostInFlight, ticks } = await onVirtualTime(await tree(10, 50), readAll(folders));
    expect(outcome).toMatchObject({
      value: folders.map((folder) =>
        names("f", 50)
          .sort()
          .map((file) => `${folder} ${file}`),
      ),
    });
    expect(mostInFlight).toBe(MAX_IN_FLIGHT);
    expect(ticks).toBeLessThanOrEqual(1 + Math.ceil(500 / MAX_IN_FLIGHT) + 1);
  });

  it("ends with the first error in order, and begins nothing for items after one that failed", async () => {
    const folders = names("d", 6);
    const below = await tree(6, 40);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 39 })), { minLength: 1, maxLength: 3 }),
        fc.integer(),
        async (places, seed) => {
          const missing = places.map(([d, f]) => `d${d}/f${f}`);
          const failing: string[] = []; // just now: a call that waited for its place has got it
          const failed: string[] = [];
          const late: string[] = [];
          const choose = oneOf(seeded(seed));
          const work = (storage: Storage) =>
            readAll(folders, missing, (folder) => failing.push(folder))({
              ...storage,
              read: async (path) => {
                if (failed.some((folder) => path.split("/")[0]! > folder)) late.push(path);
                return await storage.read(path);
              },
            });
          const { outcome, leftRunning, begun } = await onVirtualTime(below, work, (held) => {
            failed.push(...failing.splice(0));
            return choose(held);
          });
          const [first] = [...missing].sort();
          expect(outcome).toMatchObject({
            reason: { code: "NOT_FOUND", details: { path: `${first}.gone` } },
          });
          expect(late).toEqual([]);
          expect(leftRunning).toBe(0);
          expect(new Set(begun).size).toBe(begun.length);
        },
      ),
      inTurn({ small: 60, large: 3_000, seed: 2 }),
    );
  });
});

describe("filesAtOnce", () => {
  it("are as many as may be in flight, but few where they are large", () => {
    const MB = 1024 * 1024;
    expect([0, 1, 8 * MB].map(filesAtOnce)).toEqual([32, 32, 32]);
    expect([9, 16, 200, 256, 300, 5000].map((mb) => filesAtOnce(mb * MB))).toEqual([28, 16, 1, 1, 1, 1]);
  });
});

describe("gate", () => {
  it("lets at most the limit run at once, and all of them run; a failure gives its place back", async () => {
    const through = gate(3);
    let running = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        through(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
          if (n % 5 === 0) throw new Error("no");
          return n;
        }),
      ),
    );
    expect(most).toBe(3);
    expect(running).toBe(0);
    expect(results.filter((result) => result.status === "rejected")).toHaveLength(4);
    expect(await through(async () => "free")).toBe("free");
  });
});

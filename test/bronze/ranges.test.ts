import { BronzeStore, defineDataset, memoryStorage, Retention, type Storage } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { codeOf } from "../storage/code-of.js";
import { serverDouble } from "../storage/s3/server-double.js";
import { storageOnDouble } from "../storage/s3/storage-on-double.js";
import { smallTails } from "../storage/small-tails.js";
import { odds } from "./feeds.js";

const DATE = "2025-12-15";
const HOURS = [0, 12];
/** A part has a row group of its own. */
const ROWS = 8000;

const dataset = defineDataset({
  name: "odds_raw",
  timeZone: "UTC",
  schema: odds.schema,
  key: odds.key,
  date: { from: "as_of_ts" },
  layout: "{year}/{month}/{day}/{run}.parquet",
  files: "append",
});

const at = (hour: number, minute = 0) =>
  `${DATE}T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00Z`;

let tree: ReadonlyMap<string, Uint8Array>;
let file: string;

beforeAll(async () => {
  const storage = memoryStorage();
  const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
  const bronze = new BronzeStore({ storage, datasets: [dataset], clock });
  for (const hour of HOURS) {
    const rows = Array.from({ length: ROWS }, (_, n) => ({
      game_id: `g${n}`,
      book: "dk",
      price: hour * 100_000 + n,
      as_of_ts: at(hour),
      ingested_ts: at(hour),
    }));
    await bronze.write("odds_raw", rows, { run: { id: `r${hour}`, startedAt: at(hour) } });
  }
  const retention = new Retention({ bronze, gold: [], clock });
  await retention.apply(
    await retention.planCompact({ datasets: ["odds_raw"], before: "2026-02-01", into: "day" }),
  );
  const paths = (await storage.listTree!("bronze")).map(({ path }) => `bronze/${path}`);
  file = paths.find((path) => path.includes(".compacted-"))!;
  tree = new Map(await Promise.all(paths.map(async (path) => [path, await storage.read(path)] as const)));
});

async function serverOf(files: ReadonlyMap<string, Uint8Array>) {
  const double = serverDouble();
  const storage = storageOnDouble(double);
  for (const [path, bytes] of files) await storage.publish(path, bytes);
  return { double, storage };
}

function footerBytes(): number {
  const bytes = tree.get(file)!;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true) + 8;
}

const ask = (storage: Storage, cutoff: string, options = {}) =>
  new BronzeStore({ storage, datasets: [dataset] }).asOf(cutoff).read("odds_raw", { date: DATE, ...options });

/** The file with one byte changed. */
function damaged(byte: number): Map<string, Uint8Array> {
  const bytes = Uint8Array.from(tree.get(file)!);
  bytes[byte]! ^= 0x40;
  return new Map([...tree, [file, bytes]]);
}

describe("a large compacted file", () => {
  it("gives the same answers by ranges, at each cutoff and for each first range, and needs fewer bytes early in the day", async () => {
    const { storage } = await serverOf(tree);
    const footer = footerBytes();
    const size = tree.get(file)!.length;
    const bytes: number[] = [];
    for (const hour of [-1, ...HOURS]) {
      const cutoff = hour < 0 ? "2025-12-14T23:59:59Z" : at(hour, 30);
      const whole = await ask(storage, cutoff);
      expect(whole.length).toBe(hour < 0 ? 0 : ROWS);
      for (const tail of [1, footer - 1, footer, size >> 1, size - 1]) {
        const answer = await ask(smallTails(storage, tail), cutoff);
        expect(answer.rows(), `${cutoff}, ${tail}`).toEqual(whole.rows());
        expect(answer.provenance).toEqual(whole.provenance);
        // Never more than the file has.
        expect(answer.cost.bytes).toBeLessThanOrEqual(whole.cost.bytes);
        if (tail === footer) bytes.push(answer.cost.bytes);
      }
    }
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(bytes[1]!).toBeLessThan(bytes.at(-1)! * 0.7);
  });

  it("of which a byte that is needed is damaged is CORRUPT_FILE", async () => {
    const footer = footerBytes();
    const size = tree.get(file)!.length;
    const groups = (size - footer) / HOURS.length;
    const { storage: intact } = await serverOf(tree);
    const whole = (await ask(intact, at(0, 30))).rows();
    const said: (readonly [number, string])[] = [];
    const bytes = [4, 100, groups >> 1, size - footer, size - (footer >> 1), size - 9, size - 5, size - 1];
    for (const byte of bytes) {
      const { storage } = await serverOf(damaged(Math.floor(byte)));
      const code = await codeOf(ask(smallTails(storage, footer), at(0, 30)));
      said.push([byte, code]);
    }
    expect(said).toEqual(bytes.map((byte) => [byte, "CORRUPT_FILE"]));
    // What nobody asks for decides nothing; who passes damaged files over judges the whole file.
    const { storage } = await serverOf(damaged(size - footer - 100));
    expect((await ask(smallTails(storage, footer), at(0, 30))).rows()).toEqual(whole);
    const skipping = await ask(smallTails(storage, footer), at(0, 30), { onCorrupt: "skip" });
    expect(skipping.length).toBe(0);
    expect(await ask(smallTails(storage, footer), at(12, 30)).catch((error: unknown) => error)).toMatchObject(
      {
        code: "CORRUPT_FILE",
      },
    );
  });

  it("of which a server cuts a range short is refused", async () => {
    const { storage } = await serverOf(tree);
    const short = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -1);
    const cutting: Storage = {
      ...storage,
      telling: undefined as never,
      async openVersion(path, tailBytes) {
        const opened = await storage.openVersion!(path, tailBytes);
        return { ...opened, read: async (start, end) => short(await opened.read(start, end)) };
      },
    };
    expect(await codeOf(ask(smallTails(cutting, footerBytes()), at(0, 30)))).toBe("CORRUPT_FILE");
  });

  it("that changes or goes away between two ranges is planned again", async () => {
    for (const change of ["rewritten", "removed for a while"] as const) {
      const { storage } = await serverOf(tree);
      let left = 1;
      const changing: Storage = {
        ...storage,
        telling: undefined as never,
        async openVersion(path, tailBytes) {
          const opened = await storage.openVersion!(path, tailBytes);
          if (path !== file || left-- <= 0) return opened;
          if (change === "removed for a while") await storage.remove(file);
          else await storage.replace(file, Uint8Array.from(tree.get(file)!).fill(0, 4, 2000));
          return {
            ...opened,
            async read(start, end) {
              const bytes = opened.read(start, end);
              await bytes.catch(() => {});
              await storage.replace(file, tree.get(file)!);
              return await bytes;
            },
          };
        },
      };
      const answer = await ask(smallTails(changing, footerBytes()), at(0, 30));
      expect(left).toBe(-1);
      expect(answer.rows()).toEqual((await ask(storage, at(0, 30))).rows());
      // What was asked in vain was asked.
      expect(answer.cost.requests).toBeGreaterThan(4);
    }
  });
});

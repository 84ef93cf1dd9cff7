import { writeFileSync } from "node:fs";
import { BronzeError, importFiles, memoryStorage, type Storage } from "bronzestore";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storeOf } from "../bronze/feeds.js";
import { tries } from "../campaign.js";
import { storageThrough } from "../storage/storage-through.js";
import { tempFolders } from "../storage/temp-folder.js";
import { csv, reports, treeOf } from "./feeds-of-files.js";

const tempFolder = tempFolders();
const CAPTURED = "2026-02-01T00:00:00Z";
const MINUTE_MS = 60_000;
const START_MS = Date.parse("2026-01-15T17:00:00Z");

const time = (minute: number) => new Date(START_MS + minute * MINUTE_MS).toISOString();

/** The files that lie in a folder from each day on, and after how many calls that write the first attempt of the day dies. */
interface Portion<File> {
  readonly files: readonly File[];
  readonly diesAt: number | undefined;
}

const portionsOf = <File>(file: fc.Arbitrary<File>): fc.Arbitrary<Portion<File>[]> =>
  fc.array(
    fc.record({
      files: fc.array(file, { maxLength: 3 }),
      diesAt: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 5 },
  );

/** A storage of a process that dies at a call that writes. */
function dyingAt(storage: Storage, at: number): Storage {
  let calls = 0;
  return storageThrough(storage, async (name, call) => {
    if (/^(publish|replace) /.test(name) && calls++ >= at) throw new BronzeError("STORAGE_FAILED", "died");
    return call();
  });
}

/** Each day imports all that lies in the folder by then, again where it died. */
async function byDays(
  portions: readonly Portion<string>[],
  importAll: (storage: Storage, pattern: string) => ReturnType<typeof importFiles>,
): Promise<Storage> {
  const [storage, folder] = [memoryStorage(), tempFolder()];
  const pattern = `${folder}/*.csv`;
  let there = 0;
  for (const { files, diesAt } of portions) {
    for (const text of files) writeFileSync(`${folder}/${there++}.csv`, text);
    if (there === 0) continue;
    if (diesAt !== undefined) await importAll(dyingAt(storage, diesAt), pattern).catch(died);
    const done = await importAll(storage, pattern);
    expect(done.files.length + done.skipped.length).toBe(there);
  }
  const before = await treeOf(storage);
  const again = await importAll(storage, pattern);
  expect([again.rows, again.writes, again.skipped.length]).toEqual([0, [], there]);
  expect(await treeOf(storage)).toEqual(before);
  return storage;
}

function died(error: unknown): void {
  if (!(error instanceof BronzeError) || !error.message.startsWith("died")) throw error;
}

/** All in one folder, for the reference. */
function written(texts: readonly string[]): string {
  const folder = tempFolder();
  for (const [i, text] of texts.entries()) writeFileSync(`${folder}/${i}.csv`, text);
  return folder;
}

describe("a folder that grows from day to day, imported each day for what is new", () => {
  it("answers at every instant as if all had been imported at once, whatever file comes again and whenever a day's import dies", async () => {
    const quote = fc.record({
      game: fc.constantFrom("g1", "g2"),
      book: fc.constantFrom("dk", "fd"),
      price: fc.integer({ min: -300, max: 300 }),
      at: fc.nat({ max: 90 }),
      captured: fc.nat({ max: 1000 }),
    });
    const portions = portionsOf(fc.array(quote, { minLength: 1, maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(portions, fc.nat(), async (given, again) => {
        let row = 0;
        const days = given.map(({ files, diesAt }) => ({
          diesAt,
          files: files.map((quotes) =>
            csv(
              ["game_id", "book", "price", "as_of_ts", "ingested_ts"],
              // No two are captured at one instant: which of those wins hangs on the files' order.
              quotes.map(({ game, book, price, at, captured }) => [
                ...[game, book, price, time(at)],
                `2026-01-16T00:00:${String(captured % 60).padStart(2, "0")}.${String(row++).padStart(6, "0")}Z`,
              ]),
            ),
          ),
        }));
        const all = days.flatMap(({ files }) => files);
        if (all.length === 0) return;
        // One of the files lies there again on the last day, under another name.
        days.push({ diesAt: undefined, files: [all[again % all.length]!] });

        const options = { run: { id: "dump", startedAt: CAPTURED } };
        const once = storeOf();
        await importFiles(once, "odds_raw", `${written(all)}/*.csv`, options);
        const bronze = storeOf(
          await byDays(days, (storage, pattern) =>
            importFiles(storeOf(storage), "odds_raw", pattern, { ...options, onImported: "skip" }),
          ),
        );
        const [date] = await once.dates("odds_raw");
        const rows = async (store: typeof once) =>
          (await store.readBronzeDay("odds_raw", date!)).rows().map(textOf).sort();
        expect(await rows(bronze)).toEqual(await rows(once));
        for (let minute = 0; minute <= 90; minute += 30) {
          for (const knownBy of [undefined, "2026-01-16T00:00:30Z"]) {
            const answer = async (store: typeof once) => {
              const at = store.asOf(time(minute), { ...(knownBy !== undefined && { knownBy }) });
              return (await at.read("odds_raw", { date: date! })).rows().map(textOf);
            };
            expect(await answer(bronze)).toEqual(await answer(once));
          }
        }
      }),
      tries({ few: 6, small: 60, large: 1_500, seed: 611 }),
    );
  });
  it("makes the very files of states that importing all at once makes, where each file is of states of its own", async () => {
    const portions = portionsOf(fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(portions, async (given) => {
        const count = given.reduce((sum, { files }) => sum + files.length, 0);
        const [head, ...lines] = reports(count).trim().split("\n");
        const states = [...new Set(lines.map((line) => line.split(",")[0]!))].sort();
        const texts = states.map(
          (at) => `${[head, ...lines.filter((line) => line.startsWith(at))].join("\n")}\n`,
        );
        if (texts.length === 0) return;
        let next = 0;
        const days = given.map(({ files, diesAt }) => ({ diesAt, files: files.map(() => texts[next++]!) }));
        const once = storeOf();
        await importFiles(once, "injuries_raw", `${written(texts)}/*.csv`, { ingestedAt: CAPTURED });
        const storage = await byDays(days, (storage, pattern) =>
          importFiles(storeOf(storage), "injuries_raw", pattern, {
            ingestedAt: CAPTURED,
            onImported: "skip",
          }),
        );
        const data = async (own: Storage) =>
          new Map([...(await treeOf(own))].filter(([path]) => !path.startsWith("bronze/_imports/")));
        expect(await data(storage)).toEqual(await data(once.storage));
      }),
      tries({ few: 5, small: 40, large: 1_000, seed: 612 }),
    );
  });
});

function textOf(row: object): string {
  return JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value));
}

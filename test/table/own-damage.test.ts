import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { BronzeError } from "../../src/errors.js";
import { columnFromCells, encodeParquet, INSTANT, openParquet } from "../../src/table/index.js";
import { campaign } from "../campaign.js";
import { cellsOf, someColumns } from "./columns.js";
import { footerLength, randomFrom, ruined } from "./mutate.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** The large counts take minutes; the small ones seconds. */

/** Of such a name only files of ours are read, so one whose marks are all cut out is not taken for another writer's. */
const COMPACTED = "hour=01/odds.compacted-0123456789abcdef.parquet";

/** All that can be learned of a file. */
function content(bytes: Bytes, path: string) {
  const file = openParquet(bytes, path);
  const names = [...file.columns.keys()];
  return {
    rowCount: file.rowCount,
    columns: [...file.columns],
    keyValues: [...file.keyValues],
    ranges: names.map((name) => file.timestampRange(name)),
    cells: names.map((name) => cellsOf(file.column(name))),
  };
}

const games = columnFromCells({ kind: "text" }, ["g1", "g1", "g2", "g3"]);
const times = columnFromCells(INSTANT, [1n, 2n, 3n, 4n]);
const prices = columnFromCells({ kind: "float", bits: 64 }, [1.5, 2, 2.5, 3]);

/** Files as the library writes them: plain, of many nested columns, with what a snapshot and what compaction adds. */
const FILES: Readonly<Record<string, Bytes>> = {
  "a flat file": encodeParquet([
    { name: "game_id", column: games },
    { name: "as_of_ts", column: times },
    { name: "price", column: prices, nullable: false },
  ]),
  "a file of 61 columns, lists among them": encodeParquet(someColumns(6)),
  "a snapshot that says what it covers": encodeParquet(
    [
      { name: "game_id", column: games, nullable: false },
      { name: "as_of_ts", column: times, nullable: false },
      { name: "ingested_ts", column: times, nullable: false },
    ],
    new Map([
      ["bronzestore.snapshot_ts", "1768521600000000000"],
      ["bronzestore.covers", '[["g1"],["g2"],["g9"]]'],
    ]),
    ["game_id"],
  ),
  "a compacted file": encodeParquet(
    [
      { name: "as_of_ts", column: times, nullable: false },
      { name: "price", column: prices },
    ],
    new Map([["bronzestore.rows_ahead", "0"]]),
  ),
};

describe.each(Object.entries(FILES))("%s of ours", (kind, original) => {
  const path = kind === "a compacted file" ? COMPACTED : "damaged.parquet";
  const intact = content(original, path);
  const footer = { start: original.length - 8 - footerLength(original), end: original.length };

  /** How often damage was not seen: the file reads, as something that was never written. */
  function wrong(damaged: Iterable<Bytes>): { wrong: number; tried: number } {
    let tried = 0;
    let wrong = 0;
    for (const bytes of damaged) {
      if (bytes.length === original.length && Buffer.compare(bytes, original) === 0) continue;
      tried++;
      try {
        if (!isDeepStrictEqual(content(bytes, path), intact)) wrong++;
      } catch (error) {
        if (!(error instanceof BronzeError)) throw error;
      }
    }
    return { wrong, tried };
  }

  /** The file with some of its bytes changed, in one array for all. */
  function* changed(changes: Iterable<(bytes: Bytes) => void>): Generator<Bytes> {
    const bytes = original.slice();
    for (const change of changes) {
      change(bytes);
      yield bytes;
      bytes.set(original);
    }
  }

  test("with any byte of its footer changed is refused", () => {
    const { count } = campaign({ few: 8, small: 12, large: 255, seed: 0 });
    function* changes() {
      for (let at = footer.start; at < footer.end; at++) {
        // Each bit first, then other values, and at last all of them.
        const flips = new Set([1, 2, 4, 8, 16, 32, 64, 128]);
        for (let i = 1; flips.size < count; i++)
          flips.add(count === 255 ? i : (at * 31 + i * 57) % 256 || 255);
        for (const flip of flips)
          yield (bytes: Bytes) => {
            bytes[at]! ^= flip;
          };
      }
    }
    const result = wrong(changed(changes()));
    expect(result.wrong).toBe(0);
    expect(result.tried).toBe((footer.end - footer.start) * count);
  });

  test("with any run of zeros in its footer is refused", () => {
    const { count } = campaign({ small: 8, large: 512, seed: 0 });
    function* changes() {
      for (let at = footer.start; at < footer.end; at++) {
        for (let i = 0; i < count; i++) {
          const length = count === 512 ? i + 1 : 1 + ((i * 64 + at * 7) % 512);
          yield (bytes: Bytes) => void bytes.fill(0, at, at + length);
        }
      }
    }
    const result = wrong(changed(changes()));
    expect(result.wrong).toBe(0);
    expect(result.tried).toBeGreaterThan((footer.end - footer.start) * count * 0.75);
  });

  test("with a bit of a name and a bit of a page flipped is refused", () => {
    const { count, seed } = campaign({ small: 500, large: 10_000, seed: 1101 });
    const random = randomFrom(seed);
    const text = Buffer.from(original).toString("latin1");
    const names = ["bronzestore.crc32", "bronzestore"].map((name) => ({
      at: text.lastIndexOf(name),
      bits: name.length * 8,
    }));
    function* changes() {
      for (let round = 0; round < count; round++) {
        const { at, bits } = names[random(2)]!;
        const nameBit = at * 8 + random(bits);
        const pageBit = 32 + random(footer.start * 8 - 32);
        yield (bytes: Bytes) => {
          bytes[nameBit >> 3]! ^= 1 << (nameBit & 7);
          bytes[pageBit >> 3]! ^= 1 << (pageBit & 7);
        };
      }
    }
    expect(wrong(changed(changes()))).toEqual({ wrong: 0, tried: count });
  });

  test("that lost its checksum's entry to one kind of damage is refused by what is left", () => {
    const text = Buffer.from(original).toString("latin1");
    const entry = text.lastIndexOf("bronzestore.crc32");
    const signature = text.lastIndexOf("bronzestore");
    const page = Math.floor(footer.start / 2);
    const damages: ((bytes: Bytes) => void)[] = [];
    for (const byte of [0, 0x20, 0x41, 0xff]) {
      damages.push((bytes) => void bytes.fill(byte, entry, entry + 17)); // the name alone
      damages.push((bytes) => void bytes.fill(byte, entry + 19, entry + 27)); // the digits alone
      damages.push((bytes) => void bytes.fill(byte, signature, signature + 11)); // the signature alone
      damages.push((bytes) => {
        bytes.fill(byte, entry, entry + 8); // half of the name, half of the signature
        bytes.fill(byte, signature, signature + 5);
      });
    }
    const result = wrong(
      changed(
        damages.map((damage) => (bytes: Bytes) => {
          damage(bytes);
          bytes[page]! ^= 0x10;
        }),
      ),
    );
    expect(result).toEqual({ wrong: 0, tried: damages.length });
  });

  test("ruined at random is refused, or reads as it was written", () => {
    const { count, seed } = campaign({ small: 1_000, large: 25_000, seed: 20_260_115 });
    const random = randomFrom(seed + original.length);
    function* damaged() {
      for (let round = 0; round < count; round++) yield ruined(original, random);
    }
    const result = wrong(damaged());
    expect(result.wrong).toBe(0);
    expect(result.tried).toBeGreaterThan(count * 0.9);
  });
});

describe("a compacted name", () => {
  test("is for files of ours alone", () => {
    const bytes = FILES["a compacted file"]!;
    expect(openParquet(bytes, COMPACTED).checked).toBe(true);
    // All that a file says of its writer, gone; DuckDB and others write such files, under other names.
    const text = Buffer.from(bytes).toString("latin1");
    const unsigned = new Uint8Array(Buffer.from(text.replaceAll(/bronzestore/g, "another.one"), "latin1"));
    expect(() => openParquet(unsigned, COMPACTED)).toThrow(/its name is one that compaction gives/);
  });
});

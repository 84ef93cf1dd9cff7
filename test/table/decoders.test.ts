import fc from "fast-check";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { describe, expect, test } from "vitest";
import { NotKept } from "../../src/table/parquet/damage.js";
import { decompress } from "../../src/table/parquet/decompress.js";
import { isSingleRun, readRuns } from "../../src/table/parquet/read-runs.js";
import { tries } from "../campaign.js";

describe("readRuns", () => {
  test("reads what the writer writes, as hyparquet does, for every width it can", () => {
    fc.assert(
      fc.property(
        // The writer's own packing and hyparquet's reader end at 24 bits.
        fc.integer({ min: 1, max: 24 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 12 }),
        (width, runs) => {
          const values = runs.flatMap(([value, count]) => new Array<number>(count).fill(value % 2 ** width));
          const writer = new ByteWriter(64);
          writeRleBitPackedHybrid(writer, values, width);
          const bytes = new Uint8Array(writer.getBuffer());
          const out = new Int32Array(values.length);
          readRuns(bytes, 0, bytes.length, width, 2 ** width, out);
          expect([...out]).toEqual(values);
          const theirs = new Array<number>(values.length);
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          readRleBitPackedHybrid({ view, offset: 0 }, width, theirs, bytes.length);
          expect([...out]).toEqual(theirs);
        },
      ),
      tries({ small: 1_000, large: 20_000, seed: 203 }),
    );
  });

  test("bit-packed codes of any width, bit by bit", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 31 }),
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        (width, raw) => {
          const values = raw.map((value) => value % 2 ** width);
          const bytes = new Uint8Array(1 + width);
          bytes[0] = 3; // one group of eight
          values.forEach((value, i) => {
            for (let bit = 0; bit < width; bit++) {
              const at = i * width + bit;
              if (Math.floor(value / 2 ** bit) % 2 === 1) bytes[1 + (at >> 3)]! |= 1 << (at & 7);
            }
          });
          const out = new Int32Array(8);
          readRuns(bytes, 0, bytes.length, width, 2 ** width, out);
          expect([...out]).toEqual(values);
        },
      ),
      tries({ small: 1_000, large: 20_000, seed: 204 }),
    );
  });

  test("any bytes give values below the limit or an error, at once", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 1, max: 9 }),
        (bytes, width, limit) => {
          const out = new Int32Array(100);
          try {
            readRuns(bytes, 0, bytes.length, width, limit, out);
          } catch (error) {
            expect((error as Error).message).toMatch(/run|code or level/);
            return;
          }
          expect(out.every((value) => value >= 0 && value < limit)).toBe(true);
        },
      ),
      tries({ small: 1_000, large: 20_000, seed: 205 }),
    );
  });

  test("a run of 2^31 fills what there is and no more", () => {
    const out = new Int32Array(3);
    readRuns(new Uint8Array([0xfe, 0xff, 0xff, 0xff, 0x0f, 1]), 0, 6, 1, 2, out);
    expect([...out]).toEqual([1, 1, 1]);
  });

  test("isSingleRun sees a run that covers the page", () => {
    expect(isSingleRun(new Uint8Array([20, 1]), 0, 2, 1, 10)).toBe(true);
    expect(isSingleRun(new Uint8Array([20, 1]), 0, 2, 1, 11)).toBe(false);
    expect(isSingleRun(new Uint8Array([20, 0]), 0, 2, 1, 10)).toBe(false);
    expect(isSingleRun(new Uint8Array([20]), 0, 1, 1, 10)).toBe(false);
    expect(isSingleRun(new Uint8Array([3, 255]), 0, 2, 1, 8)).toBe(false);
  });
});

describe("decompress", () => {
  test("undoes Snappy", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 30 }), (piece, times) => {
        const bytes = Buffer.concat(new Array<Uint8Array>(times).fill(piece));
        const body = snappyCompress(bytes);
        expect(Buffer.from(decompress(body, bytes.length, "SNAPPY")).equals(bytes)).toBe(true);
      }),
      tries({ small: 1_000, large: 20_000, seed: 206 }),
    );
  });

  test("a Snappy literal of negative length, on which hyparquet loops forever, is an error", () => {
    const body = new Uint8Array([20, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
    expect(() => decompress(body, 20, "SNAPPY")).toThrow("past its page");
  });

  test("LZ4 that ends early is an error, not zeros", () => {
    expect(() => decompress(new Uint8Array([0xf0]), 20, "LZ4_RAW")).toThrow("cut short");
    expect(() => decompress(new Uint8Array([0x10, 65]), 20, "LZ4_RAW")).toThrow("page has 1 bytes, not 20");
  });

  test("LZO is no damage: it says which codec, and what to do", () => {
    expect(() => decompress(new Uint8Array([1]), 20, "LZO")).toThrow(NotKept);
    expect(() => decompress(new Uint8Array([1]), 20, "LZO")).toThrow(
      /LZO; write the file with another codec/,
    );
  });

  test("reads Hadoop's LZ4 frames and bare blocks alike", () => {
    const block = [0x30, 1, 2, 3];
    const framed = new Uint8Array([0, 0, 0, 3, 0, 0, 0, 4, ...block, 0, 0, 0, 3, 0, 0, 0, 4, ...block]);
    expect([...decompress(framed, 6, "LZ4")]).toEqual([1, 2, 3, 1, 2, 3]);
    expect([...decompress(new Uint8Array(block), 3, "LZ4")]).toEqual([1, 2, 3]);
  });

  test.each([
    "SNAPPY",
    "GZIP",
    "BROTLI",
    "ZSTD",
    "LZ4_RAW",
    "LZ4",
    "UNCOMPRESSED",
    "LZO",
  ] as const)("any bytes as %s are an error or the size that was asked for", (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(2000), (body, sizeBytes) => {
        let bytes: Uint8Array;
        try {
          bytes = decompress(body, sizeBytes, codec);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        expect(bytes.length).toBe(sizeBytes);
      }),
      tries({ small: 300, large: 6_000, seed: 116 }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { ArrayFileWriter, openArrayFile, withHeader } from "../../src/table/index.js";

const MAGIC = "testing1";

function made() {
  const out = new ArrayFileWriter();
  const refs = {
    bytes: out.add("u8", Uint8Array.of(1, 2, 3)),
    none: out.add("f64", new Float64Array(0)),
    doubles: out.add("f64", Float64Array.of(-0, Number.NaN, Number.NEGATIVE_INFINITY)),
    bigints: out.add("i64", BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)),
    shorts: out.add("u16", Uint16Array.of(65_535)),
  };
  return { refs, bytes: out.seal(MAGIC, { refs, text: "Dončić \ud800" }) };
}

describe("an array file", () => {
  it("gives back its header and its arrays, as views of the bytes", () => {
    const { bytes, refs } = made();
    const file = openArrayFile(MAGIC, bytes)!;
    expect(file.header).toEqual({ refs, text: "Dončić \ud800" });
    expect(file.array(refs.bytes)).toEqual(Uint8Array.of(1, 2, 3));
    expect(file.array(refs.none)).toHaveLength(0);
    expect([...file.array(refs.doubles)]).toEqual([-0, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect([...file.array(refs.bigints)]).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
    expect([...file.array(refs.shorts)]).toEqual([65_535]);
    expect(file.array(refs.doubles).buffer).toBe(bytes.buffer);
  });

  it("keeps arrays of the same kind and bytes once", () => {
    const out = new ArrayFileWriter();
    const first = out.add("u32", Uint32Array.of(1, 2));
    expect(out.add("u32", Uint32Array.of(1, 2))).toEqual(first);
    expect(out.add("i32", Int32Array.of(1, 2))).not.toEqual(first);
    expect(out.add("u32", Uint32Array.of(1, 3))).not.toEqual(first);
    expect(out.add("u32", Uint32Array.of(1))).not.toEqual(first);
  });

  it("is refused whichever byte is flipped, in whichever bit", () => {
    const { bytes } = made();
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[at]! ^= 1 << bit;
        expect(openArrayFile(MAGIC, bytes)).toBeUndefined();
        bytes[at]! ^= 1 << bit;
      }
    }
    expect(openArrayFile(MAGIC, bytes)).toBeDefined();
  });

  it("is refused when it is cut short, grew, or is another kind of file", () => {
    const { bytes } = made();
    for (let length = 0; length < bytes.length; length++)
      expect(openArrayFile(MAGIC, bytes.slice(0, length))).toBeUndefined();
    expect(openArrayFile(MAGIC, Uint8Array.of(...bytes, 0))).toBeUndefined();
    expect(openArrayFile("testing2", bytes)).toBeUndefined();
  });

  it("opens from bytes that start anywhere in memory", () => {
    const { bytes, refs } = made();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const file = openArrayFile(MAGIC, shifted.subarray(3))!;
    expect([...file.array(refs.doubles)]).toEqual([-0, Number.NaN, Number.NEGATIVE_INFINITY]);
  });

  it("keeps its arrays under another header", () => {
    const { bytes, refs } = made();
    const file = openArrayFile(
      MAGIC,
      withHeader(MAGIC, bytes, { other: "a longer header than before".repeat(9) }),
    )!;
    expect(file.header).toEqual({ other: "a longer header than before".repeat(9) });
    expect([...file.array(refs.bigints)]).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
  });
});

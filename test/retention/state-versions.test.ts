import { describe, expect, it } from "vitest";
import { encodeRetention, parseRetention } from "../../src/bronze/index.js";
import { prunedHistory } from "../../src/bronze/retained/retained-files.js";
import { encodeSealed, seal } from "../../src/json/index.js";

const gone = {
  into: null,
  path: "hour=19/injuries.parquet",
  plan: "564a694becf37fad",
  rows: 1,
  sha256: "9bb26cb156888963590b8b43f02c9c3df1a17dfcdb5d544c7ef5839346e375ed",
  size_bytes: 982,
};
const second = { format: "bronzestore.retention", version: 2, compacted: [], gone: [gone] } as const;

describe("states of days", () => {
  it("of version 2 are read, and say of what they pruned nothing but the name", () => {
    const state = parseRetention(encodeSealed(seal(second)), "_retention.json");
    expect(state).toMatchObject({ version: 2, gone: [gone] });
    expect(prunedHistory(state)).toEqual({ parts: [], unknown: [gone.path] });
  });

  it("keep that when they are written again, as version 3", () => {
    const again = parseRetention(encodeRetention(second as never, "_retention.json"), "_retention.json");
    expect(again).toMatchObject({ version: 3, gone: [gone] });
    expect(prunedHistory(again)).toEqual({ parts: [], unknown: [gone.path] });
  });

  it("are refused when a digit of the version is another", () => {
    const text = new TextDecoder().decode(encodeSealed(seal(second))).replace('"version":2', '"version":3');
    expect(() => parseRetention(new TextEncoder().encode(text), "_retention.json")).toThrow(/digest/);
  });
});

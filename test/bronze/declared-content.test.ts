import { describe, expect, it } from "vitest";
import { readDeclaredContent, writeSnapshotMetadata } from "../../src/bronze/read/snapshot-metadata.js";

describe("what a file declares, as content", () => {
  it("is its times and its scopes as they are written", () => {
    const entries = writeSnapshotMetadata({ timeNs: 1n, ingestedNs: undefined, covers: [["g1", 2n]] });
    expect(readDeclaredContent("a.parquet", entries)).toEqual({
      snapshotNs: 1n,
      ingestedNs: undefined,
      covers: [["g1", "2"]],
    });
  });

  it("is nothing in a file that declares nothing", () => {
    expect(readDeclaredContent("a.parquet", new Map())).toEqual({
      snapshotNs: undefined,
      ingestedNs: undefined,
      covers: [],
    });
  });

  it.each(["{}", "[", "null"])("that is damaged is an error that names the file: %s", (covers) => {
    expect(() => readDeclaredContent("a.parquet", new Map([["bronzestore.covers", covers]]))).toThrow(
      expect.objectContaining({ code: "CORRUPT_FILE", details: { file: "a.parquet" } }),
    );
  });
});

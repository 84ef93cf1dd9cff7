import { createHash } from "node:crypto";
import type { Storage } from "bronzestore";
import { beforeAll, describe, expect, it } from "vitest";
import { openParquet } from "../../src/table/index.js";
import { filesBelow } from "../retention/world.js";
import { expectGolden } from "./golden.js";
import { namesInSource } from "./names-in-source.js";
import { goldenTree } from "./tree.js";
import { digestOf, withoutRandom, withoutVolatile } from "./volatile.js";

/**
 * Trees on disk stay readable for ever and manifests are compared by their bytes, so what the library writes changes
 * only on purpose. A golden file that differs is a change of a format: it needs a reason, and readers for both.
 */
describe("a tree with every kind of file", () => {
  let storage: Storage;
  let parquet: string[];
  let documents: Map<string, string>;

  beforeAll(async () => {
    storage = await goldenTree();
    const paths = (await filesBelow(storage, "")).sort();
    parquet = paths.filter((path) => path.endsWith(".parquet"));
    documents = new Map();
    for (const path of paths.filter((path) => !parquet.includes(path)))
      documents.set(path, new TextDecoder().decode(await storage.read(path)));
  });

  it("holds the Parquet bytes it held", async () => {
    const lines: string[] = [];
    for (const path of parquet) {
      const sha256 = createHash("sha256")
        .update(await storage.read(path))
        .digest("hex");
      lines.push(`${sha256}  ${withoutRandom(path)}\n`);
    }
    expectGolden("parquet", new Map([["files.sha256", lines.join("")]]));
  });

  it("holds the footer keys it held, in their order and with their values", async () => {
    const footers: Record<string, object> = {};
    for (const path of parquet)
      footers[withoutRandom(path)] = Object.fromEntries(
        openParquet(await storage.read(path), path).keyValues,
      );
    expectGolden("footers", new Map([["keys.json", `${JSON.stringify(footers, null, 2)}\n`]]));
  });

  it("holds the documents it held, word for word, but for versions, random digits and process ids", () => {
    const fixed = withoutVolatile(documents);
    expect(fixed.size).toBe(documents.size);
    expectGolden("documents", fixed);
  });

  it("has documents whose digests are the SHA-256 of the rest", () => {
    const sealed = [...documents].filter(([, text]) => "digest" in (JSON.parse(text) as object));
    expect(sealed.length).toBeGreaterThan(8);
    for (const [path, text] of sealed)
      expect(`${path} ${(JSON.parse(text) as { digest: string }).digest}`).toBe(`${path} ${digestOf(text)}`);
  });

  it("shows every name that the library writes into files", async () => {
    const seen = new Set<string>();
    for (const path of parquet)
      for (const key of openParquet(await storage.read(path), path).keyValues.keys()) seen.add(key);
    for (const text of documents.values()) {
      const { format } = JSON.parse(text) as { format?: string };
      if (format !== undefined) seen.add(format);
    }
    // A plan is a document of its own, and lies in the record of the trash.
    if ([...documents.values()].some((text) => text.includes('"format":"bronzestore.plan"')))
      seen.add("bronzestore.plan");
    // Only the compacted files of before had it: a part says how many of its own rows are ahead.
    seen.add("bronzestore.rows_ahead");
    expect([...seen].sort()).toEqual(namesInSource());
  });
});

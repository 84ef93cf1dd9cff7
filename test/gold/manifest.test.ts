import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { localDisk } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { encodeManifest, parseManifest, sealManifest } from "../../src/gold/manifest/manifest.js";
import { canonicalJson } from "../../src/json/canonical-json.js";
import { encodeSealed } from "../../src/json/index.js";
import { LIBRARY_VERSION } from "../../src/version.js";
import { tempFolders } from "../storage/temp-folder.js";
import { manifestSchemas } from "./manifest-schemas.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";
import { FOLDER_OF_01, treeOf01 } from "./tree-of-0.1.js";

const doc = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const temp = tempFolders();

/** A root with two revisions of a slate and a training set. */
async function frozenRoot() {
  const root = temp();
  const { gold, bronze } = await frozenWorld(localDisk(root));
  await writeEvening({ bronze });
  const lock = { slate: SLATE, snapshot: "lock", tip: TIP, parameters: { model: "Dončić", depth: 3 } };
  const first = await gold.freeze(lock, build);
  const second = await gold.freeze({ ...lock, force: true }, () => [{ player_id: "ada", out: false }]);
  const trained = await gold.trainingSet({
    from: SLATE.game_date,
    to: SLATE.game_date,
    snapshot: "lock",
    labels: [{ player_id: "ada", points: 7 }],
    on: ["player_id"],
    version: "v1",
    splits: { trainEnd: SLATE.game_date, valEnd: SLATE.game_date },
  });
  const text = (path: string) => readFileSync(`${root}/${path}`, "utf8");
  return { root, first, second, trained, text };
}

async function attested(): Promise<string> {
  const { gold, storage } = await treeOf01();
  const { path } = await gold.attest(SLATE, { snapshot: "lock" });
  expect(path).toBe(`${FOLDER_OF_01}/attestation.lock.r2.json`);
  return new TextDecoder().decode(await storage.read(path));
}

describe("a manifest's file", () => {
  it("is canonical JSON and a newline, and its digest covers all its other members", async () => {
    const { first, second, trained, text } = await frozenRoot();
    for (const { path } of [first, second, trained]) {
      const { digest, ...rest } = JSON.parse(text(path));
      expect(text(path)).toBe(`${canonicalJson({ ...rest, digest })}\n`);
      expect(createHash("sha256").update(canonicalJson(rest)).digest("hex")).toBe(digest);
    }
    expect(JSON.parse(text(second.path)).previous).toBe(first.manifest.digest);
  });

  it("fits the JSON Schema in docs/, which is that of the code", async () => {
    const { first, second, trained, text } = await frozenRoot();
    for (const [file, schema] of manifestSchemas) {
      const written = JSON.parse(doc(file));
      expect(written, "run npx tsx test/gold/write-manifest-schemas.ts && npm run format").toEqual(
        JSON.parse(JSON.stringify(schema)),
      );
      const parser = z.fromJSONSchema(written);
      const documents: Record<string, string[]> = {
        "manifest.schema.json": [text(first.path), text(second.path)],
        "manifest-v1.schema.json": (await treeOf01()).manifests,
        "attestation.schema.json": [await attested()],
        "training-manifest.schema.json": [text(trained.path)],
      };
      for (const own of documents[file]!) {
        const manifest = JSON.parse(own);
        expect(parser.safeParse(manifest).error).toBeUndefined();
        for (const name of Object.keys(manifest)) {
          const { [name]: _, ...lacking } = manifest;
          expect(parser.safeParse(lacking).success, `without ${name}`).toBe(false);
        }
      }
    }
  });

  it("has every member explained in docs/manifest.md", async () => {
    const { first, text } = await frozenRoot();
    const page = doc("manifest.md");
    for (const document of [text(first.path), ...(await treeOf01()).manifests]) {
      const { inputs, ...manifest } = JSON.parse(document);
      const [input] = inputs;
      const names = [
        ...Object.keys(manifest),
        "inputs",
        ...Object.keys(input),
        ...Object.keys(input.files[0]),
      ];
      for (const name of names) expect(page).toContain(`\`${name}\``);
    }
  });

  it("is checked by the Python of docs/manifest.md, which knows nothing of this library", async ({
    skip,
  }) => {
    try {
      execFileSync("python3", ["--version"]);
    } catch {
      console.warn("NOT TESTED: there is no python3 here");
      skip("there is no python3 here");
    }
    const { root, first, second } = await frozenRoot();
    const code = /```python\n([\s\S]*?)```/.exec(doc("manifest.md"))![1]!;
    for (const { path, manifest } of [first, second]) {
      const said = execFileSync("python3", ["-c", code, root, path], { encoding: "utf8" }).trim().split("\n");
      const files = [manifest.output, ...manifest.inputs.flatMap(({ files }) => files)];
      expect(said).toEqual(["manifest True", ...files.map((file) => `${file.path} True`)]);
    }
  });
});

describe("a manifest that cannot be read", () => {
  it.each<[string, object]>([
    ["a member of another type", { run_id: 7 }],
    ["a member there is not", { note: "x" }],
    ["a member that is missing", { slate: undefined }],
    ["an instant that is none", { snapshot_ts: "yesterday" }],
    ["a path out of the root", { output: { path: "../x" } }],
    ["what JSON would change", { parameters: { at: new Date(0) } }],
    ["a name that zod drops", { parameters: JSON.parse('{"__proto__":1}') }],
    ["a digest of something else", { digest: "0".repeat(64) }],
  ])("is not written either: %s", async (_what, change) => {
    const { gold } = await frozenWorld();
    const { manifest } = await gold.freeze({ slate: SLATE, snapshot: "lock", tip: TIP }, () => [{ a: 1 }]);
    const changed = {
      ...manifest,
      ...change,
      output: { ...manifest.output, ...("output" in change && (change.output as object)) },
    };
    const { digest: _, ...rest } = changed;
    const write = () =>
      encodeManifest(("digest" in change ? changed : sealManifest(rest as never)) as never, "m.json");
    expect(write).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(encodeManifest(manifest, "m.json")).toEqual(encodeSealed(manifest));
  });

  it.each<[string, string, string]>([
    [
      "endless nesting",
      `{"parameters":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      "nested more than 500 deep",
    ],
    ["a name that is lost", '{"parameters":{"__proto__":1}}', "__proto__ has a name"],
    ["half a surrogate pair", '{"run_id":"\\ud83d"}', "not well-formed Unicode"],
    ["a list", "[]", "is no slate manifest"],
    ["null", "null", "it is no object"],
    ["no JSON", "{", "is not JSON"],
  ])("is refused as one, whatever it holds: %s", (_what, text, said) => {
    expect(() => parseManifest(new TextEncoder().encode(text), "m.json")).toThrow(
      expect.objectContaining({ code: "MANIFEST_INVALID", message: expect.stringContaining(said) }),
    );
  });
});

it("manifests record the version of package.json", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(LIBRARY_VERSION).toBe(version);
});

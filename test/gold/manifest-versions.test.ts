import { createHash } from "node:crypto";
import type { Manifest, ManifestV2 } from "bronzestore";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/gold/manifest/manifest.js";
import { encodeSealed, seal } from "../../src/json/index.js";
import { keptByManifests } from "../../src/retention/kept/manifests.js";
import { filesIn, report } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { asVersion1 } from "./as-version-1.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";
import { FOLDER_OF_01, treeOf01 } from "./tree-of-0.1.js";

const lock = { snapshot: "lock" };
const first = { snapshot: "lock", revision: 1 };
const parameters = { model: "Dončić" };

describe("a slate that 0.1 froze", () => {
  it("is read, listed, verified and replayed", async () => {
    const { gold } = await treeOf01();
    const { manifest, rows } = await gold.read(SLATE, first);
    expect(manifest).toMatchObject({
      version: 1,
      tip_ts: TIP,
      output: { path: `${FOLDER_OF_01}/lock.parquet` },
    });
    expect(rows).toEqual([{ player_id: "ada", out: true, best_price: -105 }]);
    expect((await gold.read(SLATE, lock)).rows[0]).toMatchObject({ n: 2 });
    const listed = [];
    for await (const { version, snapshot, revision } of gold.list())
      listed.push([version, snapshot, revision]);
    expect(listed).toEqual([
      [1, "lock", 2],
      [1, "pretip", 1],
    ]);
    for (const which of [first, lock, { snapshot: "pretip" }])
      expect(await gold.verify(SLATE, which)).toMatchObject({ ok: true, problems: [] });
    expect(await gold.replay(SLATE, first, build)).toMatchObject({ same: true, differences: [] });
    expect(await gold.replay(SLATE, { snapshot: "pretip" }, build)).toMatchObject({ same: true });
  });

  it("is the same freeze when it is frozen again, and stays as it is", async () => {
    const { gold, storage } = await treeOf01();
    const before = await filesIn(storage, "gold");
    const again = await gold.freeze({ slate: SLATE, snapshot: "pretip", tip: TIP, knownBy: "cutoff" }, build);
    expect(again).toMatchObject({ status: "unchanged", manifest: { version: 1 } });
    expect(await filesIn(storage, "gold")).toEqual(before);
  });

  it("takes a revision of version 2 after it, whose chain holds", async () => {
    const { gold } = await treeOf01();
    const forced = await gold.freeze({ slate: SLATE, ...lock, tip: TIP, parameters, force: true }, build);
    expect(forced.manifest).toMatchObject({ version: 2, revision: 3 });
    expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true });
  });

  it("keeps its inputs where they lie until it is attested, and those that decide for good", async () => {
    const { gold, bronze, storage } = await treeOf01();
    const context = { bronze, gold: [gold], forget: new Set<string>(), clock: () => 0n };
    const files = (await gold.manifest(SLATE, lock)).inputs.flatMap((input) => [...input.files]);
    const before = await keptByManifests(context);
    for (const file of files)
      expect([
        before.heldBy(file.path),
        before.decidedBy({ path: "elsewhere", sha256: file.sha256 })?.reason,
      ]).toEqual([expect.any(String), "named by"]);
    const attested = [];
    for (const which of [first, lock, { snapshot: "pretip" }]) attested.push(await gold.attest(SLATE, which));
    expect(attested.map(({ status }) => status)).toEqual(["attested", "attested", "attested"]);
    expect((await gold.attest(SLATE, lock)).status).toBe("unchanged");
    const after = await keptByManifests(context);
    const decides = new Map<string, boolean>();
    for (const file of attested.flatMap(({ attestation }) => attestation!.files))
      decides.set(file.path, file.decides || (decides.get(file.path) ?? false));
    expect([...decides.values()]).toEqual([true, true, true, true]);
    for (const file of files) {
      expect(after.heldBy(file.path)).toBeUndefined();
      const { path, sha256 } = file;
      expect(after.decidedBy({ path, sha256 }) !== undefined).toBe(decides.get(path));
    }
    expect((await gold.verify(SLATE, lock)).ok).toBe(true);
    const foreign = [];
    for await (const file of gold.foreign()) foreign.push(file.path);
    expect(foreign).toEqual([]);
    // A damaged attestation is never taken for none.
    const path = `${FOLDER_OF_01}/attestation.lock.r2.json`;
    const text = new TextDecoder().decode(await storage.read(path));
    await storage.replace(path, new TextEncoder().encode(text.replace('"decides":true', '"decides":false')));
    expect((await errorOf(keptByManifests(context))).code).toBe("MANIFEST_TAMPERED");
    expect((await errorOf(gold.verify(SLATE, lock))).code).toBe("MANIFEST_TAMPERED");
  });

  it("is not attested once anything it names is not as it was", async () => {
    const { gold, storage } = await treeOf01();
    const [file] = (await gold.manifest(SLATE, lock)).inputs[0]!.files;
    await storage.remove(file!.path);
    const error = await errorOf(gold.attest(SLATE, lock));
    expect(error).toMatchObject({
      code: "ATTESTATION_REFUSED",
      details: { problems: [`${file!.path}: input-missing`] },
    });
    expect((await filesIn(storage, "gold")).filter((path) => path.includes("attestation"))).toEqual([]);
  });

  it("is attested with the contents, and the parts that decide, that version 2 says of the same inputs", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    await world.bronze.write("injuries_raw", report("2026-01-15T21:00:00Z", { ada: "Questionable" }));
    await world.bronze.write(
      "injuries_raw",
      report("2026-01-15T22:30:00Z", { ada: "Questionable", dee: "Out" }),
    );
    const { manifest, path } = await world.gold.freeze({ slate: SLATE, ...lock, tip: TIP }, build);
    const files = manifest.inputs.flatMap((input) => [...input.files]) as ManifestV2["inputs"][0]["files"];
    expect(files.map(({ decides }) => decides)).toEqual([true, false, false, true, true, true]);
    await world.storage.replace(path, asVersion1(manifest as ManifestV2));
    expect(await world.gold.verify(SLATE, lock)).toMatchObject({ ok: true, manifest: { version: 1 } });
    const { attestation } = await world.gold.attest(SLATE, lock);
    expect(attestation!.files).toEqual(
      files.map(({ path, sha256, content, decides }) => ({ path, sha256, content, decides })),
    );
  });

  it("has no attestation where its manifest is of version 2", async () => {
    const world = await frozenWorld();
    await writeEvening(world);
    await world.gold.freeze({ slate: SLATE, ...lock, tip: TIP }, build);
    expect((await world.gold.attest(SLATE, lock)).status).toBe("not-needed");
  });
});

/** Every document that differs from a given one by one member, at any depth: gone, or of another value. */
function* changedOnce(value: unknown, at: string): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const [where, other] of changedOnce(item, `${at}[${i}]`))
        yield [where, value.map((own, k) => (k === i ? other : own))];
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _, ...lacking } = value as Record<string, unknown>;
      yield [`${at}.${name} gone`, lacking];
      yield [`${at}.${name} misspelt`, { ...lacking, [`${name}_`]: member }];
      for (const [where, other] of changedOnce(member, `${at}.${name}`))
        yield [where, { ...value, [name]: other }];
    }
    yield [`${at} with a member more`, { ...value, more: 1 }];
  } else {
    yield [at, typeof value === "string" ? `${value}0` : typeof value === "number" ? value + 1 : "0"];
  }
}

/** Members whose names are the user's own. */
const FREE = /\.(slate|parameters|notes)\b/;

describe("a manifest of version 2", () => {
  async function frozen() {
    const world = await frozenWorld();
    await writeEvening(world);
    const { path } = await world.gold.freeze(
      { slate: SLATE, ...lock, tip: TIP, parameters },
      (at, context) => {
        context.note("players", 2);
        context.external("model", new Uint8Array([1, 2, 3]), "a file");
        return build(at, context);
      },
    );
    const manifest: Manifest = JSON.parse(new TextDecoder().decode(await world.storage.read(path)));
    return { ...world, manifest, path };
  }

  it("is refused with any one member changed", async () => {
    const { manifest } = await frozen();
    let count = 0;
    for (const [where, changed] of changedOnce(manifest, "")) {
      const bytes = encodeSealed(changed as Manifest);
      expect(() => parseManifest(bytes, "m.json"), where).toThrow(/m\.json/);
      count++;
    }
    expect(count).toBeGreaterThan(200);
  });

  it("is refused with any member gone, misspelt or added, even with a digest that fits", async () => {
    const { manifest } = await frozen();
    const { digest: _, ...rest } = manifest;
    for (const [where, changed] of changedOnce(rest, "")) {
      if (FREE.test(where) || !/( gone| misspelt| with a member more)$/.test(where)) continue;
      const bytes = encodeSealed(seal(changed as object));
      expect(() => parseManifest(bytes, "m.json"), where).toThrow(
        expect.objectContaining({ code: "MANIFEST_INVALID" }),
      );
    }
  });

  it("does not pass for one of version 1 as long as it has any member of its own", async () => {
    const { manifests } = await treeOf01();
    const old = JSON.parse(manifests[0]!) as Manifest & { digest?: string };
    delete (old as { digest?: string }).digest;
    const { manifest } = await frozen();
    const own = <T extends object>(of: T, than: object) =>
      Object.entries(of).filter(([name]) => name !== "digest" && !(name in than));
    const [input, oldInput] = [manifest.inputs[0]!, old.inputs[0]!];
    const [file, oldFile] = [input.files[0]!, oldInput.files[0]!];
    const disguises = [
      ...own(manifest, old).map(([name, value]) => ({ ...old, [name]: value })),
      ...own(input, oldInput).map(([name, value]) => ({ ...old, inputs: [{ ...oldInput, [name]: value }] })),
      ...own(file, oldFile).map(([name, value]) => ({
        ...old,
        inputs: [{ ...oldInput, files: [{ ...oldFile, [name]: value }] }],
      })),
    ];
    expect(disguises.length).toBeGreaterThan(15);
    for (const disguise of disguises) {
      const { digest: _, ...rest } = disguise as { digest?: string };
      expect(() => parseManifest(encodeSealed(seal(rest)), "m.json")).toThrow(
        expect.objectContaining({ code: "MANIFEST_INVALID" }),
      );
    }
    expect(parseManifest(encodeSealed(seal(old)), "m.json")).toMatchObject({ version: 1 });
  });

  it("says what the builder recorded, and takes another external input for another freeze", async () => {
    const { manifest, gold } = await frozen();
    const sha256 = createHash("sha256")
      .update(new Uint8Array([1, 2, 3]))
      .digest("hex");
    expect(manifest).toMatchObject({
      notes: { players: 2 },
      external: [{ name: "model", sha256, size_bytes: 3, note: "a file" }],
    });
    const what = { slate: SLATE, ...lock, tip: TIP, parameters };
    const noted = await gold.freeze(what, (at, context) => {
      context.note("players", 3);
      context.external("model", { sha256 });
      return build(at, context);
    });
    expect(noted).toMatchObject({ status: "unchanged", manifest: { notes: { players: 2 } } });
    const other = await errorOf(
      gold.freeze(what, (at, context) => {
        context.external("model", new Uint8Array([4]));
        return build(at, context);
      }),
    );
    expect(other).toMatchObject({
      code: "SLATE_CONFLICT",
      details: { differences: ['external input "model" has other content'] },
    });
  });

  it("says which parts decide: the reports and quotes that hold, and not those that later ones replaced", async () => {
    const { manifest } = await frozen();
    const said = manifest.inputs.flatMap(({ files }) =>
      files.map((file) => [file.path.split("/").at(-2), "decides" in file && file.decides]),
    );
    expect(said).toEqual([
      ["hour=17", true], // the first of its schema
      ["hour=18", true],
      ["run_ts=20260115T171500Z", true],
      ["run_ts=20260115T234100Z", true],
    ]);
  });
});

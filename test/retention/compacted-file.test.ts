import { crc32 } from "node:zlib";
import { isBronzeError, memoryStorage, type Storage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { readPartFacts } from "../../src/bronze/index.js";
import { contentDigest, openParquet } from "../../src/table/index.js";
import { campaign } from "../campaign.js";
import { answers, DATE, OLD, retentionWorld, type World, writeRun } from "./world.js";

/** A day of three runs, compacted. */
async function compactedDay(
  storage: Storage = memoryStorage(),
): Promise<{ world: World; path: string; before: string }> {
  const world = retentionWorld(storage);
  for (const minutes of [1325, 1385, 1445]) await writeRun(world, minutes);
  const before = await answers(world);
  const plan = await world.retention.planCompact({ ...OLD, into: "day" });
  await world.retention.apply(plan);
  return { world, path: plan.days[0]!.outputs[0]!.path, before };
}

describe("a compacted file", () => {
  it("is the same, byte for byte, for the same parts", async () => {
    const [one, other] = [await compactedDay(), await compactedDay()];
    expect(other.path).toBe(one.path);
    expect(await other.world.storage.read(other.path)).toEqual(await one.world.storage.read(one.path));
  });

  it("says of each part the digest of its content, which anyone can compute from its rows", async () => {
    const { world, path } = await compactedDay();
    const file = openParquet(await world.storage.read(path), path);
    const { parts } = readPartFacts(file)!;
    expect(parts).toHaveLength(3);
    let start = 0;
    for (const part of parts) {
      const rows = { start, end: start + part.rows };
      start = rows.end;
      const none = { snapshotNs: undefined, ingestedNs: undefined, covers: [] };
      expect(part).toMatchObject({ content: contentDigest(file.stored, none, rows) });
    }
  });

  it("has a checksum of each row group and of its footer", async () => {
    const { world, path } = await compactedDay();
    const bytes = Buffer.from(await world.storage.read(path));
    const { keyValues } = openParquet(new Uint8Array(bytes), path);
    const groups = JSON.parse(keyValues.get("bronzestore.row_groups_crc32")!);
    expect(groups).toHaveLength(1);
    for (const { start, end, crc32: stated } of groups)
      expect(crc32(bytes.subarray(start, end)).toString(16).padStart(8, "0")).toBe(stated);
    const size = bytes.readUInt32LE(bytes.length - 8);
    const footer = Buffer.from(bytes.subarray(bytes.length - 8 - size, bytes.length - 8));
    for (const key of ["bronzestore.footer_crc32", "bronzestore.crc32"])
      footer.fill("0", footer.indexOf(key) + key.length + 2, footer.indexOf(key) + key.length + 10);
    expect(crc32(footer).toString(16).padStart(8, "0")).toBe(keyValues.get("bronzestore.footer_crc32"));
  });

  it("is refused, or read as it was, whichever of its bytes is another", async () => {
    const { world, path, before } = await compactedDay();
    const bytes = await world.storage.read(path);
    const { count, seed } = campaign({ few: 150, small: 1_500, large: bytes.length * 8, seed: 7 });
    for (let i = 0; i < count; i++) {
      const bit = count >= bytes.length * 8 ? i : ((i + seed) * 2_654_435_761) % (bytes.length * 8);
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await world.storage.replace(path, damaged);
      const outcome = await answers(world).catch((error: unknown) => {
        if (!isBronzeError(error)) throw error;
        return error.code;
      });
      expect([before, "CORRUPT_FILE", "RETENTION_INVALID"], `bit ${bit}`).toContain(outcome);
      if (outcome === before) expect.unreachable(`bit ${bit} was not noticed`);
    }
  });

  it("does not become silence when it is gone", async () => {
    const { world, path } = await compactedDay();
    await world.storage.remove(path);
    await expect(world.bronze.readBronzeDay("odds_raw", DATE)).rejects.toMatchObject({
      code: "RETENTION_INVALID",
    });
  });
});

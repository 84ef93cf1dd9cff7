import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeParquet, openParquet } from "../../src/table/index.js";
import { quote, report, run } from "../bronze/feeds.js";
import { tries } from "../campaign.js";
import { errorOf } from "../error-of.js";
import { build, frozenWorld, SLATE, TIP, writeEvening } from "./slates.js";

const lock = { snapshot: "lock" };
const COMPACT = { datasets: ["odds_raw", "injuries_raw"], before: "2026-02-01", into: "day" } as const;
const NOW = "2026-03-01T12:00:00Z";

async function frozen() {
  const made = await frozenWorld(undefined, NOW);
  await writeEvening(made);
  for (let minute = 0; minute < 6; minute++)
    await made.bronze.write(
      "odds_raw",
      [quote("g1", "dk", -100 - minute, `2026-01-15T20:0${minute}:00Z`)],
      run(`m${minute}`, `2026-01-15T20:0${minute}:30Z`),
    );
  await made.bronze.write("injuries_raw", report("2026-01-15T21:00:00Z", { ada: "Out", dee: "Out" }));
  const { manifest, path } = await made.gold.freeze({ slate: SLATE, ...lock, tip: TIP }, build);
  const inputs = [...new Set(manifest.inputs.flatMap(({ files }) => files.map((file) => file.path)))];
  return { ...made, manifest, path, inputs };
}

/** The same rows in other bytes: other row groups, and an entry more in the footer. */
function rewritten(bytes: Uint8Array<ArrayBuffer>, note: string, oneByOne: boolean): Uint8Array {
  const file = openParquet(bytes, "an input");
  const columns = [...file.columns.keys()].map((name) => ({
    name,
    column: file.column(name),
    elements: file.elements(name),
  }));
  const entries = [...file.keyValues].filter(([key]) => !/crc|whole_us|keys/.test(key));
  const groups = oneByOne && file.rowCount > 0 ? new Array<number>(file.rowCount).fill(1) : undefined;
  return encodeParquet(columns, new Map([...entries, ["their.note", note]]), [], groups);
}

describe("a frozen slate whose inputs are written again with the same rows", () => {
  it("verifies, says which, replays byte for byte, and is the same freeze", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        fc.boolean(),
        fc.string({ maxLength: 9 }),
        async (which, oneByOne, note) => {
          const { gold, storage, inputs } = await frozen();
          const chosen = inputs.filter((_, i) => which[i]);
          for (const path of chosen)
            await storage.replace(path, rewritten(await storage.read(path), note, oneByOne));
          const { ok, problems } = await gold.verify(SLATE, lock);
          expect(ok).toBe(true);
          expect(problems.map(({ kind, path }) => [kind, path]).sort()).toEqual(
            chosen.map((path) => ["input-rewritten", path]).sort(),
          );
          expect(await gold.replay(SLATE, lock, build)).toMatchObject({ same: true, identicalBytes: true });
          expect((await gold.freeze({ slate: SLATE, ...lock, tip: TIP }, build)).status).toBe("unchanged");
        },
      ),
      tries({ few: 8, small: 60, large: 1_000, seed: 77 }),
    );
  });

  it("holds before, while and after they are compacted, and is the same freeze", async () => {
    const made = await frozen();
    const { gold, retention, bronze } = made;
    const holds = async () => {
      expect(await gold.verify(SLATE, lock)).toMatchObject({ ok: true, problems: [] });
      expect(await gold.replay(SLATE, lock, build)).toMatchObject({ same: true, identicalBytes: true });
      expect((await gold.freeze({ slate: SLATE, ...lock, tip: TIP }, build)).status).toBe("unchanged");
      for await (const finding of gold.verifyAll()) expect(finding).toBeUndefined();
    };
    await holds();
    const plan = await retention.planCompact(COMPACT);
    expect(plan.days.flatMap(({ remove }) => remove).length).toBeGreaterThan(made.inputs.length);
    await retention.apply(plan);
    await holds();
    // Frozen over the compacted files, the manifest names the parts by where they were written.
    const after = await gold.freeze({ slate: { ...SLATE, game_id: "g2" }, ...lock, tip: TIP }, build);
    expect(after.manifest.inputs.map(({ files }) => files)).toEqual(
      made.manifest.inputs.map(({ files }) => files),
    );
    await bronze.write(
      "odds_raw",
      [quote("g1", "mgm", 100, "2026-01-15T20:00:00Z")],
      run("late", "2026-01-17T00:00:00Z"),
    );
    await retention.apply(await retention.planCompact(COMPACT));
    const late = "bronze/odds_raw/season=2025/date=2026-01-15/run_ts=20260117T000000Z/odds.parquet";
    expect(await gold.verify(SLATE, lock)).toMatchObject({
      ok: true,
      problems: [{ kind: "input-extra", ok: true, path: late }],
    });
    expect(await gold.replay(SLATE, lock, build)).toMatchObject({ same: false, cause: "late-arrival" });
  });

  it("says that a compacted file is damaged, once, and that nothing of it can be proven", async () => {
    const { gold, retention, storage } = await frozen();
    const plan = await retention.planCompact(COMPACT);
    await retention.apply(plan);
    const [path] = plan.days.flatMap(({ outputs }) => outputs.map((output) => output.path));
    const bytes = await storage.read(path!);
    bytes[bytes.length >> 1]! ^= 1;
    await storage.replace(path!, bytes);
    const findings = [];
    for await (const { kind, path, ok, slates } of gold.verifyAll())
      if (!ok) findings.push([kind, path, slates.length]);
    expect(findings).toEqual([["input-changed", path, 1]]);
    const { ok, problems } = await gold.verify(SLATE, lock);
    expect(ok).toBe(false);
    expect(problems.filter(({ kind }) => kind !== "input-extra")).toEqual([
      { kind: "input-changed", ok: false, path },
    ]);
    expect((await errorOf(gold.attest(SLATE, { snapshot: "none" }))).code).toBe("SLATE_NOT_FROZEN");
  });
});

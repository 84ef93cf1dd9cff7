import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BronzeStore, localDisk, Retention } from "bronzestore";
import { describe, expect, it } from "vitest";
import { readDeclaredContent, writeSnapshotMetadata } from "../../src/bronze/read/snapshot-metadata.js";
import { contentDigest, encodeParquet, type NamedColumn, openParquet, take } from "../../src/table/index.js";
import { injuries, injuriesByGame, odds, quote, report } from "../bronze/feeds.js";
import { filesBelow } from "../retention/world.js";
import { tempFolders } from "../storage/temp-folder.js";
import { someColumns } from "../table/columns.js";
import { runChecker } from "./run-checker.js";

const newFolder = tempFolders();

function digestOf(bytes: Uint8Array<ArrayBuffer>): string {
  const { stored, keyValues } = openParquet(bytes, "a.parquet");
  return contentDigest(stored, readDeclaredContent("a.parquet", keyValues));
}

describe("the parts of a compacted file", () => {
  const covers = [["g1", 7, 0.1]];
  const entries = writeSnapshotMetadata({ timeNs: 1_768_530_000_000_000_001n, ingestedNs: 5n, covers });
  const snapshot = { snapshot_ts: "1768530000000000001", snapshot_ingested_ts: "5", covers };
  const all = someColumns(200);
  const rowsOf = (start: number, end: number): NamedColumn[] =>
    all.map(({ column, ...one }) => {
      const rows = Uint32Array.from({ length: end - start }, (_, i) => start + i);
      return { ...one, column: take(column.type, [column], new Uint8Array(rows.length), rows) };
    });
  const cuts = [0, 1, 1, 60, 61, 199, 200];
  const loose = cuts.slice(1).map((end, i) => encodeParquet(rowsOf(cuts[i]!, end), entries));
  const parts = loose.map((bytes, i) => ({
    path: `run_ts=${i}/odds.parquet`,
    rows: cuts[i + 1]! - cuts[i]!,
    content: digestOf(bytes),
    ...snapshot,
  }));
  const compacted = (list: object) =>
    encodeParquet(all, new Map([["bronzestore.parts", JSON.stringify(list)]]));

  it("have the digests of the files they were, cut out of one of all rows", () => {
    const folder = newFolder();
    const { covers: shared } = snapshot;
    const without = parts.map(({ covers: _, ...part }) => part);
    writeFileSync(
      join(folder, "c.parquet"),
      compacted({ version: 2, all: { covers: shared }, parts: without }),
    );
    expect(runChecker(["c.parquet"], folder)).toEqual({
      code: 0,
      lines: parts.map(({ content, path }) => [content, "c.parquet", path]),
      errors: "",
    });
  });

  it("are computed, whatever the footer says of them", () => {
    const folder = newFolder();
    const lying = parts.map((part, i) => (i === 3 ? { ...part, content: "0".repeat(64) } : part));
    writeFileSync(join(folder, "lies.parquet"), compacted({ version: 2, parts: lying }));
    const { code, lines, errors } = runChecker(["lies.parquet"], folder);
    expect([code, lines[3]![0]]).toEqual([1, parts[3]!.content]);
    expect(errors).toMatch(/^lies\.parquet: its footer names other content .*\n$/);
  });

  it("are refused where they do not add up, or do not name their content", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "few.parquet"), compacted({ version: 2, parts: parts.slice(1) }));
    writeFileSync(join(folder, "first.parquet"), compacted({ version: 1, parts }));
    const { code, lines, errors } = runChecker(["few.parquet", "first.parquet"], folder);
    expect([code, lines]).toEqual([2, []]);
    expect(errors).toMatch(/^few\.parquet: .*other numbers of rows.*\nfirst\.parquet: .*version 1.*\n$/);
  });
});

describe("a store that was compacted", () => {
  it("has the digests of its loose files, part by part", async () => {
    const root = newFolder();
    const storage = localDisk(root);
    const clock = () => BigInt(Date.parse("2026-03-01T12:00:00Z")) * 1_000_000n;
    const feeds = [odds, injuries, injuriesByGame] as const;
    const bronze = new BronzeStore({ storage, datasets: feeds, clock });
    for (const minute of ["05", "25", "45"]) {
      const at = `2026-01-15T22:${minute}:00Z`;
      const rows = ["g1", "g2"].map((game) => quote(game, "dk", -100 - Number(minute), at, at));
      await bronze.write("odds_raw", rows, { run: { id: `run${minute}`, startedAt: at } });
      await bronze.write("injuries_raw", report(at, { ada: "Out", [`p${minute}`]: "Questionable" }));
      await bronze.write("injuries_by_game", report(at, { ada: "Out" }));
    }
    const time = "2026-01-15T23:30:00Z";
    await bronze.write("injuries_by_game", [], { snapshot: { time, covers: [{ game_id: "g1" }] } });

    const digests = async () => {
      const files = (await filesBelow(storage, "bronze")).filter((path) => path.endsWith(".parquet"));
      const said = runChecker(files, root);
      expect([said.code, said.errors]).toEqual([0, ""]);
      return { files, lines: said.lines };
    };
    const before = await digests();
    expect(before.lines).toEqual(
      before.files.map((path) => [digestOf(new Uint8Array(readFileSync(join(root, path)))), path]),
    );
    expect(before.lines.length).toBeGreaterThanOrEqual(8);

    const retention = new Retention({ bronze, gold: [], clock });
    const datasets = feeds.map(({ name }) => name);
    const plan = await retention.planCompact({ datasets, before: "2026-02-01", into: "day" });
    await retention.apply(plan);
    const after = await digests();
    const live = after.lines.filter(([, path]) => !path!.includes(".trash/"));
    const inParts = live.filter(([, , part]) => part !== undefined);
    expect(inParts.length).toBeGreaterThanOrEqual(8);
    const sorted = (lines: readonly (readonly string[])[]) => lines.map(([digest]) => digest).sort();
    expect(sorted(live)).toEqual(sorted(before.lines));
  });
});

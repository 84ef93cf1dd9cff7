import {
  BronzeStore,
  defineDataset,
  type ExportVersionsOptions,
  instant,
  memoryStorage,
  type VersionsManifest,
} from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { encodeVersions } from "../../src/bronze/versions/versions-file.js";
import { sha256 } from "../../src/digest.js";
import { canonicalJson } from "../../src/json/index.js";
import { openParquet } from "../../src/table/index.js";
import { versionsTable } from "../../src/travel/index.js";
import { errorOf } from "../error-of.js";
import { ALL, DATE, filesBelow, OLD, retentionWorld, writeBoard, writeReports } from "../retention/world.js";
import { frameOfRows } from "../travel/frame-of-rows.js";
import { quote, report, run, storeOf } from "./feeds.js";

const SPAN = { date: DATE } as const;
const OPEN = 9223372036854775807n;
const ns = (time: string) => BigInt(Date.parse(`2026-01-15T${time}:00Z`)) * 1_000_000n;

/** The rows of a table, as any reader of Parquet has them. */
async function rowsOf({ storage }: Pick<BronzeStore<[]>, "storage">, files: readonly string[]) {
  const rows: Record<string, unknown>[] = [];
  for (const path of files) {
    const file = openParquet(await storage.read(path), path);
    const names = [...file.columns.keys()];
    const columns = names.map((name) => {
      const column = file.column(name);
      return Array.from({ length: column.length }, (_, row) =>
        column.storage === "text"
          ? column.dictionary[column.codes[row]!]
          : (column as { values: ArrayLike<unknown> }).values[row],
      );
    });
    for (let row = 0; row < file.rowCount; row++)
      rows.push(Object.fromEntries(names.map((name, i) => [name, columns[i]![row]])));
  }
  return rows;
}

async function board() {
  const world = retentionWorld();
  await writeBoard(world);
  await writeReports(world);
  return world;
}

describe("a versions table", () => {
  it("has a row from when to when it holds on both times, and where it was written", async () => {
    const bronze = storeOf();
    // At 14:05 it comes out that the price of 12:00 was another.
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", 1, "2026-01-15T12:00:00Z", "2026-01-15T12:05:00Z")],
      run("a"),
    );
    await bronze.write(
      "odds_raw",
      [quote("g1", "dk", 2, "2026-01-15T12:00:00Z", "2026-01-15T14:05:00Z")],
      run("b", "2026-01-15T17:30:00Z"),
    );
    const [first, second] = (await bronze.asOf("2026-01-16T00:00:00Z").read("odds_raw", SPAN)).provenance
      .files;
    const { files, status } = await bronze.exportVersions("odds_raw", SPAN, { axes: "both" });
    expect(status).toBe("written");
    const cells = [
      "price",
      "valid_from",
      "valid_to",
      "known_from",
      "known_to",
      "effective_ns",
      "source_file",
      "source_row",
    ];
    const rows = await rowsOf(bronze, files);
    expect(rows.map((row) => cells.map((name) => row[name]))).toEqual([
      [1n, ns("12:00"), OPEN, ns("12:05"), ns("14:05"), ns("12:00"), first!.path, 0n],
      [2n, ns("12:00"), OPEN, ns("14:05"), OPEN, ns("12:00"), second!.path, 0n],
    ]);
    const known = await bronze.exportVersions("odds_raw", SPAN, { axes: "known" });
    expect(
      (await rowsOf(bronze, known.files)).map(({ price, known_from, known_to }) => [
        price,
        known_from,
        known_to,
      ]),
    ).toEqual([
      [1n, ns("12:05"), ns("14:05")],
      [2n, ns("14:05"), OPEN],
    ]);
    expect(known.manifest.columns.map(({ name }) => name)).not.toContain("valid_from");
  });

  it("knows of keys that a report leaves out, and of one that is empty", async () => {
    const bronze = storeOf();
    await bronze.write("injuries_raw", report("2026-01-15T15:00:00Z", { ada: "Out", bo: "Out" }));
    await bronze.write("injuries_raw", report("2026-01-15T16:00:00Z", { ada: "Out" }));
    await bronze.write("injuries_raw", [], { snapshot: { time: "2026-01-15T17:00:00Z" } });
    const { files } = await bronze.exportVersions("injuries_raw", SPAN, { axes: "valid" });
    const rows = await rowsOf(bronze, files);
    expect(rows.map(({ player_id, valid_from, valid_to }) => [player_id, valid_from, valid_to])).toEqual([
      ["ada", ns("15:00"), ns("16:00")],
      ["ada", ns("16:00"), ns("17:00")],
      ["bo", ns("15:00"), ns("16:00")],
    ]);
  });

  it("has its columns where there are no rows", async () => {
    const bronze = storeOf();
    const { files, manifest } = await bronze.exportVersions("odds_raw", SPAN, { axes: "both" });
    expect(manifest).toMatchObject({ rows: 0, keys: 0, files: [{ rows: 0 }] });
    const names = manifest.columns.map(({ name }) => name);
    expect([...openParquet(await bronze.storage.read(files[0]!), files[0]!).columns.keys()]).toEqual(names);
    expect(names).toEqual(
      expect.arrayContaining(["game_id", "price", "valid_from", "known_to", "source_row"]),
    );
  });

  it("is cut into files of so many rows, whose rows are together the same", async () => {
    const { bronze } = await board();
    const whole = await bronze.exportVersions("odds_raw", SPAN, { axes: "both" });
    const cut = await bronze.exportVersions("odds_raw", SPAN, { axes: "both", rowsPerFile: 7 });
    expect(whole.files).toHaveLength(1);
    expect(cut.files.length).toBeGreaterThan(5);
    expect(cut.manifest.files.every(({ rows }) => rows <= 7)).toBe(true);
    expect(await rowsOf(bronze, cut.files)).toEqual(await rowsOf(bronze, whole.files));
    expect(String(cut)).toContain(cut.path);
  });
});

describe("the manifest of a versions table", () => {
  it("names what the table was made from, by content, and carries digests of its files and its own", async () => {
    const { bronze, storage } = await board();
    const { path, manifest } = await bronze.exportVersions("odds_raw", SPAN, {
      axes: "known",
      maxAge: "PT6H",
    });
    const bytes = await storage.read(`${path}/manifest.json`);
    const { digest, ...rest } = JSON.parse(new TextDecoder().decode(bytes)) as VersionsManifest;
    expect(new TextDecoder().decode(bytes)).toBe(`${canonicalJson(manifest)}\n`);
    expect(digest).toBe(sha256(canonicalJson(rest)));
    expect(rest.made_from).toMatchObject({
      dataset: "odds_raw",
      dates: [DATE],
      axes: "known",
      columns: null,
    });
    expect(rest.made_from.max_age).toBe("PT21600.000000000S");
    expect(rest.made_from.files).toHaveLength(12);
    for (const { name, sha256: said } of rest.files)
      expect(sha256(await storage.read(`${path}/${name}`))).toBe(said);
    expect((await filesBelow(storage, "versions")).sort()).toEqual([
      `${path}/manifest.json`,
      `${path}/part-000000.parquet`,
    ]);
  });

  it("is the same after the same is made again, also from compacted days; another table lies elsewhere", async () => {
    const { bronze, retention } = await board();
    const first = await bronze.exportVersions("odds_raw", SPAN, { axes: "both" });
    expect(await bronze.exportVersions("odds_raw", SPAN, { axes: "both" })).toMatchObject({
      status: "unchanged",
      manifest: first.manifest,
    });
    await retention.apply(await retention.planCompact({ ...OLD, into: "day" }));
    expect(await bronze.exportVersions("odds_raw", SPAN, { axes: "both" })).toMatchObject({
      status: "unchanged",
      manifest: first.manifest,
    });
    const others = [
      await bronze.exportVersions("odds_raw", SPAN, { axes: "valid" }),
      await bronze.exportVersions("odds_raw", SPAN, { axes: "both", maxAge: "PT1H" }),
      await bronze.exportVersions(
        "odds_raw",
        { ...SPAN, columns: ["game_id", "book", "price"] },
        { axes: "both" },
      ),
      await bronze.exportVersions("odds_raw", { ...SPAN, lookbackDays: 1 }, { axes: "both" }),
    ];
    expect(new Set([first, ...others].map(({ path }) => path)).size).toBe(5);
  });

  it("comes last: an export that was interrupted is finished by the next, and what was changed is refused", async () => {
    const { bronze, storage } = await board();
    const options: ExportVersionsOptions = { axes: "both", rowsPerFile: 10 };
    const { path, files } = await bronze.exportVersions("odds_raw", SPAN, options);
    await storage.remove(`${path}/manifest.json`);
    await storage.remove(files.at(-1)!);
    expect((await bronze.exportVersions("odds_raw", SPAN, options)).status).toBe("written");
    await storage.replace(files[0]!, new TextEncoder().encode("other"));
    const error = await errorOf(bronze.exportVersions("odds_raw", SPAN, options));
    expect(error).toMatchObject({ code: "CORRUPT_FILE", details: { file: files[0] } });
  });
});

describe("pruned days", () => {
  it("are refused, unless what is left is accepted; then the manifest says what is missing", async () => {
    const world = await board();
    const { bronze, retention } = world;
    await retention.apply(await retention.planPrune(ALL));
    const refused = await errorOf(bronze.exportVersions("odds_raw", SPAN, { axes: "both" }));
    expect(refused.code).toBe("PRUNED");
    expect(await filesBelow(world.storage, "versions")).toEqual([]);
    const { manifest } = await bronze.exportVersions(
      "odds_raw",
      { ...SPAN, acceptPruned: true },
      { axes: "both" },
    );
    expect(manifest.made_from.pruned.length).toBeGreaterThan(0);
  });
});

describe("exportVersions refuses", () => {
  const bronze = storeOf();
  const asked = (span: object, options: object) =>
    errorOf(bronze.exportVersions("odds_raw", span as never, options as never));

  it.each([
    [SPAN, {}, "exportVersions needs axes"],
    [SPAN, { axes: "all" }, 'axes of exportVersions is "all"'],
    [SPAN, { axes: "both", maxage: "PT1H" }, 'has no option "maxage"'],
    [SPAN, { axes: "both", rowsPerFile: 0 }, "rowsPerFile of exportVersions is 0"],
    [{}, { axes: "both" }, "Say which days to read"],
    [{ ...SPAN, knownBy: "cutoff" }, { axes: "both" }, 'has no option "knownBy"'],
    [SPAN, { axes: "both", folder: "bronze" }, 'in "bronze" files are read as something else'],
    [SPAN, { axes: "both", folder: "runs" }, 'in "runs" files are read as something else'],
    [SPAN, { axes: "both", folder: "silver/tables" }, 'in "silver" files are read as something else'],
    [SPAN, { axes: "both", folder: "gold/tables" }, 'in "gold" files are read as something else'],
  ])("%j with %j", async (span, options, message) => {
    const error = await asked(span, options);
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(message);
  });

  it("a path that leaves the root, a duration that is none, a dataset that there is not", async () => {
    expect((await asked(SPAN, { axes: "both", folder: "../x" })).code).toBe("INVALID_PATH");
    expect((await asked(SPAN, { axes: "both", maxAge: "6 hours" })).code).toBe("INVALID_DURATION");
    expect((await errorOf(bronze.exportVersions("odds" as never, SPAN, { axes: "both" }))).code).toBe(
      "UNKNOWN_DATASET",
    );
  });

  const priced = defineDataset({
    name: "priced_raw",
    layout: "{date}/prices.parquet",
    files: "append",
    timeZone: "UTC",
    schema: z.object({
      id: z.string(),
      valid_to: instant().nullable(),
      expires: instant().nullable(),
      as_of_ts: instant(),
      ingested_ts: instant(),
    }),
    key: ["id"],
    date: { from: "as_of_ts" },
  });

  async function pricedStore() {
    const store = new BronzeStore({ storage: memoryStorage(), datasets: [priced], clock: () => ns("18:00") });
    const times = { as_of_ts: "2026-01-15T12:00:00Z", ingested_ts: "2026-01-15T12:00:00Z" };
    await store.write("priced_raw", [{ id: "a", valid_to: null, expires: null, ...times }]);
    return store;
  }

  it("rows with a column of a name of its own, whose other columns it takes", async () => {
    const store = await pricedStore();
    const error = await errorOf(store.exportVersions("priced_raw", SPAN, { axes: "valid" }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", details: { columns: ["valid_to"] } });
    const { manifest } = await store.exportVersions(
      "priced_raw",
      { ...SPAN, columns: ["id", "as_of_ts"] },
      { axes: "valid" },
    );
    expect(manifest.columns.find(({ name }) => name === "as_of_ts")!.type).toBe("INT64");
    // Where only the other axis is asked for, the name is free.
    expect((await store.exportVersions("priced_raw", SPAN, { axes: "known" })).manifest.rows).toBe(1);
  });

  it("an instant that is no 64-bit integer of nanoseconds, by the column's name; as the row's own time it is before or after all", async () => {
    const times = { ingested_ts: 0n, as_of_ts: 10n, valid_to: null };
    const [year1, year9999] = [-62_135_596_800n * 10n ** 9n, 253_402_214_400n * 10n ** 9n];
    const tableOf = (row: object, axes: "known" | "valid", extras = {}) => {
      const rows = [{ id: "a", expires: null, ...times, ...row }];
      const table = versionsTable(frameOfRows(priced, [{ rows, unit: "us" }], { extras }), { axes });
      return { table, rectangles: table.rectanglesOf(0) };
    };
    const extras = { seen: { kind: "timestamp", unit: "us", utc: true } };
    for (const [name, of] of [
      ["expires", {}],
      ["seen", extras],
    ] as const) {
      const { table, rectangles } = tableOf({ [name]: year9999 }, "known", of);
      const error = await errorOf(Promise.resolve().then(() => encodeVersions(table, rectangles, "known")));
      expect(error).toMatchObject({ code: "TYPE_CLASH", details: { column: name } });
    }
    const first = -(2n ** 63n);
    expect(tableOf({ as_of_ts: year1 }, "valid").rectangles).toMatchObject([
      { validFrom: first, validTo: OPEN, effective: first },
    ]);
    expect(tableOf({ as_of_ts: year9999 }, "valid").rectangles).toEqual([]);
  });
});

import { type GoldStore, type Manifest, memoryStorage, type TrainingSetOptions } from "bronzestore";
import { describe, expect, it } from "vitest";
import { filesIn } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { frozenWorld } from "./slates.js";

/** One slate a day, two players each, frozen at noon. */
const DATES = ["2026-01-10", "2026-01-11", "2026-01-12", "2026-01-13"];
const gameOf = (date: string) => `g${date.slice(-2)}`;

async function frozenDays(dates = DATES) {
  const made = await frozenWorld(memoryStorage(), "2026-02-01T00:00:00Z");
  for (const date of dates) await freezeDay(made.gold, date, rowsOf(date));
  return made;
}

function freezeDay(gold: GoldStore<never>, date: string, rows: object[], force = false) {
  const slate = { season: 2025, game_date: date, game_id: gameOf(date) };
  return gold.freeze({ slate, snapshot: "lock", tip: `${date}T17:00:00Z`, force }, () => rows as never);
}

function rowsOf(date: string) {
  return ["ada", "bo"].map((player_id, i) => ({
    player_id,
    rating: Number(date.slice(-2)) + i / 2,
    starts: i === 0,
  }));
}

const labelRows = (dates = DATES) =>
  dates.flatMap((date) => [
    { game_id: gameOf(date), player_id: "ada", points: 10 + Number(date.slice(-2)), won: true },
    { game_id: gameOf(date), player_id: "bo", points: 0, won: false },
  ]);

const options = (more: Partial<TrainingSetOptions> = {}): TrainingSetOptions => ({
  from: DATES[0]!,
  to: DATES.at(-1)!,
  snapshot: "lock",
  labels: labelRows(),
  on: ["game_id", "player_id"],
  version: "v1",
  splits: { trainEnd: "2026-01-11", valEnd: "2026-01-12" },
  ...more,
});

describe("trainingSet", () => {
  it("joins frozen slates with labels, and splits them by slate date", async () => {
    const { gold, storage } = await frozenDays();
    const { status, path, manifest } = await gold.trainingSet(options({ run: { id: "r7" } }));
    expect({ status, path }).toEqual({ status: "written", path: "gold/training/v1/manifest.json" });
    expect(await filesIn(storage, "gold/training")).toEqual([
      "gold/training/v1/manifest.json",
      expect.stringMatching(/^gold\/training\/v1\/test\.[0-9a-f]{16}\.parquet$/),
      expect.stringMatching(/^gold\/training\/v1\/train\.[0-9a-f]{16}\.parquet$/),
      expect.stringMatching(/^gold\/training\/v1\/val\.[0-9a-f]{16}\.parquet$/),
    ]);
    const { train, val, test } = await gold.readTrainingSet("v1");
    expect(train).toHaveLength(4);
    expect(train[0]).toEqual({
      season: 2025n,
      game_date: "2026-01-10",
      game_id: "g10",
      player_id: "ada",
      rating: 10,
      starts: true,
      points: 20,
      won: true,
    });
    const datesOf = (rows: typeof train) => [...new Set(rows.map(({ game_date }) => game_date))];
    expect([train, val, test].map(datesOf)).toEqual([DATES.slice(0, 2), ["2026-01-12"], ["2026-01-13"]]);
    expect(manifest).toMatchObject({
      name: "v1",
      run_id: "r7",
      splits: { train_end: "2026-01-11", val_end: "2026-01-12" },
      keys: [
        { name: "season", type: "INT64" },
        { name: "game_date", type: "STRING" },
        { name: "game_id", type: "STRING" },
        { name: "player_id", type: "STRING" },
      ],
      features: {
        columns: [
          { name: "rating", type: "DOUBLE" },
          { name: "starts", type: "BOOLEAN" },
        ],
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      labels: {
        columns: [
          { name: "points", type: "DOUBLE" },
          { name: "won", type: "BOOLEAN" },
        ],
        rows: 8,
        rows_without_features: 0,
      },
      files: { train: { rows: 4, slates: 2 }, val: { rows: 2, slates: 1 }, test: { rows: 2, slates: 1 } },
    });
    const slates: Manifest[] = [];
    for await (const slate of gold.list({ snapshot: "lock" })) slates.push(slate);
    expect(manifest.slates.map(({ digest, split, rows }) => ({ digest, split, rows }))).toEqual(
      slates.map(({ digest }, i) => ({ digest, split: ["train", "train", "val", "test"][i], rows: 2 })),
    );
  });

  it("asks a function for each slate's labels, which then match within the slate", async () => {
    const { gold } = await frozenDays();
    const asked: string[] = [];
    const labels = async ({ slate }: Manifest) => {
      asked.push(String(slate.game_id));
      return [
        { player_id: "ada", points: asked.length },
        { player_id: "cy", points: 0 },
      ];
    };
    const { manifest } = await gold.trainingSet(options({ labels, on: ["player_id"] }));
    expect(asked).toEqual(["g10", "g11", "g12", "g13"]);
    // bo has no label, cy no features: left out, and counted.
    expect(manifest.labels).toMatchObject({ rows: 8, rows_without_features: 4 });
    expect(manifest.slates.map(({ feature_rows, rows }) => ({ feature_rows, rows }))).toEqual(
      DATES.map(() => ({ feature_rows: 2, rows: 1 })),
    );
    expect((await gold.readTrainingSet("v1")).test.map(({ points }) => points)).toEqual([4]);
  });

  it("is a no-op the second time, from any caller and at any time", async () => {
    const { gold, storage } = await frozenDays();
    const first = await gold.trainingSet(options());
    const later = (await frozenWorld(storage, "2027-01-01T00:00:00Z")).gold;
    const again = await later.trainingSet(options({ run: { id: "other" } }));
    expect(again).toMatchObject({ status: "unchanged", manifest: { digest: first.manifest.digest } });
  });

  it("refuses another result under the same version, and says what differs", async () => {
    const { gold } = await frozenDays();
    await gold.trainingSet(options());
    const labels = labelRows().map((row) => ({ ...row, points: row.points + 1 }));
    const other = await errorOf(gold.trainingSet(options({ labels })));
    expect(other.code).toBe("TRAINING_CONFLICT");
    expect(other.details.differences).toEqual([
      "train has other content",
      "val has other content",
      "test has other content",
    ]);
    await freezeDay(gold as never, "2026-01-13", [{ player_id: "ada", rating: 1, starts: false }], true);
    const revised = await errorOf(gold.trainingSet(options()));
    expect(revised.details.differences).toEqual([
      expect.stringMatching(/^slate \{"game_date":"2026-01-13".*\} has another manifest$/),
      expect.stringMatching(/^labels was .*"rows_without_features":0.* and is .*"rows_without_features":1/),
      "test has other content",
    ]);
    expect((await gold.trainingSet(options({ version: "v2" }))).status).toBe("written");
  });

  it("takes the newest revision of a slate", async () => {
    const { gold } = await frozenDays();
    await freezeDay(gold as never, "2026-01-10", [{ player_id: "ada", rating: 99, starts: true }], true);
    const { manifest } = await gold.trainingSet(options());
    expect(manifest.slates[0]).toMatchObject({ revision: 2, rows: 1 });
    expect((await gold.readTrainingSet("v1")).train[0]).toMatchObject({ rating: 99 });
  });

  it("is refused of slates without a row: there is nothing to learn from", async () => {
    const { gold, storage } = await frozenWorld(memoryStorage(), "2026-02-01T00:00:00Z");
    for (const date of DATES) await freezeDay(gold, date, []);
    const error = await errorOf(
      gold.trainingSet(options({ on: ["game_id"], labels: [{ game_id: "g10", won: true }] })),
    );
    expect(error.message).toContain("none of the 4 slates has a row");
    expect(await filesIn(storage, "gold/training")).toEqual([]);
  });

  it("completes what was interrupted: data without a manifest is nobody's", async () => {
    const { gold, storage } = await frozenDays();
    await storage.publish("gold/training/v1/val.parquet", new Uint8Array([1, 2, 3]));
    expect((await errorOf(gold.readTrainingSet("v1"))).code).toBe("TRAINING_NOT_FOUND");
    expect((await gold.trainingSet(options())).status).toBe("written");
    expect((await gold.readTrainingSet("v1")).val).toHaveLength(2);
  });

  it("unites slates whose columns differ: what one lacks is null, what is null in one has the other's type", async () => {
    const { gold } = await frozenDays(DATES.slice(0, 2));
    await freezeDay(gold as never, "2026-01-12", [{ player_id: "ada", rating: null, rest: 3 }]);
    await freezeDay(gold as never, "2026-01-13", []);
    const { manifest } = await gold.trainingSet(options());
    expect(manifest.features.columns).toEqual([
      { name: "rating", type: "DOUBLE" },
      { name: "starts", type: "BOOLEAN" },
      { name: "rest", type: "DOUBLE" },
    ]);
    const { train, val, test } = await gold.readTrainingSet("v1");
    expect(train[0]).toMatchObject({ rest: null });
    expect(val).toMatchObject([{ rating: null, starts: null, rest: 3 }]);
    expect(test).toEqual([]);
  });

  it("refuses a slate whose data is not what was frozen", async () => {
    const { gold, storage } = await frozenDays();
    const { path } = (
      await gold.manifest({ season: 2025, game_date: "2026-01-12", game_id: "g12" }, { snapshot: "lock" })
    ).output;
    const bytes = await storage.read(path);
    bytes[bytes.length >> 1]! ^= 1;
    await storage.replace(path, bytes);
    const error = await errorOf(gold.trainingSet(options()));
    expect(error).toMatchObject({ code: "CORRUPT_FILE", details: { file: path } });
    expect(await filesIn(storage, "gold/training")).toEqual([]);
  });

  it("refuses to read what was changed since", async () => {
    const { gold, storage } = await frozenDays();
    const { files } = (await gold.trainingSet(options())).manifest;
    await storage.replace(files.train.path, await storage.read(files.val.path));
    expect((await errorOf(gold.readTrainingSet("v1"))).code).toBe("CORRUPT_FILE");
    const manifest = new TextDecoder().decode(await storage.read("gold/training/v1/manifest.json"));
    await storage.replace(
      "gold/training/v1/manifest.json",
      new TextEncoder().encode(manifest.replace('"rows":4', '"rows":5')),
    );
    expect((await errorOf(gold.readTrainingSet("v1"))).code).toBe("MANIFEST_TAMPERED");
  });

  it.each<[string, Partial<TrainingSetOptions>, string, string]>([
    [
      "a label that is a feature",
      { labels: labelRows().map((row) => ({ ...row, rating: 1 })) },
      "LABEL_IN_FEATURES",
      "rating",
    ],
    [
      "a label of what the slate is known by",
      { labels: () => labelRows(), on: ["player_id"] },
      "INVALID_ROWS",
      "Two",
    ],
    [
      "the slate's keys as labels",
      { labels: ({ slate }) => [{ player_id: "ada", game_id: slate.game_id, points: 1 }], on: ["player_id"] },
      "INVALID_ARGUMENT",
      "join on it too",
    ],
    [
      "labels of nothing",
      { labels: [{ game_id: "g10", player_id: "ada" }] },
      "INVALID_ARGUMENT",
      "no column",
    ],
    [
      "labels that match nothing",
      { labels: [{ game_id: 10, player_id: "ada", points: 1 }] },
      "INVALID_ARGUMENT",
      "None of 1 labels",
    ],
    ["two labels of one thing", { labels: [...labelRows(), labelRows()[0]!] }, "INVALID_ROWS", "game_id g10"],
    ["a label without a key", { labels: [{ player_id: "ada", points: 1 }] }, "INVALID_ROWS", '"game_id"'],
    ["a column to join on that is not there", { on: ["game_id", "team"] }, "UNKNOWN_COLUMN", "team"],
    ["nothing to join on", { on: [] }, "INVALID_ARGUMENT", "on names no column"],
    ["a range without slates", { from: "2025-12-01", to: "2025-12-31" }, "SLATE_NOT_FROZEN", "No lock"],
    ["another snapshot", { snapshot: "pretip" }, "SLATE_NOT_FROZEN", "No pretip"],
    ["a range backwards", { from: "2026-01-13", to: "2026-01-10" }, "INVALID_ARGUMENT", "lies after"],
    [
      "splits backwards",
      { splits: { trainEnd: "2026-01-12", valEnd: "2026-01-11" } },
      "INVALID_ARGUMENT",
      "valEnd",
    ],
    ["a date that is none", { to: "2026-02-30" }, "INVALID_DATE", "2026-02-30"],
    ["a version that leaves the folder", { version: "../v1" }, "INVALID_PATH", "../v1"],
  ])("refuses %s", async (_, more, code, message) => {
    const { gold, storage } = await frozenDays();
    expect(await errorOf(gold.trainingSet(options(more)))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(await filesIn(storage, "gold/training")).toEqual([]);
  });
});

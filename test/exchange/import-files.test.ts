import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type BronzeError, BronzeStore, type ImportEvent, importFiles, memoryStorage } from "bronzestore";
import { describe, expect, it } from "vitest";
import { publishImport, readImport } from "../../src/exchange/import-record.js";
import { injuries, injuriesByGame, odds, roster, run, storeOf } from "../bronze/feeds.js";
import { errorOf } from "../error-of.js";
import { tempFolders } from "../storage/temp-folder.js";
import { csv, filesIn, quotes, reports, treeOf } from "./feeds-of-files.js";

const tempFolder = tempFolders();
const CAPTURED = "2026-02-01T00:00:00Z";
const ODDS = { columns: { game_id: "GAME" }, ingestedAt: CAPTURED, ...run("dump") } as const;
const REPORTS = { ingestedAt: CAPTURED } as const;

function oddsOf(
  rows: readonly (readonly unknown[])[],
  head = ["game_id", "book", "price", "as_of_ts"],
): string {
  return filesIn(tempFolder(), { "odds.csv": csv(head, rows) });
}

describe("importFiles", () => {
  it("reads CSV, JSON lines and Parquet, packed or not, to the same rows", async () => {
    const text = quotes(40);
    const plain = filesIn(tempFolder(), { "a.csv": text });
    const bronze = storeOf();
    await importFiles(bronze, "odds_raw", plain, ODDS);
    const day = await bronze.readBronzeDay("odds_raw", "2026-01-15");
    expect(day.rows()).toHaveLength(30);

    const lines = text
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    const jsonl = lines
      .map(([GAME, book, price, as_of_ts]) =>
        JSON.stringify({ GAME, book, price: price === "" ? null : Number(price), as_of_ts }),
      )
      .join("\n");
    const parquet = await bronze.storage.read(
      (await importFiles(bronze, "odds_raw", plain, ODDS)).partitions[0]!.path,
    );
    const forms: [name: string, content: string | Uint8Array, columns: object][] = [
      ["a.csv.gz", gzipSync(text), { game_id: "GAME" }],
      ["a.tsv", text.replaceAll(",", "\t"), { game_id: "GAME" }],
      ["a.jsonl", jsonl, { game_id: "GAME" }],
      ["a.ndjson.gz", gzipSync(jsonl), { game_id: "GAME" }],
      ["a.parquet", parquet, {}],
    ];
    for (const [name, content, columns] of forms) {
      const other = storeOf();
      await importFiles(other, "odds_raw", filesIn(tempFolder(), { [name]: content }), { ...ODDS, columns });
      const dates = name.endsWith(".parquet") ? ["2026-01-14"] : ["2026-01-14", "2026-01-15"];
      for (const date of dates)
        expect((await other.readBronzeDay("odds_raw", date)).rows(), `${name} ${date}`).toEqual(
          (await bronze.readBronzeDay("odds_raw", date)).rows(),
        );
    }
  });

  it("takes text by the types of the schema alone, and an empty field as null", async () => {
    const pattern = oddsOf([
      ["g1", "NA", "", "2026-01-15T17:00:00+00:00"],
      ["g1", "01", "-110.0", ""],
      ["g1", '"a ""b"""', "5", "2026-01-15T12:00:00.000000001-05:00"],
    ]);
    const bronze = storeOf();
    await importFiles(bronze, "odds_raw", pattern, { ingestedAt: CAPTURED, ...run("r") });
    const rows = (await bronze.readBronzeDay("odds_raw", "2026-01-15")).rows();
    expect(rows.map(({ book, price, as_of_ts }) => [book, price, as_of_ts])).toEqual([
      ["NA", null, 1768496400000000000n],
      ["01", -110, null],
      ['a "b"', 5, 1768496400000000001n],
    ]);
  });

  it.each([
    ["x", "price", '"x" is no whole number'],
    ["1.5", "price", '"1.5" is no whole number'],
    ["9007199254740993", "price", "past 2^53"],
    ["0x10", "price", "no whole number"],
  ])("refuses %s for %s by file and line, and writes nothing", async (price, field, problem) => {
    const pattern = oddsOf([
      ["g1", "dk", "1", "2026-01-15T17:00:00Z"],
      ["g1", '"two\nlines"', price, "2026-01-15T17:00:00Z"],
    ]);
    const bronze = storeOf();
    const error = await errorOf(
      importFiles(bronze, "odds_raw", pattern, { ingestedAt: CAPTURED, ...run("r") }),
    );
    expect(error.code).toBe("INVALID_ROWS");
    expect(error.message).toContain(`odds.csv, line 4, ${field}: `);
    expect(error.message).toContain(problem);
    expect(await treeOf(bronze.storage)).toEqual(new Map());
  });

  it("says file and line of a broken record, an unknown lookup and a naive instant", async () => {
    const from = (text: string) =>
      filesIn(tempFolder(), { "odds.csv": `game_id,book,price,as_of_ts\n${text}` });
    const options = { ingestedAt: CAPTURED, ...run("r") };
    const cases: [text: string, code: string, said: string][] = [
      ["g1,dk,1\n", "INVALID_ROWS", "line 2"],
      ['g1,dk,1,2026-01-15T17:00:00Z\ng1,"dk,1,\n', "INVALID_ROWS", "odds.csv, line "],
      ["g1,dk,1,2026-01-15T17:00:00Z\ng9,dk,1,\n", "UNKNOWN_LOOKUP", "odds.csv, line 3: "],
      ["g1,dk,1,2026-01-15 17:00:00\n", "INVALID_ROWS", "odds.csv, line 2, as_of_ts: Instant"],
    ];
    for (const [text, code, said] of cases) {
      const error = await errorOf(importFiles(storeOf(), "odds_raw", from(text), options));
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
    }
  });

  it("drops no column of a file without a word, and needs those it is told of", async () => {
    const pattern = oddsOf(
      [["g1", "dk", "1", "2026-01-15T17:00:00Z", "?"]],
      ["GAME", "book", "Price", "as_of_ts", "note"],
    );
    const bronze = storeOf();
    const options = { ingestedAt: CAPTURED, ...run("r") };
    const error = await errorOf(importFiles(bronze, "odds_raw", pattern, options));
    expect(error.message).toContain('lacks "game_id", "price" and has "GAME", "Price", "note"');
    const named = { game_id: "GAME", price: { from: "Price", parse: (text: unknown) => Number(text) * 2 } };
    const left = await errorOf(importFiles(bronze, "odds_raw", pattern, { ...options, columns: named }));
    expect(left.message).toContain('has "note", which no column');
    const missing = { ...options, columns: { ...named, as_of_ts: "time" }, ignoreColumns: "others" } as const;
    expect((await errorOf(importFiles(bronze, "odds_raw", pattern, missing))).message).toContain(
      'lacks "time"',
    );
    await importFiles(bronze, "odds_raw", pattern, { ...options, columns: named, ignoreColumns: ["note"] });
    expect((await bronze.readBronzeDay("odds_raw", "2026-01-15")).rows()).toMatchObject([{ price: 2 }]);
  });

  it("takes the files in the order of their paths' bytes, and needs one for every pattern", async () => {
    const folder = tempFolder();
    const names = ["b.csv", "a.csv", "\u{1F3C0}.csv", "\uFF0D.csv", "B.csv"];
    const row = (book: string) =>
      csv(["GAME", "book", "price", "as_of_ts"], [["g1", book, 1, "2026-01-15T17:00:00Z"]]);
    filesIn(folder, Object.fromEntries(names.map((name) => [name, row(name)])));
    const { files } = await importFiles(storeOf(), "odds_raw", [`${folder}/b*`, `${folder}/*.csv`], ODDS);
    expect(files.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      "B.csv",
      "a.csv",
      "b.csv",
      "\uFF0D.csv",
      "\u{1F3C0}.csv",
    ]);
    const none = await errorOf(
      importFiles(storeOf(), "odds_raw", [`${folder}/*.csv`, `${folder}/*.json`], ODDS),
    );
    expect([none.code, none.details.pattern]).toEqual(["NOT_FOUND", `${folder}/*.json`]);
  });

  it("says what it would write, and writes nothing, in a dry run", async () => {
    const pattern = filesIn(tempFolder(), { "odds.csv": quotes(100) });
    const bronze = storeOf();
    const dry = await importFiles(bronze, "odds_raw", pattern, { ...ODDS, rowsPerWrite: 20, dryRun: true });
    expect(await treeOf(bronze.storage)).toEqual(new Map());
    const events: ImportEvent[] = [];
    const options = { ...ODDS, rowsPerWrite: 20, onEvent: (event: ImportEvent) => events.push(event) };
    const real = await importFiles(bronze, "odds_raw", pattern, options);
    expect({ ...dry, dryRun: false }).toEqual({ ...real, partitions: [], latest: [] });
    expect(real.writes.map(({ rows }) => rows)).toEqual([20, 5, 20, 20, 20, 15]);
    expect(real.partitions.map(({ rows }) => rows)).toEqual([20, 5, 20, 20, 20, 15]);
    expect(events.map(({ event }) => event)).toEqual(["reading", "planned", ...Array(6).fill("written")]);
  });

  describe("of a snapshot dataset", () => {
    it("gathers each state whole, however its rows lie and however little fits in memory", async () => {
      const text = reports(12);
      const whole = storeOf();
      const pattern = filesIn(tempFolder(), { "reports.csv": text });
      const done = await importFiles(whole, "injuries_raw", pattern, { ...REPORTS, rowsPerWrite: 3 });
      expect(done.writes.map(({ rows }) => rows)).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
      // The same as the states written one by one.
      const single = storeOf();
      const rows = text
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(",") as [string, string, string, string, string]);
      for (const at of [...new Set(rows.map(([at]) => at))].sort()) {
        const state = rows.filter(([own]) => own === at);
        await single.write(
          "injuries_raw",
          state.map(([report_ts, game_id, player_id, status, as_of_ts]) => ({
            report_ts,
            game_id,
            player_id,
            status,
            as_of_ts,
            ingested_ts: CAPTURED,
          })),
        );
      }
      const [own, other] = [await treeOf(whole.storage), await treeOf(single.storage)];
      own.delete(`bronze/_imports/${done.id}.json`);
      expect(own).toEqual(other);
    });

    it("takes one file for one state where no column tells states apart, each with a capture of its own", async () => {
      const nightly = { ...roster, partitionIs: "snapshot", snapshotTime: undefined } as const;
      const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [nightly] });
      const state = (team: string) =>
        csv(["player_id", "team", "as_of_ts"], [["p1", team, "2026-01-15T17:00:00Z"]]);
      const folder = tempFolder();
      const pattern = filesIn(folder, { "1.csv": state("A"), "2.csv": state("B") });
      const name = "roster_nightly_raw";
      const alike = await errorOf(importFiles(bronze, name, pattern, { ingestedAt: CAPTURED }));
      expect(alike.message).toContain("it is unknown which of them holds");
      const done = await importFiles(bronze, name, pattern, {
        ingestedAt: ({ path }) => `2026-01-15T1${path.at(-5)}:00:00Z`,
      });
      expect(done.writes).toHaveLength(2);
      filesIn(folder, { "3.csv": state("C").split("\n")[0]! });
      const empty = await errorOf(importFiles(bronze, name, `${folder}/3.csv`));
      expect(empty.message).toContain("3.csv has no rows");
    });

    it("lets files of different scopes be of one instant", async () => {
      const text = reports(2);
      const pattern = filesIn(tempFolder(), { "1.csv": text, "2.csv": text.replaceAll("g1", "g2") });
      const done = await importFiles(storeOf(), "injuries_by_game", pattern, REPORTS);
      expect([done.writes.length, done.rows]).toEqual([2, 6]);
      expect(injuriesByGame.scope).toEqual(["game_id"]);
    });
  });

  describe("taken up again", () => {
    const begin = async () => {
      const folder = tempFolder();
      const pattern = filesIn(folder, { "1.csv": quotes(30), "2.csv": quotes(50) });
      const bronze = storeOf();
      const done = await importFiles(bronze, "odds_raw", pattern, { ...ODDS, id: "first" });
      return { folder, pattern, bronze, done };
    };
    const conflict = async (work: Promise<unknown>): Promise<BronzeError> => {
      const error = await errorOf(work);
      expect(error.code).toBe("IMPORT_CONFLICT");
      return error;
    };

    it("makes nothing twice, and needs no capture: it is recorded", async () => {
      const { pattern, bronze, done } = await begin();
      const before = await treeOf(bronze.storage);
      const { ingestedAt: _, ...rest } = ODDS;
      const again = await importFiles(bronze, "odds_raw", pattern, { ...rest, id: "first" });
      expect(again.resumed).toBe(true);
      expect(again.partitions.map(({ status }) => status)).toEqual(done.partitions.map(() => "unchanged"));
      expect(await treeOf(bronze.storage)).toEqual(before);
    });

    it("refuses files that changed, came or went, by name", async () => {
      const { folder, pattern, bronze } = await begin();
      const again = () => importFiles(bronze, "odds_raw", pattern, { ...ODDS, id: "first" });
      writeFileSync(`${folder}/1.csv`, quotes(30).replace("book1", "book2"));
      expect((await conflict(again())).message).toContain("1.csv has other content than it had");
      writeFileSync(`${folder}/1.csv`, quotes(31));
      expect((await conflict(again())).message).toMatch(/1\.csv had \d+ bytes and has \d+/);
      writeFileSync(`${folder}/1.csv`, quotes(30));
      writeFileSync(`${folder}/3.csv`, quotes(1));
      expect((await conflict(again())).message).toContain("3.csv was not among the files");
      const one = importFiles(bronze, "odds_raw", `${folder}/1.csv`, { ...ODDS, id: "first" });
      expect((await conflict(one)).message).toContain("2.csv is not among the files any more");
    });

    it("refuses other options, and a parse that makes other rows", async () => {
      const { pattern, bronze } = await begin();
      const again = (more: object) =>
        importFiles(bronze, "odds_raw", pattern, { ...ODDS, id: "first", ...more });
      expect((await conflict(again({ rowsPerWrite: 7 }))).message).toContain(
        "rows_per_write was 20000 and is 7",
      );
      expect((await conflict(again({ ...run("other") }))).message).toContain("run was");
      expect((await conflict(again({ ingestedAt: "2026-02-02T00:00:00Z" }))).message).toContain(
        "was captured at",
      );
      const doubled = {
        game_id: "GAME",
        price: { from: "price", parse: (text: unknown) => Number(text) * 2 },
      };
      expect((await conflict(again({ columns: doubled }))).message).toContain(
        "make other rows than they made",
      );
    });

    it("refuses files that another import has taken", async () => {
      const { folder, bronze } = await begin();
      const other = importFiles(bronze, "odds_raw", `${folder}/2.csv`, ODDS);
      expect((await conflict(other)).message).toMatch(/2\.csv was imported: "first" of "odds_raw"/);
      writeFileSync(`${folder}/4.csv`, quotes(4));
      expect((await importFiles(bronze, "odds_raw", `${folder}/4.csv`, ODDS)).rows).toBe(4);
    });

    it("leaves out files that another import has taken where that is asked, and says of each which", async () => {
      const { folder, pattern, bronze } = await begin();
      const skip = { ...ODDS, onImported: "skip" } as const;
      const before = await treeOf(bronze.storage);
      const none = await importFiles(bronze, "odds_raw", pattern, skip);
      expect([none.rows, none.files, none.writes, none.resumed]).toEqual([0, [], [], false]);
      expect(none.skipped.map(({ path, importedBy }) => [path, importedBy])).toEqual([
        [`${folder}/1.csv`, "first"],
        [`${folder}/2.csv`, "first"],
      ]);
      expect(String(none)).toContain("nothing to write");
      expect(String(none)).toContain(
        `2 files imported before and left out: ${folder}/1.csv, ${folder}/2.csv`,
      );
      expect(await treeOf(bronze.storage)).toEqual(before);

      // By content: a copy is no news, the same name with other content is.
      writeFileSync(`${folder}/copy.csv`, quotes(30));
      writeFileSync(`${folder}/2.csv`, quotes(4));
      const some = await importFiles(bronze, "odds_raw", pattern, skip);
      expect([some.rows, some.files.map(({ path }) => path)]).toEqual([4, [`${folder}/2.csv`]]);
      expect(some.skipped.map(({ path }) => path)).toEqual([`${folder}/1.csv`, `${folder}/copy.csv`]);
    });

    it("takes up one that was killed, and does not leave its files out before it has ended", async () => {
      const { pattern, bronze, done } = await begin();
      const record = (await readImport(bronze.storage, "first"))!;
      const other = storeOf();
      await publishImport(other.storage, { ...record, state: "begun" });
      const skip = { ...ODDS, onImported: "skip" } as const;
      const elsewhere = await conflict(importFiles(other, "odds_raw", pattern, skip));
      expect(elsewhere.message).toContain('is of an import that was begun and not finished: "first"');
      const again = await importFiles(other, "odds_raw", pattern, { ...skip, id: "first" });
      expect([again.resumed, again.rows, again.skipped]).toEqual([true, done.rows, []]);
    });

    it("refuses a record that was changed", async () => {
      const { pattern, bronze } = await begin();
      const path = "bronze/_imports/first.json";
      const text = new TextDecoder().decode(await bronze.storage.read(path));
      await bronze.storage.replace(path, new TextEncoder().encode(text.replace("finished", "begun")));
      const error = await errorOf(importFiles(bronze, "odds_raw", pattern, { ...ODDS, id: "first" }));
      expect(error.code).toBe("IMPORT_INVALID");
    });
  });

  it("is for datasets as they are: names and columns that are not there are errors", async () => {
    const pattern = oddsOf([]);
    const columns = { prize: "price" } as object;
    const error = await errorOf(importFiles(storeOf(), "odds_raw", pattern, { columns, ...run("r") }));
    expect([error.code, error.details.column]).toEqual(["UNKNOWN_COLUMN", "prize"]);
    expect([odds.name, injuries.name]).toContain("odds_raw");
  });
});

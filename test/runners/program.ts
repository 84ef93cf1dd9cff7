import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC } from "@uwdata/flechette";
import { expect } from "vitest";
import { cellReader, openParquet } from "../../src/table/index.js";
import { formatInstant } from "../../src/time/index.js";

/** How a program takes its packages. */
export type Modules = "import" | "require";

const TAKE = {
  import: `
    import { writeFileSync } from "node:fs";
    import { BronzeStore, defineDataset, instant, memoryStorage } from "bronzestore";
    import { tableToIPC } from "apache-arrow";
    import * as z from "zod";`,
  require: `
    const { writeFileSync } = require("node:fs");
    const { BronzeStore, defineDataset, instant, memoryStorage } = require("bronzestore");
    const { tableToIPC } = require("apache-arrow");
    const z = require("zod");`,
};

/** A user's program: asks a store and writes a snapshot, a day and a join in every form into the folder it is given. */
export function program(modules: Modules): string {
  return `${TAKE[modules]}
    async function main() {
      const odds = defineDataset({
        name: "odds_raw",
        schema: z.object({ game_id: z.string(), price: z.number(), as_of_ts: instant() }),
        key: ["game_id"],
        date: { from: "as_of_ts" },
        layout: { latest: "{date}.parquet" },
        timeZone: "America/New_York",
      });
      const bronze = new BronzeStore({ storage: memoryStorage(), datasets: [odds] });
      const at = 1768478400000000000n;
      const rows = Array.from({ length: 2000 }, (_, i) => ({ game_id: "g" + String(i).padStart(4, "0"), price: i / 4, as_of_ts: at + BigInt(i) }));
      await bronze.write("odds_raw", rows);
      const day = { date: "2026-01-15" };
      const cutoff = "2026-01-15T23:00:00Z";
      const labels = rows.map(({ game_id }) => ({ game_id, cutoff_ts: cutoff }));
      const asked = { on: ["game_id"], cutoff: "cutoff_ts", columns: ["price", "as_of_ts"], from: "2026-01-15", to: "2026-01-15" };
      const answers = {
        snapshot: await bronze.asOf(cutoff).read("odds_raw", day),
        day: await bronze.readBronzeDay("odds_raw", "2026-01-15"),
        join: await bronze.joinAsOf(labels, "odds_raw", asked),
      };
      for (const [name, answer] of Object.entries(answers)) {
        const write = (form, bytes) => writeFileSync(process.argv[2] + "/" + name + form, bytes);
        write(".arrow", tableToIPC(await answer.toArrow(), "file"));
        write(".arrows", await answer.toIPC());
        write(".parquet", await answer.toParquet());
        write(".csv", answer.toCSV());
        write(".json", JSON.stringify(answer));
        write(".rows.json", JSON.stringify(answer.rows({ instants: "iso" })));
        write(".temporal.json", JSON.stringify(answer.rows({ instants: "temporal" })));
        write(".f64", answer.matrix(["price"]));
        write(".txt", String(answer));
      }
    }
    main().catch((error) => {
      console.error(error);
      process.exit(1);
    });
  `;
}

const ROWS = 2000;
const each = <T>(of: (i: number) => T) => Array.from({ length: ROWS }, (_, i) => of(i));
const IDS = each((i) => `g${String(i).padStart(4, "0")}`);
const PRICES = each((i) => i / 4);
const NS = each((i) => 1768478400000000000n + BigInt(i));
const ISO = NS.map(formatInstant);

/** Compares every cell of an answer in every form, each with a reader that shares no code with its writer where there is one. */
export async function expectAnswers(folder: string): Promise<void> {
  for (const answer of ["snapshot", "day", "join"]) {
    const bytes = (form: string) => new Uint8Array(readFileSync(join(folder, `${answer}${form}`)));
    const text = (form: string) => readFileSync(join(folder, `${answer}${form}`), "utf8");
    expectArrow(bytes(".arrow"));
    expectArrow(bytes(".arrows"));
    await expectParquet(join(folder, `${answer}.parquet`));

    const rows = ISO.map((as_of_ts, i) => ({ game_id: IDS[i], price: PRICES[i], as_of_ts }));
    for (const form of [".json", ".rows.json", ".temporal.json"])
      expect(pickedOf(JSON.parse(text(form)))).toEqual(rows);
    expect(new Float64Array(bytes(".f64").buffer)).toEqual(Float64Array.from(PRICES));
    const [head, ...lines] = text(".csv").trimEnd().split("\r\n");
    const places = ["game_id", "price", "as_of_ts"].map((name) => head!.split(",").indexOf(name));
    expect(lines.map((line) => places.map((at) => line.split(",")[at]))).toEqual(
      rows.map(({ game_id, price, as_of_ts }) => [game_id, String(price), as_of_ts]),
    );
    expect(text(".txt")).toContain("2000 rows");
    expect(text(".txt")).toContain("2026-01-15T12:00:00.000000001Z");
  }
}

function pickedOf(rows: readonly Record<string, unknown>[]) {
  return rows.map(({ game_id, price, as_of_ts }) => ({ game_id, price, as_of_ts }));
}

function expectArrow(bytes: Uint8Array): void {
  const table = tableFromIPC(bytes, { useBigInt: true, useTimestamp: false } as object);
  expect(table.numRows).toBe(ROWS);
  expect([...table.getChild("game_id")!]).toEqual(IDS);
  expect([...table.getChild("price")!]).toEqual(PRICES);
  expect([...(table.getChild("as_of_ts")!.data[0]!.values as Iterable<unknown>)]).toEqual(NS);
}

async function expectParquet(path: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  // DuckDB cuts instants to the microsecond; our own reader has the rest.
  const read = await connection.runAndReadAll(
    `SELECT game_id, price, epoch_us(as_of_ts) FROM read_parquet('${path}')`,
  );
  connection.closeSync();
  expect(read.getColumns()).toEqual([IDS, PRICES, NS.map((ns) => ns / 1000n)]);
  const instants = openParquet(new Uint8Array(readFileSync(path)), path).column("as_of_ts");
  expect(Array.from({ length: ROWS }, (_, row) => cellReader(instants)(row))).toEqual(NS);
}

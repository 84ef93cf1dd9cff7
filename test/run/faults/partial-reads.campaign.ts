import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BronzeStore, readPointer, withRun, writePointer } from "bronzestore";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { errorOf } from "../../error-of.js";
import { tempFolders } from "../../storage/temp-folder.js";
import { BOARD_FILE, BOARD_POINTER, BOARD_ROWS, board, editionOf } from "./support/board.js";
import { startChild } from "./support/child.js";
import { type Row, readRows, writeInPlace } from "./support/parquet.js";

const temp = tempFolders();

interface Pipeline {
  /** Writes editions of the board without end, in a process of its own. */
  readonly writer: readonly [script: string, ...options: string[]];
  /** Takes one scrape into the board, in this process. */
  write(root: string, scraped: Row[]): Promise<void>;
  /** The board as the feature build reads it. */
  features(root: string): Promise<Row[]>;
  /** The edition the pointer names. */
  latest(root: string): Promise<unknown>;
}

const old: Pipeline = {
  writer: ["old-board"],
  async write(root, scraped) {
    writeInPlace(join(root, BOARD_FILE), scraped);
  },
  async features(root) {
    try {
      return await readRows(join(root, BOARD_FILE));
    } catch {
      return []; // logging.warning("no odds, building without"): the join then had no odds columns
    }
  },
  latest: async (root) => JSON.parse(readFileSync(join(root, BOARD_POINTER), "utf8")).edition,
};

/** Rows are checked before they are written; still in place. */
const oldThatChecks: Pipeline = {
  ...old,
  async write(root, scraped) {
    if (scraped.some(({ price }) => typeof price !== "number")) throw new Error("price is not a number");
    await old.write(root, scraped);
  },
};

/** The board is also renamed into place; the pointer beside it is not. */
const oldThatRenames: Pipeline = { ...oldThatChecks, writer: ["old-board", "careful"] };

const asRun = (root: string) =>
  ({ root, name: "live-scrape", timeZone: "America/New_York", datasets: [board] }) as const;
const ours: Pipeline = {
  writer: ["run-board"],
  async write(root, scraped) {
    await withRun(asRun(root), (run) => run.bronze.write("board", scraped as ReturnType<typeof editionOf>));
  },
  async features(root) {
    const store = new BronzeStore({ root, datasets: [board] });
    return (await store.readBronzeDay("board", "2026-01-15")).rows();
  },
  async latest(root) {
    const fields = z.object({ edition: z.int() });
    return (await readPointer({ root }, BOARD_POINTER, { fields }))?.edition;
  },
};

/** Each read sees one whole edition, never less, whatever becomes of the writer. */
async function law(pipeline: Pipeline): Promise<void> {
  const root = temp();
  const seen = async () => {
    const rows = await pipeline.features(root);
    const editions = [...new Set(rows.map(({ edition }) => Number(edition)))];
    return { columns: Object.keys(rows[0] ?? {}), rows: rows.length, editions };
  };
  const whole = {
    columns: expect.arrayContaining(["player_id", "market", "price"]),
    rows: BOARD_ROWS,
    editions: [expect.any(Number)],
  };
  await pipeline.write(root, editionOf(0));
  expect(await seen()).toEqual(whole);

  const broken = editionOf(0).map((row, i) => (i === 700 ? { ...row, price: "EVEN" } : row));
  await pipeline.write(root, broken).catch(() => {}); // a line in the journal
  expect(await seen(), "the board after a scrape that could not be written").toEqual(whole);

  const [script, ...options] = pipeline.writer;
  const writer = startChild(script, root, ...options);
  try {
    await writer.next();
    const editions = new Set<number>();
    for (let reads = 0; reads < MIN_READS || editions.size < MIN_EDITIONS; reads++) {
      const board = await seen();
      expect(board, "the board while it is written").toEqual(whole);
      editions.add(board.editions[0]!);
      for (let again = 0; again < POINTER_READS; again++) {
        const edition = await pipeline.latest(root).catch((error: Error) => error.message);
        expect(edition, "the edition named by the pointer while it is written").toEqual(expect.any(Number));
      }
    }
  } finally {
    await writer.ended(true);
  }
  expect(await seen(), "the board after the writer was killed").toEqual(whole);
  expect(await pipeline.latest(root)).toEqual(expect.any(Number));
}

/** Enough that each old writer is caught on the first tens of them, on any machine. */
const MIN_READS = 60;
const POINTER_READS = 40;
/** The reads must have met a writer at work. */
const MIN_EDITIONS = 5;

describe("partial reads", () => {
  it("the old scripts break it: a scrape that fails to be written takes the board with it", async () => {
    await expect(law(old)).rejects.toMatchObject({
      message: expect.stringContaining("the board after a scrape that could not be written"),
      actual: { columns: [], rows: 0, editions: [] },
    });
  });

  it("checking rows first they break it still: read while it is written, the board has no columns or its pointer no end", async () => {
    await expect(law(oldThatChecks)).rejects.toMatchObject({
      // Which of its two files is caught half written first is luck.
      message: expect.stringContaining("while it is written"),
    });
  });

  it("renaming the board into place they break it still: the pointer is read half written", async () => {
    await expect(law(oldThatRenames)).rejects.toMatchObject({
      message: expect.stringContaining("the edition named by the pointer while it is written"),
      actual: expect.stringContaining("JSON"),
    });
  });

  it("a run keeps it", async () => {
    await law(ours);
  });

  it("a board that something else left half written is an error that names it, not an empty board", async () => {
    const root = temp();
    await old.write(root, editionOf(1));
    await old.write(root, [{ price: 1 }, { price: "EVEN" }]).catch(() => {});
    const error = await errorOf(ours.features(root));
    expect(error).toMatchObject({ code: "CORRUPT_FILE", details: { file: BOARD_FILE } });
  });

  it("so is a pointer, which can be written again", async () => {
    const root = temp();
    mkdirSync(join(root, "silver/board"), { recursive: true });
    writeFileSync(join(root, BOARD_POINTER), '{\n  "run_id": "run-1",\n');
    const error = await errorOf(ours.latest(root));
    expect(error).toMatchObject({ code: "POINTER_INVALID", details: { file: BOARD_POINTER } });
    const target = { run_id: "run-2", run_as_of_ts: "2026-01-15T22:00:00Z", fields: { edition: 2 } };
    expect((await errorOf(writePointer({ root }, BOARD_POINTER, target))).code).toBe("POINTER_INVALID");
    await writePointer({ root }, BOARD_POINTER, target, { force: true });
    expect(await ours.latest(root)).toBe(2);
  });
});

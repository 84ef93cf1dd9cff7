import { deserialize, serialize } from "node:v8";
import type { AnyDataset } from "../../dataset/index.js";
import { type SpillFile, type Stretch, spillFile } from "../../storage/index.js";
import type { ValidRow, ValidRows } from "./validate-rows.js";

/** A row, and which of its stamps it lacked. */
interface StampedRow {
  readonly row: ValidRow;
  readonly time: boolean;
  readonly run: boolean;
}

/** As they lie in the spill file: cells in the order of the columns, then the stamps as bits. */
type StoredRow = readonly [...cells: unknown[], stamps: number];

interface Pile {
  readonly stored: Stretch[];
  kept: StampedRow[];
  rows: number;
}

/**
 * Checked rows in piles, each in the order in which its rows came. Above a number of rows in memory all go to a
 * temporary file, so what a pile holds is bounded by that file alone.
 */
export class SpilledRows {
  readonly #names: readonly string[];
  readonly #mostInMemory: number;
  readonly #piles = new Map<string, Pile>();
  #inMemory = 0;
  #file: SpillFile | undefined;

  constructor(dataset: AnyDataset, mostInMemory: number) {
    this.#names = [...new Set([...dataset.columns.keys(), dataset.timestamps.ingested, "run_id"])];
    this.#mostInMemory = mostInMemory;
  }

  /** Names of the piles and their rows, in the order in which they began. */
  get piles(): { readonly pile: string; readonly rows: number }[] {
    return Array.from(this.#piles, ([pile, { rows }]) => ({ pile, rows }));
  }

  /** Puts rows on a pile. @throws BronzeError `STORAGE_FAILED` */
  async add(pile: string, rows: readonly ValidRow[], { times, runs }: ValidRows["stamped"]): Promise<void> {
    let own = this.#piles.get(pile);
    if (!own) {
      own = { stored: [], kept: [], rows: 0 };
      this.#piles.set(pile, own);
    }
    for (const row of rows) own.kept.push({ row, time: times.has(row), run: runs.has(row) });
    own.rows += rows.length;
    this.#inMemory += rows.length;
    if (this.#inMemory > this.#mostInMemory) await this.#spill();
  }

  /**
   * The rows of a pile, in parts of at most so many, all but the last full.
   * @throws BronzeError `STORAGE_FAILED`
   */
  async *parts(pile: string, most: number): AsyncGenerator<ValidRows> {
    const own = this.#piles.get(pile);
    if (!own) return;
    let part: StampedRow[] = [];
    const stretches = [...own.stored, undefined];
    for (const stretch of stretches) {
      for (const row of stretch ? await this.#load(stretch) : own.kept) {
        part.push(row);
        if (part.length < most) continue;
        yield validRows(part);
        part = [];
      }
    }
    if (part.length > 0) yield validRows(part);
  }

  async remove(): Promise<void> {
    this.#piles.clear();
    await this.#file?.remove();
    this.#file = undefined;
  }

  async #spill(): Promise<void> {
    this.#file ??= await spillFile();
    for (const pile of this.#piles.values()) {
      if (pile.kept.length === 0) continue;
      const stored = pile.kept.map(
        ({ row, time, run }): StoredRow => [
          ...this.#names.map((name) => row[name]),
          Number(time) + 2 * Number(run),
        ],
      );
      pile.stored.push(await this.#file.append(serialize(stored)));
      pile.kept = [];
    }
    this.#inMemory = 0;
  }

  async #load(stretch: Stretch): Promise<StampedRow[]> {
    const stored = deserialize(await this.#file!.read(stretch)) as StoredRow[];
    return stored.map((cells) => {
      const row: ValidRow = {};
      for (const [i, name] of this.#names.entries()) if (cells[i] !== undefined) row[name] = cells[i];
      const stamps = cells.at(-1) as number;
      return { row, time: (stamps & 1) !== 0, run: (stamps & 2) !== 0 };
    });
  }
}

function validRows(part: readonly StampedRow[]): ValidRows {
  return {
    rows: part.map(({ row }) => row),
    stamped: {
      times: new Set(part.filter(({ time }) => time).map(({ row }) => row)),
      runs: new Set(part.filter(({ run }) => run).map(({ row }) => row)),
    },
  };
}

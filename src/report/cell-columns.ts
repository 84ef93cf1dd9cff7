import type { AnyDataset } from "../index.js";
import { cellWords } from "./cell-words.js";

/** Columns that say when and where a row is, and not what: they are no values. */
export function placing({ key, timestamps, snapshotTime, hour }: AnyDataset): ReadonlySet<string> {
  const names = [...key, timestamps.asOf, timestamps.ingested, "run_id", snapshotTime, hour];
  return new Set(names.filter((name) => name !== null && name !== undefined));
}

/** Cells of rows whose columns need not be the same. */
export class CellColumns {
  readonly #without: ReadonlySet<string>;
  readonly #columns = new Map<string, { readonly words: Numbered; readonly codes: number[] }>();
  #rows = 0;

  constructor(without: ReadonlySet<string>) {
    this.#without = without;
  }

  add(row: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(row)) {
      if (this.#without.has(name) || this.#columns.has(name)) continue;
      const words = new Numbered();
      const none = this.#rows > 0 ? words.of(cellWords(null)) : 0;
      this.#columns.set(name, { words, codes: new Array(this.#rows).fill(none) });
    }
    for (const [name, { words, codes }] of this.#columns) codes.push(words.of(cellWords(row[name])));
    this.#rows++;
  }

  all(): Map<string, { readonly words: readonly string[]; readonly codes: readonly number[] }> {
    return new Map(
      [...this.#columns].map(([name, { words, codes }]) => [name, { words: words.values, codes }]),
    );
  }
}

/** Texts, each once, by number. */
export class Numbered {
  readonly values: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.values.length;
      this.values.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }
}

import type { Cell } from "../table/index.js";
import type { FileRead } from "../travel/index.js";

/** What a point-in-time join stands on. Instants are epoch nanoseconds. */
export interface JoinProvenance {
  readonly dataset: string;
  /** The domain dates read, ascending. */
  readonly dates: readonly string[];
  /** Every file taken into account, by path. */
  readonly files: readonly FileRead[];
  /** Rows in those files. */
  readonly rowsSeen: number;
  readonly labels: number;
  /** Labels for which something held. */
  readonly labelsMatched: number;
  /** Rows that held, over all labels. */
  readonly rowsSelected: number;
  /** Of those, rows whose effective time is `ingested_ts`. */
  readonly rowsByFallback: number;
  /** Rows without any usable time; a day that several dates read counts each time. */
  readonly rowsNotSelectable: number;
  /** Rows whose `as_of_ts` lies after their `ingested_ts` (by more than `maxLead`, where there is one); as above. */
  readonly rowsAhead: number;
  readonly maxAsOfTs: bigint | null;
  readonly maxIngestedTs: bigint | null;
}

/**
 * Labels with what was known for each of them at its own cutoff, in the order of the labels.
 *
 * @example
 * ```ts
 * const features = await bronze.joinAsOf(labels, "odds_raw", { on: ["game_id"], cutoff: "cutoff_ts" });
 * features.rows();                      // [{ game_id: "0022500561", cutoff_ts: ..., won: true, book: "dk", price: -110, ... }]
 * features.provenance.labelsMatched;
 * ```
 */
export class AsOfJoin<Row = Record<string, Cell>> implements Iterable<Row> {
  readonly #rows: readonly Row[];
  /** What the answer stands on. */
  readonly provenance: JoinProvenance;

  /** @internal Made by `BronzeStore.joinAsOf`. */
  constructor(rows: readonly Row[], provenance: JoinProvenance) {
    this.#rows = rows;
    this.provenance = provenance;
  }

  /** Number of rows: the labels, where `on` is the whole key. */
  get length(): number {
    return this.#rows.length;
  }

  /** All rows, in the order of the labels, then of the keys; a fresh array of fresh objects each time. */
  rows(): Row[] {
    return this.#rows.map((row) => ({ ...row }));
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (const row of this.#rows) yield { ...row };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { dataset, labels, labelsMatched } = this.provenance;
    return `AsOfJoin with ${dataset}: ${this.length} rows for ${labels} labels, ${labelsMatched} of them matched`;
  }
}

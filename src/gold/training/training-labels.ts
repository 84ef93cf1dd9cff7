import { BronzeError } from "../../errors.js";
import { type Cell, type ColumnType, cellText, keyText } from "../../table/index.js";
import { assertRows, inferredTypes, type OutputRow } from "../build/output.js";
import type { Manifest } from "../manifest/manifest.js";

/**
 * What was to be learned: rows with the `on` columns and the labels.
 *
 * @category Gold
 */
export type LabelRow = OutputRow;

/**
 * Rows for all slates, or a function that is asked for each slate's.
 *
 * @category Gold
 */
export type Labels =
  | readonly LabelRow[]
  | ((slate: Manifest) => readonly LabelRow[] | Promise<readonly LabelRow[]>);

/** Labels by what they describe. */
export class LabelIndex {
  readonly #on: readonly string[];
  readonly #rows: LabelRow[] = [];
  readonly #byKey = new Map<string, { readonly row: LabelRow; used: boolean }>();

  constructor(on: readonly string[]) {
    this.#on = on;
  }

  /** `scope` keeps the labels of one slate apart from those of another. */
  add(rows: readonly LabelRow[], scope: string): void {
    assertRows(rows, "Labels are a list of rows, or a function that returns one.");
    for (const row of rows) {
      const key = `${scope}${this.#keyOf(row, "label")}`;
      if (this.#byKey.has(key)) {
        throw new BronzeError(
          "INVALID_ROWS",
          `Two labels are about the same ${this.#on.map((name) => `${name} ${cellText(row[name] as Cell)}`).join(", ")}; ` +
            "give one each, or join on more columns.",
          { on: this.#on, row },
        );
      }
      this.#byKey.set(key, { row, used: false });
      this.#rows.push(row);
    }
  }

  /** The label of a row of features. */
  find(features: OutputRow, scope: string): LabelRow | undefined {
    const label = this.#byKey.get(`${scope}${this.#keyOf(features, "row of features")}`);
    if (label) label.used = true;
    return label?.row;
  }

  get count(): number {
    return this.#rows.length;
  }

  get unused(): number {
    return [...this.#byKey.values()].filter(({ used }) => !used).length;
  }

  /** The label columns with their types: everything but the `on` columns. */
  columns(): Map<string, ColumnType> {
    const types = inferredTypes(this.#rows);
    for (const name of this.#on) types.delete(name);
    return types;
  }

  #keyOf(row: OutputRow, what: string): string {
    return keyText(
      this.#on.map((name) => {
        const value = Object.hasOwn(row, name) ? row[name] : undefined;
        // A number and a bigint of the same value match; a number and a text do not.
        if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
        if (typeof value === "bigint" || typeof value === "string" || typeof value === "boolean")
          return value;
        throw new BronzeError(
          "INVALID_ROWS",
          `A ${what} has ${value === null ? "null" : typeof value} in "${name}", on which features and labels are joined.`,
          { column: name, row },
        );
      }),
    );
  }
}

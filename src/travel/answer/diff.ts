import { Printed, printable } from "../../printed.js";
import {
  type Cell,
  cellText,
  compareCells,
  instantText,
  type JsonCell,
  jsonCell,
} from "../../table/index.js";
import type { RowReader } from "../frame/row-reader.js";

/**
 * A key that holds at both cutoffs with different values.
 *
 * @category Answers
 */
export interface Change<Row> {
  readonly before: Row;
  readonly after: Row;
  /** Names of the columns that differ. */
  readonly columns: readonly string[];
}

/**
 * What changed between two cutoffs, each list in key order. Prints itself as a line for each key.
 *
 * @category Answers
 */
export class Diff<Row = Record<string, Cell>> extends Printed {
  /** Rows of keys that hold only at the later cutoff. */
  readonly added: readonly Row[];
  readonly changed: readonly Change<Row>[];
  /** Rows of keys that hold only at the earlier cutoff, as they were. */
  readonly gone: readonly Row[];
  readonly #about: DiffAbout;

  /** @internal Made by `Timeline.diff`. */
  constructor(lists: Pick<Diff<Row>, "added" | "changed" | "gone">, about: DiffAbout) {
    super();
    this.added = lists.added;
    this.changed = lists.changed;
    this.gone = lists.gone;
    this.#about = about;
  }

  /** How many keys, and the first of each kind: `~ game_id=g1 book=dk: price -110 -> -105`. */
  toString(): string {
    const { added, changed, gone } = this;
    const { dataset, fromNs, toNs } = this.#about;
    const counts = `${added.length} added, ${changed.length} changed, ${gone.length} gone`;
    return [
      `Diff of ${dataset} from ${instantText(fromNs)} to ${instantText(toNs)}: ${counts}`,
      ...listed(added, (row) => `+ ${this.#key(row)}`),
      ...listed(changed, (change) => `~ ${this.#key(change.after)}: ${this.#moves(change)}`),
      ...listed(gone, (row) => `- ${this.#key(row)}`),
    ].join("\n");
  }

  /** What `JSON.stringify` writes: cells as `Snapshot.toJSON` has them, instants as ISO text. */
  toJSON(): { readonly [name: string]: JsonCell } {
    const { added, changed, gone } = this;
    const { typeOf } = this.#about;
    const json = (row: Row) => rowJson(row, typeOf);
    return {
      added: added.map(json),
      changed: changed.map(({ before, after, columns }) => ({
        before: json(before),
        after: json(after),
        columns,
      })),
      gone: gone.map(json),
    };
  }

  #key(row: Row): string {
    const { key, keyCell, typeOf } = this.#about;
    return key
      .map((name) => `${printable(name)}=${cellText(keyCell(row as object, name), typeOf(name))}`)
      .join(" ");
  }

  #moves({ before, after, columns }: Change<Row>): string {
    const moves = columns.map(
      (name) => `${printable(name)} ${this.#cell(before, name)} -> ${this.#cell(after, name)}`,
    );
    return moves.join(", ");
  }

  #cell(row: Row, name: string): string {
    return cellText((row as Record<string, unknown>)[name], this.#about.typeOf(name));
  }
}

/** What a diff is of. @internal */
interface DiffAbout {
  readonly dataset: string;
  readonly key: readonly string[];
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly typeOf: RowReader["typeOf"];
  readonly keyCell: KeyCell;
}

/** A key cell of a row of a diff, which may have been read without its key. */
type KeyCell = (row: object, name: string) => Cell;

/** Lines for the first of some things, and how many more there are. */
function listed<Thing>(things: readonly Thing[], line: (thing: Thing) => string): string[] {
  const lines = things.slice(0, MOST_LINES).map((thing) => `  ${line(thing)}`);
  return things.length > MOST_LINES ? [...lines, `  ... ${things.length - MOST_LINES} more`] : lines;
}

const MOST_LINES = 10;

/** A row as JSON has it. */
export function rowJson(row: unknown, typeOf: RowReader["typeOf"]): { readonly [name: string]: JsonCell } {
  return Object.fromEntries(
    Object.entries(row as object).map(([name, cell]) => [name, jsonCell(cell, typeOf(name))]),
  );
}

/**
 * Compares two selections of one frame, both in key order. Only `compared` columns count as a change: a report that
 * repeats a status at a new time has changed nothing.
 */
export function diffSelections<Row>(
  reader: RowReader,
  codes: Int32Array,
  before: Uint32Array,
  after: Uint32Array,
  compared: readonly string[],
): { readonly lists: Pick<Diff<Row>, "added" | "changed" | "gone">; readonly keyCell: KeyCell } {
  const added: Row[] = [];
  const changed: Change<Row>[] = [];
  const gone: Row[] = [];
  const places = new WeakMap<object, number>();
  const rowsAt = (...own: number[]): Row[] => {
    const names = reader.namesIn(own);
    return own.map((place) => {
      const row = reader.row(place, names);
      places.set(row, place);
      return row as Row;
    });
  };
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = i < before.length ? codes[before[i]!]! : Number.POSITIVE_INFINITY;
    const now = j < after.length ? codes[after[j]!]! : Number.POSITIVE_INFINITY;
    if (old < now) gone.push(...rowsAt(before[i++]!));
    else if (now < old) added.push(...rowsAt(after[j++]!));
    else {
      const [a, b] = [before[i++]!, after[j++]!];
      if (a === b) continue;
      const columns = compared.filter((name) => !sameCell(reader.cell(name, a), reader.cell(name, b)));
      if (columns.length === 0) continue;
      const [was, is] = rowsAt(a, b) as [Row, Row];
      changed.push({ before: was, after: is, columns });
    }
  }
  const keyCell: KeyCell = (row, name) => reader.cell(name, places.get(row)!);
  return { lists: { added, changed, gone }, keyCell };
}

/** Whether two cells hold the same value; NaN equals NaN, also inside lists. */
export function sameCell(a: Cell, b: Cell): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && compareCells(a, b) === 0;
  const [own, other] = [Object.entries(a) as [string, Cell][], new Map<string, Cell>(Object.entries(b))];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    own.length === other.size &&
    own.every(([name, cell]) => other.has(name) && sameCell(cell, other.get(name)!))
  );
}

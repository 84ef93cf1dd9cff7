import {
  type Cell,
  type CellReader,
  cellReader,
  comparatorFor,
  type IntegerCells,
  keyText,
} from "../../table/index.js";
import { type Frame, type Part, partOffsets, partOfRow } from "../frame/frame.js";

/** The keys of a frame as small integers. */
export interface KeyCodes {
  /** Per frame row, the rank of its key: 0 is the smallest key in `compareCells` order. */
  readonly codes: Int32Array;
  readonly count: number;
  /** The cells of a key, in the order of the columns. */
  cells(code: number): Cell[];
  /** The code of a key, or -1 when no row has it. */
  codeOf(cells: readonly Cell[]): number;
}

/**
 * Numbers the distinct combinations of some columns in key order. Null is a value like any other.
 *
 * Works on dictionary codes: each column's distinct values are ranked once, ranks are combined in mixed radix, and the
 * combinations are renumbered in between only where they would exceed the exact integers.
 */
export function encodeKeys(frame: Frame, columns: readonly string[]): KeyCodes {
  const offsets = partOffsets(frame.parts);
  const rowCount = offsets[offsets.length - 1]!;
  const rankings = columns.map((name) => rankValues(frame, name));
  const whole = rankings.reduce((product, { count }) => product * count, 1);
  let codes: Int32Array | Float64Array =
    whole < 2 ** 31 ? new Int32Array(rowCount) : new Float64Array(rowCount);
  let span = 1;
  for (const ranking of rankings) {
    if (span * ranking.count > Number.MAX_SAFE_INTEGER) {
      const fewer = renumber(codes, span);
      codes = Float64Array.from(fewer.codes);
      span = fewer.count;
    }
    for (let i = 0; i < frame.parts.length; i++) {
      addDigit(codes, offsets[i]!, frame.parts[i]!, ranking);
    }
    span *= ranking.count;
  }
  const keys = renumber(codes, span);

  let firstRows: Uint32Array | undefined;
  let byText: Map<string, number> | undefined;
  const readers = new Map<number, CellReader[]>();
  function cells(code: number): Cell[] {
    firstRows ??= firstRowOf(keys.codes, keys.count);
    const row = firstRows[code]!;
    const part = partOfRow(offsets, row);
    let own = readers.get(part);
    if (!own) {
      own = columns.map((name) => cellReaderOf(frame, part, name));
      readers.set(part, own);
    }
    return own.map((cell) => cell(row - offsets[part]!));
  }
  return {
    codes: keys.codes,
    count: keys.count,
    cells,
    codeOf(wanted) {
      if (!byText) {
        byText = new Map();
        for (let code = 0; code < keys.count; code++) byText.set(keyText(cells(code)), code);
      }
      return byText.get(keyText(wanted)) ?? -1;
    },
  };
}

/** Rows grouped by key: key `k` has `rows[starts[k]]` up to `rows[starts[k + 1]]`. */
export interface RowsByKey {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

/** Groups the rows that `isIn` accepts by key, each key's in frame order: a counting sort. */
export function groupByKey({ codes, count }: KeyCodes, isIn: (row: number) => boolean): RowsByKey {
  const starts = new Uint32Array(count + 1);
  for (let row = 0; row < codes.length; row++) if (isIn(row)) starts[codes[row]! + 1]!++;
  for (let key = 0; key < count; key++) starts[key + 1]! += starts[key]!;
  const rows = new Uint32Array(starts[count]!);
  const next = starts.slice(0, count);
  for (let row = 0; row < codes.length; row++) if (isIn(row)) rows[next[codes[row]!]!++] = row;
  return { starts, rows };
}

/** The distinct keys of a frame. */
export function distinctKeys(frame: Frame): {
  has(cells: readonly Cell[]): boolean;
  all(): Iterable<Cell[]>;
} {
  const keys = encodeKeys(frame, frame.dataset.key);
  return {
    has: (cells) => keys.codeOf(cells) >= 0,
    *all() {
      for (let code = 0; code < keys.count; code++) yield keys.cells(code);
    },
  };
}

/** The distinct values of one column, ranked. */
interface Ranking {
  readonly name: string;
  readonly integers: IntegerCells;
  /** How many ranks there are; a few may belong to no row. */
  readonly count: number;
  readonly rankOf: ReadonlyMap<Cell, number>;
}

function rankValues(frame: Frame, name: string): Ranking {
  const integers = frame.columns.get(name)?.integers ?? "bigint";
  const distinct = new Set<Cell>([null]);
  for (const part of frame.parts) {
    const column = part.column(name);
    // A dictionary may hold strings no row uses; their ranks stay empty and are removed by renumbering.
    if (column?.storage === "text") for (const text of column.dictionary) distinct.add(text);
    else if (column) {
      const cell = cellReader(column, integers);
      for (let row = 0; row < part.rows; row++) distinct.add(cell(row));
    }
  }
  const ordered = [...distinct].sort(comparatorFor(frame.columns.get(name)?.type));
  return {
    name,
    integers,
    count: ordered.length,
    rankOf: new Map(ordered.map((cell, rank) => [cell, rank])),
  };
}

/** Appends a column's ranks to the codes of a part's rows, as the last digit of a mixed-radix number. */
function addDigit(
  codes: Int32Array | Float64Array,
  offset: number,
  part: Part,
  { name, integers, count, rankOf }: Ranking,
): void {
  const { rows } = part;
  const column = part.column(name);
  const nullRank = rankOf.get(null)!;
  if (column?.storage === "text") {
    const ranks = Int32Array.from(column.dictionary, (text) => rankOf.get(text)!);
    const local = column.codes;
    for (let row = 0; row < rows; row++) {
      const code = local[row]!;
      codes[offset + row] = codes[offset + row]! * count + (code < 0 ? nullRank : ranks[code]!);
    }
    return;
  }
  const cell = column && cellReader(column, integers);
  for (let row = 0; row < rows; row++) {
    codes[offset + row] = codes[offset + row]! * count + (cell ? rankOf.get(cell(row))! : nullRank);
  }
}

/** Renumbers codes below `span` to 0, 1, 2, ... keeping their order. */
function renumber(codes: Int32Array | Float64Array, span: number): { codes: Int32Array; count: number } {
  const out = new Int32Array(codes.length);
  if (span <= Math.max(1 << 16, codes.length * 4)) {
    const rankOf = new Int32Array(span);
    for (let row = 0; row < codes.length; row++) rankOf[codes[row]!] = 1;
    let count = 0;
    for (let code = 0; code < span; code++) rankOf[code] = rankOf[code] === 1 ? count++ : -1;
    for (let row = 0; row < codes.length; row++) out[row] = rankOf[codes[row]!]!;
    return { codes: out, count };
  }
  const numbers = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    let number = numbers.get(code);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(code, number);
    }
    out[row] = number;
  }
  const distinct = Float64Array.from(numbers.keys()).sort();
  const rankOf = new Int32Array(distinct.length);
  for (let rank = 0; rank < distinct.length; rank++) rankOf[numbers.get(distinct[rank]!)!] = rank;
  for (let row = 0; row < out.length; row++) out[row] = rankOf[out[row]!]!;
  return { codes: out, count: distinct.length };
}

function firstRowOf(codes: Int32Array, count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = codes.length - 1; row >= 0; row--) rows[codes[row]!] = row;
  return rows;
}

function cellReaderOf(frame: Frame, part: number, name: string): CellReader {
  const column = frame.parts[part]!.column(name);
  return column ? cellReader(column, frame.columns.get(name)?.integers) : () => null;
}

/** The codes of the keys that have some values, ascending: in key order. */
export type KeyFinder = (cells: readonly Cell[]) => readonly number[];

/**
 * Finds keys by their values in some of the key's columns. Each value selects a map one level down, so a question costs
 * one look-up per column, whatever the number of keys. Null is a value like any other.
 *
 * @param positions where the columns are in the key
 */
export function keyFinder(keys: KeyCodes, positions: readonly number[]): KeyFinder {
  const root: Level = new Map();
  const last = positions.length - 1;
  for (let code = 0; code < keys.count; code++) {
    const cells = keys.cells(code);
    let level = root;
    for (let i = 0; i < last; i++) level = below(level, cells[positions[i]!]!);
    const cell = cells[positions[last]!]!;
    const codes = level.get(cell) as number[] | undefined;
    if (codes) codes.push(code);
    else level.set(cell, [code]);
  }
  return (cells) => {
    let found: Level | number[] | undefined = root;
    for (let i = 0; i <= last && found !== undefined; i++) found = (found as Level).get(cells[i]!);
    return (found as number[] | undefined) ?? NONE;
  };
}

/** The last column's maps hold codes, those above it hold maps. */
type Level = Map<Cell, Level | number[]>;

const NONE: readonly number[] = [];

function below(level: Level, cell: Cell): Level {
  let next = level.get(cell) as Level | undefined;
  if (!next) {
    next = new Map();
    level.set(cell, next);
  }
  return next;
}

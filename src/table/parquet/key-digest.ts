import { requireFromHere } from "../../lazy-module.js";
import { type Cell, cellReader } from "../cell.js";
import type { Column, NamedColumn } from "../column.js";

/**
 * The set of keys a file holds, as a digest in its own footer: two files with equal entries hold the same keys, in any
 * order and however often. If two files each list all quotes of a day, a reader then need not decode one to know that
 * the other has the same keys.
 *
 * The entry is JSON, `{"columns":["game_id","book"],"sha256":"..."}`. The digest is computed over text in UTF-8: each
 * distinct key as one line of compact JSON, `["g1","bet365"]`, the lines sorted by their bytes, each ended by a
 * newline. A cell is written as `jsonOf` says. Equal text means equal keys where the columns have equal types, which
 * the files' schemas show.
 */
export const KEY_DIGEST_KEY = "bronzestore.keys";

/**
 * Bounds of the time spent on an entry: some tenths of a microsecond per row, one per value. A file beyond them is not
 * a scrape. They also keep numbers exact, see `sortedDistinctRows`: rows * rows * values < 2 ** 53.
 */
const MOST_ROWS = 500_000;
const MOST_VALUES = 20_000;

/**
 * The entry of these columns; `undefined` where a key column is missing or is not a column of plain values, and where
 * there are more than 500,000 rows or 20,000 values in a column.
 */
export function keyDigestEntry(columns: readonly NamedColumn[], key: readonly string[]): string | undefined {
  const found = key.map((name) => columns.find((column) => column.name === name)?.column);
  const rowCount = found[0]?.length ?? 0;
  if (rowCount > MOST_ROWS) return undefined;
  const ranked: RankedPieces[] = [];
  for (const [i, column] of found.entries()) {
    const distinct = column && distinctCells(column);
    if (!distinct) return undefined;
    ranked.push(rankPieces(distinct, i === 0 ? "[" : "", i === key.length - 1 ? "]\n" : ","));
  }
  if (ranked.length === 0) return undefined;
  return JSON.stringify({ columns: key, sha256: digestOfLines(ranked, rowCount) });
}

/** The digest a footer has for exactly this key; `undefined` where it has none, or one that cannot be read. */
export function recordedKeyDigest(
  keyValues: ReadonlyMap<string, string>,
  key: readonly string[],
): string | undefined {
  const text = keyValues.get(KEY_DIGEST_KEY);
  if (text === undefined) return undefined;
  const entry = parsed(text) as { columns?: unknown; sha256?: unknown } | null | undefined;
  const columns = entry?.columns;
  const digest = entry?.sha256;
  const isOfKey =
    Array.isArray(columns) && columns.length === key.length && key.every((name, i) => name === columns[i]);
  return isOfKey && typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface DistinctCells {
  /** All that occur, and perhaps some that do not. */
  readonly cells: readonly Cell[];
  /** Per row, the index of its cell in `cells`. */
  readonly codes: Int32Array;
}

/** `undefined` where there are too many, and for values that are not plain. */
function distinctCells(column: Column): DistinctCells | undefined {
  if (column.storage === "object") return undefined;
  const codes = new Int32Array(column.length);
  if (column.storage === "text") {
    if (column.dictionary.length >= MOST_VALUES) return undefined;
    for (let row = 0; row < codes.length; row++) codes[row] = column.codes[row]! + 1;
    return { codes, cells: [null, ...column.dictionary] };
  }
  const cell = cellReader(column);
  const codeOf = new Map<Cell, number>();
  for (let row = 0; row < codes.length; row++) {
    const value = cell(row);
    let code = codeOf.get(value);
    if (code === undefined) {
      code = codeOf.size;
      if (code === MOST_VALUES) return undefined;
      codeOf.set(value, code);
    }
    codes[row] = code;
  }
  return { codes, cells: [...codeOf.keys()] };
}

/**
 * A column's part of each line, with its opening and closing characters. No piece is a prefix of another, so lines sort
 * as their pieces do, one column after the other.
 */
interface RankedPieces {
  /** Distinct, in the order of their bytes, each a string of bytes. */
  readonly pieces: readonly string[];
  /** Per row, the index of its piece. */
  readonly ranks: Int32Array;
}

function rankPieces({ cells, codes }: DistinctCells, start: string, end: string): RankedPieces {
  const texts = cells.map((cell) => bytesOf(start + jsonOf(cell) + end));
  const order = Array.from(texts, (_, code) => code).sort((a, b) => compare(texts[a]!, texts[b]!));
  const pieces: string[] = [];
  const rankOf = new Int32Array(texts.length);
  for (const code of order) {
    if (pieces.at(-1) !== texts[code]) pieces.push(texts[code]!);
    rankOf[code] = pieces.length - 1;
  }
  const ranks = new Int32Array(codes.length);
  for (let row = 0; row < ranks.length; row++) ranks[row] = rankOf[codes[row]!]!;
  return { pieces, ranks };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A cell as JSON, distinct for cells that are distinct as keys: integers and instants (epoch nanoseconds) as integers,
 * dates and decimals as text, other numbers as ECMAScript writes them (-0 as 0), and numbers that JSON lacks as text.
 */
function jsonOf(cell: Cell): string {
  if (typeof cell === "string" && PLAIN.test(cell)) return `"${cell}"`;
  if (typeof cell === "bigint") return String(cell);
  if (typeof cell === "number" && !Number.isFinite(cell)) return `"${cell}"`;
  return JSON.stringify(cell);
}

/** ASCII without what JSON escapes: the usual text, written without a call. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Text as its UTF-8 bytes, each as a character, so that comparison is by bytes. */
function bytesOf(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text).toString("latin1");
}

const ASCII = /^[\0-\x7f]*$/;

/** SHA-256 of the distinct lines in order, in hex. */
function digestOfLines(columns: readonly RankedPieces[], rowCount: number): string {
  const { createHash } = requireFromHere("node:crypto") as typeof import("node:crypto");
  const hash = createHash("sha256");
  let lines: string[] = [];
  for (const row of sortedDistinctRows(columns, rowCount)) {
    for (const { pieces, ranks } of columns) lines.push(pieces[ranks[row]!]!);
    if (lines.length < 1 << 14) continue;
    hash.update(lines.join(""), "latin1");
    lines = [];
  }
  return hash.update(lines.join(""), "latin1").digest("hex");
}

/** A row of each distinct line, in the order of the lines: ranks are digits of one number, so no text is sorted. */
function sortedDistinctRows(columns: readonly RankedPieces[], rowCount: number): number[] {
  let codes = new Float64Array(rowCount);
  let span = 1;
  for (const { pieces, ranks } of columns) {
    if (span * pieces.length * rowCount > Number.MAX_SAFE_INTEGER) {
      codes = renumbered(codes);
      span = rowCount;
    }
    for (let row = 0; row < rowCount; row++) codes[row] = codes[row]! * pieces.length + ranks[row]!;
    span *= pieces.length;
  }
  // The row is the last digit, so that each number still shows its row.
  for (let row = 0; row < rowCount; row++) codes[row] = codes[row]! * rowCount + row;
  codes.sort();
  const rows: number[] = [];
  let last = -1;
  for (const code of codes) {
    const row = code % rowCount;
    const line = (code - row) / rowCount;
    if (line !== last) rows.push(row);
    last = line;
  }
  return rows;
}

/** Numbers below the row count, in the same order. */
function renumbered(codes: Float64Array): Float64Array<ArrayBuffer> {
  const places = new Map<number, number>();
  for (const code of Float64Array.from(codes).sort()) if (!places.has(code)) places.set(code, places.size);
  return Float64Array.from(codes, (code) => places.get(code)!);
}

import { type Cell, cellReader } from "./cell.js";
import type { Column } from "./column.js";
import type { NamedColumn } from "./encode-parquet.js";
import { requireFromHere } from "./lazy-module.js";

/**
 * The set of keys a file holds, as a digest in its own footer: two files with equal entries hold the same keys, in
 * whatever order and however often. Of two files that each list all quotes of an hour, a reader then need not decode
 * the one to know that the other has all it has.
 *
 * The entry is JSON, `{"columns":["game_id","book"],"sha256":"..."}`. The digest is taken over text in UTF-8: each
 * distinct key as one line of compact JSON, `["g1","bet365"]`, the lines sorted by their bytes, each ended by a
 * newline. A cell is written as `jsonOf` says. Equal text means equal keys where the columns have equal types, which
 * the files' schemas say.
 */
export const KEY_SET_KEY = "bronzestore.keys";

/** The entry of these columns; `undefined` where one of the key is missing, or is no column of plain values. */
export function keySetEntry(columns: readonly NamedColumn[], key: readonly string[]): string | undefined {
  const found = key.map((name) => columns.find((column) => column.name === name)?.column);
  const plain = found.filter((column) => column !== undefined && column.storage !== "object");
  if (key.length === 0 || plain.length < key.length) return undefined;
  const digits = plain.map((column, i) => rankPieces(column, i === plain.length - 1 ? "]\n" : ","));
  const { createHash } = requireFromHere("node:crypto") as typeof import("node:crypto");
  const hash = createHash("sha256");
  for (const lines of sortedLines(digits, plain[0]!.length)) hash.update(lines, "latin1");
  return JSON.stringify({ columns: key, sha256: hash.digest("hex") });
}

/** The digest a footer has for this very key; `undefined` where it has none, or one that cannot be read. */
export function recordedKeySet(
  keyValues: ReadonlyMap<string, string>,
  key: readonly string[],
): string | undefined {
  const text = keyValues.get(KEY_SET_KEY);
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

/**
 * A column's part of each line, with what ends it, as a string of UTF-8 bytes. No such piece begins another, so lines
 * sort as their pieces do, one column after the other.
 */
interface RankedPieces {
  /** Distinct, in the order of their bytes. */
  readonly pieces: readonly string[];
  /** Per row, the place of its piece. */
  readonly ranks: Int32Array;
}

function rankPieces(column: Column, end: string): RankedPieces {
  const { codes, cells } = distinctCells(column);
  const texts = cells.map((cell) => Buffer.from(jsonOf(cell) + end).toString("latin1"));
  const pieces = [...new Set(texts)].sort();
  const rankOf = new Map(pieces.map((piece, rank) => [piece, rank]));
  const rankOfCode = Int32Array.from(texts, (text) => rankOf.get(text)!);
  return { pieces, ranks: codes.map((code) => rankOfCode[code]!) };
}

/** Cells that occur, and perhaps some that do not; per row the place of its cell among them. */
function distinctCells(column: Column): { codes: Int32Array; cells: readonly Cell[] } {
  if (column.storage === "text")
    return { codes: column.codes.map((code) => code + 1), cells: [null, ...column.dictionary] };
  const cell = cellReader(column);
  const codeOf = new Map<Cell, number>();
  const codes = new Int32Array(column.length);
  for (let row = 0; row < codes.length; row++) {
    const value = cell(row);
    let code = codeOf.get(value);
    if (code === undefined) {
      code = codeOf.size;
      codeOf.set(value, code);
    }
    codes[row] = code;
  }
  return { codes, cells: [...codeOf.keys()] };
}

/**
 * A cell as JSON, distinct for cells that are distinct as keys: integers and instants (epoch nanoseconds) as integers,
 * dates and decimals as text, other numbers as ECMAScript writes them, with -0 as 0, and as text those JSON lacks.
 */
function jsonOf(cell: Cell): string {
  if (typeof cell === "bigint") return String(cell);
  if (typeof cell === "number" && !Number.isFinite(cell)) return `"${cell}"`;
  return JSON.stringify(cell);
}

/** The distinct lines in order, some thousands at a time. */
function* sortedLines(columns: readonly RankedPieces[], rowCount: number): Generator<string> {
  // The ranks of a row as digits of one number, so that numbers are sorted and not text.
  let codes = new Float64Array(rowCount);
  let span = 1;
  for (const { pieces, ranks } of columns) {
    if (span * pieces.length > Number.MAX_SAFE_INTEGER) {
      const places = new Map<number, number>();
      for (const code of sortedKeys(rowOfCode(codes))) places.set(code, places.size);
      codes = codes.map((code) => places.get(code)!);
      span = places.size;
    }
    for (let row = 0; row < rowCount; row++) codes[row] = codes[row]! * pieces.length + ranks[row]!;
    span *= pieces.length;
  }
  const rows = rowOfCode(codes);
  let lines = "";
  for (const code of sortedKeys(rows)) {
    const row = rows.get(code)!;
    lines += "[";
    for (const { pieces, ranks } of columns) lines += pieces[ranks[row]!];
    if (lines.length < 1 << 16) continue;
    yield lines;
    lines = "";
  }
  yield lines;
}

/** The distinct codes, each with a row that has it. */
function rowOfCode(codes: Float64Array): Map<number, number> {
  const rows = new Map<number, number>();
  for (let row = 0; row < codes.length; row++) rows.set(codes[row]!, row);
  return rows;
}

function sortedKeys(rows: ReadonlyMap<number, number>): Float64Array {
  return Float64Array.from(rows.keys()).sort();
}

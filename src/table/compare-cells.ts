import type { Cell } from "./cell.js";
import type { ColumnType } from "./column-type.js";

/**
 * The order of key cells: null first, then by value. Text is ordered by Unicode code point, which is also the order of
 * its UTF-8 bytes, so every engine sorts it the same way. Cells of different types are never equal.
 */
export function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === "number" && typeof b === "number" && (Number.isNaN(a) || Number.isNaN(b))) {
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of the cells of one column: as `compareCells`, but decimals, whose cells are text, by value. */
export function comparatorFor(type: ColumnType | undefined): (a: Cell, b: Cell) => number {
  return type?.kind === "decimal" ? compareDecimals : compareCells;
}

/** Two decimals of one column have the same scale, so without the point they are integers. */
function compareDecimals(a: Cell, b: Cell): number {
  if (typeof a !== "string" || typeof b !== "string") return compareCells(a, b);
  const [x, y] = [unscaled(a), unscaled(b)];
  return x === undefined || y === undefined ? compareCells(a, b) : x < y ? -1 : x > y ? 1 : 0;
}

function unscaled(text: string): bigint | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? BigInt(text.replace(".", "")) : undefined;
}

/** UTF-16 order differs from code point order only where a surrogate meets a unit above the surrogates. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

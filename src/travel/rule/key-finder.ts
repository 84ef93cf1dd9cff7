import type { Cell } from "../../table/index.js";
import type { KeyCodes } from "./key-codes.js";

/** The codes of the keys that have some values, ascending: in key order. */
export type KeyFinder = (cells: readonly Cell[]) => readonly number[];

/**
 * Finds keys by their values in some of the key's columns. Each value leads one map further down, so a question costs
 * a look-up a column, whatever the number of keys. Null is a value like any other.
 *
 * @param positions where the columns stand in the key
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

/** The cells of an output by their path, such as `[0].best_price`; any value a builder can return. */
export type OutputCells = ReadonlyMap<string, unknown>;

/** A cell of an output that came out otherwise; `undefined` where there is no such cell. */
export interface MovedCell {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Takes an output apart: arrays and other iterables (a `Snapshot`, a table) by position, objects by name, all else is a
 * cell.
 */
export function outputCells(output: unknown): OutputCells {
  const cells = new Map<string, unknown>();
  const within = new Set<object>();
  function take(value: unknown, path: string): void {
    if (typeof value !== "object" || value === null) {
      if (typeof value !== "function") cells.set(path, value);
      return;
    }
    if (value instanceof Uint8Array) cells.set(path, Buffer.from(value).toString("hex"));
    else if (value instanceof Date) cells.set(path, value.getTime());
    else if (within.has(value)) cells.set(path, "(itself)");
    else {
      within.add(value);
      takeParts(value, path);
      within.delete(value);
    }
  }
  function takeParts(value: object, path: string): void {
    if (Symbol.iterator in value) {
      const items = [...(value as Iterable<unknown>)];
      cells.set(`${path}.length`, items.length);
      for (const [i, item] of items.entries()) take(item, `${path}[${i}]`);
    } else if ("toJSON" in value && typeof value.toJSON === "function") take(value.toJSON(), path);
    else for (const [name, own] of Object.entries(value)) take(own, path === "" ? name : `${path}.${name}`);
  }
  take(output, "");
  return cells;
}

/** The cells in which two outputs differ, in order of appearance. */
export function movedCells(before: OutputCells, after: OutputCells): MovedCell[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.has(path) !== after.has(path) || !Object.is(before.get(path), after.get(path)))
    .map((path) => ({
      path: path === "" ? "the output" : path,
      before: before.get(path),
      after: after.get(path),
    }));
}

/** Whether an output holds nothing: `undefined`, `null`, lists without items, objects of these. */
export function saysNothing(cells: OutputCells): boolean {
  return [...cells].every(
    ([path, cell]) => cell === undefined || cell === null || (cell === 0 && path.endsWith(".length")),
  );
}

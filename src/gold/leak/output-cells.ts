/** The cells of an output by their path, such as `[0].best_price`; any value a builder can return. */
export type OutputCells = ReadonlyMap<string, unknown>;

/** An output, split into cells. */
export interface Output {
  readonly cells: OutputCells;
  /**
   * Whether it holds anything. `undefined`, `null`, and lists and objects of only these and each other do not, except
   * for a `null` in a list: a row may record that something is not known.
   */
  readonly saysSomething: boolean;
}

/**
 * A cell of an output that came out otherwise; `undefined` where there is no such cell.
 *
 * @category Leak check
 */
export interface MovedCell {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Splits an output into cells: arrays and other iterables (a `Snapshot`, a table) by position, objects by name,
 * everything else is a cell.
 */
export function outputCells(output: unknown): Output {
  const cells = new Map<string, unknown>();
  const within = new Set<object>();
  let saysSomething = false;
  function cell(path: string, value: unknown, inList: boolean): void {
    cells.set(path, value);
    // The length of a list means nothing by itself: a `map` that lacks its `return` makes one of any length.
    if (value !== undefined && (value !== null || inList)) saysSomething = true;
  }
  function take(value: unknown, path: string, inList: boolean): void {
    if (typeof value === "function") return;
    if (typeof value !== "object" || value === null) cell(path, value, inList);
    else if (value instanceof Uint8Array) cell(path, Buffer.from(value).toString("hex"), inList);
    else if (value instanceof Date) cell(path, value.getTime(), inList);
    else if (within.has(value)) cell(path, "(itself)", inList);
    else {
      within.add(value);
      addParts(value, path, inList);
      within.delete(value);
    }
  }
  function addParts(value: object, path: string, inList: boolean): void {
    if (Symbol.iterator in value) {
      const items = [...(value as Iterable<unknown>)];
      cells.set(`${path}.length`, items.length);
      for (const [i, item] of items.entries()) take(item, `${path}[${i}]`, true);
    } else if ("toJSON" in value && typeof value.toJSON === "function") take(value.toJSON(), path, inList);
    else
      for (const [name, own] of Object.entries(value))
        take(own, path === "" ? name : `${path}.${name}`, inList);
  }
  take(output, "", false);
  return { cells, saysSomething };
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

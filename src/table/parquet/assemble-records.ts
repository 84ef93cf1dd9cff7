import { NotKept } from "./damage.js";
import type { Shape } from "./nested-shape.js";

/** The entries of one leaf, as its pages hold them. */
export interface LeafEntries {
  /** Including absent ones. */
  readonly count: number;
  /** The present ones, in order. */
  readonly cells: readonly unknown[];
  /** Per entry; absent where all are at the deepest level. */
  readonly definition: Uint8Array | undefined;
  /** Per entry; absent where no list is above. */
  readonly repetition: Uint8Array | undefined;
}

/** Reads row after row of a nested column. */
interface RecordReader {
  /** The next row's value. */
  read(): unknown;
  /** @throws Error when entries are left over */
  end(): void;
}

/**
 * Assembles rows from the entries of a column's leaves (Dremel's record assembly).
 *
 * Every entry of every leaf has exactly one place in a row, named by its levels: levels that contradict each other are
 * damage and throw.
 *
 * @see https://research.google/pubs/dremel-interactive-analysis-of-web-scale-datasets-2/
 */
export function recordReader(
  shape: Shape,
  entriesOf: (path: readonly string[]) => LeafEntries,
): RecordReader {
  const leaves: Leaf[] = [];
  const node = nodeOf(shape, 0, (path, deepest) => {
    const leaf = new Leaf(entriesOf(path), deepest);
    leaves.push(leaf);
    return leaf;
  });
  return {
    read: () => node.read(0),
    end() {
      for (const leaf of leaves) leaf.end();
    },
  };
}

/**
 * A part of a row, present or not. `repetition` is the level its first entry must have: where in the lists above it a
 * new item begins.
 */
interface Node {
  /** A leaf below it; all of them agree on what is present above them. */
  readonly guide: Leaf;
  read(repetition: number): unknown;
  /** Skips the one entry that a leaf has for an absent value; `level` is the first missing one. */
  skip(repetition: number, level: number): void;
}

class Leaf implements Node {
  readonly #entries: LeafEntries;
  readonly #deepest: number;
  #at = 0;
  #cell = 0;

  constructor(entries: LeafEntries, deepest: number) {
    this.#entries = entries;
    this.#deepest = deepest;
  }

  get guide(): Leaf {
    return this;
  }

  /** Of the next entry. */
  definition(): number {
    const { count, definition } = this.#entries;
    if (this.#at >= count) throw new Error("its values end before its rows do");
    return definition ? definition[this.#at]! : this.#deepest;
  }

  /** Of the next entry; 0, a new row, at the end. */
  repetition(): number {
    const { count, repetition } = this.#entries;
    return repetition && this.#at < count ? repetition[this.#at]! : 0;
  }

  read(repetition: number): unknown {
    if (this.definition() !== this.#deepest || this.repetition() !== repetition) throw contradiction();
    this.#at++;
    return this.#entries.cells[this.#cell++];
  }

  skip(repetition: number, level: number): void {
    if (this.definition() !== level - 1 || this.repetition() !== repetition) throw contradiction();
    this.#at++;
  }

  end(): void {
    if (this.#at !== this.#entries.count) throw new Error("it has more values than its rows hold");
  }
}

function contradiction(): Error {
  return new Error("its levels contradict each other");
}

type LeafOf = (path: readonly string[], deepest: number) => Leaf;

/** @param definition the level of what is above */
function nodeOf(shape: Shape, definition: number, leafOf: LeafOf): Node {
  switch (shape.kind) {
    case "leaf":
      return leafOf(shape.path, definition);
    case "optional":
      return optional(nodeOf(shape.of, shape.definition, leafOf), shape.definition);
    case "list":
      return repeated(nodeOf(shape.item, shape.definition, leafOf), shape, (items) => items);
    case "map": {
      const entry = struct([
        nodeOf(shape.key, shape.definition, leafOf),
        nodeOf(shape.value, shape.definition, leafOf),
      ]);
      return repeated(entry, shape, (entries) => mapOf(entries as [unknown, unknown][]));
    }
    case "struct": {
      const names = shape.fields.map(({ name }) => name);
      const fields = struct(shape.fields.map(({ shape: field }) => nodeOf(field, definition, leafOf)));
      return {
        ...fields,
        read: (repetition) => objectOf(fields.read(repetition).map((value, i) => [names[i], value])),
      };
    }
    case "refused":
      throw new Error(shape.reason);
    default:
      return shape satisfies never;
  }
}

function optional(node: Node, level: number): Node {
  const { guide } = node;
  return {
    guide,
    skip: node.skip.bind(node),
    read(repetition) {
      if (guide.definition() >= level) return node.read(repetition);
      node.skip(repetition, level);
      return null;
    },
  };
}

/** A list that is present; it may be empty. */
function repeated(
  node: Node,
  { definition, repetition: own }: { readonly definition: number; readonly repetition: number },
  made: (items: unknown[]) => unknown,
): Node {
  const { guide } = node;
  return {
    guide,
    skip: node.skip.bind(node),
    read(repetition) {
      const items: unknown[] = [];
      if (guide.definition() < definition) node.skip(repetition, definition);
      else {
        items.push(node.read(repetition));
        while (guide.repetition() === own) items.push(node.read(own));
      }
      return made(items);
    },
  };
}

/** Several parts side by side. */
function struct(nodes: readonly Node[]): Omit<Node, "read"> & { read(repetition: number): unknown[] } {
  return {
    guide: nodes[0]!.guide,
    read: (repetition) => nodes.map((node) => node.read(repetition)),
    skip(repetition, level) {
      for (const node of nodes) node.skip(repetition, level);
    },
  };
}

/** The format lets a map have a key twice, and ClickHouse and Arrow do; an object would keep one of the two. */
function mapOf(entries: readonly (readonly [unknown, unknown])[]): Record<string, unknown> {
  const map = objectOf(entries);
  if (Object.keys(map).length === entries.length) return map;
  const names = entries.map(([name]) => String(name));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  throw new NotKept(`a map in it has the key ${JSON.stringify(twice)} twice, and an object cannot`);
}

/** Any text can be a name, including the one that would set the prototype. */
function objectOf(entries: readonly (readonly [unknown, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, value]) => [String(name), value]));
}

import type { SchemaElement, SchemaTree } from "hyparquet";
import { getTreePath } from "hyparquet/src/schema.js";
import { type LeafEntries, recordReader } from "./assemble-records.js";
import { cellReader } from "./cell.js";
import type { Column } from "./column.js";
import type { ColumnType } from "./column-type.js";
import { leafType } from "./leaf-type.js";
import { columnOfValues, inUnitOfInt96 } from "./leaf-values.js";
import type { Shape } from "./nested-shape.js";
import { type Chunk, pagesOf } from "./pages.js";
import { isDictionaryCoded, readCodes, readValues } from "./values.js";

/** The leaves of one nested column in one row group. */
export interface NestedChunk {
  readonly rowCount: number;
  readonly leaves: readonly Chunk[];
}

/**
 * Decodes a column of lists, structs or maps into JavaScript values: arrays, objects, null.
 *
 * Values inside are cells, as `Cell` describes them.
 *
 * @throws Error when pages and levels do not make up whole rows
 */
export function decodeNested(
  file: Uint8Array<ArrayBuffer>,
  chunks: readonly NestedChunk[],
  root: SchemaTree,
  shape: Shape,
  type: ColumnType,
): Column {
  const objects: unknown[] = [];
  for (const { leaves, rowCount } of chunks) {
    const byPath = new Map<string, LeafEntries>();
    for (const leaf of leaves) {
      const path = getTreePath(root, [...leaf.meta.path]);
      byPath.set(pathText(leaf.meta.path), decodeLeaf(file, leaf, path));
    }
    const records = recordReader(shape, (path) => {
      const leaf = byPath.get(pathText(path));
      if (!leaf) throw new Error(`a row group lacks its part ${path.join(".")}`);
      return leaf;
    });
    for (let row = 0; row < rowCount; row++) objects.push(records.read());
    records.end();
  }
  return { storage: "object", type, length: objects.length, objects };
}

/** A name may hold a dot. */
function pathText(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** All entries of a leaf in one row group: a list may go on from one page to the next. */
function decodeLeaf(file: Uint8Array<ArrayBuffer>, leaf: Chunk, path: SchemaTree[]): LeafEntries {
  const { element } = path[path.length - 1]!;
  const cellsOf = cellsReader(element, leaf);
  let dictionary: unknown[] = [];
  const pieces: LeafEntries[] = [];
  for (const page of pagesOf(file, leaf, path)) {
    if (page.kind === "dictionary") {
      dictionary = cellsOf(
        readValues(page.reader, "PLAIN", element.type!, page.valueCount, element.type_length),
      );
      continue;
    }
    const { entryCount: count, definition, repetition, encoding } = page;
    const cells = isDictionaryCoded(encoding)
      ? Array.from(readCodes(page.reader, page.valueCount, dictionary.length), (code) => dictionary[code])
      : cellsOf(readValues(page.reader, encoding, element.type!, page.valueCount, element.type_length));
    pieces.push({ count, cells, definition, repetition });
  }
  const deepest = path.slice(1).filter(({ element }) => element.repetition_type !== "REQUIRED").length;
  return pieces.length === 1 ? pieces[0]! : joined(pieces, deepest);
}

function cellsReader(element: SchemaElement, { meta }: Chunk) {
  const type = leafType(element);
  if (typeof type === "string") throw new Error(type);
  if (meta.type !== element.type) throw new Error(`${meta.type} values in a column of ${element.type}`);
  return (values: ReturnType<typeof readValues>): unknown[] => {
    const cell = cellReader(inUnitOfInt96(type, (type) => columnOfValues(values, type, element)));
    return Array.from({ length: values.length }, (_, row) => cell(row));
  };
}

function joined(pieces: readonly LeafEntries[], deepest: number): LeafEntries {
  const count = pieces.reduce((sum, piece) => sum + piece.count, 0);
  const definition = new Uint8Array(count).fill(deepest);
  const repetition = new Uint8Array(count);
  const cells: unknown[] = [];
  let at = 0;
  for (const piece of pieces) {
    if (piece.definition) definition.set(piece.definition, at);
    if (piece.repetition) repetition.set(piece.repetition, at);
    for (const cell of piece.cells) cells.push(cell);
    at += piece.count;
  }
  return { count, cells, definition, repetition };
}

import type { Encoding, SchemaElement, SchemaTree } from "hyparquet";
import { cellReader } from "../cell.js";
import type { Column, ObjectColumn } from "../column.js";
import { type LeafEntries, recordReader } from "./assemble-records.js";
import { at } from "./damage.js";
import { leafType } from "./leaf-type.js";
import { columnOfValues, inUnitOfInt96 } from "./leaf-values.js";
import type { Shape } from "./nested-shape.js";
import { type Chunk, readPages } from "./pages.js";
import { isDictionaryCoded, readCodes, readValues } from "./values.js";

/** The leaves of one nested column in one row group. */
interface NestedChunk {
  readonly rowCount: number;
  readonly leaves: readonly { readonly chunk: Chunk; readonly path: SchemaTree[] }[];
}

/**
 * Decodes a column of lists, structs or maps into JavaScript values: arrays, objects, null.
 *
 * Values inside are cells, as `Cell` describes them.
 *
 * @throws Error when pages and levels do not form whole rows
 */
export function decodeNested(
  file: Uint8Array<ArrayBuffer>,
  chunks: readonly NestedChunk[],
  shape: Shape,
  type: ObjectColumn["type"],
): Column {
  const objects: unknown[] = [];
  const readChunk = ({ leaves, rowCount }: NestedChunk) => {
    const byPath = new Map<string, LeafEntries>();
    for (const { chunk, path } of leaves) {
      const names = path[path.length - 1]!.path;
      const place = names.length > 1 ? { leaf: names.join(".") } : {};
      byPath.set(
        pathText(names),
        at(place, "a column chunk", () => decodeLeaf(file, chunk, path)),
      );
    }
    const records = recordReader(shape, (path) => byPath.get(pathText(path))!);
    for (let row = 0; row < rowCount; row++) objects.push(records.read());
    records.end();
  };
  for (const [rowGroup, chunk] of chunks.entries())
    at({ rowGroup }, "lists and structs of one shape in all leaves", () => readChunk(chunk));
  return { storage: "object", type, length: objects.length, objects };
}

/** A name may hold a dot. */
function pathText(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** All entries of a leaf in one row group: a list may continue on the next page. */
function decodeLeaf(file: Uint8Array<ArrayBuffer>, leaf: Chunk, path: SchemaTree[]): LeafEntries {
  const { element } = path[path.length - 1]!;
  const cellsOf = cellsReader(element, leaf);
  let dictionary: unknown[] = [];
  const pieces: LeafEntries[] = [];
  readPages(file, leaf, path, (page) => {
    const { kind, reader, valueCount } = page;
    const valuesIn = (encoding: Encoding) =>
      cellsOf(readValues(reader, encoding, element.type!, valueCount, element.type_length));
    if (kind === "dictionary") {
      dictionary = valuesIn("PLAIN");
      return;
    }
    const { entryCount: count, definition, repetition, encoding } = page;
    const cells = isDictionaryCoded(encoding)
      ? Array.from(readCodes(reader, valueCount, dictionary.length), (code) => dictionary[code])
      : valuesIn(encoding);
    pieces.push({ count, cells, definition, repetition });
  });
  const deepest = path.slice(1).filter(({ element }) => element.repetition_type !== "REQUIRED").length;
  return pieces.length === 1 ? pieces[0]! : joined(pieces, deepest);
}

function cellsReader(element: SchemaElement, { meta }: Chunk) {
  const type = leafType(element);
  if (typeof type === "string") throw new Error(type);
  if (meta.type !== element.type)
    throw new Error(`${meta.type ?? "unknown"} values in a column of ${element.type}`);
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

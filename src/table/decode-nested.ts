import { assembleLists, assembleNested } from "hyparquet/src/assemble.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import type { DecodedArray, SchemaTree } from "hyparquet/src/types.js";
import { cellReader } from "./cell.js";
import type { Column } from "./column.js";
import type { ColumnType } from "./column-type.js";
import { at } from "./damage.js";
import type { Chunk } from "./decode-flat.js";
import { columnOfValues } from "./leaf-values.js";
import { type Page, readPages } from "./pages.js";
import { leafType } from "./parquet-schema.js";
import { isDictionaryCoded, readCodes, readValues } from "./values.js";

/** The leaves of one nested column in one row group. */
export interface NestedChunk {
  readonly rowCount: number;
  readonly leaves: readonly { readonly chunk: Chunk; readonly path: SchemaTree[] }[];
}

/**
 * Decodes a column of lists, structs or maps into JavaScript values: arrays, objects, null.
 *
 * Values inside are cells, as `Cell` describes them. Structure is put together by hyparquet; this only hands it
 * pages whose sizes were checked.
 */
export function decodeNested(
  file: Uint8Array<ArrayBuffer>,
  chunks: readonly NestedChunk[],
  column: SchemaTree,
  type: ColumnType,
): Column {
  const objects: unknown[] = [];
  const readChunk = ({ leaves, rowCount }: NestedChunk) => {
    const byPath = new Map<string, DecodedArray>();
    for (const { chunk, path } of leaves) {
      const leaf = path[path.length - 1]!.path.join(".");
      byPath.set(
        leaf,
        at(path.length > 2 ? { leaf } : {}, "a column chunk", () => decodeLeaf(file, chunk, path)),
      );
    }
    assembleNested(byPath, column, DEFAULT_PARSERS);
    const values = byPath.get(column.path.join("."));
    if (values?.length !== rowCount) throw new Error(`column has ${values?.length ?? 0} of ${rowCount} rows`);
    for (const value of values) objects.push(withNulls(value));
  };
  for (const [rowGroup, chunk] of chunks.entries())
    at({ rowGroup }, "lists and structs of one shape in all leaves", () => readChunk(chunk));
  return { storage: "object", type, length: objects.length, objects };
}

/** hyparquet leaves `undefined` where a list or struct is null. */
function withNulls(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = withNulls(value[i]);
  } else if (typeof value === "object" && !(value instanceof Uint8Array)) {
    const parts = value as Record<string, unknown>;
    for (const key of Object.keys(parts)) parts[key] = withNulls(parts[key]);
  }
  return value;
}

function decodeLeaf(file: Uint8Array<ArrayBuffer>, leaf: Chunk, path: SchemaTree[]): DecodedArray {
  const { element } = path[path.length - 1]!;
  const type = leafType(element);
  if (typeof type === "string") throw new Error(type);
  if (leaf.meta.type !== element.type)
    throw new Error(`${leaf.meta.type ?? "unknown"} values in a column of ${element.type}`);
  let dictionary: unknown[] = [];
  // One output for the chunk: a list may go on from one page to the next.
  const output: unknown[] = [];
  readPages(file, leaf.meta, path, (page) => {
    const encoding = page.kind === "dictionary" ? "PLAIN" : page.encoding;
    if (page.kind === "data" && isDictionaryCoded(page.encoding)) {
      const codes = readCodes(page.reader, page.valueCount, dictionary.length);
      assemble(
        page,
        Array.from(codes, (code) => dictionary[code]),
      );
      return;
    }
    const values = readValues(page.reader, encoding, element.type!, page.valueCount, element.type_length);
    const cell = cellReader(columnOfValues(values, type, element));
    const cells = Array.from({ length: page.valueCount }, (_, row) => cell(row));
    if (page.kind === "dictionary") dictionary = cells;
    else assemble(page, cells);
  });
  return output;

  function assemble(page: Extract<Page, { kind: "data" }>, cells: unknown[]): void {
    const definition = page.definition && Array.from(page.definition);
    const repetition = page.repetition ? Array.from(page.repetition) : [];
    const assembled = assembleLists(output, definition, repetition, cells, path);
    // Without levels hyparquet hands the values back as they are.
    if (assembled !== output) for (const value of assembled) output.push(value);
  }
}

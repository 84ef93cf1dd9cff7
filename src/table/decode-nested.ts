import { assembleLists, assembleNested } from "hyparquet/src/assemble.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import type { Compressors, DecodedArray, ParquetParsers, SchemaTree } from "hyparquet/src/types.js";
import type { Column } from "./column.js";
import type { ColumnType } from "./column-type.js";
import type { Chunk } from "./decode-flat.js";
import { pagesOf } from "./pages.js";
import { isDictionaryCoded, readCodes, readValues } from "./values.js";

/** The leaves of one nested column in one row group. */
export interface NestedChunk {
  readonly rowCount: number;
  readonly leaves: readonly Chunk[];
}

/**
 * Decodes a column of lists, structs or maps into JavaScript values: arrays, objects, null.
 *
 * Instants inside are epoch nanoseconds (bigint), dates are `YYYY-MM-DD`. Structure is put together by hyparquet;
 * this only hands it pages whose sizes were checked.
 */
export function decodeNested(
  file: Uint8Array<ArrayBuffer>,
  chunks: readonly NestedChunk[],
  root: SchemaTree,
  column: SchemaTree,
  type: ColumnType,
  compressors: Compressors | undefined,
): Column {
  const objects: unknown[] = [];
  for (const { leaves, rowCount } of chunks) {
    const byPath = new Map<string, DecodedArray>();
    for (const leaf of leaves) {
      const path = getTreePath(root, leaf.meta.path_in_schema);
      byPath.set(leaf.meta.path_in_schema.join("."), decodeLeaf(file, leaf, path, compressors));
    }
    assembleNested(byPath, column, PARSERS);
    const values = byPath.get(column.path.join("."));
    if (values?.length !== rowCount) throw new Error(`column has ${values?.length} of ${rowCount} rows`);
    for (const value of values) objects.push(value ?? null);
  }
  return { storage: "object", type, length: objects.length, objects };
}

function decodeLeaf(
  file: Uint8Array<ArrayBuffer>,
  leaf: Chunk,
  path: SchemaTree[],
  compressors: Compressors | undefined,
): DecodedArray {
  const element = path[path.length - 1]!.element;
  const decoder = {
    pathInSchema: leaf.meta.path_in_schema,
    type: leaf.meta.type,
    element,
    schemaPath: path,
    codec: leaf.meta.codec,
    parsers: PARSERS,
    utf8: false,
  };
  let dictionary: DecodedArray = [];
  // One output for the chunk: a list may go on from one page to the next.
  const output: unknown[] = [];
  for (const page of pagesOf(file, leaf.meta, path, compressors)) {
    if (page.kind === "dictionary") {
      const values = readValues(page.reader, "PLAIN", leaf.meta.type, page.valueCount, element.type_length);
      dictionary = convert(values as DecodedArray, decoder);
      continue;
    }
    const values: DecodedArray = isDictionaryCoded(page.encoding)
      ? Array.from(readCodes(page.reader, page.valueCount, dictionary.length), (code) => dictionary[code])
      : convert(
          readValues(
            page.reader,
            page.encoding,
            leaf.meta.type,
            page.valueCount,
            element.type_length,
          ) as DecodedArray,
          decoder,
        );
    const definition = page.definition && Array.from(page.definition);
    const repetition = page.repetition ? Array.from(page.repetition) : [];
    const assembled = assembleLists(output, definition, repetition, values, path);
    // Without levels hyparquet hands the values back as they are.
    if (assembled !== output) for (const value of assembled) output.push(value);
  }
  return output;
}

const PARSERS: ParquetParsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (ms: bigint) => (ms == null ? ms : BigInt(ms) * 1_000_000n),
  timestampFromMicroseconds: (us: bigint) => (us == null ? us : us * 1_000n),
  timestampFromNanoseconds: (ns: bigint) => ns,
  dateFromDays: (days: number) =>
    days == null ? days : new Date(days * 86_400_000).toISOString().slice(0, 10),
};

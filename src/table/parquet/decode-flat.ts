import type { SchemaElement } from "hyparquet";
import type { SchemaTree } from "hyparquet/src/types.js";
import {
  allocate,
  type Column,
  type FixedColumn,
  type FixedValues,
  type ObjectColumn,
  type TextColumn,
} from "../column.js";
import { type ColumnType, isStoredAs } from "../column-type.js";
import { at } from "./damage.js";
import { fixedValues, readPlainTexts, textReader } from "./leaf-values.js";
import { type Chunk, type Page, readPages } from "./pages.js";
import { isDictionaryCoded, type PhysicalValues, readCodes, readValues } from "./values.js";

/**
 * Decodes a flat column (no lists, no structs) of a whole file.
 *
 * Hot path: strings stay dictionary codes, numbers stay in typed arrays, and a column that is one page without
 * nulls is a view of that page.
 */
export function decodeFlat(
  file: Uint8Array<ArrayBuffer>,
  chunks: readonly Chunk[],
  path: SchemaTree[],
  type: ColumnType,
): Column {
  const { element } = path[path.length - 1]!;
  const rowCount = chunks.reduce((rows, chunk) => rows + chunk.rowCount, 0);
  const sink = sinkFor(type, rowCount, element);
  let row = 0;
  const readChunk = (chunk: Chunk) => {
    const { meta, rowCount: chunkRows } = chunk;
    if (meta.valueCount !== chunkRows) {
      throw new Error(`row group of ${chunkRows} rows has ${meta.valueCount} values`);
    }
    if (type.kind === "null") {
      row += chunkRows;
      return;
    }
    if (meta.type !== element.type)
      throw new Error(`${meta.type ?? "unknown"} values in a column of ${element.type}`);
    let dictionarySize = 0;
    readPages(file, chunk, path, (page) => {
      if (page.kind === "dictionary") {
        dictionarySize = page.valueCount;
        sink.dictionary(page);
        return;
      }
      if (isDictionaryCoded(page.encoding)) {
        sink.codes(readCodes(page.reader, page.valueCount, dictionarySize), page, row);
      } else {
        sink.values(page, row);
      }
      row += page.entryCount;
    });
  };
  for (const [rowGroup, chunk] of chunks.entries())
    at({ rowGroup }, "a column chunk", () => readChunk(chunk));
  if (row !== rowCount) throw new Error(`column has ${row} of ${rowCount} rows`);
  return sink.column();
}

function sinkFor(type: ColumnType, rowCount: number, element: SchemaElement): Sink {
  if (isStoredAs(type, "text")) return textSink(type, rowCount, element);
  if (isStoredAs(type, "object")) return objectSink(type, rowCount, element);
  return fixedSink(type, rowCount, element);
}

/** Collects the pages of a column, in row order. */
interface Sink {
  dictionary(page: DictionaryPage): void;
  codes(codes: Int32Array, page: DataPage, row: number): void;
  values(page: DataPage, row: number): void;
  column(): Column;
}

type DataPage = Extract<Page, { kind: "data" }>;
type DictionaryPage = Extract<Page, { kind: "dictionary" }>;

function physicalValues(page: Page, { type, type_length }: SchemaElement): PhysicalValues {
  const encoding = page.kind === "dictionary" ? "PLAIN" : page.encoding;
  return readValues(page.reader, encoding, type!, page.valueCount, type_length);
}

function fixedSink(type: FixedColumn["type"], rowCount: number, element: SchemaElement): Sink {
  let out: FixedValues | undefined;
  let valid: Uint8Array | undefined;
  let dictionary: FixedValues = allocate(type, 0);

  /** Where a page's values go; they are packed at its start until `spread` has moved them apart for the nulls. */
  function target(): FixedValues {
    out ??= allocate(type, rowCount);
    return out;
  }

  function markValid(page: DataPage, row: number): void {
    if (page.definition && !valid) {
      valid = new Uint8Array(rowCount);
      valid.fill(1, 0, row);
    }
    if (!valid) return;
    // For a flat column the level is the flag: 1 present, 0 null.
    if (page.definition) valid.set(page.definition, row);
    else valid.fill(1, row, row + page.entryCount);
  }

  return {
    dictionary(page) {
      dictionary = fixedValues(physicalValues(page, element), type, element);
    },
    codes(codes, page, row) {
      const to = target();
      pick(dictionary, codes, to, row);
      markValid(page, row);
      if (page.definition) spread(to, page.definition, row, codes.length);
    },
    values(page, row) {
      const values = fixedValues(physicalValues(page, element), type, element);
      if (page.entryCount === rowCount && !page.definition) {
        out = values;
        return;
      }
      const to = target();
      // One class on both sides: allocate() made each from the same type.
      (to as Float64Array).set(values as Float64Array, row);
      markValid(page, row);
      if (page.definition) spread(to, page.definition, row, values.length);
    },
    column: () => ({ storage: "fixed", type, length: rowCount, values: target(), ...(valid && { valid }) }),
  };
}

/** `dictionary[code]` for every code; 64-bit values are copied as two 32-bit halves, which makes no bigints. */
function pick(dictionary: FixedValues, codes: Int32Array, out: FixedValues, row: number): void {
  if (out.BYTES_PER_ELEMENT === 8) {
    const to = halvesOf(out);
    const from = halvesOf(dictionary);
    for (let i = 0, at = row << 1; i < codes.length; i++, at += 2) {
      const code = codes[i]! << 1;
      to[at] = from[code]!;
      to[at + 1] = from[code + 1]!;
    }
    return;
  }
  const to = out as Int32Array;
  const from = dictionary as Int32Array;
  for (let i = 0; i < codes.length; i++) to[row + i] = from[codes[i]!]!;
}

/**
 * Moves `packed` values at the start of a page to the entries whose level is 1, from the back, so that none is
 * overwritten before it is moved. Nulls get zero.
 */
function spread(out: FixedValues, definition: Uint8Array, row: number, packed: number): void {
  const is64 = out.BYTES_PER_ELEMENT === 8;
  const values = (is64 ? halvesOf(out) : out) as Int32Array;
  let next = packed;
  for (let i = definition.length - 1; i >= 0; i--) {
    const present = definition[i] === 1;
    if (present) next--;
    if (is64) {
      values[(row + i) << 1] = present ? values[(row + next) << 1]! : 0;
      values[((row + i) << 1) + 1] = present ? values[((row + next) << 1) + 1]! : 0;
    } else {
      values[row + i] = present ? values[row + next]! : 0;
    }
  }
}

function halvesOf(values: FixedValues): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

function textSink(type: TextColumn["type"], rowCount: number, element: SchemaElement): Sink {
  let codes: Int32Array | undefined;
  const dictionary: string[] = [];
  let codeOf: Map<string, number> | undefined;
  /** The chunk's dictionary in terms of the column's; `undefined` where they are the same. */
  let chunkCodes: Int32Array | undefined;

  // The first dictionary is reused as it is; the map is needed only when a second source of strings appears.
  function intern(text: string): number {
    codeOf ??= new Map(dictionary.map((known, code) => [known, code]));
    let code = codeOf.get(text);
    if (code === undefined) {
      code = dictionary.push(text) - 1;
      codeOf.set(text, code);
    }
    return code;
  }

  function textsOf(page: Page): string[] {
    const isPlain = page.kind === "dictionary" || page.encoding === "PLAIN";
    if (isPlain && element.type === "BYTE_ARRAY") return readPlainTexts(page.reader, page.valueCount);
    return Array.from(physicalValues(page, element) as Uint8Array[], textReader(element));
  }

  function place(values: Int32Array, page: DataPage, row: number): void {
    if (page.entryCount === rowCount && !page.definition) {
      codes = values;
      return;
    }
    codes ??= new Int32Array(rowCount).fill(-1);
    if (!page.definition) {
      codes.set(values, row);
      return;
    }
    for (let i = 0, next = 0; i < page.entryCount; i++) {
      if (page.definition[i] === 1) codes[row + i] = values[next++]!;
    }
  }

  return {
    dictionary(page) {
      const texts = textsOf(page);
      const first = dictionary.length === 0 && new Set(texts).size === texts.length;
      if (first) for (const text of texts) dictionary.push(text);
      chunkCodes = first ? undefined : Int32Array.from(texts, intern);
    },
    codes(pageCodes, page, row) {
      if (chunkCodes) {
        for (let i = 0; i < pageCodes.length; i++) pageCodes[i] = chunkCodes[pageCodes[i]!]!;
      }
      place(pageCodes, page, row);
    },
    values(page, row) {
      place(Int32Array.from(textsOf(page), intern), page, row);
    },
    column: () => ({
      storage: "text",
      type,
      length: rowCount,
      codes: codes ?? new Int32Array(rowCount).fill(-1),
      dictionary,
    }),
  };
}

function objectSink(type: ObjectColumn["type"], rowCount: number, element: SchemaElement): Sink {
  const objects = new Array<unknown>(rowCount).fill(null);
  let dictionary: ArrayLike<unknown> = [];

  function place(values: ArrayLike<unknown>, page: DataPage, row: number): void {
    for (let i = 0, next = 0; i < page.entryCount; i++) {
      if (!page.definition || page.definition[i] === 1) objects[row + i] = values[next++];
    }
  }

  return {
    dictionary(page) {
      dictionary = physicalValues(page, element);
    },
    codes(codes, page, row) {
      place(
        Array.from(codes, (code) => dictionary[code]),
        page,
        row,
      );
    },
    values: (page, row) => place(physicalValues(page, element), page, row),
    column: () => ({ storage: "object", type, length: rowCount, objects }),
  };
}

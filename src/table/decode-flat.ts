import type { ColumnMetaData, SchemaElement } from "hyparquet";
import { parseFloat16 } from "hyparquet/src/convert.js";
import type { Compressors, DataReader, ParquetType, SchemaTree } from "hyparquet/src/types.js";
import { allocate, type Column, type FixedValues } from "./column.js";
import type { ColumnType } from "./column-type.js";
import { type Page, pagesOf } from "./pages.js";
import { isDictionaryCoded, type PhysicalValues, readCodes, readValues } from "./values.js";

/** Where one column lives in one row group. */
export interface Chunk {
  readonly meta: ColumnMetaData;
  readonly rowCount: number;
}

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
  compressors: Compressors | undefined,
): Column {
  const element = path[path.length - 1]!.element;
  const rowCount = chunks.reduce((rows, chunk) => rows + chunk.rowCount, 0);
  const sink =
    type.kind === "text"
      ? textSink(type, rowCount, element)
      : type.kind === "bytes" || type.kind === "null"
        ? objectSink(type, rowCount)
        : fixedSink(type, rowCount, element);
  let row = 0;
  for (const chunk of chunks) {
    if (Number(chunk.meta.num_values) !== chunk.rowCount) {
      throw new Error(`row group of ${chunk.rowCount} rows has ${chunk.meta.num_values} values`);
    }
    if (type.kind === "null") continue;
    const physical = chunk.meta.type;
    let dictionarySize = 0;
    for (const page of pagesOf(file, chunk.meta, path, compressors)) {
      if (page.kind === "dictionary") {
        dictionarySize = page.valueCount;
        sink.dictionary(readValues(page.reader, "PLAIN", physical, page.valueCount, element.type_length));
        continue;
      }
      if (isDictionaryCoded(page.encoding)) {
        sink.codes(readCodes(page.reader, page.valueCount, dictionarySize), page, row);
      } else {
        sink.values(valuesOf(page, physical, element, page.reader), page, row);
      }
      row += page.entryCount;
    }
  }
  if (type.kind !== "null" && row !== rowCount) throw new Error(`column has ${row} of ${rowCount} rows`);
  return sink.column();
}

/** Collects the pages of a column, in row order. */
interface Sink {
  dictionary(values: PhysicalValues): void;
  codes(codes: Int32Array, page: DataPage, row: number): void;
  values(values: PhysicalValues, page: DataPage, row: number): void;
  column(): Column;
}

type DataPage = Extract<Page, { kind: "data" }>;

function valuesOf(
  page: DataPage,
  physical: ParquetType,
  element: SchemaElement,
  reader: DataReader,
): PhysicalValues {
  const values = readValues(reader, page.encoding, physical, page.valueCount, element.type_length);
  if (values.length !== page.valueCount)
    throw new Error(`page has ${values.length} of ${page.valueCount} values`);
  return values;
}

function fixedSink(type: ColumnType, rowCount: number, element: SchemaElement): Sink {
  let out: FixedValues | undefined;
  let valid: Uint8Array | undefined;
  let dictionary: FixedValues = allocate(type, 0);

  function place(values: FixedValues, page: DataPage, row: number): void {
    if (page.entryCount === rowCount && !page.definition) {
      out = values;
      return;
    }
    out ??= allocate(type, rowCount);
    if (!page.definition) {
      if (valid) valid.fill(1, row, row + page.entryCount);
      // One class on both sides: allocate() made each from the same type.
      (out as Float64Array).set(values as Float64Array, row);
      return;
    }
    if (!valid) {
      valid = new Uint8Array(rowCount);
      valid.fill(1, 0, row);
    }
    for (let i = 0, next = 0; i < page.entryCount; i++) {
      if (page.definition[i] !== 1) continue;
      (out as Float64Array)[row + i] = (values as Float64Array)[next++]!;
      valid[row + i] = 1;
    }
  }

  return {
    dictionary(values) {
      dictionary = toFixed(values, type, element);
    },
    codes(codes, page, row) {
      place(pick(dictionary, codes, type), page, row);
    },
    values: (values, page, row) => place(toFixed(values, type, element), page, row),
    column: () => ({
      storage: "fixed",
      type,
      length: rowCount,
      values: out ?? allocate(type, rowCount),
      ...(valid && { valid }),
    }),
  };
}

/** `dictionary[code]` for every code; 64-bit values are copied as two 32-bit halves, which makes no bigints. */
function pick(dictionary: FixedValues, codes: Int32Array, type: ColumnType): FixedValues {
  const values = allocate(type, codes.length);
  if (values.BYTES_PER_ELEMENT === 8) {
    const to = new Int32Array(values.buffer);
    const from = new Int32Array(dictionary.buffer, dictionary.byteOffset, dictionary.length * 2);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]! << 1;
      to[i << 1] = from[code]!;
      to[(i << 1) + 1] = from[code + 1]!;
    }
    return values;
  }
  const to = values as Int32Array;
  const from = dictionary as Int32Array;
  for (let i = 0; i < codes.length; i++) to[i] = from[codes[i]!]!;
  return values;
}

function toFixed(values: PhysicalValues, type: ColumnType, element: SchemaElement): FixedValues {
  const out = allocate(type, values.length);
  if (values.constructor === out.constructor) return values as FixedValues;
  if (type.kind === "decimal" && values[0] instanceof Uint8Array) {
    const unscaled = out as BigInt64Array;
    for (let i = 0; i < values.length; i++) unscaled[i] = bigEndian(values[i] as Uint8Array);
    return unscaled;
  }
  if (element.type === "INT96") {
    const instants = out as BigInt64Array;
    for (let i = 0; i < values.length; i++) instants[i] = int96Ns(values[i] as bigint);
    return instants;
  }
  if (element.logical_type?.type === "FLOAT16") {
    const floats = out as Float32Array;
    for (let i = 0; i < values.length; i++) floats[i] = parseFloat16(values[i] as Uint8Array) ?? Number.NaN;
    return floats;
  }
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = BigInt(values[i] as number | bigint);
    return out;
  }
  // Narrow integers are stored as INT32; typed arrays wrap them back to their width and sign.
  (out as Float64Array).set(values as ArrayLike<number>);
  return out;
}

function textSink(type: ColumnType, rowCount: number, element: SchemaElement): Sink {
  const codes = new Int32Array(rowCount).fill(-1);
  const dictionary: string[] = [];
  let codeOf: Map<string, number> | undefined;
  let chunkCodes: Int32Array = new Int32Array(0);
  const toText = element.logical_type?.type === "UUID" ? uuidText : utf8Text;

  // The first dictionary is taken over as it is; the map is only needed once a second source of strings appears.
  function intern(text: string): number {
    codeOf ??= new Map(dictionary.map((known, code) => [known, code]));
    let code = codeOf.get(text);
    if (code === undefined) {
      code = dictionary.push(text) - 1;
      codeOf.set(text, code);
    }
    return code;
  }

  function place(values: Int32Array, page: DataPage, row: number): void {
    if (!page.definition) {
      codes.set(values, row);
      return;
    }
    for (let i = 0, next = 0; i < page.entryCount; i++) {
      if (page.definition[i] === 1) codes[row + i] = values[next++]!;
    }
  }

  return {
    dictionary(values) {
      const texts = Array.from(values as Uint8Array[], toText);
      const first = dictionary.length === 0 && new Set(texts).size === texts.length;
      if (first) for (const text of texts) dictionary.push(text);
      chunkCodes = first ? new Int32Array(0) : Int32Array.from(texts, intern);
    },
    codes(pageCodes, page, row) {
      if (chunkCodes.length > 0) {
        for (let i = 0; i < pageCodes.length; i++) pageCodes[i] = chunkCodes[pageCodes[i]!]!;
      }
      place(pageCodes, page, row);
    },
    values(values, page, row) {
      place(
        Int32Array.from(values as Uint8Array[], (bytes) => intern(toText(bytes))),
        page,
        row,
      );
    },
    column: () => ({ storage: "text", type, length: rowCount, codes, dictionary }),
  };
}

function objectSink(type: ColumnType, rowCount: number): Sink {
  const objects = new Array<unknown>(rowCount).fill(null);
  let dictionary: PhysicalValues = [];

  function values(values: PhysicalValues, page: DataPage, row: number): void {
    for (let i = 0, next = 0; i < page.entryCount; i++) {
      if (!page.definition || page.definition[i] === 1) objects[row + i] = values[next++];
    }
  }

  return {
    dictionary(values) {
      dictionary = values;
    },
    codes(codes, page, row) {
      values(
        Array.from(codes, (code) => dictionary[code] as Uint8Array),
        page,
        row,
      );
    },
    values,
    column: () => ({ storage: "object", type, length: rowCount, objects }),
  };
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

function utf8Text(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  // U+FFFD may stand in the data, or stand for bytes that are not UTF-8; only the strict decoder can tell.
  return text.includes("\uFFFD") ? strictUtf8.decode(bytes) : text;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Two's complement, most significant byte first, as the format stores decimals. */
function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** INT96: nanoseconds of the day in the low 64 bits, Julian day in the high 32. */
function int96Ns(value: bigint): bigint {
  const day = (value >> 64n) - 2_440_588n;
  return day * 86_400_000_000_000n + BigInt.asUintN(64, value);
}

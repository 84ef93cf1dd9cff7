import type { SchemaElement } from "hyparquet";
import { ConvertedTypes, FieldRepetitionTypes, ParquetTypes } from "hyparquet/src/constants.js";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";

/** A top-level column of a forged file: one page of INT64 values, not compressed. */
export interface ForgedColumn {
  /** Its schema elements, from the top down to the one leaf. */
  readonly schema: readonly SchemaElement[];
  /** Levels of its entries; left out where the schema has none. */
  readonly repetition?: readonly number[];
  readonly definition?: readonly number[];
  readonly values: readonly bigint[];
  /** Marks its chunk as encrypted. */
  readonly encrypted?: boolean;
  /** Says that its chunk is in another file. */
  readonly elsewhere?: string;
}

/** A Parquet file by hand, for what no writer at hand writes. Its levels are written as they are given. */
export function forgedFile(
  rowCount: number,
  columns: readonly ForgedColumn[],
  root: Partial<SchemaElement> = {},
): Uint8Array<ArrayBuffer> {
  const body: number[] = [...MAGIC];
  const chunks = columns.map((column) => {
    const offset = body.length;
    const entries = column.repetition?.length ?? column.definition?.length ?? column.values.length;
    body.push(...pageOf(column, entries));
    return {
      ...(column.elsewhere && { field_1: column.elsewhere }),
      field_2: BigInt(offset),
      field_3: {
        field_1: ParquetTypes.indexOf("INT64"),
        field_2: [0],
        field_3: column.schema.map(({ name }) => name),
        field_4: 0,
        field_5: BigInt(entries),
        field_6: BigInt(body.length - offset),
        field_7: BigInt(body.length - offset),
        field_9: BigInt(offset),
      },
      ...(column.encrypted && { field_8: { field_1: {} } }),
    };
  });
  const schema = [
    { name: "schema", num_children: columns.length, ...root },
    ...columns.flatMap((column) => column.schema),
  ];
  const isEncrypted = columns.some(({ encrypted }) => encrypted);
  const footer = new ByteWriter(1024);
  serializeTCompactProtocol(footer, {
    field_1: 2,
    field_2: schema.map(elementOf),
    field_3: BigInt(rowCount),
    field_4: [{ field_1: chunks, field_2: 0n, field_3: BigInt(rowCount) }],
    field_6: "by hand",
    ...(isEncrypted && { field_8: { field_1: {} } }),
  });
  // A footer that stays readable beside encrypted columns is signed.
  const signature = isEncrypted ? new Array<number>(28).fill(0x5a) : [];
  const tail = [...new Uint8Array(footer.getBuffer()), ...signature];
  const bytes = new Uint8Array([...body, ...tail, 0, 0, 0, 0, ...MAGIC]);
  new DataView(bytes.buffer).setUint32(bytes.length - 8, tail.length, true);
  return bytes;
}

const MAGIC = [0x50, 0x41, 0x52, 0x31];

function elementOf({ name, type, repetition_type, num_children, converted_type }: SchemaElement) {
  return {
    field_1: type && ParquetTypes.indexOf(type),
    field_3: repetition_type && FieldRepetitionTypes.indexOf(repetition_type),
    field_4: name,
    field_5: num_children,
    field_6: converted_type && ConvertedTypes.indexOf(converted_type),
  };
}

/** A version 1 data page with its header. */
function pageOf({ repetition, definition, values }: ForgedColumn, entries: number): number[] {
  const plain = new Uint8Array(BigInt64Array.from(values).buffer);
  const body = [...levels(repetition), ...levels(definition), ...plain];
  const size = varint(body.length * 2);
  return [
    ...[0x15, 0, 0x15, ...size, 0x15, ...size],
    ...[0x2c, 0x15, ...varint(entries * 2), 0x15, 0, 0x15, 6, 0x15, 6, 0, 0],
    ...body,
  ];
}

/** Levels as runs of one, before them their length. */
function levels(of: readonly number[] | undefined): number[] {
  if (!of) return [];
  const runs = of.flatMap((level) => [2, level]);
  return [runs.length & 255, runs.length >> 8, 0, 0, ...runs];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

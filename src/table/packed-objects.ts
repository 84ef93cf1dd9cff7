import { type ArrayFile, type ArrayFileWriter, type ArrayRef, utf8 } from "./array-file.js";
import type { ObjectColumn } from "./column.js";
import type { PackedReader } from "./packed-column.js";
import { fromTagged, toTagged } from "./tagged-json.js";

/** Bytes, lists and the like: the cells of each file as tagged JSON, and where each file's text starts. */
export interface PackedObjects {
  readonly storage: "object";
  readonly text: ArrayRef<"u8">;
  readonly starts: ArrayRef<"u32">;
}

/** Packs the columns of files. */
export function packObjects(
  columns: readonly (ObjectColumn | undefined)[],
  _offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedObjects {
  const encoder = new TextEncoder();
  const texts = columns.map((column) =>
    encoder.encode(column ? JSON.stringify(column.objects.map((value) => toTagged(value ?? null))) : ""),
  );
  const starts = new Uint32Array(texts.length + 1);
  texts.forEach((text, part) => {
    starts[part + 1] = starts[part]! + text.byteLength;
  });
  const all = new Uint8Array(starts[texts.length]!);
  texts.forEach((text, part) => void all.set(text, starts[part]!));
  return { storage: "object", text: out.add("u8", all), starts: out.add("u32", starts) };
}

/** Reads them again, a file at a time: its text is one. */
export function objectReader(packed: PackedObjects, _offsets: Uint32Array, file: ArrayFile): PackedReader {
  const text = file.array(packed.text);
  const starts = file.array(packed.starts);
  return {
    part(part, type): ObjectColumn {
      const own = utf8(text.subarray(starts[part], starts[part + 1]));
      const objects = (JSON.parse(own) as unknown[]).map(fromTagged);
      return { storage: "object", type, length: objects.length, objects };
    },
  };
}

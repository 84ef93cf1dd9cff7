import { type ArrayFile, type ArrayFileWriter, type ArrayRef, utf8 } from "./array-file.js";
import type { TextColumn } from "./column.js";
import type { ColumnType } from "./column-type.js";
import type { PackedReader } from "./packed-column.js";
import { firstOfEachPart, isSameInEachPart, withoutRepeats } from "./part-arrays.js";

/** Strings as codes of a dictionary that all files share. */
export interface PackedText {
  readonly storage: "text";
  /** One string a line of JSON. */
  readonly dictionary: ArrayRef<"u8">;
  /** One more than the place in the dictionary; 0 is null. */
  readonly codes: ArrayRef<"u8" | "u16" | "u32">;
  /** Per file: where its codes start. Files that repeat each other's codes (each scrape the same board) share them. */
  readonly starts: ArrayRef<"u32">;
  /** A code a row, or one a file where all rows are the same. */
  readonly per: "row" | "part";
}

/** Packs the columns of files whose rows start at `offsets`. */
export function packText(
  columns: readonly (TextColumn | undefined)[],
  offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedText {
  const codeOf = new Map<string, number>();
  const codes = new Uint32Array(offsets[offsets.length - 1]!);
  columns.forEach((column, part) => {
    if (!column) return;
    const start = offsets[part]!;
    const known = new Uint32Array(column.dictionary.length);
    for (let row = 0; row < column.length; row++) {
      const own = column.codes[row]!;
      if (own < 0) continue;
      if (known[own] === 0) {
        const text = column.dictionary[own]!;
        if (!codeOf.has(text)) codeOf.set(text, codeOf.size + 1);
        known[own] = codeOf.get(text)!;
      }
      codes[start + row] = known[own]!;
    }
  });
  const isPerPart = isSameInEachPart(codes, offsets);
  const { starts, kept } = isPerPart
    ? { starts: Uint32Array.from(columns.keys()), kept: firstOfEachPart(codes, offsets) }
    : withoutRepeats(codes, offsets);
  const dictionary = new TextEncoder().encode(JSON.stringify([...codeOf.keys()]));
  return {
    storage: "text",
    dictionary: out.add("u8", dictionary),
    codes:
      codeOf.size < 2 ** 8
        ? out.add("u8", Uint8Array.from(kept))
        : codeOf.size < 2 ** 16
          ? out.add("u16", Uint16Array.from(kept))
          : out.add("u32", kept),
    starts: out.add("u32", starts),
    per: isPerPart ? "part" : "row",
  };
}

/** Reads them again. */
export function textReader(packed: PackedText, offsets: Uint32Array, file: ArrayFile): PackedReader {
  const dictionary = JSON.parse(utf8(file.array(packed.dictionary))) as string[];
  const codes = file.array(packed.codes);
  const starts = file.array(packed.starts);
  const isPerPart = packed.per === "part";
  return {
    part(part, type): TextColumn {
      const start = starts[part]!;
      const length = offsets[part + 1]! - offsets[part]!;
      const own = new Int32Array(length);
      if (isPerPart) own.fill(codes[start]! - 1);
      else for (let row = 0; row < length; row++) own[row] = codes[start + row]! - 1;
      return text(type, own);
    },
    rows(rows, parts, type): TextColumn {
      const own = new Int32Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        const part = parts[row]!;
        own[i] = codes[isPerPart ? starts[part]! : starts[part]! + row - offsets[part]!]! - 1;
      }
      return text(type, own);
    },
  };

  function text(type: ColumnType, own: Int32Array): TextColumn {
    return { storage: "text", type, length: own.length, codes: own, dictionary };
  }
}

import { allocate, type Column, isNull, type TextColumn } from "./column.js";
import { type ColumnType, isStoredAs } from "./column-type.js";

/**
 * The rows `rowOf[i]` of the columns `columns[partOf[i]]`, as one new column. All columns have the type `type`; a
 * part without the column is null there.
 */
export function take(
  type: ColumnType,
  columns: readonly (Column | undefined)[],
  partOf: ArrayLike<number>,
  rowOf: ArrayLike<number>,
): Column {
  const length = rowOf.length;
  if (isStoredAs(type, "text")) return takeText(type, columns, partOf, rowOf);
  if (isStoredAs(type, "object")) {
    const objects = Array.from({ length }, (_, i) => {
      const column = columns[partOf[i]!];
      return column?.storage === "object" ? column.objects[rowOf[i]!] : null;
    });
    return { storage: "object", type, length, objects };
  }
  const values = allocate(type, length) as Float64Array;
  let valid: Uint8Array | undefined;
  for (let i = 0; i < length; i++) {
    const column = columns[partOf[i]!];
    if (column?.storage === "fixed" && !isNull(column, rowOf[i]!)) {
      values[i] = column.values[rowOf[i]!] as number;
    } else {
      valid ??= new Uint8Array(length).fill(1);
      valid[i] = 0;
    }
  }
  return { storage: "fixed", type, length, values, ...(valid && { valid }) };
}

function takeText(
  type: TextColumn["type"],
  columns: readonly (Column | undefined)[],
  partOf: ArrayLike<number>,
  rowOf: ArrayLike<number>,
): Column {
  const codeOf = new Map<string, number>();
  const remap = columns.map((column) =>
    column?.storage === "text" ? new Int32Array(column.dictionary.length).fill(-1) : undefined,
  );
  const codes = new Int32Array(rowOf.length).fill(-1);
  for (let i = 0; i < rowOf.length; i++) {
    const part = partOf[i]!;
    const column = columns[part];
    if (column?.storage !== "text") continue;
    const code = column.codes[rowOf[i]!]!;
    if (code < 0) continue;
    let known = remap[part]![code]!;
    if (known < 0) {
      const text = column.dictionary[code]!;
      known = codeOf.get(text) ?? codeOf.size;
      codeOf.set(text, known);
      remap[part]![code] = known;
    }
    codes[i] = known;
  }
  return { storage: "text", type, length: codes.length, codes, dictionary: [...codeOf.keys()] };
}

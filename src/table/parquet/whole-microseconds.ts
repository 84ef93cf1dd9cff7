import type { Column, FixedColumn, NamedColumn } from "../column.js";

/**
 * Key in a footer: the names of the columns of instants whose values are all whole microseconds, as a list in JSON. An
 * engine that keeps microseconds reads those exactly; of a column that is not named it would cut some values short.
 */
export const WHOLE_US_KEY = "bronzestore.whole_us";

/** The entry of these columns; a file that has none names none. */
export function wholeMicrosecondsEntry(columns: readonly NamedColumn[]): string {
  return JSON.stringify(columns.filter(isWhole).map(({ name }) => name));
}

function isWhole({ column }: NamedColumn): boolean {
  if (column.type.kind !== "timestamp" || !column.type.utc) return false;
  return column.type.unit !== "ns" || isDivisible(column as FixedColumn);
}

/**
 * Whether every instant of a column is a whole microsecond, as far as the file says so; `undefined` where it says nothing.
 *
 * @param keyValues of the footer of a file with an intact checksum
 */
export function statedWhole(keyValues: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const text = keyValues.get(WHOLE_US_KEY);
  if (text === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.includes(name) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the values of a column of instants are all whole microseconds. */
export function isWholeMicroseconds(column: Column): boolean {
  if (column.storage !== "fixed" || column.type.kind !== "timestamp") return false;
  return column.type.unit !== "ns" || isDivisible(column);
}

/** Whether 1,000 divides every value; by halves of 32 bits, for a bigint per value would cost more than encoding it. */
function isDivisible({ values, valid, length }: FixedColumn): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, length * 2);
  for (let row = 0; row < length; row++) {
    if (valid && valid[row] === 0) continue;
    const low = halves[row * 2]! >>> 0;
    const high = halves[row * 2 + 1]!;
    // 1,000 is 8 * 125, and 2 ** 32 leaves 46 by 125.
    if ((low & 7) !== 0 || ((high % 125) * 46 + (low % 125)) % 125 !== 0) return false;
  }
  return true;
}

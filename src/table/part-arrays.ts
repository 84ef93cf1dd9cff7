import type { TypedArray } from "./array-file.js";

/**
 * Arrays whose entries lie in groups end to end, as the rows of files or the versions of keys do: group `i` owns entries
 * `offsets[i]` to `offsets[i + 1]`. What groups have in common is kept once.
 */

/** Whether each group repeats one value. */
export function isSameInEachPart(values: TypedArray, offsets: Uint32Array): boolean {
  for (let part = 0; part + 1 < offsets.length; part++) {
    const end = offsets[part + 1]!;
    for (let row = offsets[part]! + 1; row < end; row++) if (values[row] !== values[row - 1]) return false;
  }
  return true;
}

/** The first value of each group; zero for an empty one. */
export function firstOfEachPart<Values extends TypedArray>(values: Values, offsets: Uint32Array): Values {
  const first = new (values.constructor as new (length: number) => Values)(offsets.length - 1);
  for (let part = 0; part + 1 < offsets.length; part++)
    if (offsets[part]! < offsets[part + 1]!) first[part] = values[offsets[part]!]!;
  return first;
}

/** The entries without those of a group that repeats another's, and where each group's start in what is left. */
export function withoutRepeats(
  values: Uint32Array,
  offsets: Uint32Array,
): { starts: Uint32Array; kept: Uint32Array } {
  const starts = new Uint32Array(offsets.length - 1);
  const kept = new Uint32Array(values.length);
  const startOf = new Map<string, number>();
  let length = 0;
  for (let part = 0; part < starts.length; part++) {
    const own = values.subarray(offsets[part], offsets[part + 1]);
    const text = Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString("latin1");
    let start = startOf.get(text);
    if (start === undefined) {
      start = length;
      startOf.set(text, start);
      kept.set(own, start);
      length += own.length;
    }
    starts[part] = start;
  }
  return { starts, kept: kept.slice(0, length) };
}

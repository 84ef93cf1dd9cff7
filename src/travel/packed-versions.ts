import {
  type ArrayFile,
  type ArrayFileWriter,
  type ArrayRef,
  INSTANT,
  type PackedColumn,
  packColumn,
  type UnpackedColumn,
  unpackColumn,
  withoutRepeats,
} from "../table/index.js";
import { partOfEachRow } from "./frame.js";
import { allocateTicks, type Tick, type Ticks, writeTicks } from "./ticks.js";
import type { VersionIndex, VersionLookup } from "./version-index.js";

/**
 * A version index as plain data that refers to arrays of an `ArrayFile`, small to read: one question looks at a few
 * versions of each key.
 *
 * Invariants: version `i` of key `k` is row `firsts[k] + distances[distanceStarts[k] + i]` (modulo 2^32; keys that stand
 * in the same files at the same places share their distances). `times` has the effective time of each row in frame
 * order, so that where every row goes by its `as_of_ts` they are the very numbers of that column, and kept once.
 */
export interface PackedVersions {
  readonly starts: ArrayRef<"u32">;
  readonly firsts: ArrayRef<"u32">;
  readonly distances: ArrayRef<"u32">;
  readonly distanceStarts: ArrayRef<"u32">;
  readonly times: PackedColumn;
}

/** Packs the index of a frame whose files start at `offsets`. */
export function packVersions(
  { starts, rows, times }: VersionIndex,
  offsets: Uint32Array,
  out: ArrayFileWriter,
): PackedVersions {
  const keyCount = starts.length - 1;
  const firsts = new Uint32Array(keyCount);
  const distances = new Uint32Array(rows.length);
  for (let key = 0; key < keyCount; key++) {
    const first = rows[starts[key]!] ?? 0;
    firsts[key] = first;
    for (let i = starts[key]!; i < starts[key + 1]!; i++) distances[i] = rows[i]! - first;
  }
  const shared = withoutRepeats(distances, starts);
  return {
    starts: out.add("u32", starts),
    firsts: out.add("u32", firsts),
    distances: out.add("u32", shared.kept),
    distanceStarts: out.add("u32", shared.starts),
    times: packColumn(timesByRow(rows, times, offsets), offsets, out),
  };
}

/** The times of each file's rows as an instant column; rows that are in no index have none. */
function timesByRow(rows: Uint32Array, { high, low }: Ticks, offsets: Uint32Array) {
  const rowCount = offsets[offsets.length - 1]!;
  const values = new BigInt64Array(rowCount);
  const words = new Int32Array(values.buffer);
  const valid = new Uint8Array(rowCount);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const upper = Math.floor(high[i]! / 4_194_304);
    words[row << 1] = (high[i]! - upper * 4_194_304) * 1024 + low[i]!;
    words[(row << 1) + 1] = upper;
    valid[row] = 1;
  }
  return Array.from({ length: offsets.length - 1 }, (_, part) => {
    const [start, end] = [offsets[part]!, offsets[part + 1]!];
    return {
      storage: "fixed" as const,
      type: INSTANT,
      length: end - start,
      values: values.subarray(start, end),
      ...(rows.length < rowCount && { valid: valid.subarray(start, end) }),
    };
  });
}

/** The index again: answers the first few questions as it is, and makes its arrays for whoever asks more. */
export function unpackVersions(packed: PackedVersions, offsets: Uint32Array, file: ArrayFile): VersionIndex {
  return new UnpackedVersions(packed, offsets, file);
}

class UnpackedVersions implements VersionIndex {
  readonly starts: Uint32Array;
  readonly #firsts: Uint32Array;
  readonly #distances: Uint32Array;
  readonly #distanceStarts: Uint32Array;
  readonly #offsets: Uint32Array;
  readonly #times: UnpackedColumn;
  #madeRows: Uint32Array | undefined;
  #madeTimes: Ticks | undefined;
  #partOf: ArrayLike<number> | undefined;
  #asked = 0;
  readonly #lookup: VersionLookup = {
    endsAt: (cutoff) => this.#endsAt(cutoff),
    lastRows: (ends) => this.#lastRows(ends),
  };

  constructor(packed: PackedVersions, offsets: Uint32Array, file: ArrayFile) {
    this.starts = file.array(packed.starts);
    this.#firsts = file.array(packed.firsts);
    this.#distances = file.array(packed.distances);
    this.#distanceStarts = file.array(packed.distanceStarts);
    this.#offsets = offsets;
    this.#times = unpackColumn(packed.times, offsets, file);
  }

  get lookup(): VersionLookup | undefined {
    return this.#asked < FEW_QUESTIONS && !this.#madeTimes ? this.#lookup : undefined;
  }

  get rows(): Uint32Array {
    if (this.#madeRows) return this.#madeRows;
    const { starts } = this;
    const rows = new Uint32Array(starts[starts.length - 1]!);
    for (let key = 0; key + 1 < starts.length; key++) {
      const first = this.#firsts[key]!;
      const shift = this.#distanceStarts[key]! - starts[key]!;
      for (let i = starts[key]!; i < starts[key + 1]!; i++) rows[i] = first + this.#distances[i + shift]!;
    }
    this.#madeRows = rows;
    return rows;
  }

  get times(): Ticks {
    if (this.#madeTimes) return this.#madeTimes;
    const { rows } = this;
    const offsets = this.#offsets;
    const byRow = allocateTicks(offsets[offsets.length - 1]!);
    for (let part = 0; part + 1 < offsets.length; part++)
      writeTicks(byRow, offsets[part]!, offsets[part + 1]! - offsets[part]!, this.#times.part(part));
    const times = allocateTicks(rows.length);
    for (let i = 0; i < rows.length; i++) {
      times.high[i] = byRow.high[rows[i]!]!;
      times.low[i] = byRow.low[rows[i]!]!;
    }
    this.#madeTimes = times;
    return times;
  }

  /** As the keys' times never fall: a search from where the key before ended, in steps that double. */
  #endsAt({ high, low }: Tick): Uint32Array {
    this.#asked++;
    const { starts } = this;
    const distances = this.#distances;
    if (starts.length === 1) return new Uint32Array(0);
    const isEligible = this.#times.atMost(BigInt(high) * 1024n + BigInt(low), () => this.#parts());
    const ends = new Uint32Array(starts.length - 1);
    let versions = 0;
    for (let key = 0; key < ends.length; key++) {
      const first = this.#firsts[key]!;
      const from = this.#distanceStarts[key]!;
      const count = starts[key + 1]! - starts[key]!;
      const isIn = (i: number) => isEligible((first + distances[from + i]!) >>> 0);
      // All versions before `least` are eligible; none from `most` on is.
      let least = Math.min(versions, count);
      let most = least;
      for (let step = 1; most < count && isIn(most); step *= 2) {
        least = most + 1;
        most = Math.min(most + step, count);
      }
      if (least === most)
        for (let step = 1; least > 0 && !isIn(least - 1); step *= 2) {
          most = least - 1;
          least = Math.max(least - step, 0);
        }
      while (least < most) {
        const middle = (least + most) >>> 1;
        if (isIn(middle)) least = middle + 1;
        else most = middle;
      }
      versions = least;
      ends[key] = starts[key]! + least;
    }
    return ends;
  }

  #lastRows(ends: Uint32Array): Uint32Array {
    const { starts } = this;
    const rows = new Uint32Array(ends.length);
    let count = 0;
    for (let key = 0; key < ends.length; key++) {
      if (ends[key]! === starts[key]!) continue;
      const last = ends[key]! - starts[key]! - 1;
      rows[count++] = this.#firsts[key]! + this.#distances[this.#distanceStarts[key]! + last]!;
    }
    return rows.subarray(0, count);
  }

  #parts(): ArrayLike<number> {
    this.#partOf ??= partOfEachRow(this.#offsets);
    return this.#partOf;
  }
}

/** From here on the arrays, which cost a pass over all rows, are worth their making. */
const FEW_QUESTIONS = 4;

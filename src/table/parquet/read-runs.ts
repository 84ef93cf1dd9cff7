/**
 * Reads Parquet's hybrid of run-length and bit-packed runs (levels, dictionary codes, booleans) until `out` is full.
 *
 * Unlike hyparquet's reader it never writes, loops or reads beyond its input, whatever a run claims, and it refuses
 * values of `limit` and more.
 *
 * @param end where the encoded bytes end; a writer may leave out the padding of the last run
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
 */
export function readRuns(
  bytes: Uint8Array,
  offset: number,
  end: number,
  width: number,
  limit: number,
  out: Int32Array | Uint8Array,
): void {
  const total = out.length;
  let at = offset;
  let row = 0;
  while (row < total) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end || shift > 28) throw new Error(`runs end after ${row} of ${total} values`);
      const byte = bytes[at++]!;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    header >>>= 0;
    if (header & 1) {
      const groups = header >>> 1;
      const count = Math.min(groups * 8, total - row);
      if (Math.ceil((count * width) / 8) > end - at) throw new Error("bit-packed run is cut short");
      unpack(bytes, at, width, limit, out, row, count);
      row += count;
      at = Math.min(at + groups * width, end);
    } else {
      const count = Math.min(header >>> 1, total - row);
      const valueBytes = (width + 7) >> 3;
      if (at + valueBytes > end) throw new Error("run is cut short");
      const value = littleEndian(bytes, at, valueBytes);
      at += valueBytes;
      if (count > 0 && value >= limit) throw outside(value, limit);
      out.fill(value, row, row + count);
      row += count;
    }
  }
}

/** Whether `count` values are one run of `value`: the usual shape of "nothing is null". */
export function isSingleRun(
  bytes: Uint8Array,
  offset: number,
  end: number,
  value: number,
  count: number,
): boolean {
  let at = offset;
  let header = 0;
  for (let shift = 0; at < end && shift <= 28; shift += 7) {
    const byte = bytes[at++]!;
    header |= (byte & 0x7f) << shift;
    if (byte < 0x80) return at < end && (header & 1) === 0 && header >>> 1 >= count && bytes[at] === value;
  }
  return false;
}

function unpack(
  bytes: Uint8Array,
  offset: number,
  width: number,
  limit: number,
  out: Int32Array | Uint8Array,
  from: number,
  count: number,
): void {
  // Values of up to 16 bits fit in three bytes; the last ones, whose bytes may end first, take the slow path.
  const whole =
    width > 16 ? 0 : Math.max(0, Math.min(count, Math.floor(((bytes.length - offset - 3) * 8) / width)));
  const mask = (1 << width) - 1;
  let highest = 0;
  for (let i = 0, bit = 0; i < whole; i++, bit += width) {
    const at = offset + (bit >>> 3);
    const value = ((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) >>> (bit & 7)) & mask;
    out[from + i] = value;
    if (value > highest) highest = value;
  }
  if (highest >= limit) throw outside(highest, limit);
  for (let i = whole; i < count; i++) {
    const bit = i * width;
    const at = offset + Math.floor(bit / 8);
    const value = Math.floor(littleEndian(bytes, at, 5) / 2 ** (bit % 8)) % 2 ** width;
    if (value >= limit) throw outside(value, limit);
    out[from + i] = value;
  }
}

function littleEndian(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let i = sizeBytes - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function outside(value: number, limit: number): Error {
  return new Error(`code or level ${value} where only 0 to ${limit - 1} can be`);
}

/** Uniform numbers below `limit`, the same ones every time. */
export type Random = (limit: number) => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Damage as disks and networks do it, half of it in the footer, where sizes and counts stand. */
export function mutated(original: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const bytes = original.slice();
  const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  const place = () => (random(2) === 0 ? bytes.length - 8 - footer + random(footer) : random(bytes.length));
  switch (random(5)) {
    case 0:
      bytes[place()]! ^= 1 << random(8);
      return bytes;
    case 1:
      for (let i = random(8); i >= 0; i--) bytes[place()] = random(256);
      return bytes;
    case 2: {
      const at = place();
      bytes.fill(random(2) * 255, at, at + 1 + random(16));
      return bytes;
    }
    case 3: {
      // A piece of the file in the wrong place.
      const length = 1 + random(64);
      const from = random(Math.max(1, bytes.length - length));
      bytes.copyWithin(Math.min(place(), bytes.length - length), from, from + length);
      return bytes;
    }
    default: {
      // Lost bytes, with the end intact.
      const at = place();
      const lost = 1 + random(32);
      const rest = new Uint8Array(Math.max(0, bytes.length - lost));
      rest.set(bytes.subarray(0, Math.min(at, rest.length)));
      rest.set(bytes.subarray(Math.min(at + lost, bytes.length)), Math.min(at, rest.length));
      return rest;
    }
  }
}

/**
 * Harsher than `mutated`: one to three damages at once, ranges doubled, moved, swapped, put in or taken out, and at times
 * with the length of the footer set right again, so that the footer's walk starts where it should.
 */
export function ruined(original: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = original;
  const footerStart = original.length - 8 - footerLength(original);
  for (let damages = 1 + random(3); damages > 0 && bytes.length > 12; damages--) bytes = once(bytes, random);
  const footer = bytes.length - 8 - footerStart;
  // Where the damage lies in the footer, its start has not moved.
  if (random(4) === 0 && footer > 0) new DataView(bytes.buffer).setUint32(bytes.length - 8, footer, true);
  return bytes;
}

export function footerLength(bytes: Uint8Array<ArrayBuffer>): number {
  return new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
}

function once(original: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const { length } = original;
  const footer = Math.min(footerLength(original), length - 8);
  const place = () => (random(2) === 0 && footer > 0 ? length - 8 - footer + random(footer) : random(length));
  const at = place();
  const range = original.subarray(at, Math.min(length, at + 1 + random(random(2) === 0 ? 8 : 600)));
  const without = () => joined(original.subarray(0, at), original.subarray(at + range.length));
  const bytes = original.slice();
  switch (random(9)) {
    case 0:
      bytes[at]! ^= 1 << random(8);
      return bytes;
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      return bytes.fill(0, at, at + range.length);
    case 3:
      return original.slice(0, 1 + random(length));
    case 4:
      return without();
    case 5: // doubled on the spot
      return joined(original.subarray(0, at), range, original.subarray(at));
    case 6: {
      // moved
      const rest = without();
      const to = random(rest.length + 1);
      return joined(rest.subarray(0, to), range, rest.subarray(to));
    }
    case 7: {
      // swapped with another of the same length
      const other = Math.min(place(), length - range.length);
      const first = original.slice(at, at + range.length);
      bytes.copyWithin(at, other, other + range.length);
      bytes.set(first, other);
      return bytes;
    }
    default:
      return joined(
        original.subarray(0, at),
        Uint8Array.from({ length: 1 + random(32) }, () => random(256)),
        original.subarray(at),
      );
  }
}

function joined(...pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

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

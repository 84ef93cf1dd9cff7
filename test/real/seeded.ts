/** Random numbers in [0, 1) that are the same on every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to `end`, without it. */
export function below(random: () => number, end: number): number {
  return Math.floor(random() * end);
}

/** One of the items. */
export function oneOf<T>(random: () => number, items: readonly T[]): T {
  return items[below(random, items.length)]!;
}

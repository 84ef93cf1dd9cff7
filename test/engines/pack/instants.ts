import fc from "fast-check";

/** To what the instants of a tree are exact. */
export type Precision = "ns" | "us" | "ms";

/** 13:00 in New York. */
export const START = 1_768_500_000_000_000_000n;
export const DATES = ["2026-01-15", "2026-01-16"] as const;

const MINUTE = 60_000_000_000n;
const MS = 1_000_000n;
/** Few instants of each day in New York; the last of the first is the next day in UTC. */
const SLOTS = [
  [START, START + MS, START + 5n * MINUTE, START + 10n * 60n * MINUTE + 30n * MINUTE],
  [START + 11n * 60n * MINUTE + 10n * MINUTE, START + 21n * 60n * MINUTE],
] as const;

export function nsOfPrecision(precision: Precision): bigint {
  return { ns: 1n, us: 1_000n, ms: MS }[precision];
}

/** Instants that are often equal, and often one unit apart. */
export function timesOf(precision: Precision) {
  const unit = nsOfPrecision(precision);
  const nudge = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0n) },
    { weight: 2, arbitrary: fc.constantFrom(unit, -unit) },
    { weight: 1, arbitrary: fc.constantFrom(1_000n * unit, 1_024n * unit, -1_024n * unit) },
  );
  const near = (slots: readonly bigint[]) =>
    fc.tuple(fc.constantFrom(...slots), nudge).map(([slot, by]) => slot + by);
  return {
    anyTime: near([...SLOTS[0], ...SLOTS[0], ...SLOTS[1]]),
    /** Of one day in New York. */
    ofDay: (day: number) => near(SLOTS[day]!),
  };
}

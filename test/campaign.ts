/**
 * How often something is tried, and with which seed.
 *
 * | run | tries |
 * |---|---|
 * | `npm test` | `few`: a tenth of `small`, if nothing else is said |
 * | `npm run test:campaigns` | `small` |
 * | `npm run test:long` | `large` |
 *
 * `BRONZESTORE_SEED` starts all of them from another place.
 *
 * @example
 * ```ts
 * const { count, seed } = campaign({ small: 2_000, large: 100_000, seed: 7 });
 * ```
 */
export function campaign({ small, large, seed, few = Math.ceil(small / 10) }: Sizes): {
  readonly count: number;
  readonly seed: number;
} {
  const { BRONZESTORE_CAMPAIGNS: campaigns, BRONZESTORE_LONG: long, BRONZESTORE_SEED: given } = process.env;
  return {
    count: long === "1" ? large : campaigns === "1" ? small : few,
    seed: given === undefined ? seed : Number(given),
  };
}

/** The same as fast-check takes it: `fc.assert(property, tries({ small: 400, large: 8_000, seed: 3 }))`. */
export function tries(sizes: Sizes): { readonly numRuns: number; readonly seed: number } {
  const { count, seed } = campaign(sizes);
  return { numRuns: count, seed };
}

interface Sizes {
  readonly few?: number;
  readonly small: number;
  readonly large: number;
  readonly seed: number;
}

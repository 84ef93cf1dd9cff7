/**
 * How often a campaign tries, and with which seed. `npm test` runs the small count; `BRONZESTORE_LONG=1` runs the
 * large one, and `BRONZESTORE_SEED` starts both from another place.
 *
 * @example
 * ```ts
 * const { count, seed } = campaign({ small: 2_000, large: 100_000, seed: 7 });
 * ```
 */
export function campaign(sizes: { readonly small: number; readonly large: number; readonly seed: number }): {
  readonly count: number;
  readonly seed: number;
} {
  const { BRONZESTORE_LONG: long, BRONZESTORE_SEED: seed } = process.env;
  return {
    count: long === "1" ? sizes.large : sizes.small,
    seed: seed === undefined ? sizes.seed : Number(seed),
  };
}

/** The index of the first of some things, ascending by their place, that lies at or after a place; their number if none does. */
export function firstAtOrAfter<Thing>(
  things: readonly Thing[],
  place: bigint,
  placeOf: (thing: Thing) => bigint,
): number {
  let low = 0;
  let high = things.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (placeOf(things[middle]!) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a thing begins. */
export function byFrom({ from }: { readonly from: bigint }): bigint {
  return from;
}

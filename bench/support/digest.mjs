/** Adds up an answer, in whatever order its rows come, so that two sides can be held to the same one. */
export class Digest {
  rows = 0;
  checksum = 0;

  /** Winning values of some rows: prices, points, and instants as bigint nanoseconds or `Date`. */
  add(prices, points, times) {
    this.rows += prices.length;
    for (let i = 0; i < prices.length; i++) {
      this.checksum += (prices[i] ?? -1) * (1 + (milliseconds(times[i]) % 999_983)) + (points[i] ?? -1) * 2;
    }
    return this;
  }
}

function milliseconds(instant) {
  return typeof instant === "bigint" ? Number(instant / 1_000_000n) : Number(instant);
}

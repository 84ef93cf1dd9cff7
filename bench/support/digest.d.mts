export class Digest {
  readonly rows: number;
  readonly checksum: number;
  add(prices: ArrayLike<unknown>, points: ArrayLike<unknown>, times: ArrayLike<unknown>): this;
}

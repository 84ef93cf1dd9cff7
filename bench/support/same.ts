/** An answer, as far as two sides are compared. */
export interface Answer {
  readonly rows: number;
  readonly checksum: number;
}

/** A benchmark of two different answers is a defect, so it stops there. */
export function assertSame(what: string, ours: Answer, rival: Answer): void {
  if (ours.rows === 0) throw new Error(`${what}: no answer to compare`);
  if (ours.rows === rival.rows && ours.checksum === rival.checksum) return;
  throw new Error(
    `${what}: we answer ${ours.rows} rows (checksum ${ours.checksum}), the rival ${rival.rows} (${rival.checksum})`,
  );
}

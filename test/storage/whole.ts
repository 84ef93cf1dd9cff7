import { createHash } from "node:crypto";

const HASH_BYTES = 32;

/** Content that can prove it is all there: its hash, then `n` and filler. Equal arguments, equal bytes. */
export function whole(n: number, sizeBytes = 100): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HASH_BYTES + 4 + sizeBytes);
  bytes.fill(n % 251, HASH_BYTES + 4);
  new DataView(bytes.buffer).setUint32(HASH_BYTES, n);
  bytes.set(hash(bytes));
  return bytes;
}

/** Whether all of it is there. */
export function isWhole(bytes: Uint8Array): boolean {
  return bytes.length >= HASH_BYTES + 4 && Buffer.compare(hash(bytes), bytes.subarray(0, HASH_BYTES)) === 0;
}

/** The `n` it was made with. */
export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(HASH_BYTES);
}

function hash(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes.subarray(HASH_BYTES)).digest();
}

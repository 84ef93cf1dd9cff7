/**
 * Cells as JSON and back, exactly: what JSON has no word for is an object with one tag, and an object is tagged too, so
 * that nothing can be taken for a tag. Plain values stay as they are.
 *
 * @throws TypeError for what no cell is made of (a Date, a function)
 */
export function toTagged(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return { n: String(value) };
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { d: Object.is(value, -0) ? "-0" : String(value) };
  if (value instanceof Uint8Array) return { x: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(toTagged);
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return { o: Object.entries(value).map(([name, part]) => [name, toTagged(part)]) };
  throw new TypeError(`${typeof value} is not a cell`);
}

/** The value that `toTagged` was given. */
export function fromTagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromTagged);
  if (value === null || typeof value !== "object") return value;
  const { n, d, x, o } = value as { n?: string; d?: string; x?: string; o?: [string, unknown][] };
  if (n !== undefined) return BigInt(n);
  if (d !== undefined) return Number(d);
  if (x !== undefined) return Uint8Array.from(Buffer.from(x, "base64"));
  return Object.fromEntries(o!.map(([name, part]) => [name, fromTagged(part)]));
}
